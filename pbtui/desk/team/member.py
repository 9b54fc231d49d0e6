"""A desk's part in its team: its requests are registered, it follows the halts of the others, and it lifts them."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pbtui.api.client import Gate
from pbtui.api.clock import steady_s, utc_now
from pbtui.desk.event_loop import end_tasks
from pbtui.desk.journal.recent import RECENT
from pbtui.desk.journal.writer import Journal
from pbtui.desk.storage.places import owner_of
from pbtui.desk.team.feed import TeamFeed, TeamView
from pbtui.desk.team.gate import TeamGate
from pbtui.desk.team.halts.known import KnownHalts
from pbtui.desk.team.halts.rearming import confirm, lift
from pbtui.desk.team.halts.verdicts import bring_verdicts, lacks_verdict, with_verdict
from pbtui.desk.team.lone import Lone
from pbtui.desk.team.lone_file import LoneFile, rejoin
from pbtui.desk.team.presence import Activity
from pbtui.desk.team.store import HaltRecord, RearmRequest, StoreUnreachable, TeamStore, WantedHalt
from pbtui.settings.profiles import Profile

LOOK_EVERY_S = 10.0
"""Time between two looks into the journal for the verdict of a kill: it can be long."""


def _may_get_a_verdict(kill: WantedHalt) -> bool:
    """Return whether the journal may get a verdict of the kill that it lacks: a kill has its first within a minute."""
    return kill.fired_at is not None and utc_now() - kill.fired_at < RECENT


class TeamMember:
    """Uses one store for one desk. `local` is the gate of the desk alone.

    `learn` is called with each new view, and `joined` when this host has joined the team again after it was cut loose.
    """

    def __init__(
        self,
        store: TeamStore,
        local: Gate,
        profile: Profile,
        learn: Callable[[TeamView], None],
        joined: Callable[[Lone], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._owner = owner_of(profile)
        self.lone = LoneFile(profile)
        self._joined = joined
        self._halts_kept: set[str] = set()
        self._next_look_s: dict[str, float] = {}
        """The time of the next look into the journal for the verdict of a kill, by its token, on the steady clock."""
        self._keeping: asyncio.Task[None] | None = None
        self.gate = TeamGate(local, store, self.lone)
        self._known = KnownHalts(profile)
        self._feed = TeamFeed(store, self._known, learn, self._rejoin)

    @property
    def view(self) -> TeamView:
        """The team as last read."""
        return self._feed.view

    async def beside(self, work: Coroutine[Any, Any, None], activity: Callable[[], Activity] | None) -> None:
        """Follow the team until the work ends, and show it the `activity` of this desk; None: nothing."""
        self._feed.activity = activity
        following = asyncio.create_task(self._feed.run())
        try:
            await work
        finally:
            await end_tasks(following)

    async def _rejoin(self) -> None:
        for lone in await rejoin(self._store, self.lone):
            self._joined(lone)

    def keep(self, kills: Iterable[WantedHalt]) -> None:
        """Put halts of this profile and host into the store, with the verdicts of their kills, if the kills could not:
        their programs have ended, or had no connection.

        Called with each read of the halt on disk. What fails is tried again at the next one.
        """
        if self._keeping is None or self._keeping.done():
            there = {halt.token: halt for halt in self.view.halts}
            lacking = [kill for kill in kills if self._is_lacking(kill, there.get(kill.token))]
            if lacking:
                self._keeping = asyncio.create_task(self._keep(lacking, there))

    def _is_lacking(self, kill: WantedHalt, halt: HaltRecord | None) -> bool:
        if halt is None:
            return kill.token not in self._halts_kept
        return lacks_verdict(halt) and steady_s() >= self._next_look_s.get(kill.token, float("-inf"))

    async def _keep(self, kills: Sequence[WantedHalt], there: Mapping[str, HaltRecord]) -> None:
        with suppress(StoreUnreachable):
            for kill in kills:
                halt = there.get(kill.token) or await self._store.halt(kill)
                if lacks_verdict(halt):
                    self._next_look_s[kill.token] = steady_s() + LOOK_EVERY_S
                    shown = await asyncio.to_thread(with_verdict, kill, self._owner)
                    await bring_verdicts(self._store, [shown], [halt])
                    if not _may_get_a_verdict(kill):
                        self._next_look_s[kill.token] = float("inf")
                self._halts_kept.add(kill.token)

    async def rearm(
        self,
        halts: Sequence[HaltRecord],
        not_there: Sequence[WantedHalt],
        reason: str,
        journal: Journal,
    ) -> None:
        """Lift halts as `lift` does, and read which ones hold now."""
        try:
            await lift(self._store, self._known, halts, not_there, reason, journal)
        finally:
            await self._feed.read()

    async def confirm(self, request: RearmRequest, journal: Journal) -> None:
        """Confirm the re-arm that another operator asks for, and read which halts hold now. Raises as `rearm`."""
        try:
            await confirm(self._store, self._known, request, journal)
        finally:
            await self._feed.read()

    async def close(self) -> None:
        """Record how the last sends ended, leave, and close the store."""
        if self._keeping is not None:
            await end_tasks(self._keeping)
        await self.gate.close()
        await self._feed.leave()
        await self._store.close()
