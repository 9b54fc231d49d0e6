"""An app for tests that shows a single prompt in the desk's colours."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.message import Message
from textual.pilot import Pilot

from pbtui.settings.profiles import Environment
from pbtui.ui import app as desk_app
from pbtui.ui.dialogs.prompt import KEY_REST_S, Prompt, Venue
from pbtui.ui.terminal.moment import MomentApp
from pbtui.ui.terminal.styling import StylingApp
from pbtui.ui.themes import DEFAULT_THEME, load_themes
from tests.ui.desk_under_test import DeskPilot

SIMULATION = Venue("demo", "epex · playground", Environment.SIMULATION)
PRODUCTION = Venue("house", "epex · acme", Environment.PRODUCTION)
PENDING: Any = object()
"""The result of a prompt that has not returned anything."""


class PromptApp(MomentApp[None], StylingApp[None]):
    """Shows the prompt at once, and keeps what it returns."""

    CSS_PATH = [  # noqa: RUF012
        Path(desk_app.__file__).with_name(name) for name in ("app.tcss", "forms.tcss", "prompts.tcss")
    ]

    def __init__(self, make: Callable[[], Prompt[Any]]) -> None:
        super().__init__()
        self._make = make
        self.result: Any = PENDING
        for theme in load_themes().values():
            self.register_theme(theme)
        self.theme = DEFAULT_THEME

    async def on_mount(self) -> None:
        """Show the prompt; fields can be made only inside an application."""
        await self.push_screen(self._make(), self._keep)

    def _keep(self, result: Any) -> None:
        self.result = result


class PromptPilot(DeskPilot):
    """Presses keys and sees what the prompt returns."""

    def __init__(self, pilot: Pilot[None]) -> None:
        super().__init__(pilot)
        assert isinstance(pilot.app, PromptApp)
        self._prompt_app = pilot.app

    @property
    def prompt(self) -> Prompt[Any]:
        """The prompt."""
        assert isinstance(self.app.screen, Prompt)
        return self.app.screen

    @property
    def result(self) -> Any:
        """What the prompt returned; PENDING while it is open."""
        return self._prompt_app.result


@asynccontextmanager
async def prompt_on(make: Callable[[], Prompt[Any]], size: tuple[int, int] = (80, 24)) -> AsyncIterator[PromptPilot]:
    """Run a prompt in a terminal of this size."""
    async with PromptApp(make).run_test(size=size) as pilot:
        prompt = PromptPilot(pilot)
        await prompt.until(lambda: prompt.app.focused is not None)
        yield prompt


_clock_s = [1_000.0]


def still_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the desk's steady clock stand, so that no prompt has rested before a test lets it."""
    monkeypatch.setattr("time.clock_gettime", lambda clock_id: _clock_s[0])


async def rest(pilot: PromptPilot) -> None:
    """Let the time pass after which a key counts."""

    def has_rested() -> bool:
        _clock_s[0] += KEY_REST_S
        return pilot.prompt.has_rested

    await pilot.until(has_rested)


async def press_rested(pilot: PromptPilot, *keys: str) -> None:
    """Press these keys, each after a rest."""
    for key in keys:
        await rest(pilot)
        await pilot.press(key)


async def send(pilot: PromptPilot, *messages: Message) -> None:
    """Let these messages arrive together, after a rest."""
    await rest(pilot)
    for message in messages:
        pilot.app.post_message(message)
    await pilot.pilot.pause()
