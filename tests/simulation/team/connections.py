"""Connections of psycopg to a server in memory, as far as the program uses them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Protocol

import psycopg

from tests.simulation.process import HOST, PROCESS, Process

Row = tuple[Any, ...] | None


class Wire(Protocol):
    """Carries what a client says to the server."""

    def says(self, connection: "Connection", query: str, values: Sequence[Any]) -> None:
        """Send a query; its answer comes to the connection."""

    def hangs_up(self, connection: "Connection") -> None:
        """Send that the client is gone."""


class Connection:
    """One connection, in the place of `psycopg.AsyncConnection`.

    `host` and `process` are those of the client. It waits for one answer at a time, and for notices.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.host = HOST.get()
        self.process: Process | None = PROCESS.get()
        self.lock_timeout_s: float | None = None
        self.listens = False
        self.is_dropped = False
        """Whether the server has ended it; the client may not know."""
        self._fault: str | None = None
        self._answer: asyncio.Future[Row] | None = None
        self._notice: asyncio.Future[None] | None = None
        self._notices = 0
        self.pgconn = self

    # ------------------------------------------------------------ for the program

    async def execute(self, query: str, values: Sequence[Any] = ()) -> "Cursor":
        """The result of a query. Raises OperationalError once the connection is broken."""
        return Cursor(await self.asked(lambda: self._wire.says(self, query, values)))

    async def asked(self, ask: Callable[[], None]) -> Row:
        """Ask, and wait for the answer."""
        self._require_open()
        self._answer = asyncio.get_running_loop().create_future()
        ask()
        return await self._answer

    async def notifies(self) -> AsyncIterator[None]:
        """Yield once for each notice."""
        while True:
            self._require_open()
            if not self._notices:
                self._notice = asyncio.get_running_loop().create_future()
                await self._notice
            self._notices -= 1
            yield None

    def fileno(self) -> int:
        """Shut the connection down: the program asks for its socket for that alone. Raises OSError: there is none."""
        self.breaks("the connection was shut down")
        raise OSError("no socket")

    def finish(self) -> None:
        """Leave the server."""
        self.breaks("the connection is closed")
        self._wire.hangs_up(self)

    async def close(self) -> None:
        """Leave the server."""
        self.finish()

    def _require_open(self) -> None:
        if self._fault is not None:
            raise psycopg.OperationalError(self._fault)

    # ------------------------------------------------------------ for the server

    def takes(self, answer: Row) -> None:
        """Take an answer. One that nobody waits for is lost."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def fails(self, error: psycopg.Error) -> None:
        """Take an error in place of an answer."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    def hears(self) -> None:
        """Take a notice."""
        self._notices += 1
        if self._notice is not None and not self._notice.done():
            self._notice.set_result(None)

    def breaks(self, fault: str) -> None:
        """Break, if it is whole."""
        if self._fault is not None:
            return
        self._fault = fault
        for awaited in (self._answer, self._notice):
            if awaited is not None and not awaited.done():
                awaited.set_exception(psycopg.OperationalError(fault))


class Cursor:
    """The result of one query."""

    def __init__(self, row: Row) -> None:
        self._row = row

    async def fetchone(self) -> Row:
        """The only row, if there is one."""
        return self._row
