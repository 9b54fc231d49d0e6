"""Keeps a desk informed of the halts of its team."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from msgspec import Struct

from pbtui.desk.team.store import HaltRecord, StoreUnreachable, TeamStore

READ_EVERY_S = 1.0


class TeamView(Struct, frozen=True):
    """The team as last read.

    `halts` are those that hold for the desk, the newest first; they stay while the store can't be reached. `problem`
    says since when and why it can't, empty if it can.
    """

    halts: tuple[HaltRecord, ...] = ()
    problem: str = ""


class TeamFeed:
    """Reads the halts every second, and at once after a notice of the store. `learn` is called with each new view.

    A notice only wakes: nothing is concluded from one that does not come.
    """

    def __init__(self, store: TeamStore, learn: Callable[[TeamView], None]) -> None:
        self._store = store
        self._learn = learn
        self.view = TeamView()

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            await self.read()
            with suppress(TimeoutError):
                async with asyncio.timeout(READ_EVERY_S):
                    await self._store.notice()

    async def read(self) -> None:
        """Read now."""
        try:
            view = TeamView(await self._store.halts())
        except StoreUnreachable as error:
            view = TeamView(self.view.halts, str(error))
        if view != self.view:
            self.view = view
            self._learn(view)
