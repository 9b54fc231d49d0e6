"""Notices of PostgreSQL that a halt began or was lifted, on a connection of their own."""

import asyncio
from contextlib import suppress

import psycopg

from pbtui.desk.event_loop import end_tasks
from pbtui.desk.team.database.connection import Unusable, connected, end_now, require_schema, within
from pbtui.desk.team.database.password import Address

_CONNECT_WITHIN_S = 5.0
_AGAIN_AFTER_S = 1.0


class Notices:
    """Listens from the first `next` on. A notice that comes while nobody waits ends the next wait at once."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._heard = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None

    async def next(self) -> None:
        """Wait for a notice, or for a new connection: notices before it may be lost."""
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        await self._heard.wait()
        self._heard.clear()

    async def _listen(self) -> None:
        while True:
            with suppress(TimeoutError, OSError, psycopg.Error, Unusable):
                await self._listen_once()
            await asyncio.sleep(_AGAIN_AFTER_S)

    async def _listen_once(self) -> None:
        connection = await connected(self._address, _CONNECT_WITHIN_S, require_schema)
        try:
            await within(_CONNECT_WITHIN_S, connection, connection.execute("listen pbtui_halt"))
            self._heard.set()
            async for _ in connection.notifies():
                self._heard.set()
        finally:
            end_now(connection)

    async def close(self) -> None:
        """Stop listening."""
        if self._listening is not None:
            await end_tasks(self._listening)
            self._listening = None
