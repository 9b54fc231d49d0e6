"""Clicks and the wheel: a click puts the focus, or chooses a line or a tab; the wheel scrolls. They do no more.

Textual never learns of the mouse. Its own events of a click press buttons and keys in a footer, choose options, and run
actions that stand in a text; a text of the server must not, and nothing may be sent by one click. So a click reaches a
widget only by `Pointable`, which is for widgets that do nothing but move their cursor or change what is shown.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar, runtime_checkable

from textual import on
from textual.app import App, ScreenStackError
from textual.errors import NoWidget
from textual.geometry import Offset
from textual.message import Message
from textual.widget import Widget
from textual.widgets import OptionList

T = TypeVar("T")


class PointedAt(Message):
    """Message: the left button was pressed at this place of the screen."""

    def __init__(self, x: int, y: int) -> None:
        super().__init__()
        self.x = x
        self.y = y


class WheelTurned(Message):
    """Message: the wheel was turned at this place of the screen, by so many lines, negative for upwards."""

    def __init__(self, x: int, y: int, lines: int) -> None:
        super().__init__()
        self.x = x
        self.y = y
        self.lines = lines


@runtime_checkable
class Pointable(Protocol):
    """A widget in which a click chooses what is shown. It must not send, stage, confirm or change anything."""

    def point_at(self, place: Offset) -> None:
        """Take a click at this place of the widget's content, which can lie outside its lines."""


@runtime_checkable
class Wheelable(Protocol):
    """A widget that scrolls by itself."""

    def turn_wheel(self, lines: int) -> None:
        """Scroll by so many lines, negative for upwards."""


class PointingApp(App[T]):
    """An application that takes clicks and the wheel."""

    @on(PointedAt)
    def _point(self, message: PointedAt) -> None:
        for widget in self._widgets_at(message.x, message.y):
            if takes_focus := widget.focusable:
                self.screen.set_focus(widget, scroll_visible=False)
                self._highlight_option(widget, message)
            if isinstance(widget, Pointable):
                widget.point_at(Offset(message.x, message.y) - widget.content_region.offset)
            if takes_focus or isinstance(widget, Pointable):
                return

    def _highlight_option(self, widget: Widget, message: PointedAt) -> None:
        """Move the highlight of a list to the option that was clicked. Enter takes it."""
        option = self.screen.get_style_at(message.x, message.y).meta.get("option")
        if isinstance(widget, OptionList) and isinstance(option, int):
            widget.highlighted = option

    @on(WheelTurned)
    def _turn(self, message: WheelTurned) -> None:
        for widget in self._widgets_at(message.x, message.y):
            if isinstance(widget, Wheelable):
                widget.turn_wheel(message.lines)
                return
            if widget.allow_vertical_scroll:
                widget.scroll_relative(y=message.lines, animate=False)
                return

    def _widgets_at(self, x: int, y: int) -> Sequence[Widget]:
        """The widget at this place of the screen on top, and those that it lies in; empty outside the screen."""
        try:
            widget, _ = self.screen.get_widget_at(x, y)
        except (NoWidget, ScreenStackError):  # there is no screen yet, or none any more
            return ()
        return [each for each in widget.ancestors_with_self if isinstance(each, Widget)]
