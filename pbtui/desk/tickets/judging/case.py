"""The evidence about one line, put in order: what was said, and what reads after that show of its candidates."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from pbtui.api.codes import OrderState
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry
from pbtui.desk.blotter.traded_quantity import is_quantity_changed
from pbtui.desk.formats.order_fields import FIELDS, GUARDS
from pbtui.desk.formats.vocabulary import failure_text, order_event
from pbtui.desk.market.fills import Fills
from pbtui.desk.tickets.evidence import (
    POSITION_CODE,
    PROVES_NOTHING_CODES,
    Answer,
    AnyOrder,
    End,
    Evidence,
    HistoryRead,
    Read,
    Refusal,
    TradesRead,
)
from pbtui.desk.tickets.judging.candidates import (
    OrderIndex,
    first_ids,
    ids_before,
    may_be,
    parent_of,
)
from pbtui.desk.tickets.judging.wanted import FILLED_ACTIONS, REFUSED_ACTIONS, TRADED_ACTIONS
from pbtui.desk.tickets.ticket import TicketLine

_ERRORS = ("errors", "error_message", "state", "action")


@dataclass(slots=True)
class Sightings:
    """Newest sighting of each candidate in the reads, by id. `shown` has all sightings, oldest first.

    `live` are those that may trade: seen live, not gone from a later list of the active orders, and not changed into
    another one that a later read shows.
    """

    shown: list[AnyOrder] = field(default_factory=list)
    newest: dict[str, AnyOrder] = field(default_factory=dict)
    seen_s: dict[str, float] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def add(self, read: Read, related: tuple[AnyOrder, ...]) -> None:
        """Take in one more read; reads come in the sequence of their requests."""
        self.shown += related
        # A list that has an order twice, live and not, does not show it out of the market.
        listed = {name_of(order): order for order in sorted(related, key=lambda order: order.is_live)}
        if read.covers_live:
            self.gone = {name for name, order in self.newest.items() if order.is_live and name not in listed}
        self.gone -= listed.keys()
        self.newest.update(listed)
        self.seen_s.update(dict.fromkeys(listed, read.requested_s))

    @property
    def live(self) -> list[AnyOrder]:
        """The candidates that may trade."""
        return [
            order
            for name, order in self.newest.items()
            if order.is_live and name not in self.gone and not self._is_superseded(name)
        ]

    @property
    def resting(self) -> list[AnyOrder]:
        """The candidates that are deactivated."""
        return [
            order
            for name, order in self.newest.items()
            if order.state == OrderState.HIBE and not self._is_superseded(name)
        ]

    @property
    def ended(self) -> list[AnyOrder]:
        """The candidates that have ended, but for those that only made room for another id."""
        return [
            order
            for name, order in self.newest.items()
            if order.state == OrderState.IACT and not any(self._successors(name))
        ]

    def _is_superseded(self, name: str) -> bool:
        return any(self.seen_s[later] > self.seen_s[name] for later in self._successors(name))

    def _successors(self, name: str) -> Iterator[str]:
        for other, order in self.newest.items():
            if other != name and name in (parent_of(order), order.initial_order_id):
                yield other


@dataclass(frozen=True, slots=True)
class Case:
    """One line and its evidence. `end` is how the request ended, `sightings` what later reads show, `fills` the trades.

    `covered_s` is the newest moment at which the reads would show the order in any state, `live_covered_s` at which
    they would show it if it were active, `traced_s` at which they would even under a new id. `late_s` is the moment
    from which on absence counts.
    """

    line: TicketLine
    end: End
    sightings: Sightings
    histories: tuple[HistoryRead, ...]
    fills: Fills
    look_alikes: tuple[Order, ...]
    answered: tuple[AnyOrder, ...]
    covered_s: float
    live_covered_s: float
    traced_s: float
    late_s: float

    @property
    def is_accepted(self) -> bool:
        """Return whether the server answered that it took the request, or did not say otherwise in a 2xx answer."""
        return isinstance(self.end, Answer) and self.end.is_whole and self.failure is None and not self.is_doubtful

    @property
    def failure(self) -> str | None:
        """The server's reason, where it said no to this very line; a position that changed is named first."""
        said = self._said_no
        return f"refused because the position has changed: {said}" if said is not None and self.is_of_position else said

    @property
    def _said_no(self) -> str | None:
        if isinstance(self.end, Refusal):
            return self.end.why
        for order in self.answered:
            if not isinstance(order, Order) or _codes(order) & PROVES_NOTHING_CODES:
                continue
            if _is_failed(order):
                return failure_text(order)
            if self._is_turned_away(order):
                return str(order_event(order.action))
        return None

    @property
    def is_of_position(self) -> bool:
        """Return whether the server said no because a position is not the one that the order expects."""
        request = self.line.request
        guarded = request if isinstance(request, OrderEntry) else request.changes
        if all(getattr(guarded, name) is None for name in GUARDS):
            return False  # the error is about another order of the list
        if isinstance(self.end, Refusal):
            return self.end.is_of_position
        return any(POSITION_CODE in _codes(order) for order in self.answered if isinstance(order, Order))

    @property
    def is_doubtful(self) -> bool:
        """Return whether the answer names an error that proves nothing, or one that can't be read."""
        orders = [order for order in self.answered if isinstance(order, Order)]
        return any(_codes(order) & PROVES_NOTHING_CODES or order.why_unreadable(*_ERRORS) for order in orders)

    def _is_turned_away(self, order: Order) -> bool:
        """Return whether a new order was answered as gone without a trade, although it was not to end at once."""
        entry = self.line.request
        if not isinstance(entry, OrderEntry) or order.state != OrderState.IACT:
            return False
        if order.action in REFUSED_ACTIONS:
            return True
        return order.action not in TRADED_ACTIONS and not ends_at_once(entry)

    @property
    def is_covered(self) -> bool:
        """Return whether reads after the end would show the order in any state."""
        return self.covered_s > self.end.at_s

    @property
    def is_late(self) -> bool:
        """Return whether such reads came so late that absence counts."""
        return self.covered_s >= self.late_s

    def why_open(self) -> str:
        """Return what is not known yet, for an open line."""
        if self.failure is not None:
            return self.failure
        if not isinstance(self.end, Answer):
            return self.end.why
        if not self.end.is_whole:
            return "the part of the answer about it could not be read"
        if not self.end.orders:
            return "the answer does not name this order"
        return next((failure_text(order) for order in self.answered if isinstance(order, Order) and _codes(order)), "")

    def so_far(self, shown: str) -> str:
        """Return how the request ended, and what the newest reads show."""
        later = f"{self.covered_s - self.end.at_s:.0f} s later {shown}"
        if self.is_accepted:
            return f"the server accepted it, but {later}"
        why = self.why_open()
        return f"{why}; {later}" if why else later


def case_of(line: TicketLine, evidence: tuple[Evidence, ...], end: End, not_found_after_s: float) -> Case:
    """Put the evidence of a line in order."""
    before = ids_before(line, evidence)
    reads = [item for item in evidence if isinstance(item, Read) and item.requested_s > end.at_s]
    reads.sort(key=lambda read: read.requested_s)
    ids = set(first_ids(line, evidence)) - before
    sightings = Sightings()
    alike: dict[str, Order] = {}
    for read in reads:
        orders = [order for order in read.orders if order.order_id not in before]
        related = OrderIndex(orders).related(line, ids)
        ids |= {order.order_id for order in related if order.order_id}
        sightings.add(read, related)
        alike |= _look_alikes(line, orders, ids)
    answers = [item for item in evidence if isinstance(item, Answer)]
    return Case(
        line=line,
        end=end,
        sightings=sightings,
        histories=tuple(item for item in evidence if isinstance(item, HistoryRead) and item.requested_s > end.at_s),
        fills=next((item.fills for item in reversed(evidence) if isinstance(item, TradesRead)), Fills()),
        look_alikes=tuple(alike.values()),
        answered=tuple(order for answer in answers for order in answer.orders),
        covered_s=min(_newest(reads, ended=False), _newest(reads, ended=True)),
        live_covered_s=_newest(reads, ended=False),
        traced_s=_newest([read for read in reads if read.names_first_ids], ended=False),
        late_s=end.at_s + not_found_after_s,
    )


def _newest(reads: list[Read], *, ended: bool) -> float:
    covering = (read.requested_s for read in reads if (read.covers_ended if ended else read.covers_live))
    return max(covering, default=float("-inf"))


def _look_alikes(line: TicketLine, orders: list[AnyOrder], ids: set[str]) -> dict[str, Order]:
    entry = line.request
    if not isinstance(entry, OrderEntry):
        return {}
    return {
        name_of(order): order
        for order in orders
        if isinstance(order, Order) and order.is_live and order.order_id not in ids and may_be(order, entry)
    }


# ---------------------------------------------------------------- single orders


def name_of(order: AnyOrder) -> str:
    """The id of an order, or what else it is known by."""
    return order.order_id or order.key


def ends_at_once(entry: OrderEntry) -> bool:
    """Return whether an order trades at once or not at all."""
    return entry.ordr_exe_restriction in ("FOK", "IOC")


def is_filled(order: AnyOrder) -> bool:
    """Return whether an order has ended by trading in full."""
    return isinstance(order, Order) and order.state == OrderState.IACT and order.action in FILLED_ACTIONS


def is_refused(order: AnyOrder) -> bool:
    """Return whether an order was refused after it was taken in."""
    return isinstance(order, Order) and order.state == OrderState.IACT and order.action in REFUSED_ACTIONS


def version_of(order: AnyOrder | None) -> tuple[str | None, int | None]:
    """The id and the revision of an order."""
    return (None, None) if order is None else (order.order_id, order.revision_no)


def _is_failed(order: Order) -> bool:
    return bool(order.errors or order.error_message)


def _codes(order: Order) -> frozenset[str]:
    return frozenset(problem.code for problem in order.errors or () if problem.code)


def executed_mw(orders: list[Order], before_mw: Decimal | None, before: Order | None = None) -> Decimal | None:
    """Return the MW traded in a sequence of revisions. `before` is the one before the first, `before_mw` its open MW.

    None if a field that shows it could not be read, or if they do not show that the quantity stayed between two of
    them: a history without parents can list the end of an earlier id after the beginning of the next one.
    """
    if any(FIELDS[name].why_unreadable(order) for order in orders for name in ("quantity", "action")):
        return None
    executed = Decimal(0)
    for order in orders:
        open_mw = order.open_quantity_mw
        if order.action in TRADED_ACTIONS and before_mw is not None and open_mw is not None:
            if before is not None and is_quantity_changed(before, order):
                return None
            executed += max(before_mw - open_mw, Decimal(0))
        before, before_mw = order, open_mw
    return executed


def traded_in_histories(case: Case, order: Order, *, from_entry: bool = False) -> Decimal | None:
    """Return the MW traded up to this revision, by a history that contains it; None without one.

    `from_entry` is set to count from the entered quantity, which a history that begins with a trade may not show.
    """
    for read in reversed(case.histories):
        revisions = [revision.order for revision in read.history.revisions if revision.replaced_by is None]
        versions = [version_of(known) for known in revisions]
        if version_of(order) not in versions:
            continue
        before_mw = revisions[0].initial_quantity if from_entry else None
        if from_entry and before_mw is None and revisions[0].action in TRADED_ACTIONS:
            return None
        return executed_mw(revisions[: versions.index(version_of(order)) + 1], before_mw)
    return None
