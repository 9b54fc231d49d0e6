"""The evidence about one line, put in order: what was said, and what reads after that show of its candidates."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeGuard

from pbtui.api.codes import OrderState
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry
from pbtui.desk.blotter.traded_quantity import is_quantity_changed, may_be_cut
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
    Leaves,
    Read,
    Refusal,
    TradesRead,
    is_left_over,
)
from pbtui.desk.tickets.judging.candidates import (
    OrderIndex,
    first_ids,
    ids_before,
    may_be,
    name_of,
    parent_of,
)
from pbtui.desk.tickets.judging.sightings import Sightings
from pbtui.desk.tickets.judging.wanted import FILLED_ACTIONS, REFUSED_ACTIONS, TRADED_ACTIONS
from pbtui.desk.tickets.ticket import TicketLine

_ERRORS = ("errors", "error_message", "state", "action")


@dataclass(frozen=True, slots=True)
class Case:
    """One line and its evidence. `end` is how the request ended, `sightings` what later reads show, `fills` the trades.

    `met` are the ids of its orders in reads that were requested before the end and answered after the request had left.
    `look_alikes` are from all reads that were answered after it had left. `is_left_over` is set where an earlier run
    sent the request, maybe with a key that sees more. `covered_s` is the newest moment at which the reads would show
    the order in any state, `live_covered_s` at which they would show it if it were active, `traced_s` at which they
    would even under a new id. `late_s` is the moment from which on absence counts.
    """

    line: TicketLine
    end: End
    sightings: Sightings
    histories: tuple[HistoryRead, ...]
    fills: Fills
    met: frozenset[str]
    look_alikes: tuple[Order, ...]
    answered: tuple[AnyOrder, ...]
    is_left_over: bool
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
        said = self.said_no
        return f"refused because the position has changed: {said}" if said is not None and self.is_of_position else said

    @property
    def said_no(self) -> str | None:
        """Return the server's own words, where it said no to this very line."""
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
    def gone(self) -> frozenset[str]:
        """Return the ids of its orders that a read showed, and a later list of the active orders does not."""
        is_listed_since = self.live_covered_s > self.end.at_s
        return self.sightings.gone | (self.met - self.sightings.newest.keys() if is_listed_since else frozenset())

    def may_go_on(self, order: AnyOrder) -> bool:
        """Return whether an order that has ended may go on under an id that no read has shown.

        A change ends an order as deleted. Only reads requested since it was seen ended would show the next id.
        """
        ended_s = self.sightings.ended_s.get(name_of(order))
        is_deleted = isinstance(order, UnreadableOrder) or order.action.endswith("DEL")
        return ended_s is not None and is_deleted and self.covered_s < ended_s

    def may_be_cut(self, order: Order, *, entered_no: int | None) -> bool:
        """Return whether somebody may have cut the quantity of an order that has traded since this line.

        `entered_no` is the revision with which this line left it, unless the answer names one.
        """
        answered = [known.revision_no for known in self.answered if _is_of_id(known, order.order_id)]
        return may_be_cut(max((number for number in answered if number is not None), default=entered_no), order)

    @property
    def is_late(self) -> bool:
        """Return whether such reads came so late that absence counts."""
        return self.covered_s >= self.late_s

    def is_long_gone(self, order_id: str) -> bool:
        """Return whether an order that a read showed live has been absent for so long that absence counts."""
        return self.covered_s >= self.sightings.seen_s[order_id] + self.late_s - self.end.at_s

    def is_long_ended(self, order: AnyOrder) -> bool:
        """Return whether a list of the active orders came after the order was seen ended, and when absence counts."""
        ended_s = self.sightings.ended_s.get(name_of(order), float("inf"))
        return self.live_covered_s >= max(self.late_s, ended_s)

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
    before = set(ids_before(line, evidence))
    ids = set(first_ids(line, evidence)) - before
    reads: list[Read] = []
    sightings = Sightings()
    met: set[str] = set()
    alike: dict[str, Order] = {}
    for read in sorted(_since_it_left(evidence, end), key=lambda read: read.requested_s):
        before |= _after(before, read.orders) - ids
        orders = [order for order in read.orders if order.order_id not in before]
        related = OrderIndex(orders).related(line, ids)
        ids |= {order.order_id for order in related if order.order_id}
        alike |= _look_alikes(line, orders, ids)
        if read.requested_s > end.at_s:
            reads.append(read)
            sightings.add(read, related)
        else:
            met |= {order.order_id for order in related if order.order_id}
    answers = [item for item in evidence if isinstance(item, Answer)]
    return Case(
        line=line,
        end=end,
        sightings=sightings,
        histories=tuple(item for item in evidence if isinstance(item, HistoryRead) and item.requested_s > end.at_s),
        fills=next((item.fills for item in reversed(evidence) if isinstance(item, TradesRead)), Fills()),
        met=frozenset(met),
        look_alikes=tuple(alike.values()),
        answered=tuple(order for answer in answers for order in answer.orders),
        is_left_over=is_left_over(evidence),
        covered_s=min(_newest(reads, ended=False), _newest(reads, ended=True)),
        live_covered_s=_newest(reads, ended=False),
        traced_s=_newest([read for read in reads if read.names_first_ids], ended=False),
        late_s=end.at_s + not_found_after_s,
    )


def _after(ids: Set[str], orders: Sequence[AnyOrder]) -> set[str]:
    """Return the ids of the orders that name one of these as parent, and of those that come after them."""
    found: set[str] = set()
    while more := {order.order_id for order in orders if order.order_id and parent_of(order) in ids | found} - found:
        found |= more
    return found


def _since_it_left(evidence: tuple[Evidence, ...], end: End) -> Iterator[Read]:
    """The reads that were answered after the request had left. They can show what it did."""
    left = False
    for item in evidence:
        left = left or isinstance(item, Leaves | End)
        if isinstance(item, Read) and (left or item.requested_s > end.at_s):
            yield item


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
        if isinstance(order, Order) and not is_refused(order) and order.order_id not in ids and may_be(order, entry)
    }


# ---------------------------------------------------------------- single orders


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


def _is_of_id(order: AnyOrder, order_id: str | None) -> TypeGuard[Order]:
    return isinstance(order, Order) and order.order_id == order_id


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
