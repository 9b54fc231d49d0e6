"""The most important current problem, above the orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from pbtui.api.clock import steady_s
from pbtui.desk.formats.time_format import age_text, in_zone
from pbtui.desk.market.closures import warning_of, why_market_closed
from pbtui.settings.redaction import redacted
from pbtui.ui.widgets.folded_lines import Fold, FoldedLines, folded
from pbtui.ui.widgets.lines import Line

if TYPE_CHECKING:  # at run time these would import pydantic, which the first screen does not need
    from zoneinfo import ZoneInfo

    from pbtui.desk.tickets.ticket import Ticket
    from pbtui.desk.view import DeskView

_MOST_LINES = 3
_LEAST_TEXT = 20


class MessageLine(FoldedLines):
    """Shows the most important current problem, on as many lines as it needs, up to three; hidden if there is none."""

    def __init__(self) -> None:
        super().__init__(_fold([]))
        self.id = "message"
        self.display = False
        self.request = ""
        """Action that the trader should take now; shown if there is no problem."""
        self.kill_headline = ""
        """State of a kill in this run."""

    def show_problem(self, view: DeskView | None, stopped: Exception | None, zone: ZoneInfo) -> None:
        """Show the first that applies: stopped, halted, a failure, market closed, open tickets, gaps."""
        line = [] if stopped is not None else self._halted(view, zone)
        line = line or _problem(view, stopped, zone) or self._requested()
        self.display = bool(line)
        self.refold(_fold(line))

    def _requested(self) -> Line:
        return [(f" {self.request}", "warning")] if self.request else []

    def _halted(self, view: DeskView | None, zone: ZoneInfo) -> Line:
        if view is None or view.halted is None:
            return []
        words = self.kill_headline or view.halted.words
        asked = [request.words for request in view.requests]  # first: somebody waits for the trader who reads it
        return [(" HALTED ", "alarm"), (f" {in_zone(' · '.join([*asked, words]), zone)}", "warning")]


def _fold(line: Line) -> Fold:
    return lambda width: wrapped(line, width)


def wrapped(line: Line, width: int) -> Sequence[Line]:
    """Return the line on at most three: its last piece is wrapped to the right of the others, or below them."""
    if not line or not width:
        return []
    *lead, (text, role) = line
    indent = sum(cell_len(text) for text, _ in lead) + 1
    is_below = bool(lead) and width - indent < _LEAST_TEXT
    indent = 1 if is_below else indent
    parts = folded(text.strip(), max(width - indent, 1))
    most = _MOST_LINES - is_below
    if len(parts) > most:
        parts = [*parts[: most - 1], folded(parts[most - 1], max(width - indent - 2, 1))[0] + " …"]
    texts: list[Line] = [[(f"{' ' * indent}{part}", role)] for part in parts]
    return [lead, *texts] if is_below else [[*lead, (f" {parts[0]}", role)], *texts[1:]]


def open_text(tickets: Sequence[Ticket], zone: ZoneInfo) -> str:
    """Return how far the open tickets have come; empty if none is open.

    Example: `ticket 7K3QX2: 120 of 500 answered, 3 refused · 1 SENT: ▲ BUY 5.0 MW at 45.10`.
    """
    from pbtui.desk.tickets.describe import counts, how_far, subject  # the first frame does without pydantic

    under_way = [ticket for ticket in tickets if ticket.is_open]
    texts = [how_far(ticket) for ticket in under_way if len(ticket.lines) > 1]
    alone = [ticket.lines[0] for ticket in under_way if len(ticket.lines) == 1]
    if alone:
        texts.append(f"{counts(alone)}: {subject(alone[0], zone)}" if len(alone) == 1 else counts(alone))
    return " · ".join(texts)


def _problem(view: DeskView | None, stopped: Exception | None, zone: ZoneInfo) -> Line:
    if stopped is not None:
        hint = "The orders are as last read. The kill key still works. Quit names the report."
        return [(" DESK STOPPED ", "alarm"), (f" {hint} {type(stopped).__name__}: {redacted(str(stopped))}", "bad")]
    if view is None:
        return []
    if view.journal_problem is not None:
        return [(" the journal can't be written ", "alarm"), (f" {view.unrecorded or view.journal_problem}", "bad")]
    failure = view.link.failure
    if failure is not None:
        since = age_text(steady_s() - failure.since_s)
        return [(f" reads failing for {since} ", "alarm"), (f" {failure.error}", "bad")]
    if view.lone is not None:
        away = f". {view.team_problem}" if view.team_problem else ""
        return [(" LONE ", "alarm"), (f" {in_zone(f'{view.lone.words}{away}', zone)}", "bad")]
    if view.team_problem:
        return [(" orders can only be withdrawn ", "alarm"), (f" {in_zone(view.team_problem, zone)}", "bad")]
    closed = why_market_closed(view.exchange, steady_s())
    if closed:
        return [(" market closed ", "alarm"), (f" orders can only be withdrawn: {closed}", "warning")]
    if waiting := open_text(view.tickets, zone):
        return [(" open tickets ", "staged"), (f" {waiting}", "warning")]
    unreadable = view.blotter.totals.unreadable
    odd = f"{unreadable} active {'order has' if unreadable == 1 else 'orders have'} fields that can't be read"
    gaps = " · ".join(
        gap
        for gap in (
            warning_of(view.exchange, steady_s()),
            view.unrecorded,
            view.link.exchange_clock.warning,
            "" if view.team_skew is None else view.team_skew.warning,
            view.active_gap,
            view.inactive_gap,
            odd if unreadable else "",
            *view.notes,
        )
        if gap
    )
    return [(f" {gaps}", "warning")] if gaps else []
