"""A kill, and what comes before it, without a name server that answers. A look-up that hangs does so for ever."""

from pathlib import Path

import pytest

from tests.end_to_end.host import Host
from tests.end_to_end.machine import NAME, NameServer
from tests.end_to_end.trader import fire
from tests.exchange import RunningExchange


@pytest.fixture
def host(tmp_path: Path, exchange: RunningExchange) -> Host:
    host = Host(tmp_path)
    host.adopt(exchange.base_url.replace("127.0.0.1", NAME), exchange.keys["trader"], read_only=False)
    return host


@pytest.fixture
def name_server(host: Host) -> NameServer:
    return NameServer(host)


def after_a_look_up(host: Host, name_server: NameServer, state: str) -> None:
    """The host has reached the exchange until its address was kept, and then its name server broke.

    A command waits only a moment for the disk, so that one on a busy machine may end without keeping it.
    """
    while not list(host.home.rglob("known_addresses.json")):
        assert host.run("orders").returncode == 0
    if state == "hangs":
        name_server.hangs()
    else:
        name_server.fails(state)


@pytest.mark.parametrize("state", ["hangs", "EAI_AGAIN", "EAI_FAIL"])
def test_the_last_known_address_is_used(
    host: Host, exchange: RunningExchange, name_server: NameServer, state: str
) -> None:
    after_a_look_up(host, name_server, state)
    done = host.run("kill", "--yes")
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith(b"KILL VERIFIED 0 ACTIVE ")
    assert exchange.orders() == []


def test_a_name_that_does_not_exist_any_more_is_not_replaced(
    host: Host, exchange: RunningExchange, name_server: NameServer
) -> None:
    after_a_look_up(host, name_server, "EAI_NONAME")
    exchange.forget_requests()
    done = host.run("orders")
    assert done.returncode == 5
    assert f"cannot reach {NAME}: EAI_NONAME".encode() in done.stderr
    assert not exchange.requests()


def test_a_kill_without_a_known_address_ends_in_time(
    host: Host, exchange: RunningExchange, name_server: NameServer
) -> None:
    name_server.hangs()
    done = host.run("kill", "--yes", "--action", "deactivate-all", "--verify-timeout", "0")
    assert done.returncode == 5
    assert done.stdout.startswith(b"KILL UNKNOWN: ")


def test_the_prompt_comes_without_the_orders(host: Host, exchange: RunningExchange, name_server: NameServer) -> None:
    name_server.hangs()
    with host.pbtui("kill") as terminal:
        terminal.until_shown(f"active orders can't be read (cannot reach {NAME}: timeout", "Type k to fire")
        terminal.send("n\r")
        assert terminal.wait() == 2


def test_other_commands_end_too(host: Host, exchange: RunningExchange, name_server: NameServer) -> None:
    name_server.hangs()
    done = host.run("orders")
    assert done.returncode == 5
    assert f"cannot reach {NAME}: timeout while connecting".encode() in done.stderr
    name_server.answers()
    after_a_look_up(host, name_server, "hangs")
    assert host.run("orders").returncode == 0


def test_the_kill_of_a_desk_uses_the_last_known_address(
    host: Host, exchange: RunningExchange, name_server: NameServer
) -> None:
    with host.pbtui() as terminal:
        terminal.until_shown("LIVE", "TRADING", "›")
        name_server.hangs()
        fire(terminal)
        terminal.until_shown("KILL VERIFIED 0 ACTIVE")
        assert exchange.orders() == []
