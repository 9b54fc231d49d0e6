"""Events that can happen to a kill, and wishes of its protocol. Times are of the steady clock, in seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from pbtui.desk.kill.plan import AnyOrder, KillPlan


class Latch(Enum):
    """The halt of the kill, as the disk has it."""

    HELD = auto()
    """It is there, or was never on disk, or the disk does not answer in time."""
    REARMED = auto()
    """It is gone, and the journal has a record that somebody re-armed the profile."""
    VANISHED = auto()
    """It is gone, and nobody re-armed the profile."""


# ------------------------------------------------------------ events


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened at `at_s`."""

    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePassed(Event):
    """Nothing but time passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Halted(Event):
    """The halt is on disk, or the time to wait for that is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KillBegan(Event):
    """A kill request is about to leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KillEnded(Event):
    """A kill request ended, with an answer or without one.

    `accepted` are the ids of the orders it named, if the server accepted it.
    """

    accepted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEnded(Event):
    """All requests of a batch have ended.

    `plan` is the plan in use, narrower than before if the server refused it; `notes` say why. `has_call_succeeded`:
    the one call of the plan was answered with a success. `accepted` and `unanswered` count requests. `refused` holds
    the reasons by order key, `refused_alone` the ids of orders that were refused in a request of their own. `refusal`
    is the reason if the server refused everything. `fault` says why the batch could not be made.
    """

    plan: KillPlan
    notes: tuple[str, ...] = ()
    has_call_succeeded: bool = False
    accepted: int = 0
    unanswered: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)
    refused_alone: frozenset[str] = frozenset()
    refusal: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEnded(Event):
    """A list of active orders came. It shows the state at `as_of_s` or later.

    `gap` says why it may not be complete, `age_s` how old the cache on the way says it is.
    """

    as_of_s: float
    orders: tuple[AnyOrder, ...]
    gap: str = ""
    age_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFailed(Event):
    """No list came. `no_rights`: the server refuses this key. An empty `reason`: the read was given up."""

    reason: str
    no_rights: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp(Event):
    """The final states of departed orders were looked up: `asked` by key. Keys that could not be asked for are not."""

    asked: tuple[str, ...]
    found: tuple[AnyOrder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WritesCounted(Event):
    """The registered writes of the profile that can still land: None if that can't be read.

    `unanswered` counts those whose answer no one waits for any more.
    """

    under_way: int | None
    unanswered: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltChecked(Event):
    """The disk was asked for the halt of the kill."""

    latch: Latch


# ------------------------------------------------------------ wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class SendBatch:
    """Send the kill requests of `plan`: its one call if `makes_call`, else `targets` by id.

    `portfolios` are those to name in a call that has to name them. Targets in `refused_alone` come last.
    """

    plan: KillPlan
    makes_call: bool
    targets: tuple[AnyOrder, ...]
    portfolios: tuple[str, ...]
    refused_alone: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Read the active orders; give up after `within_s`, None for as long as the client waits."""

    within_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """Look up the final states of these orders, by key, as the plan would have ended them."""

    plan: KillPlan
    departed: Mapping[str, AnyOrder]


@dataclass(frozen=True, slots=True)
class CountWrites:
    """Count the registered writes that can still land."""


@dataclass(frozen=True, slots=True)
class CheckHalt:
    """Ask the disk for the halt of the kill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitUntil:
    """Report when this time is reached, if nothing happens before."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Publish:
    """Show the state."""


Wish = SendBatch | Read | LookUp | CountWrites | CheckHalt | WaitUntil | Publish
