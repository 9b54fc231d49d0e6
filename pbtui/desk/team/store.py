"""The store that the desks of a team share: halts, and the sends that a halt must wait for.

Desks share a halt if they use the same server and their portfolios overlap; no portfolios means all of them. A desk
registers each request that can enter, change upward or activate before it sends it, and records its end. The store
either registers the send or names the halt that refuses it. So a halt knows every send that it does not refuse.

Withdrawals and kills are never registered, and never wait for the store.
"""

from datetime import datetime
from typing import Protocol

from msgspec import Struct


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


class HaltRecord(Struct, frozen=True, kw_only=True):
    """A halt as all desks see it. Times are those of the store, aware and in UTC.

    `epoch` counts the halts of a server. `sends_before` are the ids of the sends that were registered before the halt
    and had not ended when it began. `action` is the action of the kill, empty if none was fired. `lifted_at` is None
    while the halt holds; the operator `lifted_by` re-armed on the host `lifted_on`.
    """

    epoch: int
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

    @property
    def words(self) -> str:
        """The halt as one text: reason, profile, time, operator and host."""
        at = f"{self.halted_at:%Y-%m-%d %H:%M:%S}Z"
        return f"{self.reason} by profile {self.profile}, {at} by {self.operator} on {self.host}"


class SendRecord(Struct, frozen=True, kw_only=True):
    """A registered send that has not ended. `call` is the name of the request, `token` the caller's own id for it."""

    id: int
    portfolios: tuple[str, ...]
    operator: str
    host: str
    desk: str
    call: str
    token: str
    registered_at: datetime


class Registered(Struct, frozen=True):
    """The store has registered the send: it can leave now. Its end must be recorded."""

    id: int


class HaltedBy(Struct, frozen=True):
    """A halt refuses the send. Nothing was registered."""

    halt: HaltRecord


class StoreUnreachable(Exception):
    """The store did not answer in time, or can't be used. `reason` says why, `since` is the first failure in a row."""

    def __init__(self, reason: str, since: datetime) -> None:
        super().__init__(f"The team store is unreachable since {since:%H:%M:%S}Z: {reason}")
        self.reason = reason
        self.since = since


class RearmRefused(Exception):
    """The halt was not lifted. The message is the reason; the halt still holds."""


class TeamStore(Protocol):
    """The interface to the store. Every method can raise StoreUnreachable: then it may have been done or not.

    No method waits longer than a fraction of a second.
    """

    async def register(self, call: str, token: str) -> Registered | HaltedBy:
        """Register a send, unless a halt holds."""

    async def end(self, registration: Registered, ending: str) -> None:
        """Record that a send has ended, and how. Only the first ending of a send is kept."""

    async def halt(self, reason: str, *, action: str = "", reaches_all: bool = False) -> HaltRecord:
        """Begin a halt. `reaches_all` is for a kill of the whole account: it holds for all portfolios of the server."""

    async def rearm(self, epoch: int, reason: str) -> HaltRecord:
        """Lift the halt with this epoch, and no other. Returns it as lifted.

        Raises RearmRefused if it is lifted already, does not hold for the caller, or a newer halt does.
        """

    async def halts(self) -> tuple[HaltRecord, ...]:
        """The halts that hold for the caller, the newest first."""

    async def sends_open(self, epoch: int) -> tuple[SendRecord, ...]:
        """The sends that were registered before this halt, are in its scope and have not ended."""

    async def clock_skew_s(self) -> float:
        """Seconds that this host's clock is ahead of the store's; the error is at most half the time of the call."""

    async def close(self) -> None:
        """Close the connection."""
