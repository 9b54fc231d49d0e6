"""Faults put back into the program, to show that the simulation finds them: `python -m tests.simulation --planted`.

Each takes the place of the function that decides, as it was or might have been. The names W and K are those of the rows
in the list of what was tried on pbtui; T are faults of a team, looked for in the seeds that have one.
"""

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import count, islice
from multiprocessing import get_context
from typing import Any
from unittest.mock import patch

from pbtui.api.errors import OrdersApiError, RefusedHere
from pbtui.cli.progress import Progress
from pbtui.desk.journal.open_writes import Requests
from pbtui.desk.kill.certificate.fate import Fate
from pbtui.desk.kill.plan import AnyOrder
from pbtui.desk.kill.protocol.fates import KillBook, ReadEvidence
from pbtui.desk.team.gate import TeamGate
from pbtui.desk.team.halts.of_kill import SharedHalt
from pbtui.desk.team.postgres import PostgresStore
from pbtui.desk.team.store import SendRecord
from pbtui.desk.tickets.judging.wanted import of_entry
from pbtui.desk.tickets.sending.submission import Submission
from tests.simulation.run import run
from tests.simulation.team.database import Database
from tests.simulation.world import is_of_team

STARTS = (0, 10_000, 20_000)
"""The first seeds of the searches."""
MOST_SEEDS = 400


@dataclass(frozen=True)
class Planted:
    """A fault: the invariants of which one has to break, and what is put in place of what."""

    about: str
    invariants: str
    target: str
    put: Any


def _apply_read_without_look_up(book: KillBook, orders: Iterable[AnyOrder], evidence: ReadEvidence) -> KillBook:
    """Apply a read, and take every order for deactivated that it lacks."""
    read = _apply_read(book, orders, evidence)
    for key, order in read.departed.items():
        read._conclude(key, Fate.DEACTIVATED, order, "")
    return read


async def _send_list_again_after_404(submission: Submission, action: Any, lines: Any, options: Any) -> Any:
    try:
        return await _call(submission, action, lines, options)
    except OrdersApiError as error:
        if error.status != 404:
            raise
        return await _call(submission, action, lines, options)


async def _epoch_without_lock(database: Database, _run: object, server: str) -> int | None:
    """The newest epoch, whose row is not locked: a halt may begin before the send is there."""
    return database.tables.epochs.get(server)


async def _register_or_go_on(gate: TeamGate, call: str, token: str) -> None:
    """Register a send, or let it leave if the store does not answer."""
    try:
        await _register(gate, call, token)
    except RefusedHere as refusal:
        if "unreachable" not in refusal.reason:
            raise


async def _no_sends(_store: PostgresStore, _epoch: int) -> tuple[SendRecord, ...]:
    return ()


async def _nothing(_shared: SharedHalt) -> None:
    pass


_apply_read, _call, _register = KillBook.apply_read, Submission._call, TeamGate._register

PLANTED = {
    "W2": Planted(
        "a line is CONFIRMED without a comparison of its values",
        "a",
        "pbtui.desk.tickets.judging.wanted.Wanted.differences",
        lambda _wanted, _order, _traded_mw: (),
    ),
    "W2 delivery": Planted(
        "an entry is CONFIRMED without a comparison of its delivery",
        "a",
        "pbtui.desk.tickets.judging.entry.of_entry",
        lambda entry: of_entry(entry.model_copy(update={"dlvry_start": None, "dlvry_end": None})),
    ),
    "W2 refused": Planted(
        "a change that was refused is CONFIRMED when somebody else makes the same one",
        "a",
        "pbtui.desk.tickets.judging.revisions.Change.may_be_ours",
        lambda _change, _order: True,
    ),
    "W4": Planted(
        "a line that was closed is not judged again by later reads",
        "d",
        "pbtui.desk.tickets.follow_up.FollowUp.watch",
        lambda _follow_up: None,
    ),
    "W10": Planted(
        "a list that was answered with 404 is sent again",
        "j",
        "pbtui.desk.tickets.sending.submission.Submission._call",
        _send_list_again_after_404,
    ),
    "W11": Planted(
        "a recalled trade still counts in a verdict",
        "l",
        "pbtui.desk.tickets.verdict.with_recalls",
        lambda _case, found: found,
    ),
    "K2": Planted(
        "a kill does not look up the orders that an empty list lacks",
        "f",
        "pbtui.desk.kill.protocol.fates.KillBook.apply_read",
        _apply_read_without_look_up,
    ),
    "K3": Planted(
        "a kill does not wait for writes that have no answer",
        "f",
        "pbtui.desk.journal.requests_in_flight.requests_of",
        lambda _runs: Requests(),
    ),
    "K8": Planted(
        "the desk asks for no halt before it sends",
        "e",
        "pbtui.desk.trading_halt.halt_gate",
        lambda *_: lambda _call, enters: nullcontext(),
    ),
    "K9": Planted(
        "a certificate is sealed before the trades have caught up with the fills",
        "m",
        "pbtui.desk.kill.certificate.balance._why_not_equal",
        lambda _fate, _fills, _since: "",
    ),
    "T1": Planted(
        "a send is registered without the lock on the row of its account",
        "ef",
        "tests.simulation.team.database.Database.epoch_of",
        _epoch_without_lock,
    ),
    "T2": Planted(
        "a send leaves although the store did not answer",
        "e",
        "pbtui.desk.team.gate.TeamGate._register",
        _register_or_go_on,
    ),
    "T3": Planted(
        "a kill does not count the sends of other desks",
        "f",
        "pbtui.desk.team.postgres.PostgresStore.sends_open",
        _no_sends,
    ),
    "T4": Planted(
        "a re-arm lifts all halts, not only those that were shown",
        "e",
        "pbtui.desk.trading_halt.lifted_with",
        lambda _halt, of_team: tuple(of_team),
    ),
    "T5": Planted(
        "a kill asks the store once a second, and not after its last read",
        "f",
        "pbtui.desk.team.halts.of_kill.SharedHalt.count_again",
        _nothing,
    ),
}

OF_TEAM = frozenset(name for name in PLANTED if name.startswith("T"))
"""The faults that only the desks of a team can show."""


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Put a fault into the program until the end of the block."""
    with patch(PLANTED[name].target, PLANTED[name].put):
        yield


def seeds_until_found(name: str, first: int) -> int | None:
    """The number of seeds until an invariant of this fault breaks, from this seed on; None if it does not."""
    seeds = filter(is_of_team, count(first)) if name in OF_TEAM else count(first)
    with planted(name):
        for tried, seed in enumerate(islice(seeds, MOST_SEEDS), 1):
            found = run(seed).story.violations
            if any(violation.invariant in PLANTED[name].invariants for violation in found):
                return tried
    return None


def _searched(search: tuple[str, int]) -> int | None:
    return seeds_until_found(*search)


def table(workers: int, searching: Progress) -> Iterator[str]:
    """Yield a line for each fault: after how many seeds it was found, from each start."""
    searches = [(name, first) for name in PLANTED for first in STARTS]
    with get_context("spawn").Pool(workers, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        counts = dict(zip(searches, searching.each(pool.imap(_searched, searches), len(searches)), strict=True))
    yield f"| fault | | breaks | seeds until it was found, from {', '.join(map(str, STARTS))} | most |"
    yield "|---|---|---|---|---|"
    for name, fault in PLANTED.items():
        found = [counts[name, first] for first in STARTS]
        texts = ["not found" if count is None else str(count) for count in found]
        most = "not found" if None in found else str(max(count for count in found if count is not None))
        letters = " or ".join(f"({letter})" for letter in fault.invariants)
        yield f"| {name} | {fault.about} | {letters} | {', '.join(texts)} | {most} |"
