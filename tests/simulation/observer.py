"""Sees what the desks say and what the exchange has inside, and checks after every event that they agree.

The letters of the invariants are those of docs/determinism.md.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from pbtui.api.models import ExecutionRestriction, ModifyAction, OrderEntry, OrderModifyItem, OrderState
from pbtui.desk.kill.halt import read_halt
from pbtui.desk.kill.view import KillView, Phase
from pbtui.desk.tickets.ticket import TOKEN_MARK, Ticket, TicketLine
from pbtui.desk.view import DeskView
from pbtui.simulator.book.own_order import OrderRevision, OwnOrder
from pbtui.simulator.exchange import Exchange
from tests.simulation.story import Story

_JSON = msgspec.json.Encoder(decimal_format="number")
_ENDS_AT_ONCE = (ExecutionRestriction.FOK, ExecutionRestriction.IOC)
_SAYS_NOT_THERE = frozenset({"NOT SENT", "REJECTED", "NOT FOUND"})


@dataclass
class Sent:
    """A write that left a desk."""

    station: str
    left_s: float
    enters: bool
    is_handled: bool = False


@dataclass
class KillSeen:
    """One kill, as far as it was seen."""

    station: str
    fired_s: float
    verified_s: float | None = None
    names_open_writes: bool = False
    is_over: bool = False


@dataclass
class Read:
    """The orders that were active when the exchange answered a read of a kill."""

    at_s: float
    active: Sequence[OwnOrder] = ()


@dataclass
class Submitted:
    """A ticket as the trader submitted it."""

    ticket: Ticket
    at: datetime
    states: dict[int, str] = field(default_factory=dict)


class Observer:
    """Checks the invariants of one run.

    `profile_name` is the profile that all its desks share, `portfolios` are those that each desk's key reaches.
    """

    def __init__(
        self,
        story: Story,
        exchange: Callable[[], Exchange],
        now: Callable[[], datetime],
        now_s: Callable[[], float],
        profile_name: str,
        portfolios: Mapping[str, frozenset[str]],
    ) -> None:
        self._story = story
        self._exchange = exchange
        self._now = now
        self._now_s = now_s
        self._profile_name = profile_name
        self._portfolios = portfolios
        self._submitted: dict[str, Submitted] = {}
        self._may_leave: Counter[bytes] = Counter()
        self._left: Counter[bytes] = Counter()
        self._under_way: defaultdict[tuple[str, bytes], list[Sent]] = defaultdict(list)
        self._halted: set[str] = set()
        self._kills: list[KillSeen] = []
        self._reads: dict[str, Read] = {}
        self._phases: dict[str, tuple[int, Phase]] = {}

    # ------------------------------------------------------------ what traders do

    def submits(self, station: str, ticket: Ticket) -> None:
        """A trader submits a ticket for the first time."""
        self._submitted[ticket.token] = Submitted(ticket, self._now())
        for line in ticket.lines:
            self._may_leave[self._identity(msgspec.json.decode(_JSON.encode(line.request.wire())))] += 1
        self._story.note(station, f"submits {ticket.action} {', '.join(_words(line) for line in ticket.lines)}")

    def halts(self, station: str) -> None:
        """A trader fires the kill of a station."""
        self._halted.add(station)
        self._kills.append(KillSeen(station, self._now_s()))
        self._story.note(station, "fires the kill")

    def rearms(self, station: str) -> None:
        """A trader re-armed the profile at a station."""
        self._halted.discard(station)
        for kill in self._kills:
            kill.is_over = True
        self._story.note(station, "re-arms")

    # ------------------------------------------------------------ the wire

    def leaves(self, station: str, method: str, path: str, body: bytes) -> None:
        """The first byte of a request leaves: invariants (e) and (j)."""
        if method == "GET":
            return
        self._story.note(station, f"sends {method} {path.partition('/v2/api')[2]} {body.decode()}")
        if station.endswith("kill"):
            return
        items = _items(path, body)
        enters = _enters(method, items)
        self._under_way[station, body].append(Sent(station, self._now_s(), enters))
        if enters and station in self._halted:
            self._story.violation("e", f"{station} sent {method} although its desk is halted")
        if enters and read_halt(self._profile_name) is not None:
            self._story.violation("e", f"{station} sent {method} although the halt is on disk")
        for item in items:
            identity = self._identity(item)
            self._left[identity] += 1
            if self._left[identity] > self._may_leave[identity]:
                self._story.violation("j", f"{station} sent one write {self._left[identity]} times: {identity!r}")

    def answered(self, station: str, method: str, path: str, body: bytes, status: int) -> None:
        """A request is answered. A withdrawal may be sent again once it was refused: in a shorter list."""
        if method == "GET" or status < 400:
            return
        self._story.note("exchange", f"answers {station}: {status}")
        if not station.endswith("kill") and not _enters(method, items := _items(path, body)):
            self._left.subtract(self._identity(item) for item in items)

    # ------------------------------------------------------------ the exchange

    def handled(self, station: str, method: str, path: str, body: bytes, status: int) -> None:
        """The exchange has handled a request: invariant (b), and what a kill's reads rest on."""
        if method != "GET":
            self._story.note("exchange", f"handled {method} of {station}: {status}")
        elif station.endswith("kill") and path.endswith("/orders"):
            self._reads[station] = Read(self._now_s(), list(self._exchange().market.ledger.live()))
        waiting = [sent for sent in self._under_way.get((station, body), ()) if not sent.is_handled]
        if waiting and method != "GET":
            waiting[0].is_handled = True
            if status < 300:
                self._landed(waiting[0])
        self.exchange_changed()

    def exchange_changed(self) -> None:
        """Something may have changed inside the exchange: invariant (b)."""
        tokens = Counter(token for order in self._exchange().market.ledger.live() if (token := _token(order.terms.txt)))
        for token, count in tokens.items():
            if count > 1:
                self._story.violation("b", f"the entry {token} is live {count} times")

    def _landed(self, sent: Sent) -> None:
        """A write of a desk took effect: invariant (f), that none could still do so after VERIFIED."""
        for kill in self._kills:
            if kill.is_over or kill.verified_s is None or kill.names_open_writes or not sent.enters:
                continue
            if sent.left_s < kill.verified_s:
                waited_s = self._now_s() - kill.verified_s
                self._story.violation(
                    "f", f"a write that left {sent.station} before the kill landed {waited_s:.1f} s after VERIFIED"
                )

    # ------------------------------------------------------------ what the desks say

    def desk_view(self, station: str, view: DeskView) -> None:
        """A desk publishes: invariant (a)."""
        for ticket in view.tickets:
            submitted = self._submitted.get(ticket.token)
            if submitted is None:
                continue
            for number, line in enumerate(ticket.lines):
                state = str(line.state)
                if submitted.states.get(number) == state:
                    continue
                submitted.states[number] = state
                self._story.note(station, f"says {state} of {_words(line)} {line.reason}".rstrip())
                self._story.seen[state] += 1
                if state == "CONFIRMED" and not self._is_true(line, submitted):
                    self._story.violation("a", f"CONFIRMED, but it was never so: {_words(line)}")

    def kill_view(self, station: str, view: KillView) -> None:
        """A kill publishes: invariant (f)."""
        before, now = self._phases.get(station), (view.attempt, view.phase)
        if before == now:
            return
        self._phases[station] = now
        self._story.note(station, f"kill {view.attempt}: {view.phase.name}")
        self._story.seen[f"kill {view.phase.name}"] += 1
        if view.phase is not Phase.VERIFIED or (
            before is not None and before[0] == view.attempt and _was_verified(before)
        ):
            return
        for kill in self._kills:
            if f"{kill.station} kill" == station and kill.verified_s is None:
                kill.verified_s = self._now_s()
                kill.names_open_writes = any("write" in note for note in (*view.notes, *view.trouble))
        active = [order for order in self._reads[station].active if self._is_in_scope(order, view, station)]
        if active:
            ids = ", ".join(order.order_id for order in active)
            self._story.violation("f", f"VERIFIED, but active at its last read: {ids}")

    def verdict(self, station: str, phase: Phase | None, within_s: float) -> None:
        """A kill has its verdict, or none within the bound: invariant (h)."""
        if phase is None:
            self._story.violation("h", f"the kill of {station} has no verdict within {within_s:.0f} s")
        elif phase in (Phase.READY, Phase.FIRING):
            self._story.violation("h", f"the kill of {station} ended its wait as {phase.name}")

    def ends(self) -> None:
        """The run ends: invariant (d)."""
        live = {token: order for order in self._exchange().market.ledger.live() if (token := _token(order.terms.txt))}
        for submitted in self._submitted.values():
            for number, line in enumerate(submitted.ticket.lines):
                state = submitted.states.get(number, "")
                if not isinstance(line.request, OrderEntry) or state not in _SAYS_NOT_THERE:
                    continue
                order = live.get(_token(line.request.txt))
                if order is not None:
                    self._story.violation("d", f"{state}, but order {order.order_id} is live: {_words(line)}")

    # ------------------------------------------------------------ the truth

    def _identity(self, item: Mapping[str, Any]) -> bytes:
        """What makes a write this one: the token of an entry; the chain of an order, and the change.

        A change waits for an earlier one, which may give the order another id.
        """
        if "changes" not in item:
            return _token(str(item.get("txt"))).encode()
        order = self._exchange().market.ledger.get(item["order_id"])
        chain = item["order_id"] if order is None else order.initial_order_id
        return _JSON.encode([chain, item["changes"]])

    def _is_in_scope(self, order: OwnOrder, view: KillView, station: str) -> bool:
        if view.fired.action.is_account_wide:
            return True
        reached = view.fired.portfolios or self._portfolios[station.removesuffix(" kill")]
        return order.terms.portfolio_id in reached

    def _is_true(self, line: TicketLine, submitted: Submitted) -> bool:
        """Whether the order was as wanted, by this line, at a moment after the request."""
        revisions = [revision for revision in self._revisions() if revision.api_timestamp >= submitted.at]
        request = line.request
        if isinstance(request, OrderEntry):
            token = _token(request.txt)
            return any(_token(revision.txt) == token and _shows_entry(revision, request) for revision in revisions)
        key = line.base.key if line.base is not None else request.order_id
        if request.changes.action is not ModifyAction.MODI:
            activates = request.changes.action is ModifyAction.ACTI
            return self._was(key, submitted.at, lambda active: any(active.values()) is activates)
        chain = [revision for revision in revisions if revision.initial_order_id == key]
        return any(_shows_change(revision, request) for revision in chain)

    def _revisions(self) -> Iterator[OrderRevision]:
        for order in self._exchange().market.ledger._orders.values():
            yield from order.revisions

    def _was(self, key: str, after: datetime, holds: Callable[[Mapping[str | None, bool]], bool]) -> bool:
        """Whether this held at some moment from then on of the orders of a chain, each active or not."""
        chain = [revision for revision in self._revisions() if revision.initial_order_id == key]
        chain.sort(key=lambda revision: revision.api_timestamp)
        active: dict[str | None, bool] = {}
        for number, revision in enumerate(chain):
            active[revision.order_id] = revision.state in (OrderState.ACTI, OrderState.UNKW)
            is_last = number + 1 == len(chain)
            next_at = None if is_last else chain[number + 1].api_timestamp
            lasts = next_at is None or (next_at > after and next_at > revision.api_timestamp)
            if lasts and holds(active):
                return True
        return False


def _was_verified(before: tuple[int, Phase]) -> bool:
    return before[1] in (Phase.VERIFIED, Phase.REAPPEARED)


def _items(path: str, body: bytes) -> list[dict[str, Any]]:
    """The orders or changes that a request names."""
    content: Any = msgspec.json.decode(body) if body else []
    if isinstance(content, list):
        return content
    return [{"order_id": path.split("/")[-2], "changes": content}]


def _enters(method: str, items: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a request can bring more into the market."""
    return method == "POST" or any(item["changes"]["action"] in ("MODI", "ACTI") for item in items)


def _token(txt: str | None) -> str:
    return (txt or "").rpartition(TOKEN_MARK.strip())[2] if TOKEN_MARK.strip() in (txt or "") else ""


def _shows_entry(revision: OrderRevision, entry: OrderEntry) -> bool:
    has_traded = revision.action.endswith("EXE")
    was_there = has_traded or (revision.state is OrderState.ACTI and entry.ordr_exe_restriction not in _ENDS_AT_ONCE)
    same = (revision.side, revision.initial_quantity) == (entry.side, entry.quantity)
    return was_there and same and revision.price == entry.price and revision.portfolio_id == entry.portfolio_id


def _shows_change(revision: OrderRevision, item: OrderModifyItem) -> bool:
    changes = item.changes
    wanted = [
        (changes.txt, revision.txt),
        (changes.price, revision.price),
        (changes.quantity, revision.initial_quantity),
    ]
    return all(value in (None, shown) for value, shown in wanted)


def _words(line: TicketLine) -> str:
    request = line.request
    if isinstance(request, OrderEntry):
        return f"{request.side} {request.quantity} MW at {request.price} ({request.txt})"
    changes = request.changes
    values = [f"{value}" for value in (changes.quantity, changes.price, changes.txt) if value is not None]
    return f"{changes.action} {request.order_id} {' '.join(values)}".rstrip()
