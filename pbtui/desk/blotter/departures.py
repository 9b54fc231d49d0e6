"""Reads the orders that are not in the active list: those that left it, and the deactivated ones."""

from collections.abc import AsyncIterator, Collection, Sequence

from pbtui.api.client import OrdersClient
from pbtui.api.codes import OrderState
from pbtui.api.errors import Rejected
from pbtui.desk.blotter.id_chain import IDS_PER_CALL, PAGE_SIZE, Orders, read_by_id, read_endings
from pbtui.desk.blotter.own_orders import Blotter, FinalState, Row
from pbtui.settings.profiles import Profile

DEPARTED_PER_POLL = 2 * IDS_PER_CALL
DEACTIVATED_PER_POLL = 2 * IDS_PER_CALL
MAX_DEACTIVATED_PAGES = 4

Found = tuple[Orders, Collection[str]]
"""Orders as read, and the keys that were requested."""


class InactiveReader:
    """Reads a limited number of orders at each poll: those that left the market, and the deactivated ones in turn.

    `gap` says which orders from before the start could not be read; empty if none. `past_count` is the number of those
    that were; None once that read is over.
    """

    def __init__(self, client: OrdersClient, profile: Profile) -> None:
        self._client = client
        self._profile = profile
        self.past_count: int | None = 0
        self._next_turn = 0
        self.gap = ""

    async def read(self, blotter: Blotter) -> AsyncIterator[Found]:
        """Yield the orders this poll can read, step by step, for `Blotter.resolve_departures`."""
        if self.past_count is not None:
            self.past_count = 0  # a read that failed begins again
            async for orders in self._past():
                self.past_count += len(orders)
                yield orders, ()
            self.past_count = None
        departed = [row for row in blotter.recent.values() if row.final_state is FinalState.READING][:DEPARTED_PER_POLL]
        for rows in _in_calls(departed):
            orders = [row.order for row in rows]
            yield await read_endings(self._client, orders, self._profile.portfolios), [row.key for row in rows]
        for rows in _in_calls(self._turn(list(blotter.deactivated.values()))):
            yield await self._by_id(rows), [row.key for row in rows]

    async def _past(self) -> AsyncIterator[Orders]:
        """Yield the orders that were deactivated before the start, and one page of ended orders.

        Servers from API 2.21 on filter by status; earlier ones ignore the filter and return pages of all orders. From
        2.34 on they may refuse a list of inactive orders without contracts or a delivery period.
        """
        try:
            for page in range(MAX_DEACTIVATED_PAGES):
                orders = await self._page(OrderState.HIBE, page * PAGE_SIZE)
                yield orders
                if len(orders) < PAGE_SIZE:
                    break
            else:
                self.gap = f"only {MAX_DEACTIVATED_PAGES * PAGE_SIZE} of the orders deactivated earlier were read"
            yield await self._page(OrderState.IACT, 0)
        except Rejected as error:
            self.gap = f"the server does not list orders deactivated or ended earlier: {error.reason}"

    async def _page(self, status: OrderState, offset: int) -> Orders:
        reply = await self._client.get_own_orders(
            portfolio_id=self._profile.portfolios, active_only=False, status=status, limit=PAGE_SIZE, offset=offset
        )
        return reply.snapshot.orders

    async def _by_id(self, rows: Sequence[Row]) -> Orders:
        return await read_by_id(self._client, [row.order for row in rows])

    def _turn(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return the next rows to read, so that each row is read again after a number of polls."""
        if len(rows) <= DEACTIVATED_PER_POLL:
            return rows
        first = self._next_turn % len(rows)
        self._next_turn = first + DEACTIVATED_PER_POLL
        return [*rows, *rows][first : first + DEACTIVATED_PER_POLL]


def _in_calls(rows: Sequence[Row]) -> list[Sequence[Row]]:
    return [rows[start : start + IDS_PER_CALL] for start in range(0, len(rows), IDS_PER_CALL)]
