"""The record of each order in scope of a kill: whether it was active before, and its fate."""

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from msgspec import Struct, field

from pbtui.api.codes import OrderState
from pbtui.api.models import Order
from pbtui.api.structs import replace
from pbtui.desk.formats.vocabulary import UNREADABLE, order_event
from pbtui.desk.kill.certificate.fate import Fate, OrderFate
from pbtui.desk.kill.plan import AnyOrder, KillPlan
from pbtui.desk.kill.protocol.final_states import FinalStates

_NOT_READ_YET = "not read since the kill"
_READ_BEFORE = "last read before the kill"
_NOT_READ_SINCE = (_NOT_READ_YET, _READ_BEFORE)
_FILLED = ("FEXE", "AFEX", "QFEX")
MOST_LOOKED_UP_AGAIN = 100


class ReadEvidence(Struct, frozen=True, kw_only=True):
    """The proof that a list of active orders gives.

    `is_complete`: nothing is missing from it. `is_before_kill`: it was requested before a kill request succeeded, so
    its orders were active before it. `shows_all_before`: with those known before, its orders are all that were active
    before it. `is_after_kill`: it was requested after the last kill answer, so its orders are active after the kill.
    `proves_absence`: it is complete and was requested after the last kill answer, so an order that is missing from it
    has left the market.
    """

    is_complete: bool
    is_before_kill: bool
    shows_all_before: bool
    is_after_kill: bool
    proves_absence: bool


class KillBook(Struct, frozen=True, kw_only=True, dict=True):
    """The orders in scope of a plan, by order key: one immutable value, each change of it gives a new one.

    `plan` may become narrower while the kill runs. Orders that it no longer covers are then left out of every result.
    """

    plan: KillPlan
    has_read_before: bool = False
    """Says whether all orders active before the kill were read; True also if that read showed none."""
    has_read: bool = False
    """Says whether a complete read requested after the last kill answer has arrived."""
    outside: tuple[AnyOrder, ...] = ()
    """The live orders that the last complete read listed and the plan does not cover."""
    arrivals: int = 0
    """The number of times an order appeared or re-appeared after the kill."""
    portfolios: frozenset[str] = frozenset()
    """The portfolios of all orders in scope seen."""
    # Changed only in a copy that no one else has yet.
    _before: dict[str, AnyOrder] = field(default_factory=dict)
    _fates: dict[str, OrderFate] = field(default_factory=dict)
    _newcomers: dict[str, None] = field(default_factory=dict)
    _departed: dict[str, None] = field(default_factory=dict)

    def _copy(self, plan: KillPlan | None = None) -> "KillBook":
        return replace(
            self,
            plan=plan or self.plan,
            _before=dict(self._before),
            _fates=dict(self._fates),
            _newcomers=dict(self._newcomers),
            _departed=dict(self._departed),
        )

    # ------------------------------------------------------------ what is known

    @cached_property
    def before(self) -> tuple[AnyOrder, ...]:
        """The live orders from before the kill."""
        return tuple(order for order in self._before.values() if self.plan.covers(order))

    @property
    def initial(self) -> int | None:
        """The number of live orders before the kill; None if they were not all read."""
        return len(self.before) if self.has_read_before else None

    @cached_property
    def fates(self) -> Mapping[str, OrderFate]:
        """Every order in scope, live ones first."""
        in_scope = {key: fate for key, fate in self._fates.items() if self.plan.covers(fate.order)}
        return dict(sorted(in_scope.items(), key=lambda item: not item[1].fate.is_live))

    @property
    def active(self) -> int | None:
        """The number of orders that may be live; None before a complete read after the last kill answer."""
        return sum(fate.fate.is_live for fate in self.fates.values()) if self.has_read else None

    @property
    def newcomers(self) -> tuple[str, ...]:
        """The keys of orders that appeared or re-appeared after the kill."""
        return tuple(self._newcomers)

    @cached_property
    def targets(self) -> tuple[AnyOrder, ...]:
        """The orders to fire at: those that may be live and that the last read still listed."""
        return tuple(
            fate.order
            for key, fate in self._fates.items()
            if fate.fate.is_live and key not in self._departed and self.plan.covers(fate.order)
        )

    @property
    def is_unproven(self) -> bool:
        """Return whether orders left the list of active orders, and of none of them a final state was seen.

        A server that lists nothing for a while looks the same as one that withdrew everything.
        """
        fates = [fate.fate for fate in self._fates.values() if self.plan.covers(fate.order)]
        return Fate.GONE in fates and all(fate is Fate.GONE or fate.is_live for fate in fates)

    @property
    def matches_nothing(self) -> bool:
        """Return whether orders are active, and none that was ever seen is in scope."""
        return bool(self.outside) and not any(self.plan.covers(fate.order) for fate in self._fates.values())

    @property
    def departed(self) -> Mapping[str, AnyOrder]:
        """The orders that a complete read no longer listed and whose final state is still to be read."""
        return {key: self._fates[key].order for key in self._departed}

    # ------------------------------------------------------------ what the reads show

    def narrowed(self, plan: KillPlan) -> "KillBook":
        """The same orders under the plan that the server let through."""
        return self if plan == self.plan else self._copy(plan=plan)

    def add_known(self, orders: Iterable[AnyOrder], *, are_all: bool = True) -> "KillBook":
        """Add live orders from before the kill, with their last known ids.

        `are_all`: no other order in scope was active then, if any are given.
        """
        book = self._copy()
        return book._with_known(orders, are_all=are_all)

    def _with_known(self, orders: Iterable[AnyOrder], *, are_all: bool) -> "KillBook":
        taken: set[str] = set()
        once = _once(orders)
        for order in once:
            if order.is_live and self.plan.covers(order):
                key = self._key(order, taken)
                taken.add(key)
                self._before[key] = order
                earlier = self._fates.get(key) or OrderFate(order, Fate.UNKNOWN, _NOT_READ_YET, order)
                self._fates[key] = replace(earlier, is_new=False) if earlier.is_new else earlier
        seen = _portfolios(order for order in once if order.is_live and self.plan.covers(order))
        has_read_before = self.has_read_before or (are_all and bool(once))
        return replace(self, has_read_before=has_read_before, portfolios=self.portfolios | seen)

    def apply_read(self, orders: Iterable[AnyOrder], evidence: "ReadEvidence") -> "KillBook":
        """Apply a list of active orders, of which `evidence` says what it proves."""
        once = _once(orders)
        listed = [order for order in once if self.plan.covers(order)]
        book = self.add_known(listed, are_all=False) if evidence.is_before_kill else self._copy()
        live: set[str] = set()
        arrivals = 0
        for order in listed:
            key = book._key(order, live)
            if order.is_live:
                live.add(key)
                arrivals += book._arrives(key)
                book._live(key, order, is_after_kill=evidence.is_after_kill)
            elif key in book._fates:
                book._ended(key, order)
        if evidence.proves_absence:
            book._depart()
        for key in live:
            book._departed.pop(key, None)
        return replace(
            book,
            has_read_before=book.has_read_before or evidence.shows_all_before,
            has_read=book.has_read or (evidence.proves_absence and (evidence.is_after_kill or not live)),
            outside=tuple(order for order in once if order.is_live and not self.plan.covers(order))
            if evidence.is_complete
            else book.outside,
            arrivals=book.arrivals + arrivals,
            portfolios=book.portfolios | _portfolios(listed),
        )

    def _depart(self) -> None:
        """Have the final states looked up of all live orders, and of some that are gone while no final state is known:
        the server may report them by now."""
        again = MOST_LOOKED_UP_AGAIN if self.is_unproven else 0
        for key, fate in self._fates.items():
            if not self.plan.covers(fate.order):
                continue
            if fate.fate.is_live:
                self._departed[key] = None
            elif again:
                self._departed[key] = None
                again -= 1

    def apply_lookup(self, asked: Iterable[str], found: Iterable[AnyOrder]) -> "KillBook":
        """Apply the final states of departed orders. `asked` holds the keys that were looked up.

        An order that is not found counts as gone. An unreadable order counts as live; if even its id is unreadable, it
        may be any of the orders asked for, and all that were not found count as unknown.
        """
        book, states = self._copy(), FinalStates(found)
        for key in asked:
            last_seen = book._fates[key].order
            order = states.of(key, last_seen)
            if order is None and last_seen.order_id is None:
                book._conclude(key, Fate.GONE, last_seen, "final state not known: the order has no id to look up")
            elif order is None and states.may_hold_any:
                book._conclude(key, Fate.UNKNOWN, last_seen, "the server's record of it is unreadable")
            elif order is None:
                book._conclude(key, Fate.GONE, last_seen, "final state not reported by the server")
            elif order.is_live:
                book._departed.pop(key, None)
                book._live(key, order)
            else:
                book._ended(key, order)
        return book

    def note_refusals(self, reasons: Mapping[str, str]) -> "KillBook":
        """Record why the server refused to withdraw orders: reasons by order key."""
        book = self._copy()
        for key, reason in reasons.items():
            fate = book._fates.get(key)
            if fate is not None and fate.fate.is_live:
                book._fates[key] = replace(fate, note=f"refused: {reason}")
        return book

    # ------------------------------------------------------------ inside a copy

    def _arrives(self, key: str) -> bool:
        earlier = self._fates.get(key)
        return key not in self._before if earlier is None else not earlier.fate.is_live

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
            note = note or (
                f"state {order.state or UNREADABLE}" if isinstance(order, Order) else f"unreadable: {order.reason}"
            )
        is_new = key not in self._before
        came = is_new or key in self._newcomers or (earlier is not None and not earlier.fate.is_live)
        if came:
            self._newcomers[key] = None
        if came and fate is Fate.STILL_ACTIVE:
            fate = Fate.NEW_AFTER_KILL if is_new else Fate.ACTIVE_AGAIN
        self._put(key, order, fate, note, came=came)

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

    def _put(self, key: str, order: AnyOrder, fate: Fate, note: str, *, came: bool = False) -> None:
        earlier = self._fates.get(key)
        first_came = None if earlier is None else earlier.came
        self._fates[key] = OrderFate(
            order,
            fate,
            note,
            order if earlier is None else earlier.first_seen,
            first_came or (order if came else None),
            key not in self._before,
        )


def _portfolios(orders: Iterable[AnyOrder]) -> frozenset[str]:
    return frozenset(order.portfolio_id for order in orders if order.portfolio_id)


def _once(orders: Iterable[AnyOrder]) -> Collection[AnyOrder]:
    """The orders without duplicates, the latest version of each. Two ids of one chain count as two orders."""
    return {(order.key, order.order_id): order for order in orders}.values()
