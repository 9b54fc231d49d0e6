"""Pane with the report of a shift."""

from collections.abc import Iterator, Sequence
from enum import Enum, auto
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType

from pbtui.desk.handover.report import Report
from pbtui.desk.handover.words import NONE, NOT_READ, Section, head_of, sections_of
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.reading_prompt import ReadingPrompt
from pbtui.ui.widgets.folded_lines import folded
from pbtui.ui.widgets.lines import Line, Piece

_INDENT, _HANGING = "   ", "      "


class Wish(Enum):
    """The next thing that the trader wants to do."""

    NOTE = auto()
    TAKE = auto()
    READ = auto()


class HandoverPane(ReadingPrompt[Wish]):
    """Shows the report as it was read. It does not follow the desk: who takes over confirms what was shown."""

    zone: ZoneInfo

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("H", "dismiss(None)", "Close", show=False, id="desk.handover"),
        Binding("n", "wish('NOTE')", "Leave a note", id="handover.note"),
        Binding("t", "wish('TAKE')", "Take over", id="handover.take"),
        Binding("r", "wish('READ')", "Read again", id="handover.read"),
    ]

    def __init__(self, venue: Venue, report: Report, zone: ZoneInfo) -> None:
        super().__init__(venue)
        self._report = report
        self.zone = zone

    def action_wish(self, name: str) -> None:
        """Close, and say what is wanted next; that asks again."""
        self.dismiss(Wish[name])

    def head(self) -> Sequence[Piece]:
        """The shift, and whose journals were read."""
        _, shift, journals = head_of(self._report, self.zone)
        return [("Hand-over: no order is changed by it", "title"), (shift, "text"), (journals, "label")]

    def body(self, width: int) -> Sequence[Line]:
        """The sections, each below its title."""
        return [line for section in sections_of(self._report, self.zone) for line in _section_lines(section, width)][1:]


def _section_lines(section: Section, width: int) -> Iterator[Line]:
    yield []
    yield [(f" {section.title}", "title")]
    for text in section.all_lines:
        role = "warning" if text.startswith(NOT_READ) else "label" if text == NONE else "text"
        first, *rest = folded(text, max(width - len(_HANGING), 1))
        yield [(f"{_INDENT}{first}", role)]
        yield from ([(f"{_HANGING}{part}", role)] for part in rest)
