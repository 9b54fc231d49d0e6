"""Two desks in two terminals: 30 kills on one; how much later the other shows HALTED than the first shows its kill.

The aim is 100 ms. Both terminals are drawn on this machine, which takes part of the time. With fewer kills:
`PBTUI_BENCH_KILLS=5`.
"""

import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.desk.team.conftest import DESK, new_postgres
from tests.end_to_end.host import Host
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.trader import fire, rest, trading_desk
from tests.exchange import eventually, running_exchange

REARM = ("rearm", "--yes", "--reason", "benchmark", "--halt-of", "desk")
KILLS = int(os.environ.get("PBTUI_BENCH_KILLS", "30"))


def _changed_s(terminal: Terminal, *gone: str, shown: str = "") -> float:
    """The time of the frame that has none of these texts any more, and that one."""
    terminal.until_gone(*gone)
    terminal.until_shown(shown)
    return time.monotonic()


def verdict(killing: Terminal) -> str:
    """The verdict of the kill on the screen, with its time."""
    killing.until_shown("KILL VERIFIED", "FIRE AGAIN")
    found = re.search(r"KILL VERIFIED 0 ACTIVE [\d:.]+", killing.text())
    assert found is not None
    return found[0]


def later_s(killing: Terminal, other: Terminal, watching: ThreadPoolExecutor) -> float:
    """Fire again; the time from the frame of the kill on its own desk to that on the other."""
    before = verdict(killing)
    rest()
    own = watching.submit(_changed_s, killing, before)
    others = watching.submit(_changed_s, other, shown="HALTED")
    killing.send("k")
    return others.result() - own.result()


def main() -> None:
    """Print the row."""
    with new_postgres() as postgres, running_exchange(orders=20) as exchange, TemporaryDirectory() as folder:
        north, south = (Host(Path(folder, name), team_store=postgres.url("migrated", DESK)) for name in ("n", "s"))
        for host in (north, south):
            host.home.mkdir()
        with (
            trading_desk(north, exchange, size=(120, 30)) as killing,
            trading_desk(south, exchange, size=(120, 30)) as other,
            ThreadPoolExecutor() as watching,
        ):
            fire(killing)
            found_s = []
            for _ in range(KILLS):
                verdict(killing)
                eventually(lambda: south.invoke(*REARM).returncode == 0)
                other.until_gone("HALTED")  # the desk that fired stays halted, and fires again
                found_s.append(later_s(killing, other, watching))
            for terminal in (killing, other):
                terminal.signal(signal.SIGTERM)
                terminal.end()
    in_order = sorted(found_s)
    p50_s, p99_s = in_order[len(in_order) // 2], in_order[int(len(in_order) * 0.99)]
    print(f"  {KILLS} kills: the other desk {p50_s * 1000:.0f} ms later (p50), {p99_s * 1000:.0f} ms (p99)")


if __name__ == "__main__":
    main()
