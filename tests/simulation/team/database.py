"""The tables and functions of `pbtui/desk/team/schema/`, in memory: the same statements in the same order.

What differs from the SQL is a fault of this module: `tests/simulation/test_team.py` compares the two.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from pbtui.api.structs import replace
from pbtui.desk.team.store import LOST, HaltRecord, SendRecord
from tests.simulation.team.journal import Journals
from tests.simulation.team.transactions import Mode, RowLocks, Transaction

_MAY_LAND_WITHIN = timedelta(minutes=2)
Json = dict[str, Any]


@dataclass(frozen=True)
class Committed:
    """A row, and the number of the commit that brought it: rows with lower numbers were there before."""

    commit: int


@dataclass(frozen=True)
class Halt(Committed):
    """A row of `pbtui.halt`; `lifted` is the number of the commit that lifted it."""

    record: HaltRecord
    lifted: int | None = None


@dataclass(frozen=True)
class Send(Committed):
    """A row of `pbtui.send`."""

    server: str
    epoch: int
    record: SendRecord
    ended_at: datetime | None = None

    def may_land(self, at: datetime) -> bool:
        """Whether it can still enter an order."""
        is_open = self.ended_at is None or self.record.ending == LOST
        return is_open and self.record.registered_at > at - _MAY_LAND_WITHIN


@dataclass
class Tables:
    """What is committed."""

    epochs: dict[str, int] = field(default_factory=dict)
    halts: dict[tuple[str, int], Halt] = field(default_factory=dict)
    sends: dict[int, Send] = field(default_factory=dict)


def overlap(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two sets of portfolios have one in common; an empty one is all of them."""
    return not some or not others or not set(some).isdisjoint(others)


class Database:
    """The store. `now` is its clock.

    `notify` is called when a halt began or was lifted, `changed` after each commit.
    """

    def __init__(
        self, now: Callable[[], datetime], notify: Callable[[], None], changed: Callable[[], None] = lambda: None
    ) -> None:
        self.tables = Tables()
        self.journals = Journals()
        self.add_journal_lines = self.journals.add_journal_lines
        self.locks = RowLocks()
        self._now = now
        self._notify = notify
        self._changed = changed
        self._ids = count(1)
        self._commits = 0

    def commit(self, transaction: Transaction) -> None:
        """Commit a transaction."""
        self._commits += 1
        transaction.commit()
        self._changed()

    # ------------------------------------------------------------ functions that change

    async def register_send(
        self,
        run: Transaction,
        server: str,
        portfolios: list[str],
        operator: str,
        host: str,
        _profile: str,
        desk: str,
        call: str,
        token: str,
    ) -> Json:
        """Register a send, or name the halt that refuses it."""
        epoch = await self.epoch_of(run, server)
        if epoch is None:
            await self._insert_account(run, server)
            epoch = await self.epoch_of(run, server)
        await run.next_statement()
        holding = [halt.record for halt in self.holding(server, portfolios)]
        if holding:
            return {"halt": holding[0]}
        await run.next_statement()
        record = SendRecord(
            id=next(self._ids),
            portfolios=tuple(portfolios),
            operator=operator,
            host=host,
            desk=desk,
            call=call,
            token=token,
            registered_at=self._now(),
        )
        run.change(lambda: self._put_send(Send(self._commits, server, epoch or 0, record)))
        return {"id": record.id}

    async def epoch_of(self, run: Transaction, server: str) -> int | None:
        """The newest epoch of an account, whose row is locked for share; None if there is none."""
        if server not in self.tables.epochs:
            return None
        await run.lock(server, Mode.SHARE)
        return self.tables.epochs[server]

    async def end_send(self, run: Transaction, desk: str, token: str, ending: str) -> str:
        """Record the end of a send."""

        found = [send for send in self.tables.sends.values() if (send.record.desk, send.record.token) == (desk, token)]
        for send in found:
            await run.lock(f"send {send.record.id}", Mode.CHANGE)
            present = self.tables.sends[send.record.id]
            if present.ended_at is None:
                ended = replace(present, record=replace(present.record, ending=ending), ended_at=self._now())
                run.change(partial(self._put_send, ended))
        return ""

    async def begin_halt(
        self,
        run: Transaction,
        server: str,
        portfolios: list[str],
        operator: str,
        host: str,
        profile: str,
        desk: str,
        token: str,
        reason: str,
        action: str,
    ) -> HaltRecord:
        """Begin a halt, or return the one with this token."""
        await self._insert_account(run, server)
        await run.lock(server, Mode.CHANGE)
        await run.next_statement()
        for halt in self._halts_of(server):
            if halt.record.token == token:
                return halt.record
        await run.next_statement()
        epoch = self.tables.epochs.get(server, 0) + 1
        may_land = [send for send in self._may_land(server) if overlap(send.record.portfolios, portfolios)]
        record = HaltRecord(
            epoch=epoch,
            token=token,
            server=server,
            portfolios=tuple(portfolios),
            reason=reason,
            operator=operator,
            host=host,
            profile=profile,
            desk=desk,
            action=action,
            halted_at=self._now(),
            sends_before=tuple(send.record.id for send in may_land),
        )

        def begin() -> None:
            self.tables.epochs[server] = epoch
            self.tables.halts[server, epoch] = Halt(self._commits, record)
            self._notify()

        run.change(begin)
        return record

    async def note_verdict(self, run: Transaction, server: str, token: str, verdict: str) -> str:
        """Record the verdict of the kill of a halt."""
        await run.next_statement()

        def note() -> None:
            for key, halt in self.tables.halts.items():
                if key[0] == server and halt.record.token == token:
                    self.tables.halts[key] = Halt(halt.commit, replace(halt.record, verdict=verdict), halt.lifted)
            self._notify()

        run.change(note)
        return ""

    async def lift_halt(
        self,
        run: Transaction,
        server: str,
        portfolios: list[str],
        epoch: int,
        operator: str,
        host: str,
        reason: str,
    ) -> Json:
        """Lift a halt, or say why not."""
        if server in self.tables.epochs:
            await run.lock(server, Mode.CHANGE)
        await run.next_statement()
        halt = self.tables.halts.get((server, epoch))
        if halt is None or not overlap(halt.record.portfolios, portfolios):
            return {"refused": f"no halt {epoch} holds for these portfolios"}
        was = halt.record
        if was.lifted_at is not None:
            return {"refused": f"halt {epoch} was lifted already by {was.lifted_by} on {was.lifted_on}"}
        record = replace(was, lifted_at=self._now(), lifted_by=operator, lifted_on=host, lift_reason=reason)

        def lift() -> None:
            self.tables.halts[server, epoch] = Halt(halt.commit, record, self._commits)
            self._notify()

        run.change(lift)
        return {"halt": record}

    async def _insert_account(self, run: Transaction, server: str) -> None:
        """Insert the row unless it is there. Who inserts the same one waits until this one has committed or not."""
        if server in self.tables.epochs:
            return
        await run.lock(server, Mode.CHANGE)
        if server not in self.tables.epochs:
            run.change(partial(self.tables.epochs.__setitem__, server, 0))

    def _put_send(self, send: Send) -> None:
        self.tables.sends[send.record.id] = send

    # ------------------------------------------------------------ functions that read

    def halts_of(self, server: str, portfolios: list[str]) -> list[HaltRecord]:
        """The halts that hold for these portfolios, the newest first."""
        return [halt.record for halt in self.holding(server, portfolios)]

    def team_now(self, server: str, portfolios: list[str], _desk: str, known: list[int]) -> Json:
        """What a desk asks each second. No desk shows that it is there, so there are no others."""
        lifted = [halt.record for halt in self._halts_of(server) if halt.lifted and halt.record.epoch in known]
        return {"halts": self.halts_of(server, portfolios), "lifted": lifted, "desks": []}

    def needs_two_persons(self, _server: str) -> bool:
        """The rule for re-arms: one person is enough."""
        return False

    def rearm_requests(self, _server: str, _number: int | None) -> list[Json]:
        """The requests to confirm a re-arm: without the rule nobody asks for it."""
        return []

    def lone_reports(self, _server: str, _portfolios: list[str]) -> list[Json]:
        """The reports of hosts that were cut loose: no trader does it here."""
        return []

    def sends_before(self, server: str, epoch: int) -> list[SendRecord]:
        """The sends that a halt must wait for."""
        return [send.record for send in self.before(server, epoch)]

    def before(self, server: str, epoch: int) -> Iterator[Send]:
        """The same as rows."""
        halt = self.tables.halts.get((server, epoch))
        for send in self._may_land(server) if halt is not None else ():
            if send.epoch < epoch and overlap(send.record.portfolios, halt.record.portfolios if halt else ()):
                yield send

    def holding(self, server: str, portfolios: Sequence[str]) -> Iterator[Halt]:
        """The halts that hold for these portfolios, the newest first."""
        for halt in sorted(self._halts_of(server), key=lambda halt: -halt.record.epoch):
            if halt.record.lifted_at is None and overlap(halt.record.portfolios, portfolios):
                yield halt

    def _halts_of(self, server: str) -> Iterable[Halt]:
        return [halt for (of, _), halt in self.tables.halts.items() if of == server]

    def _may_land(self, server: str) -> Iterator[Send]:
        now = self._now()
        return (send for send in self.tables.sends.values() if send.server == server and send.may_land(now))
