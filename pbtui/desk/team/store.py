"""The store that the desks of a team share: halts, and the sends that a halt must wait for.

Desks share a halt if they use the same server and their portfolios overlap; no portfolios means all of them. A desk
registers each request that can enter, change upward or activate before it sends it, and records its end. The store
either registers the send or names the halt that refuses it. So a halt knows every send that it does not refuse.

Withdrawals and kills are never registered, and never wait for the store.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from pbtui.desk.team.lone import Lone, LoneReport
from pbtui.desk.team.presence import Activity, OtherDesk


class Participant(Struct, frozen=True, kw_only=True):
    """One run of a desk or a command that uses the store.

    `server` is that of the profile. `portfolios` are those of the profile, all if empty. `desk` is an id that no other
    run has.
    """

    server: str
    portfolios: tuple[str, ...]
    operator: str
    host: str
    profile: str
    desk: str


_AT_ONCE = timedelta(seconds=10)
"""A kill that comes to the store in this time is named with the time of the store alone."""


class WantedHalt(Struct, frozen=True):
    """A halt that the store is to have: for these portfolios of the server, all if there are none.

    `token` is the id that the desk gives it. `action` is that of the kill, empty if none was fired. `fired_at` is the
    time of the kill by the clock of its host, None if that is not known; `verdict` is its verdict as known there, empty
    without one; the store gets that by `note_verdict`.
    """

    token: str
    reason: str
    portfolios: tuple[str, ...] = ()
    action: str = ""
    fired_at: datetime | None = None
    verdict: str = ""

    def reason_at(self, now: datetime) -> str:
        """The reason of the halt that begins now: with the time of the kill, if that was fired a while ago."""
        if self.fired_at is None or now - self.fired_at < _AT_ONCE:
            return self.reason
        return f"{self.reason} {self.fired_at:%Y-%m-%d %H:%M:%S}Z, brought to the team later"


def kill_warning(who: str, verdict: str, problem: str = "") -> str:
    """The state of a kill, to know before its halt is lifted; empty if it was verified.

    `verdict` is empty before one, and if a `problem` is the reason why it is not known.
    """
    if verdict == "VERIFIED":
        return ""
    known = f"ended as {verdict}" if verdict else "has no verdict yet"
    return f"The kill of {who} {problem or known}: orders may be active, or be entered still"


class HaltRecord(Struct, frozen=True, kw_only=True):
    """A halt as all desks see it. Times are those of the store, aware and in UTC.

    `epoch` counts the halts of a server, `token` is the id that the desk gave it. `sends_before` are the ids of the
    sends that were registered before the halt and could still enter an order when it began. `action` is the action of
    the kill, empty if none was fired. `lifted_at` is None while the halt holds; the operator `lifted_by` re-armed on
    the host `lifted_on`. `verdict` is the phase of the kill as its desk reported it last, empty before a verdict.
    """

    epoch: int
    token: str
    server: str
    portfolios: tuple[str, ...]
    reason: str
    operator: str
    host: str
    profile: str
    desk: str
    action: str
    halted_at: datetime
    sends_before: tuple[int, ...] = ()
    lifted_at: datetime | None = None
    lifted_by: str = ""
    lifted_on: str = ""
    lift_reason: str = ""
    verdict: str = ""

    @property
    def what(self) -> str:
        """The reason, and the verdict of the kill if one was fired."""
        return f"{self.reason} ({self.verdict or 'no verdict yet'})" if self.action else self.reason

    @property
    def warning(self) -> str:
        """The state of its kill, to know before it is lifted; empty if that was verified, or if none was fired."""
        return kill_warning(f"{self.operator} on {self.host}", self.verdict) if self.action else ""

    @property
    def words(self) -> str:
        """The halt as one text: reason, verdict, profile, time, operator and host."""
        at = f"{self.halted_at:%Y-%m-%d %H:%M:%S}Z"
        return f"{self.what} by profile {self.profile}, {at} by {self.operator} on {self.host}"


class TeamNow(Struct, frozen=True, kw_only=True):
    """The team at one moment, for one participant.

    `halts` are those that hold for it, the newest first, `lifted` those it asked about that were lifted. `desks` are
    the other desks that are open; None if that is not known.
    """

    halts: tuple[HaltRecord, ...]
    lifted: tuple[HaltRecord, ...] = ()
    desks: tuple[OtherDesk, ...] | None = None


LOST = "lost"
"""The ending of a send that left, and to which no answer came: it can still enter an order."""


class SendRecord(Struct, frozen=True, kw_only=True):
    """A registered send that can still enter an order.

    `call` is method and path of the request, `token` the caller's own id for it. `ending` is LOST, or empty if no end
    was recorded.
    """

    id: int
    portfolios: tuple[str, ...]
    operator: str
    host: str
    desk: str
    call: str
    token: str
    registered_at: datetime
    ending: str = ""


class Registered(Struct, frozen=True):
    """The store has registered the send: it can leave now. Its end must be recorded."""

    id: int


class HaltedBy(Struct, frozen=True):
    """A halt refuses the send. Nothing was registered."""

    halt: HaltRecord


class RearmRequest(Struct, frozen=True, kw_only=True):
    """The request of an operator that another one confirms the re-arm of these halts, until a time of the store.

    `ending` is "confirmed", "withdrawn" or "replaced", empty if it was not ended; it can have expired, then. `halts`
    are those with these epochs, the newest first.
    """

    id: int
    epochs: tuple[int, ...]
    operator: str
    host: str
    desk: str
    reason: str
    until: datetime
    is_expired: bool = False
    ending: str = ""
    confirmed_by: str = ""
    confirmed_on: str = ""
    halts: tuple[HaltRecord, ...] = ()

    def is_about(self, halts: Sequence[HaltRecord]) -> bool:
        """Return whether it is to lift one of these halts."""
        return not {halt.token for halt in self.halts}.isdisjoint(halt.token for halt in halts)

    @property
    def who(self) -> str:
        """Operator and host."""
        return f"{self.operator} on {self.host}"

    @property
    def words(self) -> str:
        """The request as one text."""
        halts = f"halt{'' if len(self.epochs) == 1 else 's'} {', '.join(map(str, self.epochs))}"
        return (
            f"{self.who} asks to lift {halts}: {self.reason}. Another operator can confirm until {self.until:%H:%M:%S}Z"
        )


class StoreUnreachable(Exception):
    """The store did not answer in time, or can't be used. `reason` says why, `since` is the first failure in a row."""

    def __init__(self, reason: str, since: datetime) -> None:
        super().__init__(f"The team store is unreachable since {since:%H:%M:%S}Z: {reason}")
        self.reason = reason
        self.since = since


def refused_without_store(problem: object, cut_loose: str) -> str:
    """The words of a send that is refused because the store can't be reached: why, what still works, what to do.

    `cut_loose` is the command that cuts the profile loose.
    """
    return f"{problem}. Until it answers, orders can only be withdrawn, or cut the host loose: {cut_loose}"


class RearmRefused(Exception):
    """The halt was not lifted. The message is the reason; the halt still holds."""


class TeamStore(Protocol):
    """The interface to the store, for one participant.

    Every method but `notice` and `close` can raise StoreUnreachable: then it may have been done or not. They wait no
    longer than a fraction of a second.
    """

    async def register(self, call: str, token: str, *, changes_everything: bool = False) -> Registered | HaltedBy:
        """Register a send, unless a halt holds. No two sends of a participant have the same token.

        One that changes everything at the exchange is refused by a halt of any portfolios there.
        """

    async def end(self, token: str, ending: str) -> None:
        """Record that a send has ended, and how. Only the first ending of a send is kept.

        Nothing happens if it was never registered.
        """

    async def halt(self, wanted: WantedHalt) -> HaltRecord:
        """Begin a halt. Asked again with the same token, it returns the same halt, as it is then: it may be lifted."""

    async def note_verdict(self, token: str, verdict: str) -> None:
        """Record the verdict of the kill whose halt has this token."""

    async def rearm(self, epoch: int, reason: str) -> HaltRecord:
        """Lift the halt with this epoch, and no other. Returns it as lifted.

        Raises RearmRefused if it is lifted already, or does not hold for the caller.
        """

    async def needs_two_persons(self) -> bool:
        """Return whether a second operator must confirm a re-arm at the caller's server. Then `rearm` is refused."""

    async def ask_rearm(self, epochs: Sequence[int], reason: str) -> RearmRequest:
        """Ask for a second operator to lift the halts with these epochs. An open request of the caller is replaced.

        Raises RearmRefused if one does not hold for the caller, or if somebody else asks for it already.
        """

    async def rearm_request(self, number: int) -> RearmRequest | None:
        """The request with this id, as it is now; None if there is none."""

    async def rearm_requests(self) -> tuple[RearmRequest, ...]:
        """The open requests at the caller's server, the oldest first."""

    async def withdraw_rearm(self, number: int) -> None:
        """Withdraw a request of the caller, if it is open."""

    async def confirm_rearm(self, number: int) -> RearmRequest:
        """Confirm the request of another operator, which lifts its halts. Returns it as ended. Raises RearmRefused."""

    async def clock(self) -> datetime:
        """The time of the store, aware."""

    async def report_lone(self, lone: Lone) -> LoneReport:
        """Report that this host was cut loose, and register what can still land. Asked again, nothing is added."""

    async def lone_reports(self) -> tuple[LoneReport, ...]:
        """The reports of the last twelve hours that concern the caller, the oldest first."""

    async def halts(self) -> tuple[HaltRecord, ...]:
        """The halts that hold for the caller, the newest first."""

    async def now(self, known: Sequence[int]) -> TeamNow:
        """The halts and the desks, as a desk reads them each second. `known` are the epochs of the halts it knows."""

    async def appear(self, activity: Activity) -> None:
        """Begin or renew the caller's presence. Others see it for 15 s."""

    async def leave(self) -> None:
        """End the caller's presence."""

    async def sends_open(self, epoch: int) -> tuple[SendRecord, ...]:
        """The sends that were registered before this halt, are in its scope and can still enter an order."""

    async def notice(self) -> None:
        """Wait until a halt began or was lifted at some server; without an end while the store can't be reached."""

    async def close(self) -> None:
        """Close the connection."""
