"""Two traders on two hosts share a halt: each has a desk in a terminal, and both desks use one PostgreSQL."""

from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest

from pbtui.settings.profiles import Profile
from tests.desk.team.conftest import DESK, OTHER_DESK, Postgres, postgres
from tests.end_to_end.host import Host
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.trader import fire, press, quit_desk, rest, trading_desk
from tests.exchange import RunningExchange, eventually

__all__ = ["postgres"]


@pytest.fixture
def hosts(tmp_path: Path, postgres: Postgres) -> tuple[Host, Host]:
    """Two hosts that share no folder, with the same store."""
    store = postgres.url(postgres.new_database(), DESK)
    for name in ("north", "south"):
        (tmp_path / name).mkdir()
    north, south = Host(tmp_path / "north"), Host(tmp_path / "south")
    for host in (north, south):
        host.team_store = store
    return north, south


def desk_at(host: Host, exchange: RunningExchange) -> AbstractContextManager[Terminal]:
    return trading_desk(host, exchange, size=(120, 30))


def an_order(exchange: RunningExchange) -> list[str]:
    """A command that enters an order like one that stands, whose gate is open for hours."""
    sample = max(exchange.orders(), key=lambda order: str(order["delivery_start"]))
    values = ["--contract-id", sample["contract_id"], "--side", "buy", "--quantity", "1", "--price", "1"]
    places = ["--delivery-area", sample["delivery_area"], "--portfolio-id", sample["portfolio_id"]]
    return ["add", *values, *places, "--yes", "--accept-warnings"]


def test_a_kill_on_one_host_halts_the_desk_and_the_commands_of_the_other(
    hosts: tuple[Host, Host], exchange: RunningExchange
) -> None:
    north, south = hosts
    order = an_order(exchange)
    with desk_at(north, exchange) as killing, desk_at(south, exchange) as trading:
        fire(killing)
        killing.until_shown("KILL VERIFIED 0 ACTIVE")
        trading.until_shown("HALTED", "kill deactivate-mine fired (VERIFIED) by profile desk")

        exchange.forget_requests()
        refused = eventually(lambda: _refused_as_halted(south, order))
        assert "kill deactivate-mine fired (VERIFIED) by profile desk" in refused
        assert exchange.writes() == []

        assert b"--halt-of=desk" in eventually(lambda: _not_lifted(south))
        said = eventually(lambda: _lifted(south))
        assert b"Profile desk is re-armed. No order was activated." in said
        trading.until_shown("TRADING")
        killing.until_shown("HALTED")  # its own kill: it is re-armed where it was fired
        killing.send("\x1b")
        killing.until_gone("Requests, newest first")
        eventually(lambda: {"kill", "kill end", "team re-arm"} <= _kinds_stored(north))
        quit_desk(killing)
        quit_desk(trading)
    for host in hosts:
        verified = host.invoke("journal", "verify", "--team")
        assert (verified.returncode, verified.stdout) == (0, b""), verified.stderr


def _kinds_stored(host: Host) -> set[str]:
    """The kinds of the journal lines that the store has: a desk brings those of kills and commands too."""
    with psycopg.connect(host.team_store) as store:
        return {str(kind) for (kind,) in store.execute("select kind from pbtui.journal_line")}


def _refused_as_halted(host: Host, arguments: list[str]) -> str:
    """What a command says once it is refused as halted: a busy machine may reach the store too late at first.

    The limits refuse it on stderr if its desk knows the halt by then, else the store as the result on stdout.
    """
    done = host.invoke(*arguments)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 2, said
    assert "halted" in said or "unreachable" in said, said
    return said if "halted" in said else ""


def _not_lifted(host: Host) -> bytes:
    """What a re-arm says that does not name the halt, once it has read it: see above."""
    done = host.invoke("rearm", "--yes", "--reason", "looked at it")
    assert done.returncode == 2, done.stderr
    return b"" if b"unreachable" in done.stderr else done.stderr


def _lifted(host: Host) -> bytes:
    done = host.invoke("rearm", "--yes", "--reason", "looked at it", "--halt-of", "desk")
    return done.stderr if done.returncode == 0 else b""


def test_without_the_store_the_desk_says_so_and_withdraws(
    hosts: tuple[Host, Host], exchange: RunningExchange, postgres: Postgres
) -> None:
    north, _ = hosts
    with desk_at(north, exchange) as trading:
        with postgres.frozen():
            trading.until_shown("NO TEAM STORE", "orders can only be withdrawn", "The team store is unreachable since")
            trading.send("d")
            trading.until_shown("y Send")
            press(trading, "y", "CONFIRMED")
            trading.until_shown("orders can only be withdrawn")
            refused = north.invoke("team", "cut-loose", "--reason", "store down")
            assert (refused.returncode, b"run the command at a terminal" in refused.stderr) == (2, True), refused.stderr
            with north.pbtui("team", "cut-loose", "--reason", "store down") as cutting:
                cutting.until_shown(
                    "A halt of another host does not stop what this host sends", "Type desk to cut it loose"
                )
                cutting.send("desk\r")
                cutting.until_shown("Profile desk is cut loose since")
                assert cutting.wait() == 0
            trading.until_shown(" LONE  TRADING ", "cut loose since", "store down; 0 sends without the team")
            added = north.invoke(*an_order(exchange))
            assert added.returncode == 0, (added.stdout, added.stderr.decode())
            trading.until_shown("store down; 1 send without the team")
        trading.until_gone(" LONE  TRADING ", "orders can only be withdrawn")
        with psycopg.connect(north.team_store) as store:
            assert store.execute("select reason, sends from pbtui.lone").fetchall() == [("store down", 1)]
        refused = north.invoke("team", "cut-loose", "--reason", "again")
        assert (refused.returncode, b"the team store answers" in refused.stderr) == (2, True)
        quit_desk(trading)


def test_a_kill_that_the_store_never_got_halts_nobody_after_its_re_arm(
    hosts: tuple[Host, Host], exchange: RunningExchange, postgres: Postgres
) -> None:
    north, _ = hosts
    north.adopt(exchange.base_url, exchange.keys["trader"])
    with postgres.frozen():
        assert north.invoke("kill", "--yes").returncode == 5
    rearm = ("rearm", "--yes", "--reason", "looked at it")
    eventually(lambda: north.invoke(*rearm).returncode == 0)
    with psycopg.connect(north.team_store) as store:
        kills = store.execute("select token <> '', lifted_at is not null from pbtui.halt").fetchall()
    assert kills == [(True, True)]


def test_a_second_operator_confirms_a_re_arm_from_a_command_and_at_a_desk(
    hosts: tuple[Host, Host], exchange: RunningExchange
) -> None:
    north, _ = hosts
    north.needs_two_persons = True
    of_ben = north.team_store.replace(f"//{DESK}@", f"//{OTHER_DESK}@")
    with (
        desk_at(north, exchange) as desk,
        psycopg.connect(of_ben, autocommit=True) as ben,
    ):
        server = Profile(name="desk", base_url=exchange.base_url).server
        halt = "select pbtui.begin_halt(%s, '{}', 'ben', 'south', 'late', 'd9', %s, %s, '')"
        ask = "select pbtui.ask_rearm(%s, '{}', array[epoch], 'ben', 'south', 'late', 'd9', 'over') from pbtui.account"
        ben.execute(halt.encode(), [server, "k1", "price spike"])
        desk.until_shown("HALTED", "price spike by profile late")
        done = north.invoke("rearm", "--confirm")
        assert (done.returncode, b"--confirm needs a terminal" in done.stderr) == (2, True)

        with north.pbtui("rearm", "--halt-of", "late", "--reason", "calm again") as asking:
            asking.until_shown("Type late, whose halt it is, to lift it")
            asking.send("late\r")
            asking.until_shown("asks to lift halt 1: calm again. Another operator can confirm until", "rearm --confirm")
            desk.until_shown("asks to lift halt 1: calm again")
            [(number,)] = ben.execute("select id from pbtui.rearm_request").fetchall()
            ben.execute("select pbtui.confirm_rearm(%s, '{}', %s, 'ben', 'south', 'd9')", [server, number])
            asking.until_shown("Profile desk is re-armed. No order was activated.")
            assert asking.wait() == 0
        desk.until_shown("TRADING")

        for way in ("command", "desk"):
            ben.execute(halt.encode(), [server, way, "again"])
            ben.execute(ask.encode(), [server])
            desk.until_shown("HALTED", "ben on south asks to lift halt")
            if way == "command":
                with north.pbtui("rearm", "--confirm") as confirming:
                    confirming.until_shown("ben on south asks to lift halt 2: over", "Halt 2: again by profile late")
                    confirming.send("late\r")
                    confirming.until_shown("Confirmed. No order was activated.")
                    assert confirming.wait() == 0
            else:
                desk.send("\x10")
                desk.until_shown("Search for commands")
                desk.send("Re-arm")
                desk.until_shown("Re-arm…")
                rest()
                desk.send("\r")
                desk.until_shown("Confirm the re-arm as second person", "Halt 3: again by profile late")
                desk.send("\x19")
                desk.until_shown("Command, copied if your terminal supports it", "--profile desk rearm --confirm")
                for letter in "late":
                    rest()
                    desk.send(letter)
                rest()
                desk.send("\r")
            desk.until_shown("TRADING")
        quit_desk(desk)
