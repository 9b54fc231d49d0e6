"""A desk over a real SSH connection, which drops in the middle of a write and of a kill."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.host import Host
from tests.end_to_end.processes import processes_at
from tests.end_to_end.ssh import SshServer, ssh_server
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.trader import F9, press, quit_desk, rest
from tests.exchange import RunningExchange, eventually


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with ssh_server(tmp_path_factory.mktemp("ssh")) as running:
        yield running


@contextmanager
def desk_over(server: SshServer, host: Host, exchange: RunningExchange) -> Iterator[Terminal]:
    """A desk that trades, over the connection."""
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False)
    with host.pbtui(command=server.command(host)) as session:
        session.until_shown("LIVE", "TRADING", "›")
        exchange.forget_requests()
        yield session
    assert host.crash_reports == []


def drop(session: Terminal, host: Host, end: str) -> None:
    """End the connection at one of its ends, and wait until the desk has ended."""
    desks = [each for each in processes_at(host.home) if _stat(each.pid)[0] != "(ssh)"]
    assert desks
    if end == "client":
        session.process.kill()
    else:
        os.kill(int(_stat(desks[0].pid)[2]), signal.SIGKILL)  # the parent: what serves this session
    assert all(desk.has_ended() for desk in desks)
    session.wait()


def _stat(pid: int) -> list[str]:
    """The name, the state and the parent of a process."""
    return Path(f"/proc/{pid}/stat").read_text().split()[1:4]


def test_a_desk_over_ssh_opens_edits_and_restores_the_terminal(
    server: SshServer, host: Host, exchange: RunningExchange
) -> None:
    with desk_over(server, host, exchange) as session:
        session.send("d")
        session.until_shown("y Send")
        press(session, "y", "CONFIRMED")
        session.resize(80, 24)
        session.until_shown("desk · epex", "LIVE", "CONFIRMED")
        assert len(exchange.writes()) == 1
        quit_desk(session)


@pytest.mark.parametrize("end", ["client", "server"])
def test_a_connection_that_drops_in_the_middle_of_a_write(
    server: SshServer, host: Host, exchange: RunningExchange, end: str
) -> None:
    """The request was sent once; the desk ends; the next one reads what became of it."""
    exchange.faults(hold={"value": True, "methods": ["PUT"]})
    with desk_over(server, host, exchange) as session:
        session.send("d")
        session.until_shown("y Send")
        rest()
        session.press_until("y", lambda lines: exchange.writes())
        drop(session, host, end)
    exchange.faults()
    with host.pbtui() as later:
        later.until_shown("LIVE", "CONFIRMED")
        assert len(exchange.writes()) == 1
        quit_desk(later)


@pytest.mark.parametrize("end", ["client", "server"])
def test_a_connection_that_drops_in_the_middle_of_a_kill(
    server: SshServer, host: Host, exchange: RunningExchange, end: str
) -> None:
    """The kill goes on until its verdict, and the profile stays halted."""
    mine = len(exchange.orders())
    exchange.faults(spare_on_kill={"value": 1, "times": 3})
    with desk_over(server, host, exchange) as session:
        session.send(F9)
        session.until_shown("Nothing was sent yet")
        rest()
        session.press_until("k", lambda lines: exchange.writes())
        drop(session, host, end)
    assert exchange.orders() == []
    eventually(lambda: list(host.home.rglob("kills/desk@*/*.json")))
    (file,) = host.home.rglob("kills/desk@*/*.json")
    report = json.loads(file.read_text())
    assert (report["phase"], report["counts"]) == ("VERIFIED", {"DEACTIVATED": mine})
    assert host.run("add", "--dry-run").returncode == 2
    with host.pbtui() as later:
        later.until_shown("LIVE", "HALTED")
        quit_desk(later)
