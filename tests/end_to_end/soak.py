"""A desk in a real terminal for a long time, by hand: `python -m tests.end_to_end.soak MINUTES`.

It reads about ten times a second, so 25 minutes have as many reads as eight hours at the usual two seconds. Orders
change all the time, another fault begins every ten seconds, and the cursor moves. A line for each minute shows what the
process needs. Caches and lists of a fixed length fill up in the first third. The memory, the open files and the threads
of the last third may be a tenth above those of the second, no crash report may be there, and the exchange must have got
nothing but reads.
"""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.end_to_end.host import Host
from tests.end_to_end.terminal import Terminal
from tests.exchange import RunningExchange, running_exchange

ORDERS = 500
CHURN = 0.02
READ_EVERY_S = 0.1
FAULT_EVERY_S = 10.0
FAULTS: Sequence[Mapping[str, object]] = (
    {},
    {"latency": 0.3},
    {"errors": {"503": 0.2}},
    {},
    {"drop_before_commit": 0.2},
    {"garbage": "html"},
    {},
    {"garbage": "truncated"},
    {"garbage": "broken_order"},
    {"stale_reads": 5},
    {},
    {"slow_drip": 20_000},
    {"errors": {"429": 0.3}},
)
MOST_GROWTH = 1.1
"""Part by which memory, files and threads may still grow: trades and ended orders of the day are kept."""


class Needs(NamedTuple):
    """What the process needs at a moment: resident memory, open files, threads, processor time so far."""

    memory_mb: float
    files: int
    threads: int
    processor_s: float


def needs_of(terminal: Terminal) -> Needs:
    """What the program in the terminal needs now."""
    place = Path(f"/proc/{terminal.process.pid}")
    fields = place.joinpath("stat").read_text().rpartition(")")[2].split()
    return Needs(
        int(place.joinpath("statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20,
        len(list(place.joinpath("fd").iterdir())),
        int(fields[17]),
        (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
    )


def one_minute(terminal: Terminal, exchange: RunningExchange, faults: "cycle[Mapping[str, object]]") -> int:
    """Let the desk read for a minute; return the number of reads of orders that reached the exchange."""
    exchange.forget_requests()
    ends_s = time.monotonic() + 60
    fault_s = time.monotonic()
    keys = cycle(["r"] * 9 + ["\x1b[B", "r", "r", "\x1b[A"])
    while time.monotonic() < ends_s:
        if time.monotonic() >= fault_s:
            exchange.faults(**next(faults))
            fault_s += FAULT_EVERY_S
        terminal.send(next(keys))
        time.sleep(READ_EVERY_S)
    assert exchange.writes() == []
    return sum(request["path"].endswith("/orders") for request in exchange.requests())


def main() -> None:
    """Run for so many minutes, at least three."""
    minutes, faults = int(sys.argv[1]), cycle(FAULTS)
    seen: list[Needs] = []
    with TemporaryDirectory() as folder, running_exchange(orders=ORDERS, churn=CHURN) as exchange:
        host = Host(Path(folder))
        host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False, poll_seconds=0.5)
        with host.pbtui() as terminal:
            terminal.until_shown("LIVE")
            before = needs_of(terminal)
            for minute in range(1, minutes + 1):
                reads = one_minute(terminal, exchange, faults)
                now = needs_of(terminal)
                load = (now.processor_s - before.processor_s) / 60
                print(
                    f"minute {minute:3}  {reads:5} reads  {now.memory_mb:6.1f} MB  {now.files:3} files"
                    f"  {now.threads:2} threads  {load:5.0%} of a core",
                    flush=True,
                )
                seen.append(now)
                before = now
            exchange.faults()
            terminal.until_shown("LIVE")
            terminal.send("q")
            assert terminal.process.wait(60) == 0, terminal.text()
        assert host.crash_reports == [], "\n".join(host.crash_reports)
    third = len(seen) // 3
    for name in ("memory_mb", "files", "threads"):
        early, late = (max(getattr(each, name) for each in part) for part in (seen[third:-third], seen[-third:]))
        print(f"{name}: {early:.1f} at most in the second third, {late:.1f} in the last")
        assert late <= early * MOST_GROWTH, f"{name} grew"


if __name__ == "__main__":
    main()
