"""The record of each order in scope of a kill: whether it was active before, and its fate."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from pbtui.api.models import Order, OrderState
from pbtui.desk.blotter.chain import newest
from pbtui.desk.formats.vocabulary import order_event
from pbtui.desk.kill.plan import AnyOrder, KillPlan
from pbtui.desk.kill.view import Fate, OrderFate

_NOT_READ_YET = "not read since the kill"
_READ_BEFORE = "last read before the kill"
_NOT_READ_SINCE = (_NOT_READ_YET, _READ_BEFORE)
_FILLED = ("FEXE", "AFEX", "QFEX")


class KillBook:
    """The orders in scope of a plan, by order key.

    `plan` may become narrower while the kill runs. Orders that it no longer covers are then left out of every result.
    """

    def __init__(self, plan: KillPlan) -> None:
        self.plan = plan
        self._before: dict[str, AnyOrder] = {}
        self._fates: dict[str, OrderFate] = {}
        self._newcomers: dict[str, None] = {}
        self._departed: dict[str, None] = {}
        self._portfolios: set[str] = set()
        self.has_read_before = False
        """Whether the orders active before the kill were read; True also if that read showed none."""
        self.has_read = False
        """Whether a complete read requested after the last kill answer has arrived."""

    # ------------------------------------------------------------ what is known

    @property
    def before(self) -> tuple[AnyOrder, ...]:
        """The live orders from before the kill."""
        return tuple(order for order in self._before.values() if self.plan.covers(order))

    @property
    def initial(self) -> int | None:
        """The number of live orders before the kill; None if they were not read."""
        return len(self.before) if self.has_read_before else None

    @property
    def fates(self) -> Mapping[str, OrderFate]:
        """Every order in scope, live ones first."""
        in_scope = {key: fate for key, fate in self._fates.items() if self.plan.covers(fate.order)}
        return dict(sorted(in_scope.items(), key=lambda item: not item[1].fate.is_live))

    @property
    def newcomers(self) -> tuple[str, ...]:
        """The keys of orders that appeared or re-appeared after the kill."""
        return tuple(self._newcomers)

    @property
    def targets(self) -> list[AnyOrder]:
        """The orders to fire at: those that may be live and that the last read still listed."""
        return [
            fate.order
            for key, fate in self._fates.items()
            if fate.fate.is_live and key not in self._departed and self.plan.covers(fate.order)
        ]

    @property
    def departed(self) -> Mapping[str, AnyOrder]:
        """The orders that a complete read no longer listed and whose final state is still to be read."""
        return {key: self._fates[key].order for key in self._departed}

    @property
    def portfolios(self) -> set[str]:
        """The portfolios of all orders seen."""
        return self._portfolios

    # ------------------------------------------------------------ what the reads show

    def add_known(self, orders: Iterable[AnyOrder]) -> None:
        """Add live orders from before the kill, with their last known ids."""
        taken: set[str] = set()
        for order in _once(orders):
            self.has_read_before = True
            if not order.is_live or not self.plan.covers(order):
                continue
            self._see(order)
            key = self._key(order, taken)
            taken.add(key)
            self._before[key] = order
            self._fates.setdefault(key, OrderFate(order, Fate.UNKNOWN, _NOT_READ_YET, order))

    def apply_read(
        self, orders: Iterable[AnyOrder], *, is_before_kill: bool, is_after_kill: bool, proves_absence: bool
    ) -> None:
        """Apply a list of active orders.

        `is_before_kill`: the list was requested before a kill request succeeded, so its orders were active before it.
        `is_after_kill`: the list was requested after the last kill answer, so its orders are active after the kill.
        `proves_absence`: the list is complete and was requested after the last kill answer, so an order that is missing
        from it has left the market.
        """
        listed = [order for order in _once(orders) if self.plan.covers(order)]
        if is_before_kill:
            self.add_known(listed)
        live: set[str] = set()
        for order in listed:
            key = self._key(order, live)
            self._see(order)
            if order.is_live:
                live.add(key)
                self._live(key, order, is_after_kill=is_after_kill)
            elif key in self._fates:
                self._ended(key, order)
        self.has_read |= proves_absence and (is_after_kill or not live)
        if proves_absence:
            for key, fate in self._fates.items():
                if fate.fate.is_live and key not in live and self.plan.covers(fate.order):
                    self._departed[key] = None
        for key in live:
            self._departed.pop(key, None)

    def apply_lookup(self, asked: Iterable[str], found: Iterable[AnyOrder]) -> None:
        """Apply the final states of departed orders. `asked` holds the keys that were looked up.

        An order that is not found counts as gone. An unreadable order counts as live; if even its id is unreadable, it
        may be any of the orders asked for, and all that were not found count as unknown.
        """
        orders = [order for order in found if isinstance(order, Order)]
        unreadable = [order for order in found if not isinstance(order, Order)]
        may_be_any = any(order.is_live and not order.order_id for order in unreadable)
        for key in asked:
            last_seen = self._fates[key].order
            order: AnyOrder | None
            if key == last_seen.key:
                order = newest(orders, key)
                broken = [order for order in unreadable if order.key == key]
            else:
                order = next((order for order in orders if order.order_id == last_seen.order_id), None)
                broken = [order for order in unreadable if order.order_id == last_seen.order_id]
            if order is None or any(order.is_live for order in broken):
                order = max(broken, key=lambda order: order.is_live, default=order)
            if order is None and last_seen.order_id is None:
                self._conclude(key, Fate.GONE, last_seen, "final state not known: the order has no id to look up")
            elif order is None and may_be_any:
                self._conclude(key, Fate.UNKNOWN, last_seen, "the server's record of it is unreadable")
            elif order is None:
                self._conclude(key, Fate.GONE, last_seen, "final state not reported by the server")
            elif order.is_live:
                self._departed.pop(key, None)
                self._live(key, order)
            else:
                self._ended(key, order)

    def note_refusals(self, reasons: Mapping[str, str]) -> None:
        """Record why the server refused to withdraw orders: reasons by order key."""
        for key, reason in reasons.items():
            fate = self._fates.get(key)
            if fate is not None and fate.fate.is_live:
                self._fates[key] = replace(fate, note=f"refused: {reason}")

    # ------------------------------------------------------------ inside

    def _see(self, order: AnyOrder) -> None:
        if order.portfolio_id:
            self._portfolios.add(order.portfolio_id)

    def _key(self, order: AnyOrder, taken: Collection[str]) -> str:
        """The order's key. The second of two live orders of one chain gets its own id added, and keeps that key."""
        own_key = f"{order.key}/{order.order_id}"
        return own_key if own_key in self._fates or order.key in taken else order.key

    def _live(self, key: str, order: AnyOrder, *, is_after_kill: bool = True) -> None:
        earlier = self._fates.get(key)
        note = (
            earlier.note if earlier is not None and earlier.fate.is_live and earlier.note not in _NOT_READ_SINCE else ""
        )
        if order.state == OrderState.ACTI and isinstance(order, Order):
            fate = Fate.STILL_ACTIVE
            if not is_after_kill and key in self._before and (earlier is None or earlier.fate is Fate.UNKNOWN):
                fate, note = Fate.UNKNOWN, note or _READ_BEFORE
        else:
            fate = Fate.UNKNOWN
            note = note or (f"state {order.state}" if isinstance(order, Order) else f"unreadable: {order.reason}")
        if key not in self._before:
            self._newcomers[key] = None
            fate = Fate.NEW_AFTER_KILL if fate is Fate.STILL_ACTIVE else fate
        elif key in self._newcomers or (earlier is not None and not earlier.fate.is_live):
            self._newcomers[key] = None
            fate = Fate.ACTIVE_AGAIN if fate is Fate.STILL_ACTIVE else fate
        self._put(key, order, fate, note)

    def _ended(self, key: str, order: AnyOrder) -> None:
        if not isinstance(order, Order):
            self._conclude(key, Fate.GONE, order, "unreadable")
        elif order.state == OrderState.HIBE:
            self._conclude(key, Fate.DEACTIVATED, order, str(order_event(order.action)))
        elif order.action in _FILLED:
            self._conclude(key, Fate.FILLED, order, str(order_event(order.action)))
        elif order.action == "SDEL":
            self._conclude(key, Fate.EXPIRED, order, str(order_event(order.action)))
        elif order.action.endswith("DEL"):
            self._conclude(key, Fate.DELETED, order, str(order_event(order.action)))
        else:
            self._conclude(key, Fate.GONE, order, str(order_event(order.action)))

    def _conclude(self, key: str, fate: Fate, order: AnyOrder, note: str) -> None:
        self._departed.pop(key, None)
        self._put(key, order, fate, note)

    def _put(self, key: str, order: AnyOrder, fate: Fate, note: str) -> None:
        earlier = self._fates.get(key)
        self._fates[key] = OrderFate(order, fate, note, order if earlier is None else earlier.first_seen)


def _once(orders: Iterable[AnyOrder]) -> Iterable[AnyOrder]:
    """The orders without duplicates, the latest version of each. Two ids of one chain count as two orders."""
    return {(order.key, order.order_id): order for order in orders}.values()
