"""`pbtui rearm` lifts the halts that it showed, and nothing of them is left at the host that lifted them.

Those that hold are shown, also while the store is away.
"""

import json
import re
from pathlib import Path

import psycopg
import pytest

from pbtui.cli.team.halts import lift_of_team, team_halts
from pbtui.desk.journal.writer import Journal
from pbtui.desk.trading_halt import as_halt
from pbtui.settings.profiles import Profile
from pbtui.settings.team import TeamSettings
from tests.desk.team.conftest import DESK, OWNER, Postgres
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange, eventually

REARM = ("rearm", "--yes", "--reason", "looked at it")
BEGIN = "select pbtui.begin_halt(%s, '{}', 'ben', 'south', 'late', 'd2', %s, 'price spike', '')"


@pytest.mark.real_time
def test_the_halt_that_was_shown_is_lifted_and_none_that_has_got_its_number(postgres: Postgres) -> None:
    database = postgres.new_database()
    url = postgres.url(database, DESK)
    profile = Profile(name="prod", base_url="https://desk.example/acme/epex/v2/api", team=TeamSettings(store=url))
    with psycopg.connect(postgres.url(database, OWNER), autocommit=True) as owner, Journal(profile) as journal:
        owner.execute(BEGIN, (profile.server, "k1"))
        shown = team_halts(profile)
        for table in ("halt", "account"):
            owner.execute(f"alter table pbtui.{table} disable trigger all".encode())
        owner.execute("delete from pbtui.halt")
        owner.execute("delete from pbtui.account")
        owner.execute(BEGIN, (profile.server, "k9"))
        [left] = lift_of_team(profile, as_halt(shown[0]), shown, "looked at", journal)
        assert left.token == "k9"
        held = owner.execute("select token, lifted_at is null from pbtui.halt order by epoch").fetchall()
    assert held == [("k9", True), ("k1", False)]


@pytest.fixture
def hosts(tmp_path: Path, exchange: RunningExchange, postgres: Postgres) -> tuple[Host, Host]:
    """Two hosts that share no folder, with the same store."""
    store = postgres.url(postgres.new_database(), DESK)
    both = []
    for name in ("north", "south"):
        (tmp_path / name).mkdir()
        both.append(host := Host(tmp_path / name, team_store=store))
        host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False)
    return both[0], both[1]


def an_order(exchange: RunningExchange) -> list[str]:
    """A command that enters an order like one that stands, whose gate is open for hours."""
    sample = max(exchange.orders(), key=lambda order: str(order["delivery_start"]))
    values = ["--contract-id", sample["contract_id"], "--side", "buy", "--quantity", "1", "--price", "1"]
    places = ["--delivery-area", sample["delivery_area"], "--portfolio-id", sample["portfolio_id"]]
    return ["add", *values, *places, "--yes", "--accept-warnings"]


def said(host: Host, *arguments: str) -> tuple[int, str]:
    """The exit code and the words of a command. A busy machine may reach the store too late: then it is run again."""

    def once() -> tuple[int, str] | None:
        done = host.invoke(*arguments)
        words = (done.stdout + done.stderr).decode()
        return None if "unreachable" in words else (done.returncode, words)

    found = eventually(once)
    assert found is not None
    return found


def said_alone(host: Host, *arguments: str) -> str:
    """The words of a command that is refused, while the store is away."""
    done = host.invoke(*arguments)
    assert done.returncode == 2, done.stdout
    return (done.stdout + done.stderr).decode()


def refused_since_a_kill(north: Host, south: Host, exchange: RunningExchange) -> list[str]:
    """Fire a kill in the south, of which the north knows then. Returns an order that the north refuses."""
    order = an_order(exchange)
    assert said(south, "kill", "--yes")[0] == 0
    assert "kill deactivate-mine fired" in said(north, "status")[1]
    assert "halted: kill deactivate-mine fired" in said(north, *order)[1]
    return order


def known_at(host: Host) -> list[str]:
    """The files of the halts that a host knows."""
    return [file.read_text() for file in host.home.rglob("team_halts/*.json")]


@pytest.mark.real_time
def test_nothing_of_a_lifted_halt_is_left_at_the_host_that_lifted_it(
    hosts: tuple[Host, Host], exchange: RunningExchange, postgres: Postgres
) -> None:
    north, south = hosts
    order = refused_since_a_kill(north, south, exchange)
    code, words = said(north, *REARM, "--halt-of", "desk")
    assert (code, "Profile desk is re-armed" in words) == (0, True), words
    assert known_at(north) == ['{"halts":[]}\n']
    with postgres.refusing_desks():
        for command in (order, ["team", "cut-loose", "--reason", "store down"]):
            refused = said_alone(north, *command)
            assert "halted" not in refused
        assert "run the command at a terminal" in refused
    assert said(north, *order)[0] == 0


@pytest.mark.real_time
def test_a_halt_that_somebody_else_has_lifted_refuses_no_order(
    hosts: tuple[Host, Host], exchange: RunningExchange, postgres: Postgres
) -> None:
    north, south = hosts
    order = refused_since_a_kill(north, south, exchange)
    with postgres.refusing_desks():
        assert "halted: kill" in said_alone(north, *order), "until the store says that it was lifted"
    assert said(south, *REARM)[0] == 0
    assert said(north, *order)[0] == 0


@pytest.mark.real_time
def test_a_halt_that_was_not_lifted_with_the_other_one_is_still_known(
    hosts: tuple[Host, Host], exchange: RunningExchange, postgres: Postgres
) -> None:
    north, _ = hosts
    order = an_order(exchange)
    server = Profile(name="desk", base_url=exchange.base_url).server
    with psycopg.connect(north.team_store, autocommit=True) as ben:
        for token in ("k1", "k2"):
            ben.execute(BEGIN, (server, token))
    assert "price spike" in said(north, "status")[1]
    assert "stays halted: price spike by profile late" in said(north, *REARM, "--halt-of", "late")[1]
    with postgres.refusing_desks():
        assert "halted: price spike" in said_alone(north, *order)
        assert "not cut loose: halted: price spike" in said_alone(north, "team", "cut-loose", "--reason", "down")
    assert "is re-armed" in said(north, *REARM, "--halt-of", "late")[1]
    assert known_at(north) == ['{"halts":[]}\n']


@pytest.mark.real_time
def test_a_halt_that_this_host_knows_is_shown_while_the_store_is_away(
    hosts: tuple[Host, Host], exchange: RunningExchange, postgres: Postgres
) -> None:
    north, south = hosts
    with postgres.refusing_desks():
        assert "Halt     not known: the team store does not answer\n" in statuses(north)["text"], "it never read one"
    assert said(south, "kill", "--yes")[0] == 0
    assert "kill deactivate-mine fired (VERIFIED)" in said(north, "handover")[1], "from now on it knows the halt"
    with postgres.refusing_desks():
        shown = statuses(north)
        report = north.invoke("handover")
    as_known = re.compile(
        r"kill deactivate-mine fired \(VERIFIED\) by profile desk, .* by .* on .*, "
        "as last known; the team store does not answer"
    )
    assert as_known.search(shown["text"])
    assert json.loads(shown["json"])["is_halted"] is True
    assert as_known.fullmatch(json.loads(shown["json"])["halted"])
    assert shown["tmux"].startswith("HALTED desk ")
    assert 'pbtui_halted{profile="desk"} 1\n' in shown["prometheus"]
    assert report.returncode == 5
    assert as_known.search(report.stdout.decode())
    assert "NOT READ: halts of the team" in report.stdout.decode()
    assert said(north, *REARM, "--halt-of", "desk")[0] == 0
    with postgres.refusing_desks():
        assert "pbtui_halted" not in statuses(north)["prometheus"]


def statuses(host: Host) -> dict[str, str]:
    """What `pbtui status` shows in each form."""
    forms = ("text", "json", "tmux", "prometheus")
    return {form: host.invoke("status", "--format", form).stdout.decode() for form in forms}


@pytest.mark.real_time
def test_what_refuses_because_of_a_halt_or_of_the_store_names_its_times_in_the_zone_of_the_market(
    hosts: tuple[Host, Host], postgres: Postgres
) -> None:
    north, south = hosts
    activate = ("account", "activate", "--confirm", "activate everything")
    cut_loose = ("team", "cut-loose", "--reason", "store down")
    assert said(south, "kill", "--yes")[0] == 0
    words = [said(host, *command)[1] for host in hosts for command in (activate, cut_loose)]
    assert all("halted: kill deactivate-mine fired" in each for each in words)
    with postgres.refusing_desks():
        words += [said_alone(north, *command) for command in (activate, REARM)]
        words.append(north.invoke("handover").stderr.decode())
    assert all("unreachable since" in each for each in words[-3:])
    for each in words:
        assert re.search(r"\b\d\d:\d\d:\d\d CES?T\b", each), each
        assert not re.search(r"\d(Z| UTC)\b", each), each


@pytest.mark.real_time
@pytest.mark.parametrize("is_in_store", [False, True])
def test_the_verdict_of_a_kill_comes_to_the_store_with_its_re_arm(
    hosts: tuple[Host, Host], exchange: RunningExchange, postgres: Postgres, *, is_in_store: bool
) -> None:
    north, _ = hosts
    with postgres.refusing_desks():
        assert north.invoke("kill", "--yes").returncode == 5, "the sends of others are not known"
    [file] = north.home.glob("xdg_state_home/pbtui/halt/*.json")
    token = json.loads(file.read_text())["token"]
    with psycopg.connect(north.team_store, autocommit=True) as store:
        if is_in_store:
            begin = BEGIN.replace("'price spike', ''", "'kill fired', 'deactivate-mine'")
            store.execute(begin.encode(), (Profile(name="desk", base_url=exchange.base_url).server, token))
        code, words = said(north, *REARM)
        assert (code, "Profile desk is re-armed" in words) == (0, True), words
        assert "orders may be active" not in words
        kills = store.execute("select token, verdict, lifted_at is not null from pbtui.halt").fetchall()
    assert kills == [(token, "VERIFIED", True)]
