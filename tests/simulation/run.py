"""One run: a world, its traders and its faults, from a seed."""

import asyncio
import gc
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from random import Random

from pbtui.desk.journal.audit import audit
from pbtui.desk.storage.places import owner_of
from tests.simulation.faults import Episode, draw_episodes
from tests.simulation.loop import StoodStill, VirtualLoop, unheard
from tests.simulation.process import on_host
from tests.simulation.story import Story
from tests.simulation.traders import LAST_READ_WITHIN_S, Trader, market, recalls
from tests.simulation.world import PROFILE, TEAM_HOSTS, World, is_of_team

_LACK_HASH = {"disk full", "disk torn"}
_LATE_LINES = {"disk full", "disk torn", "disk slow", "disk stalled", "crash in a line", "clock step"}
"""Faults with which a line may come late to the store of a team, or be refused there."""
LONGEST_RUN_S = 900.0
_DESKS = (72, 23, 4, 1)
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
        with unheard():
            gc.collect(0)
        if was_enabled:
            gc.enable()


def _run(seed: int, without: Collection[str]) -> Run:
    loop = VirtualLoop(Random(f"loop {seed}"))
    lots = Random(f"run {seed}")
    names = "ABCD"[: lots.choices([1, 2, 3, 4], _DESKS)[0]]
    names = "".join(TEAM_HOSTS) if is_of_team(seed) else names
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
        for host in sorted({world.host_of(name) for name in names}):
            with on_host(host):
                for fault in _journal_faults(may_lack_hash=bool(_LACK_HASH & world.story.story.faults)):
                    world.story.violation("i", fault)
                if world.team is not None:
                    has_all = not _LATE_LINES & world.story.story.faults
                    world.team.observer.ends(owner_of(PROFILE), has_all=has_all)
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


async def _have_read(traders: Iterable[Trader]) -> bool:
    """Let each desk be sure of its writes and read once more; return whether all still run."""
    for trader in traders:
        await trader.decided()
    stations = [await trader.living() for trader in traders]
    await asyncio.sleep(LAST_READ_WITHIN_S)
    return not any(station.process.is_ended for station in stations)


async def _live(world: World, episodes: list[Episode]) -> None:
    async with asyncio.timeout(LONGEST_RUN_S):
        traders = []
        for name in world.keys:
            traders.append(Trader(world, name))
            await traders[-1].living()
            await asyncio.sleep(0.01)
        for trader in traders if world.team is not None else ():
            trader.team = [other for other in traders if other is not trader]
        faults = [world.go_through(episodes)]
        if world.team is not None:
            faults.append(world.team.go_through())
        await asyncio.gather(*faults, market(world), recalls(world), *(trader.trade() for trader in traders))
        for trader in traders:
            await trader.finish()
        await world.network.until_quiet()
        while not await _have_read(traders):
            pass  # one was killed meanwhile, and is opened again
        world.observer.ends()
        for trader in traders:
            await trader.close()
        await world.network.close()
