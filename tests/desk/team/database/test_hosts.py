"""An address with several hosts: a silent one or one that refuses costs little, and the primary is found behind it."""

import asyncio
import socket
from typing import Any, cast
from urllib.parse import quote

import psycopg
import pytest

from pbtui.desk.team.database.hosts import addresses_of, first_of
from pbtui.desk.team.database.queries import CONNECT_TIMEOUT_S
from pbtui.desk.team.postgres import PostgresStore
from pbtui.desk.team.store import Participant, StoreUnreachable
from tests.desk.team.conftest import DESK, Postgres

WHO = Participant(server="s", portfolios=(), operator="tess", host="north", profile="prod", desk="d1")


@pytest.mark.parametrize(
    ("address", "each"),
    [
        ("postgresql://one/t", ("postgresql://one/t",)),
        ("service=trading", ("service=trading",)),
        ("host=one,two dbname=t", ("host=one dbname=t", "host=two dbname=t")),
        ("host=one,two port=5433", ("host=one port=5433", "host=two port=5433")),
        ("postgresql://one:1,two:2/t", ("host=one dbname=t port=1", "host=two dbname=t port=2")),
        ("host=a,b hostaddr=192.0.2.1,192.0.2.2", ("host=a hostaddr=192.0.2.1", "host=b hostaddr=192.0.2.2")),
        ("hostaddr=192.0.2.1,192.0.2.2", ("hostaddr=192.0.2.1", "hostaddr=192.0.2.2")),
        ("host=a,b,c port=1,2", ("host=a,b,c port=1,2",)),
        ("host=a hostaddr=192.0.2.1,192.0.2.2", ("host=a hostaddr=192.0.2.1,192.0.2.2",)),
    ],
)
def test_each_host_has_an_address_of_its_own(address: str, each: tuple[str, ...]) -> None:
    found = addresses_of(address)
    assert [psycopg.conninfo.conninfo_to_dict(url) for url in found] == [
        psycopg.conninfo.conninfo_to_dict(url) for url in each
    ]


class Open:
    """What first_of knows of a connection."""

    def __init__(self) -> None:
        self.is_open = True
        self.pgconn = self

    def finish(self) -> None:
        self.is_open = False


@pytest.mark.parametrize("steps", range(1, 9))
@pytest.mark.parametrize("count", [1, 2])
async def test_a_cancellation_at_any_step_leaves_no_connection_open_that_nobody_has(steps: int, count: int) -> None:
    made: list[Open] = []

    async def attempt() -> Open:
        await asyncio.sleep(0)
        made.append(Open())
        return made[-1]

    attempts = [cast("Any", attempt()) for _ in range(count)]
    asking = asyncio.create_task(first_of(attempts))
    for _ in range(steps):
        await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])
    for _ in range(5):
        await asyncio.sleep(0)
    taken: list[Any] = [] if asking.cancelled() else [asking.result()]
    assert [each for each in made if each.is_open] == taken


def beside(postgres: Postgres, database: str, *ports: int) -> str:
    """The address of a database whose server is named after one at each of these ports of this host."""
    folder = postgres.url(database, DESK).partition("?host=")[2]
    hosts = ",".join([*["127.0.0.1"] * len(ports), quote(folder)])
    return f"postgresql://{DESK}@/{database}?host={hosts}&port={','.join(map(str, [*ports, 5432]))}"


@pytest.mark.real_time
async def test_the_primary_is_reached_past_a_silent_host_and_one_that_refuses(
    postgres: Postgres, database: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        store = PostgresStore(beside(postgres, database, 1, port), WHO)
        for _ in range(10):  # a loaded machine may need longer than it has
            try:
                assert await store.halts() == ()
                break
            except StoreUnreachable:
                pass
        else:
            pytest.fail("not reached")
        await store.close()
        both = PostgresStore(f"postgresql://x@127.0.0.1:1,127.0.0.1:{port}/x", WHO, CONNECT_TIMEOUT_S)
        with pytest.raises(StoreUnreachable, match="no connection within 1 s"):
            await both.halts()
        neither = PostgresStore("postgresql://x@127.0.0.1:1,127.0.0.1:2/x", WHO)
        with pytest.raises(StoreUnreachable, match=r"Connection refused .*port 1"):
            await neither.halts()
