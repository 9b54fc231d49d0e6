"""The journal lines of all hosts of a team, from its store. It imports the driver: only for profiles with a store."""

import asyncio
from datetime import datetime, timedelta

from pbtui.desk.handover.report import Journals
from pbtui.desk.handover.shift import Recorded, shift_of
from pbtui.desk.journal.recent import LOOK_BACK
from pbtui.desk.journal.writer import Kind
from pbtui.desk.team.database.connection import Unusable
from pbtui.desk.team.database.password import address_of
from pbtui.desk.team.journal.stored import StoredLine, Wanted, lines_of
from pbtui.desk.team.store import StoreUnreachable
from pbtui.settings.profiles import Profile

_AT_LEAST = timedelta(hours=24)
"""Time back for which lines of other hosts are read, or since the shift began. Two weeks can have millions."""
_WITHIN_S = 15.0


async def with_team(profile: Profile, here: Journals, now: datetime, since: datetime | None) -> Journals:
    """The journals of this host, with the lines of the profile at other hosts that the store has.

    Notes and take-overs are read two weeks back. Raises nothing: what can't be read is in `missing`.
    """
    try:
        async with asyncio.timeout(_WITHIN_S):
            return await _with_team(profile, here, now, since)
    except TimeoutError:
        reason = f"no answer within {_WITHIN_S:g} s"
    except (StoreUnreachable, Unusable) as error:
        reason = str(error)
    return Journals(here.lines, (*here.missing, f"journals of other hosts: {reason}"), here.place)


async def _with_team(profile: Profile, here: Journals, now: datetime, since: datetime | None) -> Journals:
    handed_over = await _stored(profile, now - LOOK_BACK, (Kind.NOTE, Kind.TAKE_OVER))
    known = await asyncio.to_thread(_merged, here, handed_over)
    begin = min(shift_of(known.lines, now, since).since, now - _AT_LEAST)
    # Many lines take a while to decode, in which the desk's own loop has to go on.
    found = await asyncio.to_thread(_merged, here, [*handed_over, *await _stored(profile, begin)])
    place = f"{here.place} two weeks back, and all hosts of the team since {begin:%Y-%m-%d %H:%M:%S}Z"
    return Journals(found.lines, found.missing, place)


async def _stored(profile: Profile, since: datetime, kinds: tuple[str, ...] = ()) -> list[StoredLine]:
    wanted = Wanted(server=profile.server, profiles=(profile.name,), kinds=kinds, since=since)
    return [line async for line in lines_of(address_of(profile.team, profile.file), wanted)]


def _merged(here: Journals, stored: list[StoredLine]) -> Journals:
    """The lines of both, each once, in the order of their times."""
    known = {(line.run, line.entry.seq) for line in here.lines}
    found = list(here.lines)
    unread = 0
    for line in stored:
        if (line.run, line.line) in known:
            continue
        known.add((line.run, line.line))
        if (entry := line.entry) is None:
            unread += 1
        else:
            found.append(Recorded(entry, line.operator, line.host, line.run))
    missing = (f"journals of other hosts: {unread} lines are no journal lines",) if unread else ()
    return Journals(sorted(found, key=lambda each: each.entry.at), (*here.missing, *missing))
