"""Result of a ticket on stdout, messages on stderr. A stream that can't be written does not change the exit code."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec

from pbtui.api.requests import OrderEntry
from pbtui.api.sanitize import safe_text
from pbtui.cli.process import say, say_result
from pbtui.desk.formats.time_format import in_zone
from pbtui.desk.tickets.describe import subject, wanted_change
from pbtui.desk.tickets.sending.submission import Request
from pbtui.desk.tickets.ticket import Ticket, TicketLine
from pbtui.desk.view import DeskView


def print_result(ticket: Ticket, zone: ZoneInfo, *, as_json: bool, stays_open: bool = False) -> None:
    """Write what is known of each line. A desk that `stays_open` reports later results itself."""
    if as_json:
        facts = {"ticket": ticket.token, "lines": [_facts(line) for line in ticket.lines]}
        say_result(msgspec.json.encode(facts).decode())
    else:
        say_result(*(_result_text(line, zone) for line in ticket.lines))
    if ticket.internal_trades:
        say(f"internal trades: {ticket.internal_trades}", err=True)
    if ticket.limit_violations:
        say(f"limit violations: {ticket.limit_violations}", err=True)
    if ticket.is_open:
        who = "This session" if stays_open else "The next desk of this profile"
        say(f"The result is not known yet. {who} reads the order again and reports it.", err=True)


def print_left_over(view: DeskView, zone: ZoneInfo) -> None:
    """Write on stderr what this run has read of tickets that an earlier one left: no other run reports it again."""
    for ticket in view.tickets:
        for line in ticket.lines:
            if line.was_left_over and (line.is_open or line.was_read):
                say(f"ticket {ticket.token} of an earlier run: {_result_text(line, zone)}", err=True)


def print_notes(view: DeskView, zone: ZoneInfo) -> None:
    """Write on stderr what is not known of earlier runs, and what is missing in the journal."""
    for note in view.notes:
        say(safe_text(in_zone(note, zone)), err=True)
    if view.unrecorded:
        say(f"NOT IN THE JOURNAL: {in_zone(view.unrecorded, zone)}", err=True)


def print_requests(requests: Sequence[Request]) -> None:
    """Print the requests as JSON, as they would be sent: one, or a list of several."""
    for request in requests:
        if request.not_sent:
            say(f"{request.method} {request.path} would not be sent: {request.not_sent}", err=True)
    shown = [
        {"method": request.method, "path": request.path, "query": request.query, "body": request.body}
        for request in requests
        if not request.not_sent
    ]
    encoded = msgspec.json.Encoder(decimal_format="number").encode(shown[0] if len(shown) == 1 else shown)
    if not say(msgspec.json.format(encoded, indent=2).decode()):
        say("the requests could not be written to stdout", err=True)


def _result_text(line: TicketLine, zone: ZoneInfo) -> str:
    """Return the state, the change, the order as it was before it, and the reason."""
    parts = wanted_change(line, zone), f"{subject(line, zone)}{_new_id(line)}", in_zone(line.reason, zone)
    return f"{line.state}  {': '.join(part for part in parts if part)}"


def _facts(line: TicketLine) -> dict[str, object]:
    verdict = line.verdict
    return {
        "key": line.key,
        "state": line.state,
        "reason": line.reason,
        "order_id": line.order and line.order.order_id,
        "order_ids": verdict.order_ids,
        "traded_mw": None if verdict.traded_mw is None else float(verdict.traded_mw),
        "is_done": line.is_done,
    }


def _new_id(line: TicketLine) -> str:
    """Return the id of the order as text if the request does not name it: it is new, or the exchange changed it."""
    ids = line.verdict.order_ids
    order_id = line.order.order_id if line.order is not None else ids[0] if len(ids) == 1 else None
    if isinstance(line.request, OrderEntry):
        return f", order {order_id}" if order_id else ""
    return f", now order {order_id}" if order_id and order_id != line.request.order_id else ""
