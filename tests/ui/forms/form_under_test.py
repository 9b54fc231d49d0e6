"""A form alone in a terminal of Textual's own, in the desk's colours."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from textual.binding import Binding, BindingType
from textual.events import Paste
from textual.pilot import Pilot

from pbtui.settings.profiles import Environment
from pbtui.ui import app as desk_app
from pbtui.ui.dialogs import prompt
from pbtui.ui.dialogs.prompt import Prompt, Venue
from pbtui.ui.forms.order_form import OrderForm
from pbtui.ui.terminal.moment import MomentApp
from pbtui.ui.terminal.styling import StylingApp
from pbtui.ui.themes import DEFAULT_THEME, load_themes
from tests.ui.desk_under_test import DeskPilot

SIMULATION = Venue("demo", "epex · playground", Environment.SIMULATION)
PRODUCTION = Venue("house", "epex · acme", Environment.PRODUCTION)
PENDING: Any = object()
"""The result of a form that has not returned anything."""


class FormApp(MomentApp[None], StylingApp[None]):
    """Shows the form at once, and keeps what it returns."""

    CSS_PATH = [Path(desk_app.__file__).with_name(name) for name in ("app.tcss", "forms.tcss")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f9", "kill", priority=True)]

    def __init__(self, make_form: Callable[[], Prompt[Any]] | None = None, theme: str = DEFAULT_THEME) -> None:
        super().__init__()
        self._make_form = make_form
        self.result: Any = PENDING
        self.kills = 0
        for each in load_themes().values():
            self.register_theme(each)
        self.theme = theme

    async def on_mount(self) -> None:
        """Show the form."""
        if self._make_form is not None:
            await self.push_screen(self._make_form(), self.keep)

    def keep(self, result: Any) -> None:
        """Take what a form returns."""
        self.result = result

    def action_kill(self) -> None:
        """What the desk has on this key, whatever lies over it."""
        self.kills += 1


class FormPilot(DeskPilot):
    """Types into the fields of a form."""

    def __init__(self, pilot: Pilot[None]) -> None:
        super().__init__(pilot)
        assert isinstance(pilot.app, FormApp)
        self.form_app = pilot.app

    @property
    def form(self) -> OrderForm[Any]:
        """The form."""
        screen = self.app.screen_stack[-1]
        assert isinstance(screen, OrderForm)
        return screen

    @property
    def result(self) -> Any:
        """What the form returned; PENDING while it is open."""
        return self.form_app.result

    async def open(self, make_form: Callable[[], Prompt[Any]], *, is_rested: bool = True) -> None:
        """Show another form, once the one before has returned."""
        self.form_app.result = PENDING
        await self.app.push_screen(make_form(), self.form_app.keep)
        await self.until(lambda: self.form.has_rested or not is_rested)

    async def type_into(self, **texts: str) -> None:
        """Put these texts into these fields in place of what is there, as a paste does."""
        for name, text in texts.items():
            field = self.form.rows[name].input
            self.form.set_focus(field)
            field.select_all()
            if text:
                self.app.post_message(Paste(text))
            else:
                await self.pilot.press("backspace")
            await self.until(lambda text=text, field=field: field.value == text)  # type: ignore[misc]
        await self.pilot.pause()

    async def submit(self) -> None:
        """Ask for what was typed."""
        await self.press("ctrl+s")

    def row(self, name: str) -> str:
        """The line of this field, without what is typed."""
        return "".join(text for text, _ in self.form.rows[name].line(200))


@asynccontextmanager
async def form_on(make_form: Callable[[], Prompt[Any]], size: tuple[int, int] = (160, 48)) -> AsyncIterator[FormPilot]:
    """Run a form in a terminal of this size, where keys count at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prompt, "KEY_REST_S", 0.0)
        async with FormApp().run_test(size=size) as pilot:
            form = FormPilot(pilot)
            await form.open(make_form)
            yield form
