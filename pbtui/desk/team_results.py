"""The results of the writes of this desk, for the news of the other desks of its team."""

from collections.abc import Iterable

from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModifyItem
from pbtui.api.structs import replace
from pbtui.desk.team.presence import MOST_RESULTS, Result
from pbtui.desk.tickets.describe import counts
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import Ticket

SHOWN_FOR_S = 60.0
_LONGEST = 100
_NOT_GRAVE = (State.CONFIRMED, State.FILLED, State.PART_FILLED)


class TeamResults:
    """Follows the tickets of a run. `newest` are the last results, oldest first, for as long as others may miss one.

    All desks of a team read them every second.
    """

    def __init__(self) -> None:
        self._tickets: dict[str, Ticket] = {}
        self._verdicts: dict[str, str] = {}
        self._count = 0
        self._newest: tuple[tuple[float, Result], ...] = ()

    @property
    def newest(self) -> tuple[Result, ...]:
        """The last results, oldest first."""
        return tuple(result for _, result in self._newest)

    def follow(self, tickets: Iterable[Ticket], now_s: float) -> None:
        """Take in the tickets of which no line is open any more, each again if later reads show another verdict.

        `now_s` is on the steady clock.
        """
        self._newest = tuple(each for each in self._newest if now_s < each[0] + SHOWN_FOR_S)
        for ticket in tickets:
            if ticket is not self._tickets.get(ticket.token):
                self._tickets[ticket.token] = ticket
                self._take(ticket, now_s)

    def _take(self, ticket: Ticket, now_s: float) -> None:
        verdict = counts(ticket.lines)
        was_sent = any(line.state is not State.NOT_SENT for line in ticket.lines)
        if not ticket.is_open and was_sent and verdict != self._verdicts.get(ticket.token):
            self._verdicts[ticket.token] = verdict
            self._count += 1
            self._newest = (*self._newest, (now_s, result_of(ticket, self._count)))[-MOST_RESULTS:]


def result_of(ticket: Ticket, no: int) -> Result:
    """Return the result of a ticket, with the figures that its order was to have; of several, of the gravest."""
    grave = [line for line in ticket.lines if line.state not in _NOT_GRAVE]
    line = (grave or ticket.lines)[0]
    is_one = len(ticket.lines) == 1
    verdict = str(line.state) if is_one else counts(ticket.lines)
    result = Result(no, ticket.action.value, verdict, is_grave=bool(grave), orders=len(ticket.lines))
    order = line.base or line.order
    known = result if order is None else _with_order(result, order)
    ids = line.verdict.order_ids or (known.order_id,)
    return replace(_as_wanted(known, line.request), order_id=ids[0][:_LONGEST])


def _with_order(result: Result, order: Order) -> Result:
    return replace(
        result,
        side=order.side[:_LONGEST],
        quantity_mw=order.open_quantity_mw,
        price=order.price,
        delivery_start=order.delivery_start,
        delivery_end=order.delivery_end,
        contract=(order.contract_name or "")[:_LONGEST],
        area=(order.delivery_area or "")[:_LONGEST],
        order_id=order.order_id or "",
    )


def _as_wanted(known: Result, request: OrderEntry | OrderModifyItem) -> Result:
    if isinstance(request, OrderEntry):
        return replace(
            known,
            side=known.side or request.side or "",
            quantity_mw=request.quantity,
            price=request.price,
            delivery_start=known.delivery_start or request.dlvry_start,
            delivery_end=known.delivery_end or request.dlvry_end,
            contract=known.contract or (request.contract_name or request.contract_id or "")[:_LONGEST],
            area=known.area or (request.delivery_area or "")[:_LONGEST],
        )
    changes = request.changes
    return replace(
        known,
        quantity_mw=known.quantity_mw if changes.quantity is None else changes.quantity,
        price=known.price if changes.price is None else changes.price,
    )
