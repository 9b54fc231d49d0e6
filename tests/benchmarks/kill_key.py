"""The kill key in a real terminal: from the key that fires to the server (aim: 2 s in every broken case)."""

import statistics
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from pbtui.ui.kill.key import REST_S
from tests.benchmarks.kill import SLOW_READ_S, NotingServer
from tests.end_to_end.host import PBTUI, Host
from tests.end_to_end.terminal import Terminal

ROUNDS = 5
F9 = "\x1b[20~"
CASES = ("idle", "in a prompt", "reads slow", "reads failing", "terminal not read", "UI loop blocked for 10 s")
STANDS_STILL = """
import time
from pbtui.cli.main import main
from pbtui.ui.app import DeskApp
DeskApp.action_help = lambda app: time.sleep(10)
main()
"""
"""The desk, but for `?`, which blocks the loop of its screen for ten seconds."""


def key_to_server_s(case: str, home: Path) -> float:
    """Seconds from the key to the arrival of the first kill request."""
    server = NotingServer(reads_wait_s=SLOW_READ_S if "slow" in case else 0.0, reads_fail="failing" in case)
    host = Host(home)
    host.adopt(server.base_url, "a-key", portfolios=["P"], **{"kill.action": "delete-mine"})
    is_blocked = "blocked" in case
    command = (sys.executable, "-c", STANDS_STILL) if is_blocked else PBTUI
    with host.pbtui(command=command) as terminal:
        terminal.until_shown("READ-ONLY" if "reads" not in case else "F9")
        if "prompt" in case:
            terminal.send("s")
            terminal.until_shown("Sort by")
        is_unread = "not read" in case
        with terminal.unread() if is_unread else nullcontext():
            if is_unread:
                flood(terminal)
            if is_blocked:
                terminal.send("?")
                time.sleep(2 * REST_S)
            terminal.send(F9)
            if not (is_unread or is_blocked):
                terminal.until_shown("Nothing was sent yet")
            time.sleep(2 * REST_S)
            pressed_at = time.perf_counter()
            terminal.send("k")
            while not server.kill_at:
                time.sleep(0.001)
    server.close()
    return server.kill_at[0] - pressed_at


def flood(terminal: Terminal) -> None:
    """Have more drawn than fits between the program and a terminal that reads nothing."""
    for number in range(200):
        terminal.resize(160 - number % 2, 48)
        time.sleep(0.01)


def main() -> None:
    """Print the table."""
    print("  from the key to the server                            median      worst")
    for case in CASES:
        times_s: list[float] = []
        for _ in range(ROUNDS):
            with TemporaryDirectory() as folder:
                times_s.append(key_to_server_s(case, Path(folder)))
        print(f"  {case:<48} {statistics.median(times_s) * 1000:6.0f} ms  {max(times_s) * 1000:6.0f} ms")


if __name__ == "__main__":
    main()
