"""`pbtui demo` as a newcomer runs it, and that nothing of it is left behind."""

import re
import shlex
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.end_to_end.host import PBTUI, Host
from tests.end_to_end.processes import Process, processes_at
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.trader import quit_desk


@contextmanager
def demo(
    host: Host, *options: str, size: tuple[int, int] = (160, 48), before: Sequence[str] = ()
) -> Iterator[tuple[Terminal, Process]]:
    """The demo's desk, once it shows live orders, and the simulator behind it."""
    with host.pbtui(*before, "demo", *options, size=size) as terminal:
        terminal.until_shown("LIVE", "›", "SIMULATION")
        (simulator,) = [found for found in processes_at(host.home) if found.pid != terminal.process.pid]
        yield terminal, simulator
    assert host.crash_reports == []


def test_it_shows_a_live_desk_and_leaves_nothing_behind_but_the_bytes_it_sent_by_cause(host: Host) -> None:
    with demo(host, "--churn", "0.5", size=(80, 24), before=("--stats",)) as (terminal, simulator):
        terminal.until_shown("demo · epex · playground")
        shown = orders_shown(terminal.lines())
        terminal.until(lambda lines: orders_shown(lines) != shown, "a change in the market")
        quit_desk(terminal)
        assert simulator.has_ended()
    left = re.sub(rb"\x1b[^a-zA-Z]*[a-zA-Z]", b"", terminal.raw.split(b"\x1b[?1049l")[-1]).decode()
    total, *causes = left.strip().splitlines()
    assert (found := re.fullmatch(r"Bytes sent to the terminal: (\d+) in \d+ frames.*", total))
    assert 2_000 < int(found[1]) < len(terminal.raw)
    names = {line[1] for line in (re.fullmatch(r" *\d+  (.+)", cause) for cause in causes) if line}
    assert {"order table", "status bar", "terminal modes"} <= names
    assert len(names) == len(causes), f"nothing else: {causes}"


def orders_shown(lines: Sequence[str]) -> set[str]:
    return {line[1:] for line in lines if " BUY  " in line or " SELL " in line}


def test_a_lost_connection_ends_desk_and_simulator(host: Host) -> None:
    """Its signal is answered as every other one: `test_desk` has those."""
    with demo(host) as (terminal, simulator):
        terminal.hang_up()
        assert terminal.wait() == 128 + signal.SIGHUP
        assert simulator.has_ended()


def test_the_simulator_does_not_outlive_a_desk_that_is_killed(host: Host) -> None:
    with demo(host) as (terminal, simulator):
        terminal.process.kill()
        assert simulator.has_ended()


# ---------------------------------------------------------------- without a terminal


def test_the_demo_into_a_pipe_plays_the_tour(host: Host) -> None:
    piped = f"{shlex.join(PBTUI)} demo | cat"
    with host.pbtui(command=("/bin/bash", "-o", "pipefail", "-c", piped)) as terminal:
        assert terminal.end() == 0
        assert b"4. Conflict" in terminal.raw
        assert b"\x1b" not in terminal.raw
    assert all(process.has_ended() for process in processes_at(host.home))
