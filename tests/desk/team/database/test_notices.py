"""Notices of the store: a server that freezes holds nobody who stops listening."""

import asyncio

import psycopg
import pytest

from pbtui.desk.team.database import notices
from pbtui.desk.team.database.connection import require_schema
from pbtui.desk.team.database.notices import Notices
from tests.desk.team.conftest import DESK, Postgres

pytestmark = pytest.mark.real_time


async def test_a_server_that_freezes_as_it_is_asked_to_listen_does_not_hold_the_close(
    postgres: Postgres, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_schema, frozen = asyncio.Event(), postgres.frozen()

    async def require_schema_and_freeze(connection: psycopg.AsyncConnection) -> None:
        await require_schema(connection)
        frozen.__enter__()
        has_schema.set()

    monkeypatch.setattr(notices, "require_schema", require_schema_and_freeze)
    heard = Notices(postgres.url(database, DESK))
    waiting = asyncio.create_task(heard.next())
    try:
        await has_schema.wait()
        for _ in range(50):  # turns of the loop, until it asks
            await asyncio.sleep(0)
        async with asyncio.timeout(5):  # psycopg alone waits ten seconds to cancel what it had asked
            await heard.close()
    finally:
        waiting.cancel()
        frozen.__exit__(None, None, None)
