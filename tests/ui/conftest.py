"""Fixtures of the tests of the screen."""

import pytest

from tests.ui.dialogs.prompt_under_test import still_time


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the time that counts for a prompt from passing by itself."""
    still_time(monkeypatch)
