"""The halts of a team, as `pbtui rearm` reads and lifts them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from pbtui.settings.profiles import Profile

if TYPE_CHECKING:
    from pbtui.desk.journal.writer import Journal
    from pbtui.desk.team.store import HaltRecord, TeamStore, WantedHalt

_TRIES = 3


def team_halts(profile: Profile) -> tuple[HaltRecord, ...]:
    """The halts of the profile's team that hold for it, the newest first; none without a team.

    Raises StoreUnreachable.
    """
    if not profile.team.store:
        return ()
    from pbtui.desk.event_loop import run  # most profiles have no team

    async def read() -> tuple[HaltRecord, ...]:
        async with _reached(profile) as (_, halts):
            return halts

    return run(read())


def lift_of_team(
    profile: Profile,
    halts: Sequence[HaltRecord],
    not_there: Sequence[WantedHalt],
    reason: str,
    journal: Journal,
) -> None:
    """Lift these halts, as `pbtui.desk.team.member.lift`. Those lifted before an error stay lifted."""
    if not (profile.team.store and (halts or not_there)):
        return
    from pbtui.desk.event_loop import run  # most profiles have no team
    from pbtui.desk.team.member import lift

    async def lift_all() -> None:
        async with _reached(profile) as (store, _):
            await lift(store, halts, not_there, reason, journal)

    run(lift_all())


@asynccontextmanager
async def _reached(profile: Profile) -> AsyncIterator[tuple[TeamStore, tuple[HaltRecord, ...]]]:
    """The store, connected, and the halts that hold. A command connects anew, so it has more than one try.

    A halt that this host knows, and the store has lost, is put back first.
    """
    from pbtui.desk.team.known_halts import KnownHalts, put_back
    from pbtui.desk.team.opening import open_store
    from pbtui.desk.team.store import StoreUnreachable

    store = open_store(profile)
    assert store is not None  # noqa: S101 - the profile names one
    known = KnownHalts(profile)
    try:
        for left in reversed(range(_TRIES)):
            try:
                _, lost = await known.read(store)
                await put_back(store, lost)
                halts = await store.halts()
                break
            except StoreUnreachable:
                if not left:
                    raise
        yield store, halts
    finally:
        await store.close()
