"""The halts of a team, as `pbtui rearm` reads and lifts them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from pbtui.settings.profiles import Profile

if TYPE_CHECKING:
    from pbtui.desk.team.store import HaltRecord, TeamStore

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


def lift_of_team(profile: Profile, halts: Sequence[HaltRecord], reason: str) -> None:
    """Lift these halts. Raises StoreUnreachable, or RearmRefused; those lifted before it stay lifted."""
    if not halts:
        return
    from pbtui.desk.event_loop import run  # most profiles have no team

    async def lift() -> None:
        async with _reached(profile) as (store, _):
            for halt in halts:
                await store.rearm(halt.epoch, reason)

    run(lift())


@asynccontextmanager
async def _reached(profile: Profile) -> AsyncIterator[tuple[TeamStore, tuple[HaltRecord, ...]]]:
    """The store, connected, and the halts that hold. A command connects anew, so it has more than one try."""
    from pbtui.desk.team.opening import open_store
    from pbtui.desk.team.store import StoreUnreachable

    store = open_store(profile)
    assert store is not None  # noqa: S101 - the profile names one
    try:
        for left in reversed(range(_TRIES)):
            try:
                halts = await store.halts()
                break
            except StoreUnreachable:
                if not left:
                    raise
        yield store, halts
    finally:
        await store.close()
