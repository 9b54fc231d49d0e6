"""The store of a team as a part of the world of one run: what the desks meet, what fails, and what is checked."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from random import Random
from typing import Any
from unittest.mock import patch

from pbtui.api.clock import utc_now
from tests.simulation.story import Chronicler
from tests.simulation.team.faults import draw_faults, go_through
from tests.simulation.team.observer import TeamObserver
from tests.simulation.team.server import Server

HOSTS = ("north", "south")
_THREAD_STARTS_S = (0.0005, 0.02)


class TeamWorld:
    """The store of one run. `now` is the clock of its host, `server` the exchange's server in the profile."""

    def __init__(
        self, seed: int, story: Chronicler, now: Callable[[], datetime], without: Collection[str], server: str
    ) -> None:
        self._story = story
        self._lots = Random(f"team {seed}")
        self._faults = draw_faults(self._lots, HOSTS, without)
        self.observer = TeamObserver(story, server, now)
        self.server = Server(Random(f"store {seed}"), now, story.fault, self.observer.changed)
        self.observer.store = self.server

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Let the desks meet this store until the end of the block."""
        with met(self.server, self._lots):
            yield

    async def go_through(self) -> None:
        """Let the faults of the store happen in their time."""
        await go_through(self.server, self._faults, self._story)


@contextmanager
def store_in_memory() -> Iterator[None]:
    """Let the driver connect to a new store without faults."""
    with met(Server(Random("store"), utc_now), Random("threads")):
        yield


@contextmanager
def met(server: Server, lots: Random) -> Iterator[None]:
    """Let the driver connect to this server, and a kill use it on the loop that runs, until the end of the block."""

    def start(halting: Any) -> None:
        """Start as the thread of a kill does, which has a loop of its own, a drawn time later."""
        if halting._has_started or halting._stops:
            return
        halting._has_started = True

        async def live() -> None:
            await asyncio.sleep(lots.uniform(*_THREAD_STARTS_S))
            with suppress(asyncio.CancelledError):
                await halting._live()
            halting.has_ended.set_result(None)

        asyncio.get_running_loop().create_task(live())

    with (
        patch("psycopg.AsyncConnection.connect", server.connect),
        patch("pbtui.desk.team.halts.of_kill._Halting.start", start),
    ):
        yield
