"""The net positions that the orders of a ticket expect: read right before it is sent."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from zoneinfo import ZoneInfo

from pbtui.api.structs import replace
from pbtui.cli.refusals import LocalRefusal
from pbtui.desk.drafts.position import why_not_known
from pbtui.desk.market.reading import Reading
from pbtui.desk.position_guard import PositionRef, is_unguarded, position_of_request, with_expected
from pbtui.desk.tickets.describe import subject
from pbtui.desk.tickets.ticket import Ticket, TicketLine

ReadPosition = Callable[[PositionRef], Awaitable[Reading[Decimal]]]


async def with_positions(ticket: Ticket, read: ReadPosition, zone: ZoneInfo) -> Ticket:
    """Return the ticket whose orders expect their present net position. Each position is read once.

    Blocks, which have no guard, and orders that expect a position already stay as they are. Raises LocalRefusal if a
    position is not known.
    """
    refs = {
        line.key: position_of_request(line.request, line.base)
        for line in ticket.lines
        if is_unguarded(line.request, line.base)
    }
    found = {ref: await read(ref) for ref in dict.fromkeys(refs.values()) if ref is not None}
    unknown: list[str] = []
    lines: list[TicketLine] = []
    for line in ticket.lines:
        if line.key in refs:
            ref = refs[line.key]
            position: Reading[Decimal] = Reading() if ref is None else found[ref]
            if position.value is None:
                unknown.append(f"  {subject(line, zone)}: net position {why_not_known(ref, position)}")
            else:
                line = replace(line, request=with_expected(line.request, position.value))
        lines.append(line)
    if unknown:
        way = "Give the position as a number, or --expected-net-pos= to send without it"
        raise LocalRefusal("\n".join(["nothing was sent:", *unknown, way]))
    return ticket.with_lines(lines)
