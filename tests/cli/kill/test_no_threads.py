"""A kill where no thread can be started: the limit of processes is reached. 300 orders are a large list to decode."""

import json
import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.end_to_end.host import PBTUI, Host
from tests.end_to_end.machine import NAME, NameServer, allow_no_thread_more, limited, without_threads
from tests.end_to_end.trader import fire
from tests.exchange import RunningExchange, running_exchange


@pytest.fixture(scope="module")
def large_exchange() -> Iterator[RunningExchange]:
    with running_exchange(orders=480) as running:
        yield running


@pytest.fixture
def exchange(large_exchange: RunningExchange) -> RunningExchange:
    large_exchange.reset()
    assert len(large_exchange.orders()) >= 300
    return large_exchange


@pytest.mark.parametrize(
    ("action", "code"),
    [("deactivate-mine", 0), ("delete-mine", 5)],  # which deactivated orders there are is not read
)
def test_it_fires_and_writes_its_files(host: Host, exchange: RunningExchange, action: str, code: int) -> None:
    done = host.run("kill", "--yes", "--action", action, command=without_threads())
    assert done.returncode == code, done.stderr
    assert done.stdout.startswith(b"KILL VERIFIED 0 ACTIVE ")
    assert b"KILL SENT" in done.stderr
    assert exchange.orders() == []
    assert list(host.home.rglob("halt/*.json"))
    (report,) = host.home.rglob("kills/*/*.json")
    assert json.loads(report.read_text())["phase"] == "VERIFIED"
    assert host.run("journal", "verify").returncode == 0


def test_it_finds_the_exchange_by_name(host: Host, exchange: RunningExchange) -> None:
    host.adopt(exchange.base_url.replace("127.0.0.1", NAME), exchange.keys["trader"], read_only=False)
    name_server = NameServer(host)
    assert host.run("orders", command=without_threads()).returncode == 0
    assert host.run("orders").returncode == 0
    name_server.hangs()
    assert host.run("kill", "--yes", command=without_threads()).returncode == 0
    assert exchange.orders() == []


def test_a_stopped_reader_of_its_output_does_not_stop_it(host: Host, exchange: RunningExchange) -> None:
    reading, writing = os.pipe()
    command = [*without_threads(), "kill", "--yes"]
    with subprocess.Popen(command, env=host.environment, cwd=host.home, stdout=writing, stderr=writing) as process:
        os.close(writing)
        os.set_blocking(reading, False)
        assert process.wait(60) == 0
    assert b"KILL VERIFIED" in os.read(reading, 65536)
    os.close(reading)
    assert exchange.orders() == []


def test_the_keys_of_a_desk_fire(host: Host, exchange: RunningExchange) -> None:
    with host.pbtui(command=(*limited(), *PBTUI)) as terminal:
        terminal.until_shown("LIVE", "TRADING", "›")
        allow_no_thread_more(terminal.process.pid)
        fire(terminal)
        terminal.until_shown("KILL VERIFIED 0 ACTIVE")
        assert exchange.orders() == []
        assert list(host.home.rglob("halt/*.json"))
    assert host.crash_reports == []
