"""A PostgreSQL server in memory with the store of a team, the network to it, and what fails in both.

The program's own driver code runs: this takes the place of `psycopg.AsyncConnection.connect`.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import copy_context
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import msgspec
import psycopg

from pbtui.desk.team.migration import newest_version
from tests.simulation.process import Process
from tests.simulation.team.connections import Connection, Row
from tests.simulation.team.database import Database
from tests.simulation.team.transactions import Transaction

FROZEN, RESTARTED, FAILED_OVER = "store frozen", "store restarted", "store failed over"
SLOW, ANSWERS_LOST, NOTICES_LOST, CUT_OFF = "store slow", "store answers lost", "notices lost", "host cut off"
_USUAL_DELAY_S = (0.0002, 0.002)
_USUAL_COMMIT_S, _SLOW_COMMIT_S = (0.0005, 0.004), (0.05, 1.5)
_STATEMENT_S = (0.00005, 0.0006)
_ANSWER_LOST, _NOTICE_LOST, _HELD_BACK_COMES = 0.3, 0.8, 0.5
_FUNCTION = re.compile(r"pbtui\.(\w+)\(")
_IN_TIME = " where clock_timestamp() < "
_BY_DESKS = ("register_send", "begin_halt")
_READS = ("halts_of", "team_now", "sends_before", "needs_two_persons", "rearm_requests", "lone_reports")
_SCHEMA_VERSION = newest_version()  # from the machine's disk, which is another one during a run


class Server:
    """The server. Its state is set by `tests.simulation.team.faults`.

    `happened` is called with the name of a fault that was met.
    """

    def __init__(
        self,
        lots: Random,
        now: Callable[[], datetime],
        happened: Callable[[str], None] = lambda _: None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._lots = lots
        self._now = now
        self._happened = happened
        self.database = Database(now, self._notify, changed)
        self.processes: dict[str, Process | None] = {}
        """The process of each desk that registered a send or halted, by the id that it has in the store."""
        self._faults: set[str] = set()
        self._cut_off: set[str] = set()
        self._connections: list[Connection] = []
        self._serving: set[asyncio.Task[None]] = set()
        self._held: list[tuple[Callable[[], bool], Callable[[], None]]] = []
        self._there = copy_context()

    # ------------------------------------------------------------ faults

    def begin(self, fault: str, host: str = "") -> None:
        """Let this happen until `end`. `host` is the one that is cut off."""
        self._faults.add(fault)
        if fault == CUT_OFF:
            self._cut_off.add(host)
        if fault in (RESTARTED, FAILED_OVER):
            self._go_down(fault)

    def end(self, fault: str, host: str = "") -> None:
        """Let it not happen any more."""
        self._faults.discard(fault)
        self._cut_off.discard(host)
        held, self._held = self._held, []
        for holds, act in held:
            self._once(holds, act)

    def end_all(self) -> None:
        """Cancel what it is doing."""
        for task in self._serving:
            task.cancel()

    def _go_down(self, fault: str) -> None:
        """End all transactions and connections. A host that is cut off does not learn of it."""
        self.end_all()
        cut, self._connections = self._connections, []
        for connection in cut:
            connection.is_dropped = True
            if connection.host not in self._cut_off:
                self._happened(fault)
                connection.breaks("server closed the connection unexpectedly")

    def is_replica(self) -> bool:
        """Whether the address leads to a standby that has not taken over yet: the first part of a failover."""
        return FAILED_OVER in self._faults

    # ------------------------------------------------------------ the network

    async def connect(self, _url: str, **_options: object) -> Connection:
        """Connect, as `psycopg.AsyncConnection.connect` does."""
        connection = Connection(self)
        await connection.asked(lambda: self._carry(connection, lambda: self._accept(connection)))
        return connection

    def says(self, connection: Connection, query: str, values: Sequence[Any]) -> None:
        """Carry a query to the server."""
        self._carry(connection, lambda: self._take(connection, query, values))

    def hangs_up(self, connection: Connection) -> None:
        """Forget the connection. What it asked for is done all the same."""
        if connection in self._connections:
            self._connections.remove(connection)

    def _carry(self, connection: Connection, act: Callable[[], None]) -> None:
        """Do something at the other end, a moment later; once the network is whole, if it is not."""
        self._once(lambda: self._is_connected(connection), partial(self._later, act))

    def _later(self, act: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(self._lots.uniform(*_USUAL_DELAY_S), act, context=self._there)

    def _is_connected(self, connection: Connection) -> bool:
        if connection.host in self._cut_off:
            self._happened(CUT_OFF)
            return False
        return True

    def _is_awake(self) -> bool:
        if FROZEN in self._faults:
            self._happened(FROZEN)
            return False
        return True

    def _once(self, holds: Callable[[], bool], act: Callable[[], None]) -> None:
        if holds():
            act()
        else:
            self._held.append((holds, act))

    # ------------------------------------------------------------ the server

    def _accept(self, connection: Connection) -> None:
        if RESTARTED in self._faults:
            self._happened(RESTARTED)
            fault = psycopg.OperationalError("connection failed: Connection refused")
            self._carry(connection, lambda: connection.fails(fault))
            return

        def accept() -> None:
            self._connections.append(connection)
            self._carry(connection, lambda: connection.takes(()))

        self._once(self._is_awake, accept)

    def _take(self, connection: Connection, query: str, values: Sequence[Any]) -> None:
        """Take a query that has arrived. One of a connection that is gone may still be done, as a process of it may."""
        is_lost = connection not in self._connections and self._lots.random() > _HELD_BACK_COMES
        if RESTARTED in self._faults or connection.is_dropped or is_lost:
            self._carry(connection, lambda: connection.breaks("server closed the connection unexpectedly"))
            return
        self._once(self._is_awake, lambda: self._do(connection, query, values))

    def _do(self, connection: Connection, query: str, values: Sequence[Any]) -> None:
        function = _FUNCTION.search(query)
        if function is None:
            self._answer(connection, self._of_session(connection, query, values))
        elif function[1] in _READS:
            self._answer(connection, _json(getattr(self.database, function[1])(*values)))
        elif _IN_TIME in query and not self._is_in_time(*values[-2:]):
            self._answer(connection, None)
        else:
            self._begin(connection, function[1], values[:-2] if _IN_TIME in query else values)

    def _is_in_time(self, asked_at: str, within_s: float) -> bool:
        return self._now() < datetime.fromisoformat(asked_at) + timedelta(seconds=within_s)

    def _begin(self, connection: Connection, function: str, values: Sequence[Any]) -> None:
        """Begin the transaction of a function that changes."""
        if function in _BY_DESKS:
            self.processes[values[5]] = connection.process
        transaction = self._transact(connection, getattr(self.database, function), values)
        task = asyncio.get_running_loop().create_task(transaction, context=self._there.copy())
        self._serving.add(task)
        task.add_done_callback(self._serving.discard, context=self._there)

    def _of_session(self, connection: Connection, query: str, values: Any) -> Row:
        """The answer to what is asked at the start of a session, and to the time."""
        if "pg_is_in_recovery" in query:
            if self.is_replica():
                self._happened(FAILED_OVER)
            return (self.is_replica(), False, "", "")
        if "to_regclass" in query:
            return (True,)
        if "max(version)" in query:
            return (_SCHEMA_VERSION,)
        if "lock_timeout" in query:
            connection.lock_timeout_s = float(values[0].removesuffix("ms")) / 1000
            return ("",)
        if "pbtui.journal_line" in query:
            assert isinstance(values, Mapping)
            return _json(self.database.journals.knows(**values))
        if query.startswith("listen"):
            connection.listens = True
            return None
        assert "clock_timestamp()" in query, query
        return _json(self._now())

    async def _transact(
        self, connection: Connection, function: Callable[..., Awaitable[Any]], values: Sequence[Any]
    ) -> None:
        run = Transaction(self.database.locks, self._pause, connection.lock_timeout_s)
        try:
            answer = await function(run, *values)
            await self._until_written()
            self.database.commit(run)
        except psycopg.Error as error:
            failure = error
            self._carry(connection, lambda: connection.fails(failure))
            return
        finally:
            run.end()
        if ANSWERS_LOST in self._faults and self._lots.random() < _ANSWER_LOST:
            self._happened(ANSWERS_LOST)
            self.hangs_up(connection)
            self._carry(connection, lambda: connection.breaks("server closed the connection unexpectedly"))
            return
        self._answer(connection, _json(answer))

    async def _pause(self) -> None:
        await asyncio.sleep(self._lots.uniform(*_STATEMENT_S))
        await self._awake()

    async def _until_written(self) -> None:
        """Wait for the disk of the server, and for that of the standby."""
        if SLOW in self._faults:
            self._happened(SLOW)
        await asyncio.sleep(self._lots.uniform(*(_SLOW_COMMIT_S if SLOW in self._faults else _USUAL_COMMIT_S)))
        await self._awake()

    async def _awake(self) -> None:
        if FROZEN in self._faults:
            awake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._once(self._is_awake, partial(_wake, awake))
            await awake

    def _answer(self, connection: Connection, row: Row) -> None:
        self._carry(connection, lambda: connection.takes(row))

    def _notify(self) -> None:
        for connection in [one for one in self._connections if one.listens]:
            if NOTICES_LOST in self._faults and self._lots.random() < _NOTICE_LOST:
                self._happened(NOTICES_LOST)
            else:
                self._carry(connection, connection.hears)


def _wake(awaited: asyncio.Future[None]) -> None:
    """End the wait, unless what waits was cancelled."""
    if not awaited.done():
        awaited.set_result(None)


def _json(value: Any) -> Row:
    return (msgspec.json.encode(value).decode(),)
