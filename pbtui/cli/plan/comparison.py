"""A file compared with what stands, and the table that shows it."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from pbtui.api.models import Order
from pbtui.cli.refusals import LocalRefusal
from pbtui.desk.journal.writer import JournalUnusable
from pbtui.desk.plan.difference import REFUSED, UNCHANGED, Plan, Planned, plan
from pbtui.desk.plan.sent_before import sent_before
from pbtui.desk.plan.standing import OwnOrders, Standing
from pbtui.desk.plan.wanted import Wanted
from pbtui.desk.tickets.describe import order_figures_text, subject, wish_in_full
from pbtui.desk.tickets.ticket import Action
from pbtui.settings.profiles import Profile


def compared(wanted: Wanted, own: OwnOrders, profile: Profile, now: datetime) -> Plan:
    """Compare a file with own orders and the journal. Raises LocalRefusal if the journal can't be read."""
    try:
        sent = sent_before(profile, wanted.marks) if wanted.marks else {}
    except (JournalUnusable, OSError) as error:
        reason = f"the journal can't be read, so it is not known what was sent before: {error}"
        raise LocalRefusal(f"{reason}; nothing was sent") from None
    return plan(wanted, Standing(own.all, sent, own.active_gap), ZoneInfo(profile.market_timezone), now)


def table(found: Plan, zone: ZoneInfo) -> list[list[str]]:
    """Return the rows that say more than that nothing changes, headings first."""
    rows = [row for row in found.rows if row.line is not None or row.reason]
    return [["WHERE", "WHAT", "ORDER", "CHANGES"], *(_cells(row, zone) for row in rows)]


def _cells(row: Planned, zone: ZoneInfo) -> list[str]:
    if row.line is not None:
        return [row.place, row.what, subject(row.line, zone), _changes(row, zone)]
    figures = order_figures_text(row.order, zone) if isinstance(row.order, Order) else ""
    return [row.place, row.what, figures, row.reason]


def _changes(row: Planned, zone: ZoneInfo) -> str:
    """Return what the row changes; nothing where the word before says it all."""
    text = wish_in_full(row.line, zone) if row.line is not None else ""
    return "" if text == row.what else text.removeprefix("add, ")


def summary(found: Plan) -> str:
    """Return the number of rows of each kind, and of the orders that are in no row."""
    counts = Counter(row.what for row in found.rows)
    return ", ".join(f"{counts[what]} {what}" for what in _KINDS if counts[what]) or "no rows"


def notes(found: Plan, own: OwnOrders) -> Iterator[str]:
    """Yield what else is to be known: the orders in no row, and what could not be read."""
    if found.not_named:
        verb = "order that stands is" if found.not_named == 1 else "orders that stand are"
        yield f"{found.not_named} {verb} in no row, and stay as they are"
    if own.inactive_gap:
        yield f"{own.inactive_gap}. What another computer entered and has ended may be missing"


_KINDS = (*(str(action) for action in Action), UNCHANGED, REFUSED)
