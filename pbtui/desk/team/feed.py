"""Keeps a desk informed of its team, the halts and who is there, and shows the team that this desk is there."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from msgspec import Struct

from pbtui.api.clock import steady_s
from pbtui.desk.team.halts.known import KnownHalts
from pbtui.desk.team.lone import LoneReport
from pbtui.desk.team.presence import APPEAR_EVERY_S, Activity, OtherDesk
from pbtui.desk.team.skew import MEASURE_EVERY_S, Skew, measure
from pbtui.desk.team.store import HaltRecord, RearmRequest, StoreUnreachable, TeamStore

READ_EVERY_S = 1.0
MOST_LIFTED = 10


class TeamView(Struct, frozen=True):
    """The team as last read.

    `halts` are those that hold for the desk, the newest first; they stay while the store can't be reached. `problem`
    says since when and why it can't, empty if it can. `desks` are the other desks that are open; None if that is not
    known. `vanished` are those of `halts` that the store has lost, `requests` ask for a second person to lift some of
    them. `lifted` are the last halts that were lifted since this desk knew them, oldest first; `was_read` is False
    before the first read. `lone` are the reports of hosts that were cut loose, `skew` is the
    difference of the clocks as last measured.
    """

    halts: tuple[HaltRecord, ...] = ()
    problem: str = ""
    desks: tuple[OtherDesk, ...] | None = None
    vanished: tuple[HaltRecord, ...] = ()
    requests: tuple[RearmRequest, ...] = ()
    lifted: tuple[HaltRecord, ...] = ()
    was_read: bool = False
    lone: tuple[LoneReport, ...] = ()
    skew: Skew | None = None


async def _nothing() -> None:
    pass


class TeamFeed:
    """Reads the team every second, and at once after a notice of the store. `learn` is called with each new view, and
    `answered` when the store has answered.

    `known` are the halts that this host knew before. One that the store has lost still holds, and is put back.
    A notice only wakes: nothing is concluded from one that does not come. After a read the desk shows its `activity`,
    if that is another one or the lease has to be renewed. Without `activity` the others do not see it.
    """

    def __init__(
        self,
        store: TeamStore,
        known: KnownHalts,
        learn: Callable[[TeamView], None],
        answered: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        self._store = store
        self._answered = answered
        self._known = known
        self._learn = learn
        self.view = TeamView(known.held)
        self.activity: Callable[[], Activity] | None = None
        self._last: Activity | None = None
        self._appeared_s = 0.0
        self._skew: Skew | None = None
        self._measured_s = 0.0
        self._lifted: tuple[HaltRecord, ...] = ()

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            await self.read()
            with suppress(Exception):  # presence informs only: whatever it is, the halts are read on
                await self._appear()
            with suppress(TimeoutError):
                async with asyncio.timeout(READ_EVERY_S):
                    await self._store.notice()

    async def read(self) -> None:
        """Read now."""
        try:
            now, lost = await self._known.read(self._store)
            await self._answered()  # before anything else that can fail: nothing passes without the store any more
            lifted = (halt for halt in now.lifted if halt not in self._lifted)
            self._lifted = (*self._lifted, *lifted)[-MOST_LIFTED:]
            asked = await self._store.rearm_requests() if now.halts else ()
            requests = tuple(each for each in asked if each.is_about(now.halts))
            reports = await self._store.lone_reports()
            await self._measure()
            view = TeamView(
                *(self._known.held, "", now.desks, lost, requests, self._lifted),
                was_read=True,
                lone=reports,
                skew=self._skew,
            )
        except StoreUnreachable as error:
            was = self.view
            view = TeamView(self._known.held, str(error), lifted=was.lifted, was_read=was.was_read, lone=was.lone)
        if view != self.view:
            self.view = view
            self._learn(view)
        with suppress(StoreUnreachable):  # the next read finds it missing again
            await self._known.put_back(self._store, view.vanished)

    async def _measure(self) -> None:
        if self._skew is None or steady_s() >= self._measured_s + MEASURE_EVERY_S:
            self._skew, self._measured_s = await measure(self._store.clock), steady_s()

    async def _appear(self) -> None:
        if self.activity is None or self.view.problem:
            return
        activity = self.activity()
        if activity != self._last or steady_s() >= self._appeared_s + APPEAR_EVERY_S:
            self._last, self._appeared_s = activity, steady_s()
            await self._store.appear(activity)

    async def leave(self) -> None:
        """End the presence of this desk, if the store can be reached; else its lease ends."""
        if self._last is not None and not self.view.problem:
            with suppress(StoreUnreachable):
                await self._store.leave()
