"""A desk's part in its team: its requests are registered, it follows the halts of the others, and it lifts them."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from pbtui.api.client import Gate
from pbtui.desk.team.feed import TeamFeed, TeamView
from pbtui.desk.team.gate import TeamGate
from pbtui.desk.team.store import HaltRecord, StoreUnreachable, TeamStore, WantedHalt


async def lift(
    store: TeamStore,
    halts: Sequence[HaltRecord],
    not_there: Sequence[WantedHalt],
    reason: str,
    record: Callable[[HaltRecord], None],
) -> None:
    """Lift these halts; `record` is called before each. Those that the store lacks it gets first, to be lifted too.

    A program that still tries to put one there then finds it lifted, and halts nobody. Raises RearmRefused, or
    StoreUnreachable: then the last one may be lifted or not.
    """
    got = [
        await store.halt(each.token, each.reason, portfolios=each.portfolios, action=each.action) for each in not_there
    ]
    for halt in (*halts, *(halt for halt in got if halt.lifted_at is None)):
        record(halt)
        await store.rearm(halt.epoch, reason)


class TeamMember:
    """Uses one store for one desk. `local` is the gate of the desk alone; `learn` is called with each new view."""

    def __init__(self, store: TeamStore, local: Gate, learn: Callable[[TeamView], None]) -> None:
        self._store = store
        self.participant = store.participant
        self._halts_kept: set[str] = set()
        self._keeping: asyncio.Task[None] | None = None
        self.gate = TeamGate(local, store)
        self._feed = TeamFeed(store, learn)

    @property
    def view(self) -> TeamView:
        """The team as last read."""
        return self._feed.view

    async def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Follow the halts of the team until the work ends."""
        following = asyncio.create_task(self._feed.run())
        try:
            await work
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    def keep(self, token: str, reason: str, *, portfolios: tuple[str, ...], action: str) -> None:
        """Put a halt of this host into the store if its kill could not: its program has ended, or had no connection.

        Called with each read of the halt on disk. What fails is tried again at the next one.
        """
        if token and token not in self._halts_kept and (self._keeping is None or self._keeping.done()):
            self._keeping = asyncio.create_task(self._keep(token, reason, portfolios, action))

    async def _keep(self, token: str, reason: str, portfolios: tuple[str, ...], action: str) -> None:
        with suppress(StoreUnreachable):
            await self._store.halt(token, reason, portfolios=portfolios, action=action)
            self._halts_kept.add(token)

    async def rearm(
        self,
        halts: Sequence[HaltRecord],
        not_there: Sequence[WantedHalt],
        reason: str,
        record: Callable[[HaltRecord], None],
    ) -> None:
        """Lift halts as `lift` does, and read which ones hold now."""
        try:
            await lift(self._store, halts, not_there, reason, record)
        finally:
            await self._feed.read()

    async def close(self) -> None:
        """Record how the last sends ended, and close the store."""
        if self._keeping is not None:
            self._keeping.cancel()
        await self.gate.close()
        await self._store.close()
