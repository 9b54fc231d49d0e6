"""What a DBA does with the store, on a real PostgreSQL: the schema is made and renewed, and the store is looked at."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pbtui.desk.team import migration
from pbtui.desk.team.database import administration
from pbtui.desk.team.database.administration import Renewal, address_as, create, look_at, renew
from pbtui.desk.team.database.connection import Unusable
from pbtui.desk.team.database.password import SecuredAddress, address_of
from pbtui.desk.team.migration import Migration, migrations, newest_version
from pbtui.desk.team.postgres import PostgresStore
from pbtui.desk.team.store import Participant, StoreUnreachable, WantedHalt
from pbtui.settings.team import TeamSettings
from tests.desk.team.conftest import DESK, OWNER, Open, Postgres

pytestmark = pytest.mark.real_time
FILE = Path("/etc/pbtui/team.toml")


@pytest.fixture
def empty(postgres: Postgres) -> Iterator[str]:
    """The name of a database without the schema, in which the user `plain` may create one. Roles it may not create."""
    name = postgres.new_database("template1")
    with psycopg.connect(postgres.url(name, OWNER), autocommit=True) as owner:
        owner.execute("create user plain")
        owner.execute(f"grant create on database {name} to plain".encode())
        yield name
        owner.execute("drop owned by plain")
        owner.execute("drop role plain")


async def test_an_owner_without_other_rights_creates_and_renews_the_schema(
    postgres: Postgres, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = postgres.url(empty, "plain")
    create_it = f"the database has no schema pbtui; create it with: pbtui --config {FILE} team init"
    with pytest.raises(Unusable, match=create_it):
        await renew(SecuredAddress(address, None, FILE))
    names, version = tuple(step.name for step in migrations()), newest_version()
    assert await create(address) == Renewal(names, version)
    assert await create(address) == await renew(address) == Renewal((), version)
    with psycopg.connect(postgres.url(empty, OWNER)) as owner:
        owner.execute(f"revoke create on database {empty} from plain".encode())
    steps = [*migrations(), Migration(version + 1, "9999_more.sql", "create table pbtui.more ();")]
    monkeypatch.setattr(migration, "migrations", lambda: steps)
    assert await renew(address) == Renewal(("9999_more.sql",), version + 1)


async def test_a_user_without_the_rights_is_sent_to_one_who_has_them(postgres: Postgres) -> None:
    with pytest.raises(Unusable, match=r"permission denied for database .*; name a user with more rights with --as"):
        await create(postgres.url(postgres.new_database("template1"), DESK))


async def test_a_look_shows_halts_and_sends_of_all_servers(postgres: Postgres, database: str) -> None:
    for server, operator in (("one.example", "tess"), ("two.example", "ben")):
        who = Participant(
            server=server, portfolios=("P",), operator=operator, host="north", profile="prod", desk=operator
        )
        store = PostgresStore(postgres.url(database, DESK), who, 30)
        await store.register("PUT /orders/list", "t1")
        await store.register("PUT /orders/list", "t2")
        await store.end("t2", "answered")
        halt = await store.halt(WantedHalt("k1", "halted"))
        await store.rearm(halt.epoch, "calm")
        await store.halt(WantedHalt("k2", "halted again"))
        await store.close()
    seen = await look_at(postgres.url(database, DESK))
    assert [(halt.server, halt.epoch, halt.reason) for halt in seen.state.halts] == [
        ("one.example", 2, "halted again"),
        ("two.example", 2, "halted again"),
    ]
    assert [(send.server, send.operator, send.token) for send in seen.state.sends] == [
        ("one.example", "tess", "t1"),
        ("two.example", "ben", "t1"),
    ]
    assert seen.place.startswith(f"database {database} at ")
    assert seen.place.endswith(f"as {DESK}")
    assert seen.state.schema_version == newest_version()
    assert abs(seen.ahead_s) < 5


async def test_a_store_that_does_not_answer_is_unreachable(
    postgres: Postgres, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StoreUnreachable, match=r"no connection: Connection refused \(server at .*port 1"):
        await look_at("postgresql://127.0.0.1:1/trading")
    monkeypatch.setattr(administration, "ANSWER_WITHIN_S", 0.2)
    with postgres.frozen(), pytest.raises(StoreUnreachable, match=r"no answer within 0\.2 s"):
        await look_at(postgres.url(database, DESK))


async def test_a_server_that_refuses_is_no_server_that_is_silent(postgres: Postgres) -> None:
    with pytest.raises(Unusable, match=r'^database "nowhere" does not exist \(server on socket "'):
        await look_at(postgres.url("nowhere", DESK))


async def test_a_database_that_accepts_no_writes_is_no_store_for_anybody(
    postgres: Postgres, database: str, opened: Open
) -> None:
    with psycopg.connect(postgres.url(database, OWNER), autocommit=True) as owner:
        owner.execute(f"alter database {database} set default_transaction_read_only = on".encode())
    reason = "the database accepts no writes, so no halt either; default_transaction_read_only must be off"
    for refused in (look_at, create, renew):
        with pytest.raises(Unusable, match=f"^{reason}$"):
            await refused(postgres.url(database, DESK))
    with pytest.raises(StoreUnreachable, match=reason):
        await opened().halts()


def test_the_user_of_an_address_can_be_another_one() -> None:
    team = TeamSettings(store="service=trading user=tess")
    assert address_as(team, FILE, None) == address_of(team, FILE)
    address = address_as(team, FILE, "dba")
    assert isinstance(address, SecuredAddress)
    assert (address.text, address.file) == ("service=trading user=dba", FILE)
    with pytest.raises(ValueError, match='invalid connection option "hosst"'):
        address_as(TeamSettings(store="hosst=x"), FILE, None)
