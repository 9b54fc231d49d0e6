"""The state of a kill as one immutable value, for the screen, the command line and the report."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from msgspec import Struct, field

from pbtui.desk.kill.certificate.balance import Certificate
from pbtui.desk.kill.certificate.fate import Fate, OrderFate
from pbtui.desk.kill.conditions.algorithm_lines import after_lines
from pbtui.desk.kill.conditions.algorithms import AlgorithmsSeen
from pbtui.desk.kill.plan import AnyOrder, KillPlan


class Phase(StrEnum):
    """The phase of a kill. The last five are verdicts; a kill that still runs may reach a better one later."""

    READY = "READY"
    """No kill was fired."""
    FIRING = "FIRING"
    """The first requests are under way."""
    VERIFYING = "VERIFYING"
    """The first requests have ended; reads must now show that no order is active."""
    VERIFIED = "VERIFIED"
    """Two complete reads in a row, both requested after the last kill answer, showed no active order."""
    REAPPEARED = "REAPPEARED"
    """The kill was verified, and orders are active again."""
    INCOMPLETE = "INCOMPLETE"
    """Orders are still active after repeated attempts."""
    REFUSED = "REFUSED"
    """The server refuses the kill for this key, and orders are or may be active."""
    UNKNOWN = "UNKNOWN"
    """Reads or answers are missing, so it is not known which orders are active."""


ALARMS = frozenset({Phase.REAPPEARED, Phase.INCOMPLETE, Phase.REFUSED, Phase.UNKNOWN})
"""The phases in which the trader has to act."""

UNDECIDED = frozenset({Phase.READY, Phase.FIRING, Phase.VERIFYING})
"""The phases before a verdict."""


class Doubt(StrEnum):
    """A question that a verdict VERIFIED leaves open. The headline and the notes say it, and the exit code is not 0."""

    PARTIAL_SCOPE = "partial scope"
    """The server refused the plan and let only a narrower one through."""
    MATCHED_NOTHING = "matched nothing"
    """The bounds of the plan match no order, and orders outside them are active."""
    CAME_BACK = "came back"
    """Orders appeared or re-appeared during the kill that no write of this profile explains."""
    KILL_OWED = "kill owed"
    """An earlier kill of the halted profile is not verified, and this one does not include it."""
    WRITES_NOT_KNOWN = "writes not known"
    """It can't be read whether a write of this profile or its team may still land."""
    DEACTIVATED_NOT_KNOWN = "deactivated not known"
    """The plan deletes deactivated orders, and they may be in portfolios that its call did not name."""
    HALT_NOT_KEPT = "halt not kept"
    """The halt is not in the state folder, so it ends with this program or with the next restart of the host."""


NOT_SENT = "NOT SENT"
"""Beginning of the result of a request that did not leave."""


class KillCall(Struct, frozen=True):
    """One request of a kill. Times ending in `_s` are seconds since the kill was confirmed.

    `about` is the purpose of the request, `names` are the ids of the orders in it. `end` is its result, empty while it
    is under way. `status` is the HTTP status, None if no answer came.
    """

    method: str
    path: str
    about: str
    requested_at: datetime
    requested_s: float
    ended_s: float | None = None
    status: int | None = None
    end: str = ""
    names: tuple[str, ...] = ()

    @property
    def is_kill(self) -> bool:
        """Return whether the request withdraws orders; otherwise it reads."""
        return self.method != "GET"


class KillView(Struct, frozen=True, kw_only=True):
    """A kill at one moment. Times ending in `_s`, except `steady` ones, are seconds since the kill was confirmed.

    `plan` is what was confirmed, `fired` what the server accepted: a narrower plan if it refused the first. `initial`
    is the number of orders live before (None if they were not all read), `active` the number live in the last complete
    read after the last answer (None before such a read), `unknown` how many of these have an unknown state. `fates` are
    by order key, live ones first.
    """

    phase: Phase
    plan: KillPlan
    fired: KillPlan
    headline: str
    attempt: int = 0
    """The number under which the caller fired or resumed it."""
    earlier: "KillView | None" = None
    """The attempt before this one, as it was last seen; None for the first."""
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    started_at: datetime | None = None
    started_steady_s: float | None = None
    ended_s: float | None = None
    first_request_s: float | None = None
    verified_s: float | None = None
    verified_at: datetime | None = None
    is_watching: bool = False
    is_decided: bool = False
    """Says whether there is a verdict, as far as the time since the last progress allowed."""
    doubts: tuple[Doubt, ...] = ()
    initial: int | None = None
    active: int | None = None
    unknown: int = 0
    fates: Mapping[str, OrderFate] = field(default_factory=dict)
    certificate: Certificate | None = None
    """The MW of each order, added up; None before a verdict. It is completed after the verdict."""
    algorithms: AlgorithmsSeen | None = None
    """The algorithms before the kill and after it; None before a verdict. They are read after the verdict."""
    newcomers: tuple[str, ...] = ()
    """Keys of the orders that appeared or re-appeared after the kill."""
    calls: tuple[KillCall, ...] = ()
    curl: str = ""
    phones: tuple[str, ...] = ()
    report: Path | None = None
    before: tuple[AnyOrder, ...] = ()
    """The live orders in scope from before the kill, for the restore list."""

    @property
    def sent(self) -> Mapping[str, int]:
        """The number of kill requests that this run sent, by method and path; those of an earlier run do not count."""
        kinds = [call for call in self.calls if call.is_kill and not call.end.startswith(NOT_SENT)]
        return Counter(f"{call.method} {call.path}" for call in kinds)

    @property
    def survivors(self) -> tuple[OrderFate, ...]:
        """The orders that are live now, including new ones."""
        return tuple(fate for fate in self.fates.values() if fate.fate.is_live)

    @property
    def reappeared(self) -> tuple[OrderFate, ...]:
        """The orders that appeared or re-appeared after the kill, live or not."""
        return tuple(self.fates[key] for key in self.newcomers if key in self.fates)

    def algorithm_lines(self) -> Iterator[str]:
        """Yield who brought orders back after the kill, and which algorithms run after it; nothing before a verdict."""
        if self.algorithms is not None:
            yield from after_lines(self.algorithms, self.plan, self.started_at, self.reappeared)

    def elapsed_s(self, now_steady_s: float) -> float:
        """Seconds from the confirmation until now, or until the kill ended."""
        if self.ended_s is not None:
            return self.ended_s
        return 0.0 if self.started_steady_s is None else now_steady_s - self.started_steady_s

    def counts(self) -> Mapping[Fate, int]:
        """The number of orders by state; states without an order are left out."""
        fates = [fate.fate for fate in self.fates.values()]
        return {fate: fates.count(fate) for fate in Fate if fate in fates}


def counted(orders: int | None) -> str:
    """The number as a text, `?` if it is not known."""
    return "?" if orders is None else str(orders)
