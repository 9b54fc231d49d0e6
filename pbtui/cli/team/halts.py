"""The halts of a team, as commands read and lift them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

import click

from pbtui.cli.interrupts import interrupts
from pbtui.desk.team.store import RearmRefused, StoreUnreachable
from pbtui.settings.profiles import Profile

if TYPE_CHECKING:
    from pbtui.desk.journal.writer import Journal
    from pbtui.desk.kill.halt import Halt
    from pbtui.desk.team.halts.known import KnownHalts
    from pbtui.desk.team.store import HaltRecord, RearmRequest, TeamStore

_TRIES = 3
_AS_LAST_KNOWN = "as last known; the team store does not answer"


class _Reached(NamedTuple):
    """A store that answers, and the halts that this host knows. `now` are those that hold, the newest first."""

    store: TeamStore
    known: KnownHalts
    now: tuple[HaltRecord, ...]

    async def left(self) -> tuple[HaltRecord, ...]:
        """The halts that hold after some were lifted: as read once more, else those known without the lifted ones."""
        with suppress(StoreUnreachable):
            await self.known.read(self.store)
        return self.known.held


def team_halts(profile: Profile) -> tuple[HaltRecord, ...]:
    """The halts of the profile's team that hold for it, the newest first; none without a team.

    Raises StoreUnreachable.
    """
    if not profile.team.store:
        return ()
    from pbtui.desk.event_loop import run  # most profiles have no team

    async def read() -> tuple[HaltRecord, ...]:
        async with _reached(profile) as reached:
            return reached.now

    return run(read())


def halts_in_words(profile: Profile) -> tuple[tuple[str, ...], str]:
    """The halts of `team_halts` in words, and why the store gave no answer: then those that this host knows."""
    try:
        return tuple(halt.words for halt in team_halts(profile)), ""
    except StoreUnreachable as error:
        from pbtui.desk.team.halts.known import KnownHalts

        return tuple(f"{halt.words}, {_AS_LAST_KNOWN}" for halt in KnownHalts(profile).held), str(error)


def lift_of_team(
    profile: Profile, shown: Halt, of_team: Sequence[HaltRecord], reason: str, journal: Journal
) -> tuple[HaltRecord, ...]:
    """Lift the halt that was shown, as `pbtui.desk.team.halts.rearming.lift`. Returns the halts that still hold.

    `of_team` are those that held when it was shown. Those lifted before an error stay lifted.
    While it waits for a second person, a signal withdraws the request: that raises RearmRefused.
    """
    from pbtui.desk.trading_halt import lifted_with, not_in_store

    halts, not_there = lifted_with(shown, of_team), not_in_store(shown, of_team)
    if not (profile.team.store and (halts or not_there)):
        return tuple(of_team)
    import asyncio

    from pbtui.desk.event_loop import run  # most profiles have no team
    from pbtui.desk.team.halts.rearming import lift
    from pbtui.desk.team.halts.verdicts import bring_verdicts

    def wait(request: RearmRequest) -> None:
        task = asyncio.current_task()
        interrupts.pass_to_loop(lambda _number: task and task.cancel())
        click.echo(f"{request.words}, with the command rearm --confirm", err=True)
        click.echo("Waiting for that; Ctrl+C withdraws the request.", err=True)

    async def lift_all() -> tuple[HaltRecord, ...]:
        async with _reached(profile) as reached:
            # While the reason was typed, the store may have lost them: they are back, under other numbers.
            now = {halt.token: halt for halt in reached.now}
            meant = await bring_verdicts(reached.store, halts, [now.get(halt.token, halt) for halt in halts])
            try:
                await lift(reached.store, reached.known, meant, not_there, reason, journal, wait)
            except asyncio.CancelledError:
                raise RearmRefused("interrupted; the request was withdrawn, or ends by itself") from None
            finally:
                interrupts.ignore()
                left = await reached.left()
            return left

    return run(lift_all())


def rearm_requests(profile: Profile) -> tuple[RearmRequest, ...]:
    """The open requests to lift halts that hold for the profile. Raises StoreUnreachable."""
    from pbtui.desk.event_loop import run  # most profiles have no team

    async def read() -> tuple[RearmRequest, ...]:
        async with _reached(profile) as reached:
            requests = await reached.store.rearm_requests()
            return tuple(each for each in requests if each.is_about(reached.now))

    return run(read())


def confirm_rearm(profile: Profile, request: RearmRequest, journal: Journal) -> tuple[HaltRecord, ...]:
    """Confirm the request of another operator. Returns the halts that still hold.

    Raises JournalUnusable, RearmRefused or StoreUnreachable: then it may be confirmed or not.
    """
    from pbtui.desk.event_loop import run  # most profiles have no team
    from pbtui.desk.team.halts.rearming import confirm

    async def confirm_it() -> tuple[HaltRecord, ...]:
        async with _reached(profile) as reached:
            await confirm(reached.store, reached.known, request, journal)
            return await reached.left()

    return run(confirm_it())


@asynccontextmanager
async def _reached(profile: Profile) -> AsyncIterator[_Reached]:
    """The store, connected, and the halts that hold. A command connects anew, so it has more than one try.

    A halt that this host knows, and the store has lost, is put back first.
    """
    from pbtui.desk.team.halts.known import KnownHalts
    from pbtui.desk.team.opening import open_store

    store = open_store(profile)
    assert store is not None  # noqa: S101 - the profile names one
    known = KnownHalts(profile)
    try:
        for left in reversed(range(_TRIES)):
            try:
                _, lost = await known.read(store)
                await known.put_back(store, lost)
                now, _ = await known.read(store)
                break
            except StoreUnreachable:
                if not left:
                    raise
        yield _Reached(store, known, now.halts)
    finally:
        await store.close()
