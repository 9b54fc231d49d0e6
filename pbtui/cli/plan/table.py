"""The difference between a file and what stands, as a table."""

from zoneinfo import ZoneInfo

from pbtui.api.models import Order
from pbtui.desk.formats.time_format import in_zone
from pbtui.desk.plan.difference import Plan, Planned
from pbtui.desk.tickets.describe import order_figures_text, subject, wish_in_full


def table(found: Plan, zone: ZoneInfo) -> list[list[str]]:
    """Return the rows that say more than that nothing changes, headings first."""
    rows = [row for row in found.rows if row.line is not None or row.reason]
    return [["WHERE", "WHAT", "ORDER", "CHANGES"], *(_cells(row, zone) for row in rows)]


def _cells(row: Planned, zone: ZoneInfo) -> list[str]:
    if row.line is not None:
        return [row.place, row.what, subject(row.line, zone), _changes(row, zone)]
    figures = order_figures_text(row.order, zone) if isinstance(row.order, Order) else ""
    return [row.place, row.what, figures, in_zone(row.reason, zone)]


def _changes(row: Planned, zone: ZoneInfo) -> str:
    """Return what the row changes; nothing where the word before says it all."""
    text = wish_in_full(row.line, zone) if row.line is not None else ""
    return "" if text == row.what else text.removeprefix("add, ")
