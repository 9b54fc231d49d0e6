"""An application that draws through a writer of ours, which sends only what differs from what the terminal shows.

Private parts, each with what happens without it:

- `App._display`, overridden to take what Textual would write: Textual writes it, and more is sent than changed.
- `App._batch_count`, and `textual._compositor` with the `chops`, `spans` and `chop_ends` of `ChopsUpdate`, the `strips`
  and `region` of `LayoutUpdate`: the same.
"""

import re
from collections.abc import Iterator
from typing import TypeVar

from rich.color import ColorSystem
from rich.console import RenderableType
from textual.app import App
from textual.driver import Driver
from textual.errors import NoWidget
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from pbtui.ui.terminal.delays import Delays
from pbtui.ui.terminal.output.attention import Attention
from pbtui.ui.terminal.output.cells import cells
from pbtui.ui.terminal.output.picture import Canvas, Place
from pbtui.ui.terminal.output.usage import Usage
from pbtui.ui.terminal.output.writer import Writer
from pbtui.ui.terminal.private_parts import has_parts, report_missing

try:
    from textual._compositor import ChopsUpdate, LayoutUpdate
except ImportError:
    ChopsUpdate = LayoutUpdate = None  # type: ignore[assignment, misc]

_MORE_IS_SENT = "more is sent than changed"
_COLOUR_SYSTEMS = {
    "standard": ColorSystem.STANDARD,
    "256": ColorSystem.EIGHT_BIT,
    "truecolor": ColorSystem.TRUECOLOR,
}
_CHOPS_PARTS = ("chops", "spans", "chop_ends")
_LAYOUT_PARTS = ("strips", "region")
_WORD_BEGINS = re.compile(r"(?<=[a-z])(?=[A-Z])")

T = TypeVar("T")
Piece = tuple[int, int, Strip]
"""Column, line, and what is there."""


class DrawingApp(Delays, App[T]):
    """An application to build ours on. `usage` counts the bytes that it sends."""

    writer: Writer | None = None
    attention: Attention | None = None
    """Both are set by the driver while it has the terminal."""

    def __init__(self, driver_class: type[Driver] | None = None) -> None:
        self.usage = Usage()
        self._canvas = Canvas()
        super().__init__(driver_class)

    def screen_behind_s(self) -> float:
        """The seconds for which the terminal may lack something that it is to show."""
        return self.writer.behind_s() if self.writer is not None else 0.0

    def action_redraw(self) -> None:
        """Send the whole picture again: another program may have written on the terminal."""
        if self.writer is not None:
            self.writer.redraw()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        pieces = self._pieces(renderable)
        if self.writer is None or pieces is None or not has_parts(self, "_batch_count", instead=_MORE_IS_SENT):
            if self.writer is not None and renderable is not None:
                self.writer.forget()
            super()._display(screen, renderable)
        else:
            if not self._batch_count:
                self._show(screen, pieces, self.writer)
            self.post_display_hook()

    def _show(self, screen: Screen[object], pieces: Iterator[Piece], writer: Writer) -> None:
        canvas, colours = self._canvas, _COLOUR_SYSTEMS.get(self.console.color_system or "", ColorSystem.TRUECOLOR)
        canvas.begin()
        for x, y, strip in pieces:
            if canvas.put(x, y, cells(strip, colours)):
                cause, is_in_front = _cause(screen, canvas.columns // 2 if screen.is_modal else x, y)
                canvas.note(y, cause, is_in_front=is_in_front)
        writer.show(canvas.picture(self._focus(screen)))

    def _pieces(self, update: object) -> Iterator[Piece] | None:
        """The parts of an update, None if it is of a kind that is not known."""
        if ChopsUpdate is None:
            report_missing("textual._compositor", _MORE_IS_SENT)
        elif isinstance(update, LayoutUpdate) and has_parts(update, *_LAYOUT_PARTS, instead=_MORE_IS_SENT):
            self._canvas.resize(*update.region.size)
            return _pieces_of_all(update)
        elif isinstance(update, ChopsUpdate) and has_parts(update, *_CHOPS_PARTS, instead=_MORE_IS_SENT):
            return _pieces_of_spans(update)
        return None

    def _focus(self, screen: Screen[object]) -> Place | None:
        """The place of the hardware cursor, which screen readers and braille displays follow."""
        focused = screen.focused
        if focused is None:
            return None
        x, y = getattr(focused, "cursor_screen_offset", focused.region.offset)
        return (x, y) if 0 <= x < self._canvas.columns and 0 <= y < self._canvas.lines else None


def _pieces_of_all(update: "LayoutUpdate") -> Iterator[Piece]:
    for y, strips in enumerate(update.strips, update.region.y):
        yield update.region.x, y, Strip.join(strips)


def _pieces_of_spans(update: "ChopsUpdate") -> Iterator[Piece]:
    for y, first, last in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=True):
            start, stop = max(x, first), min(end, last)
            if strip is not None and start < stop:
                yield start, y, strip.crop(start - x, stop - x)


def _cause(screen: Screen[object], x: int, y: int) -> tuple[str, bool]:
    """The part of the screen that is painted at this place, and whether it lies over another screen."""
    name = _words(screen)
    try:
        widget, _ = screen.get_widget_at(x, y)
    except NoWidget:
        return name, False
    if screen.is_modal:
        return (name, True) if widget is not screen else (f"behind {name}", False)
    return _words(widget), False


def _words(widget: Widget) -> str:
    return _WORD_BEGINS.sub(" ", type(widget).__name__).lower()
