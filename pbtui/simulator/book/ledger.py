"""All own orders the exchange remembers, and the filters of `GET /orders`.

Lists are sorted by age, oldest first, so a page does not shift when new orders arrive. The newest REMEMBERED_GONE
inactive orders are kept. The history of a live or hibernated order is always complete.
"""

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import attrgetter

from pbtui.api.codes import OrderState
from pbtui.simulator.book.own_order import LIVE_STATES, OrderAction, OrderRevision, OwnOrder

FIRST_ORDER_NUMBER = 6_100_000_001
REMEMBERED_GONE = 120_000
_AGE = attrgetter("number")


@dataclass(frozen=True, kw_only=True)
class OrderQuery:
    """Filters of `GET /orders`. An empty filter matches everything; `txt` must match exactly."""

    portfolio_ids: frozenset[str]
    active_only: bool = True
    contract_ids: frozenset[str] = frozenset()
    order_ids: frozenset[str] = frozenset()
    strategy_ids: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    delivery_area: str = ""
    user_code: str = ""
    cl_ordr_id: str = ""
    txt: str = ""

    @cached_property
    def is_everything_live(self) -> bool:
        """Return whether the query asks for active orders with no filter except portfolios, as a desk always does."""
        return self == OrderQuery(portfolio_ids=self.portfolio_ids)

    def matches(self, order: OrderRevision) -> bool:
        """Return whether the order matches the query."""
        return (
            order.portfolio_id in self.portfolio_ids
            and (not self.active_only or order.state in LIVE_STATES)
            and (not self.contract_ids or order.contract_id in self.contract_ids)
            and (not self.order_ids or order.order_id in self.order_ids)
            and (not self.strategy_ids or order.strategy_id in self.strategy_ids)
            and (not self.states or order.state in self.states)
            and self.delivery_area in ("", order.delivery_area)
            and self.user_code in ("", order.user_code)
            and self.cl_ordr_id in ("", order.cl_ordr_id)
            and self.txt in ("", order.txt)
        )


class OrderLedger:
    """All own orders by id, and the live and hibernated ones by state."""

    def __init__(self) -> None:
        self._orders: dict[str, OwnOrder] = {}
        self._live: dict[str, OwnOrder] = {}
        self._live_in_book: defaultdict[tuple[str, str], dict[str, OwnOrder]] = defaultdict(dict)
        self._hibernated: dict[str, OwnOrder] = {}
        self._gone: deque[str] = deque()
        self._last_number = FIRST_ORDER_NUMBER - 1

    def next_number(self) -> int:
        """Return a number that no order has used yet."""
        self._last_number += 1
        return self._last_number

    def record(self, order: OwnOrder, action: OrderAction, at: datetime) -> None:
        """Add the order's next revision and index the order under its new state."""
        order.revise(action, at)
        self._orders[order.order_id] = order
        in_book = self._live_in_book[order.terms.contract.contract_id, order.terms.delivery_area]
        if order.is_live:
            self._live[order.order_id] = in_book[order.order_id] = order
        else:
            self._live.pop(order.order_id, None)
            in_book.pop(order.order_id, None)
        if order.state is OrderState.HIBE:
            self._hibernated[order.order_id] = order
        else:
            self._hibernated.pop(order.order_id, None)
        if order.is_gone:
            self._gone.append(order.order_id)
            if len(self._gone) > REMEMBERED_GONE:
                del self._orders[self._gone.popleft()]

    def get(self, order_id: str) -> OwnOrder | None:
        """Return the order with that id, active or not."""
        return self._orders.get(order_id)

    def encode_live(self) -> None:
        """Encode the live orders in advance, to make the first read of many orders fast."""
        for order in self._live.values():
            _ = order.encoded

    def live(self) -> Iterator[OwnOrder]:
        """Yield the orders that are, or may be, exposed to the market."""
        return iter(self._live.values())

    def live_in(self, contract_id: str, delivery_area: str) -> Iterator[OwnOrder]:
        """Yield the live orders of one contract in one delivery area."""
        return iter(self._live_in_book[contract_id, delivery_area].values())

    def hibernated(self) -> Iterator[OwnOrder]:
        """Yield the orders that are stored but not exposed to the market."""
        return iter(self._hibernated.values())

    def select(self, query: OrderQuery) -> list[OwnOrder]:
        """Return the orders that match the query, oldest first."""
        if query.is_everything_live:
            wanted = query.portfolio_ids
            return sorted((o for o in self._live.values() if o.terms.portfolio_id in wanted), key=_AGE)
        if query.order_ids:
            found: Iterable[OwnOrder] = (self._orders[key] for key in query.order_ids if key in self._orders)
        elif query.active_only:
            found = self._live.values()
        else:
            found = self._orders.values()
        return sorted((order for order in found if query.matches(order.latest)), key=_AGE)

    def select_as_of(self, query: OrderQuery, moment: datetime) -> list[OrderRevision]:
        """Return the orders that matched the query at that moment, oldest first."""
        then = (_revision_at(order, moment) for order in sorted(self._orders.values(), key=_AGE))
        return [revision for revision in then if revision is not None and query.matches(revision)]

    def history(self, order: OwnOrder) -> list[OrderRevision]:
        """Return all revisions up to the latest of this id, those under earlier ids first; later ids are left out."""
        chain: list[OwnOrder] = []
        link: OwnOrder | None = order
        while link is not None:
            chain.append(link)
            link = link.parent
        return [revision for link in reversed(chain) for revision in link.revisions]


def _revision_at(order: OwnOrder, moment: datetime) -> OrderRevision | None:
    count = bisect_right(order.revisions, moment, key=lambda revision: revision.api_timestamp)
    return order.revisions[count - 1] if count else None
