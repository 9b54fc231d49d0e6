"""`pbtui team` as a trader and a DBA run it."""

import re
import sys
from pathlib import Path
from subprocess import CompletedProcess

import psycopg
import pytest

from pbtui.cli.first_hour.findings import Grade
from pbtui.cli.first_hour.host_look import store_finding
from pbtui.desk.team.migration import migrations, newest_version, script
from pbtui.settings.profiles import Settings
from pbtui.settings.team import TeamSettings
from tests.desk.team.conftest import DESK, OWNER, Postgres
from tests.end_to_end.host import Host

HALT = "select pbtui.begin_halt('desk.example/epex', '{A,B}', 'ben', 'south', 'prod', 'd2', 'k1', 'spike \x1b[2J', '')"
DESK_THERE = """\
select pbtui.appear('desk.example/epex', '{A}', 'ben', 'south', 'prod', 'd2', true, '{17}', 1, '[]')
"""
SEND = "select pbtui.register_send('desk.example/epex', '{}', 'tess', 'north', 'prod', 'd1', 'PUT /orders/list', 't')"


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def team(host: Host, *arguments: str, store: str | None = None) -> "CompletedProcess[str]":
    settings = host.home / "team.toml"
    settings.write_text("" if store is None else f'[team]\nstore = "{store}"\n')
    done = host.invoke("--config", str(settings), "team", *arguments)
    return CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.real_time
def test_a_store_is_set_up_and_looked_at(host: Host, postgres: Postgres) -> None:
    database = postgres.new_database("template1")
    store = postgres.url(database, DESK)
    done = team(host, "status", store=store)
    assert (done.returncode, done.stdout) == (4, "")
    create = f"pbtui --config {host.home / 'team.toml'} team init"
    assert f"The team store can't be used: the database has no schema pbtui; create it with: {create}" in done.stderr
    done = team(host, "migrate", "--as", OWNER, store=store)
    assert (done.returncode, "no schema pbtui" in done.stderr) == (4, True)
    done = team(host, "init", "--as", OWNER, store=store)
    assert (done.returncode, done.stdout) == (0, "")
    version = newest_version()
    applied = ", ".join(step.name for step in migrations())
    assert f"Applied {applied}: the schema has version {version}." in done.stderr
    assert "grant pbtui_desk to USER" in done.stderr
    done = team(host, "migrate", "--as", OWNER, store=store)
    assert (done.returncode, done.stderr) == (0, f"Nothing to apply: the schema has version {version}.\n")
    with psycopg.connect(store) as desk:
        desk.execute(SEND.encode())
        desk.execute(HALT.encode())
        desk.execute(DESK_THERE.encode())
    done = team(host, "status", store=store)
    assert (done.returncode, done.stderr) == (0, "")
    at, server, _, clock, *rest = done.stdout.splitlines()
    assert at.startswith(f"store     database {database} at ")
    assert at.endswith(f" as {DESK}")
    assert server.endswith(f", schema version {version}")
    assert "this host is 0." in clock
    assert [re.sub(r"(, |since )20[-0-9 :]*Z", r"\1…", line) for line in rest] == [
        "halts     1",
        "  1       desk.example/epex, A, B: spike ␛[2J by profile prod, … by ben on south",
        "sends     1 open",
        "  1       desk.example/epex, all portfolios: PUT /orders/list by tess on north, …",
        "desks     1 open",
        "          desk.example/epex, A: ben on south, profile prod, trading, since …, 1 order in a form: 17",
        "journals  none",
    ]


def test_the_sql_is_printed_without_settings_or_server(host: Host) -> None:
    done = team(host, "init", "--print-sql")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{script()}\n", "")


@pytest.mark.parametrize("command", ["init", "migrate", "status"])
def test_without_a_store_the_line_to_add_is_shown(host: Host, command: str) -> None:
    done = team(host, command)
    assert done.returncode == 2
    assert f"There is no team store in {host.home}/team.toml. Add one" in done.stderr
    assert '  [team]\n  store = "service=trading"' in done.stderr


def test_an_address_that_the_driver_does_not_take_is_a_fault_of_the_settings(host: Host) -> None:
    done = team(host, "status", store="hosst=db.example")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f'Error: {host.home}/team.toml: team.store: invalid connection option "hosst"\n'


def test_a_server_that_is_not_there_gave_no_answer(host: Host) -> None:
    done = team(host, "status", store="postgresql://127.0.0.1:1/trading")
    assert (done.returncode, done.stdout) == (5, "")
    assert "The team store is unreachable since" in done.stderr
    assert "Connection refused" in done.stderr


@pytest.mark.real_time
def test_a_database_that_accepts_no_writes_is_named_by_status_and_doctor(host: Host, postgres: Postgres) -> None:
    database = postgres.new_database()
    with psycopg.connect(postgres.url(database, OWNER), autocommit=True) as owner:
        owner.execute(f"alter database {database} set default_transaction_read_only = on".encode())
    store = postgres.url(database, DESK)
    done = team(host, "status", store=store)
    assert (done.returncode, done.stdout) == (4, "")
    assert "The team store can't be used: the database accepts no writes" in done.stderr
    found = store_finding(Settings(team=TeamSettings(store=store)))
    assert (found.grade, "the database accepts no writes" in found.text) == (Grade.FAULT, True)


def test_without_the_driver_it_says_what_to_install(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("pbtui.desk.team.database.connection", "psycopg"):
        monkeypatch.setitem(sys.modules, module, None)
        done = team(host, "status", store="service=trading")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.rstrip().endswith("pip install 'pbtui[team]'")
        monkeypatch.undo()
