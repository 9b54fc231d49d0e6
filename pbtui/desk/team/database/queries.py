"""Queries of the team store: one after the other, each with a deadline, on a connection that is renewed if it fails."""

import asyncio
from typing import LiteralString, TypeVar

import psycopg

from pbtui.api.clock import utc_now
from pbtui.desk.team.database.connection import Check, connected, decoded, end_now, reason_of, require_schema, within
from pbtui.desk.team.database.password import Address
from pbtui.desk.team.store import StoreUnreachable

T = TypeVar("T")
NOW: LiteralString = "select to_jsonb(clock_timestamp())::text"
CALL_TIMEOUT_S = 0.3
CONNECT_TIMEOUT_S = 1.0
"""A connection takes a dozen round trips with TLS and a password, and a process of the server."""


class Queries:
    """The queries on one connection. It connects at the first one, and again after a failure.

    `make_ready` is done on each new connection. A query has `timeout_s` on a connection that stands; making one has its
    own time before.

    The queries follow each other. A failure is also that of all queries that waited behind it, so that none of them
    waits for a frozen server again.
    """

    def __init__(self, address: Address, timeout_s: float, make_ready: Check) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._connect_timeout_s = max(timeout_s, CONNECT_TIMEOUT_S)
        self._make_ready = make_ready
        self._connection: psycopg.AsyncConnection | None = None
        self._turn = asyncio.Lock()
        self._failures = 0
        self._failed: StoreUnreachable | None = None

    async def ask(self, type_: type[T], query: LiteralString, values: tuple[object, ...]) -> T:
        """The answer of a query, in JSON. Raises StoreUnreachable."""
        failures = self._failures
        async with self._turn:
            if self._failures != failures and self._failed is not None:
                raise StoreUnreachable(self._failed.reason, self._failed.since)
            try:
                answer = decoded(await self._answer(query, values), type_)
            except Exception as error:  # whatever fails: the store is then of no use
                raise self._failure(error) from error
            except BaseException:
                self._disconnect()  # the call may have been cut off in the middle
                raise
            self._failed = None
            return answer

    async def ask_in_time(self, type_: type[T], query: LiteralString, values: tuple[object, ...]) -> T:
        """The answer of a function that is called soon or never: a server that was frozen does later what it was asked,
        and by then the trader believes that it did not."""
        now = await self.ask(str, NOW, ())
        soon: LiteralString = " where clock_timestamp() < %s::timestamptz + make_interval(secs => %s)"
        return await self.ask(type_, query + soon, (*values, now, self._timeout_s))

    async def close(self) -> None:
        """Close the connection."""
        async with self._turn:
            if self._connection is not None:
                await self._connection.close()
                self._connection = None

    async def _answer(self, query: LiteralString, values: tuple[object, ...]) -> str:
        if self._connection is None:
            self._connection = await connected(self._address, self._connect_timeout_s, self._require_ready)
        row = await within(self._timeout_s, self._connection, _one(self._connection, query, values))
        return "" if row is None else str(row)

    async def _require_ready(self, connection: psycopg.AsyncConnection) -> None:
        """Check the schema. A call that waits for a lock ends in the server too, or its connections would be used up:
        the server does not see that nobody waits any more."""
        await require_schema(connection)
        await connection.execute("select set_config('lock_timeout', %s, false)", (f"{self._timeout_s * 1000:.0f}ms",))
        await self._make_ready(connection)

    def _failure(self, error: Exception) -> StoreUnreachable:
        slow = f"no answer within {self._timeout_s * 1000:.0f} ms"
        if self._connection is None:
            slow = f"no connection within {self._connect_timeout_s:g} s"
        self._disconnect()
        self._failures += 1
        reason = slow if isinstance(error, TimeoutError) else reason_of(error)
        since = utc_now() if self._failed is None else self._failed.since
        self._failed = StoreUnreachable(reason, since)
        return self._failed

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            end_now(connection)


async def _one(connection: psycopg.AsyncConnection, query: LiteralString, values: tuple[object, ...]) -> object:
    row = await (await connection.execute(query, values)).fetchone()
    return None if row is None else row[0]
