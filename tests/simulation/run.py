"""One run: a world, its traders and its faults, from a seed."""

import asyncio
import gc
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from random import Random

from pbtui.desk.journal.audit import audit
from pbtui.desk.storage.places import owner_of
from tests.simulation.faults import Episode, draw_episodes
from tests.simulation.loop import StoodStill, VirtualLoop
from tests.simulation.story import Story
from tests.simulation.traders import LAST_READ_WITHIN_S, Trader, market, recalls
from tests.simulation.world import PROFILE, World

_LACK_HASH = {"disk full", "disk torn"}
LONGEST_RUN_S = 900.0
_DESKS = (60, 28, 8, 4)
"""Weights of one to four desks."""


@dataclass(frozen=True)
class Run:
    """A run that has ended."""

    seed: int
    without: frozenset[str]
    story: Story
    virtual_s: float


def run(seed: int, without: Collection[str] = ()) -> Run:
    """Run one seed, without some kinds of fault.

    Garbage is collected once, at the end, when nearly everything that the run made is garbage.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return _run(seed, without)
    finally:
        if was_enabled:
            gc.enable()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # coroutines of a process that was killed were never begun
            gc.collect(0)


def _run(seed: int, without: Collection[str]) -> Run:
    loop = VirtualLoop(Random(f"loop {seed}"))
    lots = Random(f"run {seed}")
    names = "ABCD"[: lots.choices([1, 2, 3, 4], _DESKS)[0]]
    keys = {name: lots.choice(["trader", "admin"]) for name in names}
    world = World(seed, loop, keys, without)
    episodes = draw_episodes(lots, without)
    with world.in_force():
        try:
            loop.run_until_complete(_live(world, episodes))
        except (StoodStill, TimeoutError) as error:
            world.story.violation("h", f"the run did not end: {type(error).__name__} {error}")
        except Exception as error:  # noqa: BLE001 - the seed that ends so is what is looked for
            world.story.violation("x", f"{type(error).__name__}: {error}")
        for fault in _journal_faults(may_lack_hash=bool(_LACK_HASH & world.story.story.faults)):
            world.story.violation("i", fault)
        for uncaught in loop.errors:
            world.story.violation("x", f"an error nobody caught: {uncaught}")
        virtual_s = loop.time()
        world.story.close()
        loop.clear_away()
    return Run(seed, frozenset(without), world.story.story, virtual_s)


def _journal_faults(*, may_lack_hash: bool) -> list[str]:
    """What is wrong with the journal that the run has left.

    Where the disk takes a report but not its hash, and no later line either, the report does not match its newest hash.
    The journal can't show why, so the audit is right to say so.
    """
    faults = audit(owner_of(PROFILE)).problems
    return [
        f"{path.name} line {fault.line_no}: {fault.reason}"
        for path, found in faults.items()
        for fault in found
        if not (may_lack_hash and fault.reason.startswith("the report "))
    ]


async def _live(world: World, episodes: list[Episode]) -> None:
    async with asyncio.timeout(LONGEST_RUN_S):
        traders = []
        for name in world.keys:
            traders.append(Trader(world, name))
            await traders[-1].living()
            await asyncio.sleep(0.01)
        faults = asyncio.create_task(world.go_through(episodes))
        await asyncio.gather(market(world), recalls(world), faults, *(trader.trade() for trader in traders))
        for trader in traders:
            await trader.finish()
        await world.network.until_quiet()
        for trader in traders:
            await trader.decided()
        await asyncio.sleep(LAST_READ_WITHIN_S)
        world.observer.ends()
        for trader in traders:
            await trader.close()
        await world.network.close()
