"""Lookups: what the trader asks the exchange beside the timers. Each is made at once.

Only the reads of the market are kept, for the check of an order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from pbtui.api.client import OrdersClient
from pbtui.desk.blotter.history import History, history_of
from pbtui.desk.exchange_reads import ExchangeReads
from pbtui.desk.kill.plan import AnyOrder
from pbtui.desk.market.exchange import ExchangeView
from pbtui.desk.market.polling.schedule import Read
from pbtui.desk.market.reading import Reading
from pbtui.desk.plan.compared import Compared, compare
from pbtui.desk.plan.wanted import Wanted
from pbtui.desk.position_guard import PositionChange, PositionRef, expected_mw, position_of_request, read_net_position
from pbtui.desk.tickets.conflict import Conflict, read_conflict
from pbtui.desk.tickets.shared_reads import orders_of_ids
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import Ticket, TicketLine
from pbtui.settings.profiles import Profile

if TYPE_CHECKING:
    from pbtui.api.reads.depth import Orders


class Lookups:
    """Lookups of one desk. `tickets` returns the tickets of this run, oldest first."""

    def __init__(
        self,
        client: OrdersClient,
        profile: Profile,
        exchange: ExchangeReads,
        tickets: Callable[[], tuple[Ticket, ...]],
    ) -> None:
        self._client = client
        self._profile = profile
        self._exchange = exchange
        self._tickets = tickets

    async def history(self, order_id: str) -> History:
        """Read the history of an order under all its ids. Raises OrdersApiError."""
        reply = await self._client.get_own_order_history(order_id)
        return history_of(order_id, reply.snapshot.orders)

    async def orders(self, order_ids: Sequence[str]) -> list[AnyOrder]:
        """Read the orders with these ids, active or not. Raises OrdersApiError.

        An id that the server can't be asked for, such as one with a comma, is not found.
        """
        return await orders_of_ids(self._client, order_ids)

    async def compare(self, wanted: Wanted) -> Compared:
        """Compare a file of orders with what stands. Raises OrdersApiError, JournalUnusable or OSError."""
        return await compare(self._client, self._profile, wanted, self)

    async def depth(self, contract_id: str, delivery_area: str) -> Reading[Orders]:
        """Read the order book of a contract in a delivery area."""
        return await self._exchange.depth(contract_id, delivery_area)

    @property
    def market(self) -> ExchangeView:
        """The market as far as it was read."""
        return self._exchange.view

    async def read_market(self, reads: Collection[Read]) -> Sequence[str]:
        """Make these reads for the view, if the desk does not make them by timers. Return why some of them failed."""
        return await self._exchange.read_once(self._client.reads, reads)

    async def net_position(self, ref: PositionRef) -> Reading[Decimal]:
        """Read the net position, in MW, that an order changes."""
        return await self._exchange.on_demand(lambda: read_net_position(self._client.reads, ref))

    async def position_change(self, line: TicketLine) -> PositionChange | None:
        """Read the net position that an order expected; None if it expected none."""
        expected, ref = expected_mw(line.request), position_of_request(line.request, line.base)
        if expected is None:
            return None
        unknown: Reading[Decimal] = Reading(problem="the order does not name its position")
        return PositionChange(expected, unknown if ref is None else await self.net_position(ref))

    async def conflict(self, line: TicketLine) -> Conflict:
        """Read the order of a change that conflicted with another change, and its position. Raises OrdersApiError."""
        position = await self.position_change(line)
        in_a_row = self._conflicts_in_a_row(line.order_key)
        return await read_conflict(self._client, line, position, in_a_row=in_a_row)

    def _conflicts_in_a_row(self, key: str) -> int:
        count = 0
        lines = (line for ticket in reversed(self._tickets()) for line in ticket.lines)
        for line in (line for line in lines if line.order_key == key):
            if line.state is not State.CONFLICT:
                break
            count += 1
        return count
