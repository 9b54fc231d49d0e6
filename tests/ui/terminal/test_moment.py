"""Keys that count only if they came alone, and text typed ahead that fields take as keys."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key, Paste
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from pbtui.ui.terminal.input import MOMENT_S
from pbtui.ui.terminal.moment import (
    InputBegun,
    InputIgnored,
    MomentApp,
    TerminalKey,
    TypedAheadText,
    came_alone,
    when_alone,
)
from pbtui.ui.terminal.reading.key_table import Press, name_of
from tests.ui.desk_under_test import DeskPilot


class Field(Input):
    """A field of a form."""

    takes_typed_ahead = True

    def on_key(self, event: Key) -> None:
        """Leave enter and tab to the form."""
        if event.key in ("enter", "tab"):
            event.prevent_default()


class Sends(MomentApp[None]):
    """An application whose key s sends, with two fields of a form and one that is none."""

    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "send"),
        Binding("alt+minus", "bell"),
        Binding("enter", "next", priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[str] = []

    def compose(self) -> ComposeResult:
        """The fields."""
        yield Field(id="first")
        yield Field(id="second")
        yield Input(id="other")

    def action_send(self) -> None:
        """Send."""
        when_alone(self, lambda: self.noted.append("sent"), lambda: self.noted.append("refused"))

    def action_next(self) -> None:
        """Go to the next field."""
        self.screen.focus_next()

    def show_ignored(self, text: str) -> None:
        """Keep what is said."""
        self.noted.append(text)

    @on(Paste)
    def _keep(self, event: Paste) -> None:
        self.noted.append(f"paste {event.text}")


@asynccontextmanager
async def sends() -> AsyncIterator[tuple[Sends, Pilot[None]]]:
    app = Sends()
    async with app.run_test() as pilot:
        yield app, pilot


async def outcome(app: Sends, pilot: Pilot[None], *messages: Message) -> Sequence[str]:
    """What becomes of these messages, which arrive together some time after all others."""
    await pilot.pause(MOMENT_S)
    app.noted.clear()
    for message in messages:
        app.post_message(message)
    await DeskPilot(pilot).until(lambda: {"sent", "refused", "said"} & set(app.noted))
    return app.noted


async def test_a_key_sends_if_it_came_alone() -> None:
    async with sends() as (app, pilot):
        assert await outcome(app, pilot, TerminalKey("s", "s", 5.0)) == ["sent"]
        assert await outcome(app, pilot, TerminalKey("s", "s", MOMENT_S / 2)) == ["refused"]
        assert await outcome(app, pilot, TerminalKey("s", "s")) == ["refused"]
        assert await outcome(app, pilot, TerminalKey("s", "s", 0.3), TerminalKey("x", "x", 0.03)) == ["refused"]
        assert await outcome(app, pilot, TerminalKey("s", "s", 0.3), InputIgnored()) == ["refused"]
        assert await outcome(app, pilot, TerminalKey("s", "s", 0.3), InputBegun()) == ["refused"]
        assert await outcome(app, pilot, InputBegun(), TerminalKey("s", "s", 0.3)) == ["sent"], "torn, and alone"
        assert "refused" in await outcome(app, pilot, TerminalKey("s", "s", 0.3), Paste("s"))
        assert await outcome(app, pilot, Key("s", "s")) == ["sent"], "no terminal sent it"


async def test_a_later_key_that_came_alone_does_not_vouch_for_an_earlier_one() -> None:
    async with sends() as (app, pilot):
        both = TerminalKey("s", "s", 0.0), TerminalKey("left", None, 0.5)
        assert await outcome(app, pilot, *both) == ["refused"]


REPEAT_GAPS_S = [0.42, 0.12, 0.09, 0.04, 0.25]


async def test_a_key_that_is_held_from_one_screen_to_the_next_does_not_send_and_counts_again_after_a_pause() -> None:
    async with sends() as (app, pilot):
        assert await outcome(app, pilot, TerminalKey("s", "s", 5.0)) == ["sent"]
        await app.push_screen(Screen())
        for gap_s in REPEAT_GAPS_S:
            assert await outcome(app, pilot, TerminalKey("s", "s", gap_s)) == ["refused"], gap_s
        assert await outcome(app, pilot, TerminalKey("s", "s", 0.35)) == ["sent"]
        assert await outcome(app, pilot, TerminalKey("s", "s", 0.35)) == ["sent"], "nothing changed since"


async def test_a_key_that_is_held_while_the_focus_moves_does_not_send() -> None:
    async with sends() as (app, pilot):
        app.set_focus(app.query_one("#first"))
        app.post_message(TerminalKey("s", "s", 5.0))
        await DeskPilot(pilot).until(lambda: app.query_one("#first", Field).value == "s")
        app.set_focus(None)
        assert await outcome(app, pilot, TerminalKey("s", "s", 0.66)) == ["refused"]


async def test_another_key_and_a_long_pause_are_no_repeats() -> None:
    async with sends() as (app, pilot):
        for presses in ([("s", 1.1)], [("x", 0.4), ("s", 0.4)]):
            assert await outcome(app, pilot, TerminalKey("s", "s", 5.0)) == ["sent"]
            await app.push_screen(Screen())
            for name, gap_s in presses[:-1]:
                app.post_message(TerminalKey(name, name, gap_s))
                await pilot.pause(MOMENT_S)
            assert await outcome(app, pilot, TerminalKey("s", "s", presses[-1][1])) == ["sent"], presses


async def test_a_key_with_alt_that_does_nothing_may_have_been_escape_and_another() -> None:
    async with sends() as (app, pilot):
        app.post_message(TerminalKey("alt+minus", None))
        app.post_message(TerminalKey("alt+d", None))
        await DeskPilot(pilot).until(lambda: app.noted)
        assert app.noted == ["alt+d does nothing. If you pressed escape and then d, press them again"]


async def test_what_is_ignored_is_said_once() -> None:
    async with sends() as (app, pilot):
        first, last = InputIgnored("no key"), InputIgnored("said")
        assert await outcome(app, pilot, first, first, InputIgnored(), last) == ["no key", "said"]


def typed_ahead(text: str) -> TypedAheadText:
    return TypedAheadText(text, [Press("enter" if each == "\r" else name_of(each), each) for each in text])


@pytest.mark.parametrize(
    ("focus", "values"),
    [("first", ["a=1", "bc", ""]), ("second", ["", "a=1", "bc"]), ("other", ["", "", "a=1"])],
)
async def test_text_typed_ahead_goes_into_fields_key_by_key(focus: str, values: list[str]) -> None:
    async with sends() as (app, pilot):
        app.set_focus(app.query_one(f"#{focus}"))
        app.post_message(typed_ahead("a=1\rbc"))
        await DeskPilot(pilot).until(lambda: [field.value for field in app.query(Input)] == values)


async def test_text_typed_ahead_is_a_paste_where_no_field_is_open() -> None:
    async with sends() as (app, pilot):
        app.post_message(typed_ahead("a=1\rsss"))
        await DeskPilot(pilot).until(lambda: app.noted)
        assert app.noted == ["paste a=1\rsss"]


async def test_keys_that_were_typed_ahead_did_not_come_alone() -> None:
    async with sends() as (app, pilot):
        seen: list[Key] = []

        class Watching(Field):
            def _on_key(self, event: Key) -> Any:
                seen.append(event)

        await app.mount(field := Watching())
        app.set_focus(field)
        app.post_message(typed_ahead("ab"))
        await DeskPilot(pilot).until(lambda: [event.key for event in seen] == ["a", "b"])
        assert not any(came_alone(event) for event in seen)
