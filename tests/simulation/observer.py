"""Sees what the desks say and what the exchange has inside, and checks after every event that they agree.

The letters of the invariants are those of docs/determinism.md. A station is a desk, such as `A`, or its kill switch,
`A kill`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from pbtui.api.codes import ModifyAction
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry
from pbtui.desk.journal.unfinished import left_over
from pbtui.desk.kill.halt import read_halt
from pbtui.desk.kill.plan import AnyOrder, KillPlan
from pbtui.desk.market.fills import FillIndex, OrderTrace, OwnSides
from pbtui.desk.tickets.evidence import Answer, Leaves, Refusal
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import Ticket, TicketLine
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile
from tests.simulation.habits import Lie
from tests.simulation.kill_observer import KillObserver
from tests.simulation.process import has_ended
from tests.simulation.story import Chronicler
from tests.simulation.team.observer import TeamObserver
from tests.simulation.truth import Truth, enters_more, items_of, token_of

_JSON = msgspec.json.Encoder(decimal_format="number")
_SAYS_NOT_THERE = frozenset({"NOT SENT", "REJECTED", "NOT FOUND"})
_OLDEST_READ = timedelta(seconds=5)
_SEEN_WITHIN = timedelta(seconds=7)
"""The time a desk has to read an order that came late: one poll, and a slow read."""


@dataclass
class Sent:
    """A write that left a desk. One that its team's store had registered before counts from then."""

    left_s: float
    enters: bool


@dataclass
class Submitted:
    """A ticket as the trader submitted it, and each of its lines as last published.

    `ended` has the keys of the lines that had an end while the journal could be written.
    """

    ticket: Ticket
    at: datetime
    lines: dict[str, TicketLine] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)


class Observer:
    """Checks the invariants of one run; `kills` checks those of the kills.

    `profile` is the profile that all its desks share, `portfolios` are those that each desk's key reaches. `now`
    is the exchange's clock. `team` checks what they share over hosts, None if they share it on one host only.
    """

    def __init__(
        self,
        story: Chronicler,
        truth: Truth,
        now: Callable[[], datetime],
        now_s: Callable[[], float],
        profile: Profile,
        portfolios: Mapping[str, frozenset[str]],
        team: TeamObserver | None = None,
    ) -> None:
        self._story = story
        self._truth = truth
        self._now = now
        self._now_s = now_s
        self._profile = profile
        self.team = team
        self.kills = KillObserver(story, truth, now_s, portfolios, team)
        self._submitted: dict[str, Submitted] = {}
        self._views: dict[str, DeskView] = {}
        self._may_leave: Counter[bytes] = Counter()
        self._left: Counter[bytes] = Counter()
        self._under_way: defaultdict[tuple[str, bytes], list[Sent]] = defaultdict(list)
        self._halted: set[str] = set()
        self._lies: defaultdict[str, list[Lie]] = defaultdict(list)

    # ------------------------------------------------------------ what traders do

    def submits(self, station: str, ticket: Ticket) -> None:
        """A trader submits a ticket for the first time."""
        self._submitted[ticket.token] = Submitted(ticket, self._now())
        for line in ticket.lines:
            self._may_leave[self._truth.identity(msgspec.json.decode(_JSON.encode(line.request.wire())))] += 1
        self._story.note(station, f"submits {ticket.action} {', '.join(_words(line) for line in ticket.lines)}")

    def halts(self, station: str, plans: Sequence[KillPlan], known: Iterable[AnyOrder]) -> None:
        """A trader fires the kill of a station, or resumes it, which halts the desk: see `KillObserver.fires`."""
        self._halted.add(station)
        self.kills.fires(station, plans, known)

    def rearms(self, station: str, stations: Collection[str]) -> None:
        """A trader re-armed the profile at a station, for all stations of its host."""
        self._halted.discard(station)
        self.kills.rearms(stations)
        self._story.note(station, "re-arms")

    def leaves_desk(self, station: str, how: str) -> None:
        """The program of a station has ended: what it left open is in the journal, and nothing else (i).

        What it had not found is there, too, as long as it can still land. A new order or a change that was open from
        the start is there even if the journal could not be written: it would not have been sent. One that had an end,
        and was opened again by a later read, is not, nor is one that another desk has given an end meanwhile.
        """
        self._story.note(station, how)
        self._halted.discard(station)
        self.kills.leaves_desk(station)
        view = self._views.pop(station, None)
        if view is None:
            return
        intents = left_over(self._profile).open
        found = {(intent.intent.facts["ticket"], key) for intent in intents for key in intent.open_keys}
        for ticket in view.tickets:
            for line in ticket.lines:
                name = f"{_words(line)} of ticket {ticket.token}"
                is_found = (ticket.token, line.key) in found
                is_closed = not line.is_open and line.state is not State.NOT_FOUND
                if is_found and is_closed and not view.unrecorded:
                    self._story.violation("i", f"by the journal it is open, but {station} said {line.state}: {name}")
                is_open = line.is_open and not self._has_ended_since(ticket.token, line.key)
                has_left = is_open and any(isinstance(item, Leaves) for item in line.evidence)
                never_ended = line.key not in self._ended(ticket.token)
                must_be_found = not view.unrecorded or (ticket.action.increases_risk and never_ended)
                if not is_found and has_left and must_be_found:
                    self._story.violation("i", f"{station} left it {line.state}, by the journal it is not: {name}")

    def _has_ended_since(self, token: str, key: str) -> bool:
        """Return whether a desk has said an end of this line, and none has opened it again since."""
        submitted = self._submitted.get(token)
        newest = None if submitted is None else submitted.lines.get(key)
        return newest is not None and not newest.is_open

    def _ended(self, token: str) -> Collection[str]:
        submitted = self._submitted.get(token)
        return () if submitted is None else submitted.ended

    # ------------------------------------------------------------ the wire

    def leaves(self, station: str, method: str, target: str, body: bytes) -> None:
        """The first byte of a request leaves: invariants (e) and (j), and (g) for a kill."""
        if method == "GET":
            return
        path, _, query = target.partition("?")
        self._story.note(station, f"sends {method} {target.partition('/v2/api')[2]} {body.decode()}")
        items = items_of(path, body)
        if station.endswith("kill"):
            self.kills.leaves(_desk_of(station), method, path, query, items)
            return
        enters = enters_more(method, items)
        left_s = self._now_s()
        if enters and self.team is not None:
            left_s = min(left_s, self.team.leaves(station, method, path))
        self._under_way[station, body].append(Sent(left_s, enters))
        if enters and station in self._halted:
            self._story.violation("e", f"{station} sent {method} although its desk is halted")
        if enters and read_halt(self._profile) is not None:
            self._story.violation("e", f"{station} sent {method} although the halt is on disk")
        for item in items:
            identity = self._truth.identity(item)
            self._left[identity] += 1
            if self._left[identity] > self._may_leave[identity]:
                self._story.violation("j", f"{station} sent one write {self._left[identity]} times: {identity!r}")

    def answered(self, station: str, method: str, target: str, body: bytes, status: int) -> None:
        """A request is answered. A withdrawal may be sent again once it was refused: in a shorter list."""
        if method == "GET":
            return
        path = target.partition("?")[0]
        if status >= 400:
            self._story.note("exchange", f"answers {station}: {status}")
        items = items_of(path, body)
        if not station.endswith("kill") and status >= 400 and not enters_more(method, items):
            self._left.subtract(self._truth.identity(item) for item in items)

    def answer_ended(self, station: str, method: str, target: str, body: bytes, status: int, answer: bytes) -> None:
        """The whole answer to a request is on its way. For a kill it is progress, if the request was accepted."""
        if station.endswith("kill") and method != "GET" and status < 300 and _is_of_the_exchange(answer):
            self.kills.accepted(_desk_of(station), items_of(target.partition("?")[0], body))

    # ------------------------------------------------------------ the exchange

    def handled(self, station: str, method: str, path: str, body: bytes, status: int, lie: Lie | None) -> None:
        """The exchange has handled a request: invariant (b), and what a kill's reads rest on."""
        if method == "GET":
            if lie is not None:
                self._lies[_desk_of(station)].append(lie)
            if station.endswith("kill") and path.endswith("/orders"):
                self.kills.reads(_desk_of(station), lie)
            return
        self._story.note("exchange", f"handled {method} of {station}: {status}")
        under_way = self._under_way.get((station, body))
        if under_way:
            sent = under_way.pop(0)
            if sent.enters and self._truth.has_just_changed(items_of(path, body), self._now()):
                self.kills.lands(station, sent.left_s)
        self.exchange_changed()

    def exchange_changed(self) -> None:
        """Something may have changed inside the exchange: invariant (b)."""
        for token, count in self._truth.live_tokens().items():
            if count > 1:
                self._story.violation("b", f"the entry {token} is live {count} times")

    # ------------------------------------------------------------ what the desks say

    def desk_view(self, station: str, view: DeskView) -> None:
        """A desk publishes: invariant (a)."""
        if has_ended():
            return
        self._check_exchange(station, self._views.get(station), view)
        self._views[station] = view
        for ticket in view.tickets:
            submitted = self._submitted.get(ticket.token)
            if submitted is None:
                continue
            for line in ticket.lines:
                earlier = submitted.lines.get(line.key)
                if earlier is line:
                    continue
                submitted.lines[line.key] = line
                if not line.is_open and not view.unrecorded:
                    submitted.ended.add(line.key)
                if (mw := line.verdict.traded_mw) and (earlier is None or mw != earlier.verdict.traded_mw):
                    self._names_fill(station, line, mw)
                if earlier is None or earlier.state is not line.state:
                    self._says(station, line, submitted)

    def _names_recalled(self, view: DeskView) -> Iterator[TicketLine]:
        """The lines of new orders that count a trade as filled which the desk knows to be recalled (l)."""
        known = view.exchange.trades.value
        index = FillIndex(OwnSides() if known is None else known.sides)
        for line in (line for ticket in view.tickets for line in ticket.lines):
            if line.state in (State.FILLED, State.PART_FILLED) and isinstance(line.request, OrderEntry):
                fills = index.of(OrderTrace(frozenset(), frozenset({line.key.upper()})))
                if fills and not fills.counted:
                    yield line

    def _names_fill(self, station: str, line: TicketLine, traded_mw: Decimal) -> None:
        """A verdict names no fill that did not happen (l)."""
        inside_mw = self._truth.traded_mw(line)
        if traded_mw > inside_mw:
            said = f"{station} said {line.state}, {traded_mw} MW traded"
            self._story.violation("l", f"{said}, inside {inside_mw} MW: {_words(line)} {line.reason}")

    def _check_exchange(self, station: str, before: DeskView | None, view: DeskView) -> None:
        """A desk publishes what it read besides orders: invariants (k) and (x)."""
        if before is not None and before.exchange is view.exchange:
            return
        for line in self._names_recalled(view):
            self._story.violation("l", f"{station} said {line.state}, all recalled: {_words(line)} {line.reason}")
        trades = view.exchange.trades.value
        if trades is not None and (before is None or trades is not before.exchange.trades.value):
            for trade in self._truth.trades_unlike(trades.newest_first):
                self._story.violation("k", f"{station} shows a trade that did not happen: {trade.id} {trade.price}")
        for name, reading in view.exchange.readings.items():
            if "internal error" in reading.problem:
                self._story.violation("x", f"{station} could not take in {name}: {reading.problem}")

    def _says(self, station: str, line: TicketLine, submitted: Submitted) -> None:
        state = str(line.state)
        self._story.note(station, f"says {state} of {_words(line)} {line.reason}".rstrip())
        self._story.says(state)
        if line.is_done and _was_refused(line):
            self._story.violation("a", f"{state}, but it was refused: {_words(line)} {line.reason}")
        if state != "CONFIRMED":
            return
        since = submitted.at - (_OLDEST_READ if self._lies[station] else timedelta(0))
        hidden = any(self._truth.is_hidden(line, lie.shown) for lie in self._lies[station])
        if not hidden and not self._truth.is_true(line, since):
            self._story.violation("a", f"CONFIRMED, but it was never so: {_words(line)}")

    def ends(self) -> None:
        """The run ends: invariants (c) and (d)."""
        seen_since = self._now() - _SEEN_WITHIN
        live = {
            token: order
            for order in self._truth.live()
            if (token := token_of(order.terms.txt)) and self._truth.came_at(order) < seen_since
        }
        for submitted in self._submitted.values():
            for line in submitted.lines.values():
                order = live.get(token_of(line.request.txt)) if isinstance(line.request, OrderEntry) else None
                if order is None or line.is_open:
                    continue
                if line.state in _SAYS_NOT_THERE:
                    self._story.violation("d", f"{line.state}, but order {order.order_id} is live: {_words(line)}")
                elif order.initial_order_id not in map(self._truth.first_id, line.verdict.order_ids):
                    self._story.violation("c", f"{line.state} does not name order {order.order_id}: {_words(line)}")


def _is_of_the_exchange(answer: bytes) -> bool:
    """Return whether a successful answer has no content or whole JSON: a page of HTML or a cut body is no answer."""
    try:
        return not answer or bool(msgspec.json.decode(answer, type=msgspec.Raw))
    except msgspec.DecodeError:
        return False


def _was_refused(line: TicketLine) -> bool:
    """Return whether the exchange refused this change, which has no text of its own to show that it was made.

    One error for a list may be about another order of it.
    """
    request = line.request
    if isinstance(request, OrderEntry) or request.changes.action is not ModifyAction.MODI or request.changes.txt:
        return False
    answered = [order for item in line.evidence if isinstance(item, Answer) for order in item.orders]
    failed = any(isinstance(order, Order) and order.errors for order in answered)
    return failed or any(isinstance(item, Refusal) and not item.is_of_list for item in line.evidence)


def _desk_of(station: str) -> str:
    return station.removesuffix(" kill")


def _words(line: TicketLine) -> str:
    request = line.request
    if isinstance(request, OrderEntry):
        return f"{request.side} {request.quantity} MW at {request.price} ({request.txt})"
    changes = request.changes
    values = [f"{value}" for value in (changes.quantity, changes.price, changes.txt) if value is not None]
    return f"{changes.action} {request.order_id} {' '.join(values)}".rstrip()
