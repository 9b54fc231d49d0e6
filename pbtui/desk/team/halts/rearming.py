"""Re-arms the team: by one operator, or by two where the rule of the server asks for it.

The rule is in the store (`schema/0004_rearm.sql`), which also enforces it. Who asks waits until somebody else confirms
the request that was shown to them; a request that expired, or was withdrawn, lifts nothing.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from pbtui.api.clock import steady_s
from pbtui.desk.journal.writer import Journal, Kind
from pbtui.desk.team.halts.known import KnownHalts
from pbtui.desk.team.halts.verdicts import bring_verdicts
from pbtui.desk.team.store import (
    HaltRecord,
    RearmRefused,
    RearmRequest,
    StoreUnreachable,
    TeamStore,
    WantedHalt,
)

READ_EVERY_S = 1.0
_LONGEST_WAIT_S = 310.0
"""The store ends a request after five minutes, by its own clock."""

Waits = Callable[[RearmRequest], None]


async def lift(
    store: TeamStore,
    known: KnownHalts,
    halts: Sequence[HaltRecord],
    not_there: Sequence[WantedHalt],
    reason: str,
    journal: Journal,
    waits: Waits = lambda _: None,
) -> None:
    """Lift these halts, each after a line in the journal.

    Those that the store lacks it gets first, with their verdicts, to be lifted too.

    A program that still tries to put one there then finds it lifted, and halts nobody. Where two persons must re-arm,
    it asks for the second one, calls `waits`, and waits; if this call is cancelled, the request is withdrawn.
    Each one is out of `known` as soon as the store has lifted it.

    Raises JournalUnusable, RearmRefused, or StoreUnreachable: then the last one may be lifted or not.
    """
    got = await bring_verdicts(store, not_there, [await store.halt(wanted) for wanted in not_there])
    held = [*halts, *(halt for halt in got if halt.lifted_at is None)]
    if held and await store.needs_two_persons():
        await _lift_by_two(store, held, reason, journal, waits)
        known.forget(held)
        return
    for halt in held:
        journal.record(Kind.TEAM_REARM, reason=reason, was=halt.words, epoch=halt.epoch)
        known.forget([await store.rearm(halt.epoch, reason)])


async def _lift_by_two(
    store: TeamStore, halts: Sequence[HaltRecord], reason: str, journal: Journal, waits: Waits
) -> None:
    epochs = [halt.epoch for halt in halts]
    journal.record(Kind.REARM_ASKED, reason=reason, epochs=epochs, was=[halt.words for halt in halts])
    request = await store.ask_rearm(epochs, reason)
    waits(request)
    try:
        ended = await _ended(store, request)
    except BaseException:
        with suppress(StoreUnreachable):
            await store.withdraw_rearm(request.id)
        raise
    journal.record(Kind.REARM_ENDED, request=request.id, ending=ended.ending or "expired", by=ended.confirmed_by)
    if ended.ending != "confirmed":
        raise RearmRefused(f"no other operator has confirmed the request: {ended.ending or 'it has expired'}")


async def _ended(store: TeamStore, request: RearmRequest) -> RearmRequest:
    """The request once it has ended, or expired. Raises StoreUnreachable if the store did not say that."""
    began_s = steady_s()
    while True:
        try:
            now = await store.rearm_request(request.id)
            if now is None or now.ending or now.is_expired:
                return now or request
        except StoreUnreachable:
            if steady_s() > began_s + _LONGEST_WAIT_S:
                raise
        await asyncio.sleep(READ_EVERY_S)


async def confirm(store: TeamStore, known: KnownHalts, request: RearmRequest, journal: Journal) -> None:
    """Confirm the request of another operator, after a line in the journal. `known` and errors as for `lift`."""
    journal.record(
        Kind.REARM_CONFIRMED, request=request.id, epochs=list(request.epochs), asked=request.who, reason=request.reason
    )
    await store.confirm_rearm(request.id)
    known.forget(request.halts)
