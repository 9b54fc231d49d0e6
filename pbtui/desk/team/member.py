"""A desk's part in its team: its requests are registered, it follows the halts of the others, and it lifts them."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from pbtui.api.client import Gate
from pbtui.desk.event_loop import end_tasks
from pbtui.desk.journal.writer import Journal
from pbtui.desk.team.feed import TeamFeed, TeamView
from pbtui.desk.team.gate import TeamGate
from pbtui.desk.team.halts.known import KnownHalts
from pbtui.desk.team.halts.rearming import confirm, lift
from pbtui.desk.team.lone import Lone
from pbtui.desk.team.lone_file import LoneFile, rejoin
from pbtui.desk.team.presence import Activity
from pbtui.desk.team.store import HaltRecord, RearmRequest, StoreUnreachable, TeamStore, WantedHalt
from pbtui.settings.profiles import Profile


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
        self.lone = LoneFile(profile)
        self._joined = joined
        self._halts_kept: set[str] = set()
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

    def keep(self, wanted: WantedHalt) -> None:
        """Put a halt of this host into the store if its kill could not: its program has ended, or had no connection.

        Called with each read of the halt on disk. What fails is tried again at the next one.
        """
        if wanted.token not in self._halts_kept and (self._keeping is None or self._keeping.done()):
            self._keeping = asyncio.create_task(self._keep(wanted))

    async def _keep(self, wanted: WantedHalt) -> None:
        with suppress(StoreUnreachable):
            await self._store.halt(wanted)
            self._halts_kept.add(wanted.token)

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
