"""One run: a world, its traders and its faults, from a seed."""

import asyncio
import contextlib
from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random

from pbtui.desk.desk import Desk
from pbtui.desk.journal.audit import verify_all
from tests.simulation.faults import Episode, draw_episodes
from tests.simulation.loop import StoodStill, VirtualLoop
from tests.simulation.story import Story
from tests.simulation.traders import Trader, market
from tests.simulation.world import PROFILE_NAME, World

DECIDED_WITHIN_S = 60.0
LAST_READ_WITHIN_S = 6.0
LONGEST_RUN_S = 900.0


@dataclass(frozen=True)
class Run:
    """A run that has ended."""

    seed: int
    story: Story
    virtual_s: float


def run(seed: int, without: Collection[str] = ()) -> Run:
    """Run one seed, without some kinds of fault."""
    loop = VirtualLoop(Random(f"loop {seed}"))
    lots = Random(f"run {seed}")
    keys = {"A": lots.choice(["trader", "admin"])}
    if lots.random() < 0.35:
        keys["B"] = lots.choice(["trader", "admin"])
    world = World(seed, loop, keys, without)
    episodes = draw_episodes(lots, without)
    with world.in_force(), asyncio.Runner(loop_factory=lambda: loop) as runner:
        try:
            runner.run(_live(world, episodes))
        except (StoodStill, TimeoutError) as error:
            world.story.violation("h", f"the run did not end: {type(error).__name__} {error}")
        except Exception as error:  # noqa: BLE001 - the seed that ends so is what is looked for
            world.story.violation("x", f"{type(error).__name__}: {error}")
        for fault in _journal_faults():
            world.story.violation("i", fault)
    for uncaught in loop.errors:
        world.story.violation("x", f"an error nobody caught: {uncaught}")
    return Run(seed, world.story, loop.time())


def _journal_faults() -> list[str]:
    """What is wrong with the journal that the run has left."""
    faults = verify_all(PROFILE_NAME)
    return [f"{path.name} line {fault.line_no}: {fault.reason}" for path, found in faults.items() for fault in found]


async def _live(world: World, episodes: list[Episode]) -> None:
    async with asyncio.timeout(LONGEST_RUN_S), AsyncExitStack() as stack:
        stations = []
        for name in world.keys:
            stations.append(await stack.enter_async_context(world.station(name)))
            await asyncio.sleep(0.01)
        faults = asyncio.create_task(world.go_through(episodes))
        await asyncio.gather(market(world), faults, *(Trader(world, station).trade() for station in stations))
        for station in stations:
            await _decided(station.desk)
        world.observer.ends()
        await world.network.close()


async def _decided(desk: Desk) -> None:
    """Wait until the desk is sure of every write, then for one more read."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DECIDED_WITHIN_S):
            while any(ticket.is_open for ticket in desk.view.tickets):  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(1)
    await asyncio.sleep(LAST_READ_WITHIN_S)
