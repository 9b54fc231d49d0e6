"""A desk's part in its team: its requests are registered, it follows the halts of the others, and it lifts them."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from pbtui.api.client import Gate
from pbtui.desk.team.feed import TeamFeed, TeamView
from pbtui.desk.team.gate import TeamGate
from pbtui.desk.team.store import HaltRecord, StoreUnreachable, TeamStore


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

    async def rearm(self, halts: Sequence[HaltRecord], reason: str) -> None:
        """Lift these halts, and read which ones hold now.

        Raises RearmRefused, or StoreUnreachable: then the last one may be lifted or not.
        """
        try:
            for halt in halts:
                await self._store.rearm(halt.epoch, reason)
        finally:
            await self._feed.read()

    async def close(self) -> None:
        """Record how the last sends ended, and close the store."""
        if self._keeping is not None:
            self._keeping.cancel()
        await self.gate.close()
        await self._store.close()
