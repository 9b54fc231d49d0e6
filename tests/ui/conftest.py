"""Fixtures of the tests of the screen."""

from collections.abc import Iterator

import pytest

from tests.ui.dialogs.prompt_under_test import still_time
from tests.ui.terminal.frames import frames_drawn_for_somebody
from tests.ui.terminal.quiet import quiet_is_seen
from tests.ui.terminal.styles import styles_parsed_once


@pytest.fixture(scope="session", autouse=True)
def parsed_styles() -> Iterator[None]:
    """Let all applications share what they parse of styles: a twelfth of the time that it takes to open a desk."""
    with styles_parsed_once():
        yield


@pytest.fixture(scope="session", autouse=True)
def frames() -> Iterator[None]:
    """Draw no frame that nothing shows: a quarter of the time of a test."""
    with frames_drawn_for_somebody():
        yield


@pytest.fixture
def seen_quiet() -> Iterator[None]:
    """Wait for what a key sets off on the screen, and no longer; not for the desk behind it."""
    with quiet_is_seen():
        yield


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the time that counts for a prompt from passing by itself."""
    still_time(monkeypatch)
