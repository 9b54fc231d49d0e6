"""Events that can happen to a kill, and wishes of its protocol. Times are of the steady clock, in seconds."""

from collections.abc import Mapping
from enum import Enum, auto

from msgspec import Struct, field

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


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened at `at_s`."""

    at_s: float


class TimePassed(Event, frozen=True, kw_only=True):
    """Nothing but time passed."""


class Halted(Event, frozen=True, kw_only=True):
    """The halt is on disk, or the time to wait for that is over."""


class KillBegan(Event, frozen=True, kw_only=True):
    """A kill request is about to leave."""


class KillEnded(Event, frozen=True, kw_only=True):
    """A kill request ended, with an answer or without one.

    `accepted` are the ids of the orders it named, if the server accepted it.
    """

    accepted: frozenset[str] = frozenset()


class BatchEnded(Event, frozen=True, kw_only=True):
    """All requests of a batch have ended.

    `plan` is the plan in use, narrower than before if the server refused it; `notes` say why. `has_call_succeeded`:
    the one call of the plan was answered with a success. `is_blocked`: a gateway turned it away, and this batch made
    narrower requests. `accepted` and `unanswered` count requests. `refused` holds the reasons by order key,
    `refused_alone` the ids of orders that were refused in a request of their own. `refusal` is the reason if the server
    refused everything. `problem` says why the batch could not be made.
    """

    plan: KillPlan
    notes: tuple[str, ...] = ()
    has_call_succeeded: bool = False
    is_blocked: bool = False
    accepted: int = 0
    unanswered: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)
    refused_alone: frozenset[str] = frozenset()
    refusal: str = ""
    problem: str = ""


class ReadEnded(Event, frozen=True, kw_only=True):
    """A list of active orders came. It shows the state at `as_of_s` or later.

    `gap` says why it may not be complete, `age_s` how old the cache on the way says it is.
    """

    as_of_s: float
    orders: tuple[AnyOrder, ...]
    gap: str = ""
    age_s: float = 0.0


class ReadFailed(Event, frozen=True, kw_only=True):
    """No list came. `no_rights`: the server refuses this key. An empty `reason`: the read was given up."""

    reason: str
    no_rights: bool = False


class LookedUp(Event, frozen=True, kw_only=True):
    """The final states of departed orders were looked up: `asked` by key.

    `problem` is the reason if others could not be looked up.
    """

    asked: tuple[str, ...]
    found: tuple[AnyOrder, ...]
    problem: str = ""


class WritesCounted(Event, frozen=True, kw_only=True):
    """The registered writes of the profile that can still land: None if that can't be read.

    `unanswered` counts those whose answer no one waits for any more. `more_orders`: how many orders they can bring to
    the market beyond one for each.
    """

    under_way: int | None
    unanswered: int = 0
    more_orders: int = 0


class HaltChecked(Event, frozen=True, kw_only=True):
    """The disk was asked for the halt of the kill."""

    latch: Latch


# ------------------------------------------------------------ wishes


class SendBatch(Struct, frozen=True, kw_only=True):
    """Send the kill requests of `plan`: its one call if `makes_call`, else `targets` by id.

    `portfolios` are those to name in a call that has to name them. Targets in `refused_alone` come last. `takes_pages`:
    the page of a gateway counts as a refusal of the one call.
    """

    plan: KillPlan
    makes_call: bool
    targets: tuple[AnyOrder, ...]
    portfolios: tuple[str, ...]
    refused_alone: frozenset[str]
    takes_pages: bool = False


class Read(Struct, frozen=True, kw_only=True):
    """Read the active orders; give up after `within_s`, None for as long as the client waits."""

    within_s: float | None = None


class LookUp(Struct, frozen=True, kw_only=True):
    """Look up the final states of these orders, by key, as the plan would have ended them."""

    plan: KillPlan
    departed: Mapping[str, AnyOrder]


class CountWrites(Struct, frozen=True):
    """Count the registered writes that can still land."""


class CheckHalt(Struct, frozen=True):
    """Ask the disk for the halt of the kill."""


class WaitUntil(Struct, frozen=True, kw_only=True):
    """Report when this time is reached, if nothing happens before."""

    at_s: float


class Publish(Struct, frozen=True):
    """Show the state."""


Wish = SendBatch | Read | LookUp | CountWrites | CheckHalt | WaitUntil | Publish
