"""Pane with the other desks of the team that are open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType

from pbtui.desk.formats.time_format import in_zone
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.reading_prompt import ReadingPrompt
from pbtui.ui.widgets.folded_lines import folded
from pbtui.ui.widgets.lines import Line, Piece

if TYPE_CHECKING:
    from pbtui.desk.team.presence import OtherDesk
    from pbtui.desk.view import DeskView

_INDENT = "   "


class TeamPane(ReadingPrompt[None]):
    """Lists who is there, as the newest view says it."""

    zone: ZoneInfo

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("W", "dismiss(None)", "Close", show=False, id="desk.team"),
    ]

    def __init__(self, venue: Venue, view: DeskView, zone: ZoneInfo) -> None:
        super().__init__(venue)
        self._view = view
        self.zone = zone

    def take_view(self, view: DeskView) -> None:
        """Follow the team."""
        before, self._view = self._view, view
        if (before.others, before.team_problem) != (view.others, view.team_problem):
            self.redraw()

    def head(self) -> Sequence[Piece]:
        """The number of open desks, or that it is not known."""
        others, problem = self._view.others, self._view.team_problem
        if others is None:
            return [("Who is there is not known", "title"), (in_zone(problem, self.zone), "warning")]
        count = "No other desk" if not others else "1 other desk" if len(others) == 1 else f"{len(others)} other desks"
        verb = "are" if len(others) > 1 else "is"
        return [
            (f"{count} of the team {verb} open", "title"),
            ("Desks with orders of these portfolios. One that ends without a word is listed for 15 s more.", "label"),
            *([] if self._view.team_skew is None else [(f"Clocks: {self._view.team_skew.words}.", "label")]),
        ]

    def body(self, width: int) -> Sequence[Line]:
        """The desks, in the sequence in which they appeared."""
        return [line for desk in self._view.others or () for line in self._desk_lines(desk, width)]

    def _desk_lines(self, desk: OtherDesk, width: int) -> Iterator[Line]:
        yield from ([(f" {part}", "title")] for part in folded(desk.who, max(width - 1, 1)))
        doing = folded(in_zone(desk.doing, self.zone), max(width - len(_INDENT), 1))
        yield from ([(f"{_INDENT}{part}", "text")] for part in doing)
