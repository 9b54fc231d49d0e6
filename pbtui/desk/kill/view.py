"""What a kill tells of itself while it runs: one immutable value, words first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pbtui.api.models import Order
from pbtui.desk.kill.plan import AnyOrder, KillPlan


class Phase(StrEnum):
    """How far a kill is. The last five are ends, though a kill that goes on may still reach a better one."""

    READY = "READY"
    """Nothing was fired."""
    FIRING = "FIRING"
    """The first requests are on their way."""
    VERIFYING = "VERIFYING"
    """All were answered; reads have to show that nothing is active any more."""
    VERIFIED = "VERIFIED"
    """Two complete reads in a row, both asked for after the last answer, showed no active order."""
    REAPPEARED = "REAPPEARED"
    """It was verified, and there are active orders again."""
    INCOMPLETE = "INCOMPLETE"
    """Orders are still active though they were fired at again and again."""
    REFUSED = "REFUSED"
    """The server takes no kill from this key, and orders are still active."""
    UNKNOWN = "UNKNOWN"
    """The server does not answer, so nobody here knows what is active."""


ALARMS = frozenset({Phase.REAPPEARED, Phase.INCOMPLETE, Phase.REFUSED, Phase.UNKNOWN})
"""The phases in which somebody has to do something."""


class Fate(StrEnum):
    """What a read has shown of one order."""

    STILL_ACTIVE = "STILL ACTIVE"
    UNKNOWN = "UNKNOWN"
    """In the market as far as anybody can tell: state UNKW, unreadable, or not read since the kill."""
    NEW_AFTER_KILL = "NEW AFTER KILL"
    """Active, and in none of the lists from before the kill."""
    ACTIVE_AGAIN = "ACTIVE AGAIN"
    """It had left the market, and somebody brought it back."""
    DEACTIVATED = "DEACTIVATED"
    DELETED = "DELETED"
    FILLED = "FILLED"
    EXPIRED = "EXPIRED"
    GONE = "GONE"
    """In no list of active orders any more; the server does not tell how it ended."""

    @property
    def is_live(self) -> bool:
        """Whether the order may still trade."""
        return self in (Fate.STILL_ACTIVE, Fate.UNKNOWN, Fate.NEW_AFTER_KILL, Fate.ACTIVE_AGAIN)


@dataclass(frozen=True, slots=True)
class OrderFate:
    """One order of a kill.

    `order` is the order as it was read last, `note` says who acted on it or why it is still there. `first_seen` is the
    order as it was read first, which still names who placed it: a kill puts its own user there.
    """

    order: AnyOrder
    fate: Fate
    note: str
    first_seen: AnyOrder

    @property
    def origin(self) -> str:
        """Who placed it: text, user and strategy as far as they are known."""
        order = self.first_seen
        if not isinstance(order, Order):
            return "unreadable"
        named = {
            "text": order.txt,
            "user": order.user_name or order.user_code,
            "strategy": order.strategy_id,
            "client id": order.cl_ordr_id,
        }
        return ", ".join(f"{name} {value!r}" for name, value in named.items() if value) or "origin unknown"


@dataclass(frozen=True, slots=True)
class KillCall:
    """One request of a kill. Times ending in `_s` are seconds since the decision to fire.

    `about` says in words what it was for, `end` how it ended: empty while no answer has come. `status` is None where
    none came at all.
    """

    method: str
    path: str
    about: str
    requested_at: datetime
    requested_s: float
    ended_s: float | None = None
    status: int | None = None
    end: str = ""

    @property
    def is_kill(self) -> bool:
        """Whether it takes orders out of the market; the others read."""
        return self.method != "GET"


@dataclass(frozen=True, slots=True, kw_only=True)
class KillView:
    """A kill at one moment. Times ending in `_s` and not called `steady` are seconds since the decision to fire.

    `plan` is what was decided, `fired` what the server let through: the narrower plan where it refused the wider.
    `initial` counts the orders in the market before (None where nobody has read them), `active` those that the last
    complete read after the last answer showed (None before there is one), `unknown` those among the active whose state
    nobody can tell. `fates` are by order key, those that are still live first.
    """

    phase: Phase
    plan: KillPlan
    fired: KillPlan
    headline: str
    attempt: int = 0
    """The number under which the caller fired or resumed it."""
    notes: tuple[str, ...] = ()
    trouble: tuple[str, ...] = ()
    started_at: datetime | None = None
    started_steady_s: float | None = None
    ended_s: float | None = None
    first_request_s: float | None = None
    verified_s: float | None = None
    verified_at: datetime | None = None
    is_watching: bool = False
    initial: int | None = None
    active: int | None = None
    unknown: int = 0
    fates: Mapping[str, OrderFate] = field(default_factory=dict)
    newcomers: tuple[str, ...] = ()
    """Keys of the orders that came, or came back, after the kill."""
    calls: tuple[KillCall, ...] = ()
    curl: str = ""
    phones: tuple[str, ...] = ()
    report: Path | None = None
    before: tuple[AnyOrder, ...] = ()
    """The live orders in scope from before the kill: what a restore list is made from."""

    @property
    def survivors(self) -> tuple[OrderFate, ...]:
        """The orders that are still live, new ones included."""
        return tuple(fate for fate in self.fates.values() if fate.fate.is_live)

    @property
    def reappeared(self) -> tuple[OrderFate, ...]:
        """The orders that came, or came back, after the kill, whatever became of them since."""
        return tuple(self.fates[key] for key in self.newcomers if key in self.fates)

    def elapsed_s(self, now_steady_s: float) -> float:
        """Seconds since the decision to fire, until it ended."""
        if self.ended_s is not None:
            return self.ended_s
        return 0.0 if self.started_steady_s is None else now_steady_s - self.started_steady_s

    def counts(self) -> Mapping[Fate, int]:
        """How many orders met which fate; without those that none met."""
        fates = [fate.fate for fate in self.fates.values()]
        return {fate: fates.count(fate) for fate in Fate if fate in fates}


def counted(orders: int | None) -> str:
    """A number of orders, or that nobody knows it."""
    return "?" if orders is None else str(orders)
