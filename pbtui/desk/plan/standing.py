"""Own orders, and new orders that were sent before: what a file is compared with."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct

from pbtui.api.client import OrdersClient
from pbtui.api.codes import OrderState
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.desk.blotter.departures import InactiveReader
from pbtui.desk.blotter.exchange_clock import ExchangeClock
from pbtui.desk.blotter.feed import in_areas
from pbtui.desk.blotter.own_orders import Blotter, Row, Tab
from pbtui.desk.plan.sent_before import Sent
from pbtui.desk.plan.wanted import WantedEntry
from pbtui.desk.tickets.exposure import is_of_contract
from pbtui.desk.tickets.judging.candidates import tokens
from pbtui.desk.tickets.shared_reads import orders_of_ids
from pbtui.settings.profiles import Profile

AnyOrder = Order | UnreadableOrder


class OwnOrders(Struct, frozen=True):
    """Own orders as one round of reads showed them. `active_gap` and `inactive_gap` say what may be missing.

    `exchange_clock` is what the first of these reads shows of the exchange's.
    """

    blotter: Blotter
    active_gap: str = ""
    inactive_gap: str = ""
    exchange_clock: ExchangeClock = ExchangeClock()

    @property
    def standing(self) -> list[Row]:
        """The orders that are active or deactivated."""
        return [row for tab in (Tab.ACTIVE, Tab.DEACTIVATED) for row in self.blotter.rows(tab).values()]

    @property
    def all(self) -> list[AnyOrder]:
        """All orders, ended ones too."""
        return [row.order for tab in Tab for row in self.blotter.rows(tab).values()]


async def read_own_orders(client: OrdersClient, profile: Profile, order_ids: Iterable[str] = ()) -> OwnOrders:
    """Read the orders of the profile: active, deactivated, and recently ended ones; also those with these ids.

    Raises OrdersApiError.
    """
    reply = await client.get_own_orders(portfolio_id=profile.portfolios, active_only=True)
    clock = ExchangeClock().after(reply.answer)
    blotter = Blotter().apply(in_areas(profile, reply.snapshot.orders), complete=reply.is_complete)
    inactive = InactiveReader(client, profile)
    async for orders, _ in inactive.read(blotter):
        blotter = blotter.resolve_departures(in_areas(profile, orders))
    known = _ids_of(row.order for tab in Tab for row in blotter.rows(tab).values())
    missing = [order_id for order_id in order_ids if order_id not in known]
    if missing:
        blotter = blotter.resolve_departures(in_areas(profile, await orders_of_ids(client, missing)))
    return OwnOrders(blotter, reply.gap or reply.answer.old_words, inactive.gap, clock)


def _ids_of(orders: Iterable[AnyOrder]) -> set[str]:
    return {order_id for order in orders for order_id in _names(order)}


def _names(order: AnyOrder) -> set[str]:
    """Return the ids under which a file may name an order: its own, and those it had before."""
    parent = order.parent_order_id if isinstance(order, Order) else None
    return {order_id for order_id in (order.order_id, order.initial_order_id, parent) if order_id}


class Standing:
    """Own orders and new orders sent before, to be looked up by id and by token.

    `gap` says why not all active orders could be read; empty if they were. `inactive_gap` says it of the deactivated
    and the ended ones.
    """

    def __init__(
        self,
        orders: Iterable[AnyOrder],
        sent: Mapping[str, Sent] | None = None,
        gap: str = "",
        inactive_gap: str = "",
    ) -> None:
        self.gap = gap
        self._inactive_gap = inactive_gap
        self._orders = list(orders)
        self._sent = sent or {}
        self._by_name: dict[str, list[AnyOrder]] = defaultdict(list)
        self._by_mark: dict[str, list[AnyOrder]] = defaultdict(list)
        for order in self._orders:
            for name in _names(order):
                self._by_name[name].append(order)
            for mark in tokens(order):
                self._by_mark[mark].append(order)

    def named(self, order_id: str) -> list[AnyOrder]:
        """Return the orders that an id means: the one that has it and stands, else those that took its place."""
        orders = self._by_name.get(order_id, [])
        exact = [order for order in orders if order.order_id == order_id]
        later = [order for order in orders if order.order_id != order_id and not has_ended(order)]
        return exact if any(not has_ended(order) for order in exact) or not later else later

    def may_stand(self, order_ids: Iterable[str]) -> bool:
        """Return whether one of these orders stands, or may be a deactivated one that could not be read."""
        found = (order for order_id in order_ids for order in self.named(order_id))
        return bool(self._inactive_gap) or any(not has_ended(order) for order in found)

    def entered(self, row: WantedEntry) -> list[AnyOrder]:
        """Return the orders that have a token of this new order: those that stand, or the ended ones if none stands."""
        orders = [*self._by_mark.get(row.mark, ())]
        for mark in row.other_marks:
            orders += (order for order in self._by_mark.get(mark, ()) if _may_be_of(order, row))
        return [order for order in orders if not has_ended(order)] or orders

    def sent(self, row: WantedEntry) -> Sent | None:
        """Return the new order with a token of this one that was sent before; rather one that may have been entered."""
        # Where the order of another token is known to be of another contract, so is what was sent.
        others = [
            mark for mark in row.other_marks if all(_may_be_of(order, row) for order in self._by_mark.get(mark, ()))
        ]
        found = [self._sent[mark] for mark in (row.mark, *sorted(others)) if mark in self._sent]
        return next((sent for sent in found if not sent.has_no_order), found[0] if found else None)

    def not_among(self, known: Collection[str]) -> int:
        """Return the number of orders that stand and have none of these keys."""
        return sum(not has_ended(order) and order.key not in known for order in self._orders)


def _may_be_of(order: AnyOrder, row: WantedEntry) -> bool:
    return not isinstance(order, Order) or is_of_contract(order, row.entry)


def has_ended(order: AnyOrder) -> bool:
    """Return whether an order can't trade any more, and can't be activated."""
    return order.state == OrderState.IACT
