"""The kill switch: fires, verifies by reading, and watches. Independent of the desk, on a connection of its own.

Plain asyncio: a screen runs it on a thread and a loop of its own, the command line with `asyncio.run`. What it does and
why: `KillSwitch.fire`.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pbtui.api.client import OrdersClient
from pbtui.desk.halt import Halt
from pbtui.desk.journal import Journal
from pbtui.desk.kill_plan import AnyOrder, KillPlan, plan_for
from pbtui.desk.kill_view import KillView, Phase
from pbtui.settings.profiles import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long a kill waits for what, in seconds.

    `verify_within_s` is when it calls itself incomplete, or unknown; it goes on all the same until it is released.
    """

    latch_within_s: float = 0.02
    read_every_s: float = 1.0
    fire_again_after_s: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
    then_every_s: float = 15.0
    retry_after_s: tuple[float, float] = (1.0, 5.0)
    unknown_after_s: float = 5.0
    in_flight_within_s: float = 25.0
    verify_within_s: float = 60.0
    watch_s: float = 600.0
    watch_every_s: float = 2.0
    disk_within_s: float = 2.0


class KillSwitch:
    """The kill switch of one profile.

    `client` is its own, shared with nobody. `publish` is called with each new view, in the loop that runs the switch.
    `writes_under_way` tells how many requests of the desk are on their way; it is asked from the switch's own thread.
    """

    def __init__(
        self,
        profile: Profile,
        client: OrdersClient,
        journal: Journal,
        publish: Callable[[KillView], None],
        *,
        writes_under_way: Callable[[], int] = lambda: 0,
        pace: Pace | None = None,
    ) -> None:
        self._profile = profile
        self._client = client
        self._journal = journal
        self._publish = publish
        self._writes_under_way = writes_under_way
        self._pace = pace or Pace()
        self._released = asyncio.Event()
        plan = plan_for(profile)
        self._view = KillView(phase=Phase.READY, plan=plan, fired=plan, headline="")

    @property
    def view(self) -> KillView:
        """The newest view."""
        return self._view

    async def fire(self, plan: KillPlan, known: Sequence[AnyOrder] = (), *, guard: str = "") -> KillView:
        """Halt the profile, fire, verify, then watch; gives the last view.

        `known` are the orders as they were last read: they are fired at without waiting for another read. `guard` says
        how it was confirmed. It ends when the watch is over or on `release`. While one kill runs, firing again ends the
        earlier run and begins anew, with the orders from before the first kept as those to restore.
        """
        raise NotImplementedError

    async def resume(self, halt: Halt) -> KillView:
        """Go on with the kill an earlier run has fired: read what is active, fire at it, verify, watch."""
        raise NotImplementedError

    def release(self) -> None:
        """End firing and watching; `fire` then returns. The halt stays."""
        self._released.set()

    async def verdict(self) -> KillView:
        """Wait until it is verified, refused, or `verify_within_s` is over, and give the view of that moment."""
        raise NotImplementedError
