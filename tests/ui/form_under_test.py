"""A form alone in a terminal of Textual's own, in the desk's colours."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.app import App

from pbtui.settings.profiles import Environment
from pbtui.ui import app as desk_app
from pbtui.ui.prompt import Prompt, Venue
from pbtui.ui.themes import DEFAULT_THEME, load_themes
from tests.ui.desk_under_test import DeskPilot

SIMULATION = Venue("demo", "epex · playground", Environment.SIMULATION)
PRODUCTION = Venue("house", "epex · acme", Environment.PRODUCTION)
PENDING = object()


class FormApp(App[None]):
    """Shows the form at once, and keeps what it returns."""

    CSS_PATH = [Path(desk_app.__file__).with_name(name) for name in ("app.tcss", "forms.tcss")]  # noqa: RUF012

    def __init__(self, make_form: Callable[[], Prompt[Any]], theme: str = DEFAULT_THEME) -> None:
        super().__init__()
        self._make_form = make_form
        self.result: Any = PENDING
        for each in load_themes().values():
            self.register_theme(each)
        self.theme = theme

    async def on_mount(self) -> None:
        """Show the form."""
        await self.push_screen(self._make_form(), self._keep)

    def _keep(self, result: Any) -> None:
        self.result = result


@asynccontextmanager
async def form_on(make_form: Callable[[], Prompt[Any]], size: tuple[int, int] = (160, 48)) -> AsyncIterator[DeskPilot]:
    """Run a form in a terminal of this size."""
    async with FormApp(make_form).run_test(size=size) as pilot:
        yield DeskPilot(pilot)
