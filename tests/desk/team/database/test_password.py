"""The password of the store: of a command, or of the keyring once the server wants one and libpq has none."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pbtui.api.clock import Clock, use
from pbtui.desk.team.database.administration import look_at
from pbtui.desk.team.database.connection import Unusable
from pbtui.desk.team.database.password import Password, SecuredAddress
from tests.cli.key_host import PLUGINS
from tests.desk.team.conftest import OWNER, Postgres

pytestmark = pytest.mark.real_time
USER = "pia"


@pytest.fixture(scope="module")
def store(postgres: Postgres) -> Iterator[str]:
    """The address of a database for a user who needs a password."""
    database = postgres.new_database()
    with psycopg.connect(postgres.url(database, OWNER), autocommit=True) as owner:
        (file,) = owner.execute("show hba_file").fetchall()[0]
        hba = Path(file)
        before = hba.read_text()
        hba.write_text(f"local all {USER} scram-sha-256\n{before}")
        owner.execute(f"create role {USER} login in role pbtui_desk password 's3cr3t'".encode())
        owner.execute("select pg_reload_conf()")
        yield postgres.url(database, USER)
        hba.write_text(before)
        owner.execute("select pg_reload_conf()")


@pytest.fixture(autouse=True)
def without_libpq(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))


def printing(file: Path) -> tuple[str, ...]:
    return (sys.executable, "-S", "-c", f"print(open({str(file)!r}).read())")


class Later(Clock):
    """The clock after the pause between two questions."""

    def steady_s(self) -> float:
        return super().steady_s() + 60


async def test_the_command_is_asked_once_and_again_after_the_password_was_changed(store: str, tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    vault.write_text("wrong")
    address = SecuredAddress(store, Password(store, printing(vault)))
    for _ in range(2):  # the second time it is not asked: it may ask the trader something
        with pytest.raises(Unusable, match='password authentication failed for user "pia"'):
            await look_at(address)
        vault.write_text("s3cr3t")
    with use(Later()):
        assert (await look_at(address)).place.endswith("as pia")
    vault.unlink()
    await look_at(address)
    with pytest.raises(Unusable, match=r"ended with exit code 1; run it by hand to see why\. Correct password_command"):
        await look_at(SecuredAddress(store, Password(store, printing(vault))))
    assert "s3cr3t" not in repr(address)


async def test_the_keyring_is_asked_if_libpq_has_no_password(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = tmp_path / "ring.json"
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "desk_rings.FileRing")
    monkeypatch.setenv("DESK_RING_FILE", str(ring))
    monkeypatch.setattr(sys, "path", [*sys.path, str(PLUGINS)])
    ring.write_text(json.dumps({f"pbtui-team:{store}": {"desk": "s3cr3t"}, "pbtui-team:other": {"desk": "s3cr3t"}}))
    assert (await look_at(SecuredAddress(store, Password(store)))).place.endswith("as pia")
    with pytest.raises(
        Unusable, match=r"no password supplied.*; it belongs into .* keyring, with the command team password"
    ):
        await look_at(SecuredAddress(store, Password(store, user="dba")))
    monkeypatch.setenv("PGPASSWORD", "wrong")
    with pytest.raises(Unusable, match="password authentication failed"):
        await look_at(SecuredAddress(store, Password(store)))
