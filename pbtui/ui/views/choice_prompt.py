"""Prompt for the saved views: switch to one, save the present arrangement under a name, delete one."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import Enum, auto
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Label, OptionList

from pbtui.ui.terminal.sparing_screen import SparingScreen
from pbtui.ui.views.layout import LONGEST_NAME, Layout
from pbtui.ui.widgets.key_names import key_of

_HEAD_OF_NONE = "No view is saved yet. Type a name: enter saves the present one"


class Wish(Enum):
    """The things that the trader can do with a view."""

    SWITCH = auto()
    SAVE = auto()
    DELETE = auto()


class Chosen(NamedTuple):
    """A wish and the name of the view."""

    wish: Wish
    name: str


class ViewsPrompt(SparingScreen[Chosen | None], ModalScreen[Chosen | None]):
    """Returns what to do with which view, or None if the trader goes back.

    `named` are the views that are known when it opens; `read_again` returns those that there are now.
    """

    FOCUSABLE: ClassVar[Sequence[type[Widget]]] = (OptionList, Input)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="prompt.back"),
        Binding("j", "next(1)", "Down", show=False, id="views.down"),
        Binding("k", "next(-1)", "Up", show=False, id="views.up"),
        Binding("s", "name", "Save the present one", id="views.save"),
        Binding("x", "delete", "Delete", id="views.delete"),
    ]

    def __init__(
        self,
        named: Mapping[str, Layout],
        present: Layout,
        read_again: Callable[[], Awaitable[Mapping[str, Layout]]],
    ) -> None:
        super().__init__()
        self._named = named
        self._names = list(named)
        self._present = present
        self._read_again = read_again
        self._asked_to_delete = self._asked_to_replace = ""

    def compose(self) -> ComposeResult:
        """Create the list of views, and below it the name to save the present one under."""
        with Vertical(classes=f"prompt -wide {'' if self._named else '-short'}"):
            yield Label(self._head, id="views-head", markup=False)
            views = OptionList(*self._lines, markup=False)
            views.display = bool(self._named)
            yield views
            yield Label(f"now: {self._present.words}", markup=False)
            yield Input(id="view-name", placeholder="name of the view", max_length=LONGEST_NAME, compact=True)

    def on_mount(self) -> None:
        """Begin in the list, or in the name if there is no view yet."""
        if self._names:
            self.query_one(OptionList).highlighted = 0
            self.query_one(OptionList).focus()
        else:
            self.action_name()
        self.run_worker(self._follow())

    @property
    def _head(self) -> str:
        save, delete = key_of(self, "views.save"), key_of(self, "views.delete")
        head = f"Views: enter switches, {save} saves the present one, {delete} deletes"
        return head if self._named else _HEAD_OF_NONE

    @property
    def _lines(self) -> Sequence[str]:
        return [f"{name:<14} {layout.words}" for name, layout in self._named.items()]

    async def _follow(self) -> None:
        """Show the views that other desks have saved or deleted since; the highlight stays on its view."""
        named = await self._read_again()
        if named == self._named:
            return
        highlighted, views = self._highlighted, self.query_one(OptionList)
        self._named, self._names = named, list(named)
        self._asked_to_delete = self._asked_to_replace = ""
        views.clear_options().add_options(self._lines)
        views.highlighted = self._names.index(highlighted) if highlighted in named else None
        views.display = bool(named)
        self.query_one(".prompt").set_class(not named, "-short")
        self.query_one("#views-head", Label).update(self._head)
        if not named:
            self.action_name()

    @property
    def _highlighted(self) -> str:
        index = self.query_one(OptionList).highlighted
        return "" if index is None or not self._names else self._names[index]

    def action_next(self, step: int) -> None:
        """Move the highlight by that many lines."""
        views = self.query_one(OptionList)
        views.action_cursor_down() if step > 0 else views.action_cursor_up()

    def action_name(self) -> None:
        """Type the name to save the present arrangement under: by default that of the view under the highlight."""
        name = self.query_one(Input)
        name.value = self._highlighted
        name.focus()

    def action_delete(self) -> None:
        """Delete the view under the highlight; the key has to be pressed twice."""
        name = self._highlighted
        if not name:
            return
        if self._asked_to_delete == name:
            self.dismiss(Chosen(Wish.DELETE, name))
            return
        self._asked_to_delete = name
        self.query_one("#views-head", Label).update(f"{key_of(self, 'views.delete')} again deletes the view {name}")

    @on(OptionList.OptionSelected)
    def _switch(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(Chosen(Wish.SWITCH, self._names[event.option_index]))

    @on(Input.Submitted)
    def _save(self, event: Input.Submitted) -> None:
        name = event.value.strip()
        if not name or not name.isprintable():
            self.query_one("#views-head", Label).update("Nothing saved: a view needs a name, of characters that print")
            return
        known = self._named.get(name, self._present)
        if known == self._present or self._asked_to_replace == name:
            self.dismiss(Chosen(Wish.SAVE, name))
            return
        self._asked_to_replace = name
        self.query_one("#views-head", Label).update(f"enter again replaces the view {name}: {known.words}")
