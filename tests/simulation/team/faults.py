"""What happens to the store of a team in one run, drawn from the seed."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random

from tests.simulation.story import Chronicler
from tests.simulation.team.server import (
    ANSWERS_LOST,
    CUT_OFF,
    FAILED_OVER,
    FROZEN,
    NOTICES_LOST,
    RESTARTED,
    SLOW,
    Server,
)

LASTS_S = {
    FROZEN: (0.2, 8.0),
    RESTARTED: (0.1, 4.0),
    FAILED_OVER: (0.1, 4.0),
    SLOW: (2.0, 10.0),
    ANSWERS_LOST: (2.0, 10.0),
    NOTICES_LOST: (5.0, 15.0),
    CUT_OFF: (0.5, 8.0),
}
"""How long each fault lasts, at least and at most. All end by `EPISODES_END_S` of `tests.simulation.faults`."""
_LEAST, _MOST = 2, 4
_BEGIN_S = (0.3, 12.0)


@dataclass(frozen=True)
class TeamFault:
    """One fault; `host` is the one that is cut off."""

    kind: str
    begins_s: float
    ends_s: float
    host: str


def draw_faults(lots: Random, hosts: Sequence[str], without: Collection[str]) -> list[TeamFault]:
    """Draw the faults of a run, each kind once at most."""
    kinds = [kind for kind in LASTS_S if kind not in without]
    faults = []
    for kind in lots.sample(kinds, min(lots.randint(_LEAST, _MOST), len(kinds))):
        begins_s = lots.uniform(*_BEGIN_S)
        faults.append(TeamFault(kind, begins_s, begins_s + lots.uniform(*LASTS_S[kind]), lots.choice(hosts)))
    return faults


async def go_through(server: Server, faults: Sequence[TeamFault], story: Chronicler) -> None:
    """Let each fault happen in its time."""
    await asyncio.gather(*(_live(server, fault, story) for fault in faults))


async def _live(server: Server, fault: TeamFault, story: Chronicler) -> None:
    loop = asyncio.get_running_loop()
    await asyncio.sleep(fault.begins_s - loop.time())
    story.note("store", f"{fault.kind}{f': {fault.host}' if fault.kind == CUT_OFF else ''}")
    server.begin(fault.kind, fault.host)
    await asyncio.sleep(fault.ends_s - loop.time())
    story.note("store", f"{fault.kind}: end")
    server.end(fault.kind, fault.host)
