"""Fixtures of the tests of the screen."""

import pytest

from pbtui.ui.screens import writing_screen
from tests.ui.dialogs.prompt_under_test import still_time


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the time that counts for a prompt from passing by itself."""
    still_time(monkeypatch)


@pytest.fixture
def keys_come_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the keys of the desk as if they came close together, however slow this machine is."""
    monkeypatch.setattr(writing_screen, "KEY_REST_S", 3600.0)
