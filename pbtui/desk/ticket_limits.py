"""Pre-trade limits applied to a whole ticket and the present state of the desk."""

from pbtui.api.models import OrderEntry
from pbtui.desk.limits import LimitCheck, check_change, check_count, check_entry
from pbtui.desk.tickets.duplicates import duplicate_warnings
from pbtui.desk.tickets.state import UNDONE_STATES
from pbtui.desk.tickets.ticket import Ticket, TicketLine
from pbtui.desk.view import DeskView
from pbtui.settings.limits import Limits


def check_ticket(ticket: Ticket, view: DeskView, limits: Limits, now_s: float) -> LimitCheck:
    """Check a ticket. Deactivating and deleting are never refused."""
    if not ticket.action.increases_risk:
        return LimitCheck()
    reason = view.why_only_withdraw(now_s)
    check = LimitCheck(() if reason is None else (reason,)) + check_count(limits, len(ticket.lines))
    for line in ticket.lines:
        check += check_line(line, view, limits)
    return check + LimitCheck(warnings=duplicate_warnings(ticket, view.tickets))


def check_line(line: TicketLine, view: DeskView, limits: Limits) -> LimitCheck:
    """Check one order of a ticket."""
    if isinstance(line.request, OrderEntry):
        return check_entry(limits, line.request, _last_entry(line.request, view))
    return LimitCheck() if line.base is None else check_change(limits, line.base, line.request.changes)


def _last_entry(entry: OrderEntry, view: DeskView) -> OrderEntry | None:
    """Return the last order entered for the same contract in this run."""
    lines = (line for ticket in reversed(view.tickets) for line in ticket.lines)
    accepted = (line.request for line in lines if line.state not in UNDONE_STATES)
    entries = (request for request in accepted if isinstance(request, OrderEntry))
    return next((earlier for earlier in entries if _contract(earlier) == _contract(entry)), None)


def _contract(entry: OrderEntry) -> tuple[object, ...]:
    return entry.contract_id, entry.contract_name, entry.dlvry_start, entry.dlvry_end
