"""The desk over a slow line, 160x48: seconds until the trader sees what happened.

Aims at 5 kB/s: first LIVE 2 s, the kill prompt 0.3 s, VERIFIED 1 s after it was so, quit 0.5 s; at 9 600 baud a key is
answered in 0.3 s.

The line carries bytes at its rate and stores what it is given, as a terminal server does: it never makes the writer
wait. Times are until the emulator behind it shows what happened.
"""

import os
import select
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.pseudo_terminal import PseudoTerminal
from tests.canned import CannedExchange, a_wire_order, canned_exchange

ORDERS = 40
RATES = {"5 kB/s": 5_000, "9600 baud": 960}
WITHIN_S = 150
CHUNK_S = 0.01
F9 = b"\x1b[20~"
REST_S = 1.0


class SlowLine(PseudoTerminal):
    """A program behind a line of so many bytes a second."""

    def __init__(self, environment: dict[str, str], rate: float) -> None:
        super().__init__([sys.executable, "-m", "pbtui"], environment)
        self._rate = rate
        self._stored = bytearray()
        self._credit = 0.0
        self._last = time.monotonic()

    def seconds_until(self, seen: Callable[[str], object]) -> float:
        """Seconds until the emulator shows this."""
        began = time.monotonic()
        while not seen("\n".join(self.screen.display)):
            if time.monotonic() - began > WITHIN_S:
                return float("nan")
            self._carry()
        return time.monotonic() - began

    def seconds_until_ended(self) -> float:
        """Seconds until the program has ended and the line is empty."""
        began = time.monotonic()
        while (self._process.poll() is None or self._stored) and time.monotonic() - began < WITHIN_S:
            self._carry()
        return time.monotonic() - began

    def wait(self, seconds: float) -> None:
        """Let the line carry for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._carry()

    def _carry(self) -> None:
        while select.select([self._terminal], [], [], 0)[0]:
            try:
                self._stored += os.read(self._terminal, 65536)
            except OSError:  # the program has ended
                break
        time.sleep(CHUNK_S)
        now = time.monotonic()
        self._credit = min(self._credit + (now - self._last) * self._rate, len(self._stored))
        self._last = now
        piece = bytes(self._stored[: int(self._credit)])
        del self._stored[: len(piece)]
        self._credit -= len(piece)
        self._stream.feed(piece)


def times_s(exchange: CannedExchange, folder: Path, rate: float) -> dict[str, float]:
    """Seconds of each step at this rate."""
    config = folder / "config.toml"
    config.write_text(
        f'[profiles.bench]\nbase_url = "{exchange.base_url}"\nenvironment = "test"\n'
        'portfolios = ["P1"]\nkill.action = "deactivate-mine"\n'
    )
    places = {"PBTUI_CONFIG": str(config), "XDG_STATE_HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    found: dict[str, float] = {}
    with SlowLine({**places, "PBTUI_API_KEY_BENCH": "a-key"}, rate) as line:
        found["first LIVE"] = line.seconds_until(lambda text: "LIVE" in text)
        line.seconds_until(lambda text: "order 9 " in text)
        line.wait(10)
        line.press(b"j")
        found["cursor moved"] = line.seconds_until(_is_second_line_chosen)
        line.press(F9)
        found["F9: what the key fires"] = line.seconds_until(lambda text: "DEACTIVATE MINE" in text)
        found["F9: all of the prompt"] = found["F9: what the key fires"] + line.seconds_until(_is_prompt_whole)
        line.wait(2 * REST_S)
        line.press(b"k")
        while all(order["state"] == "ACTI" for order in exchange.orders):
            line.wait(CHUNK_S)
        obeyed_to_so_s = line.seconds_until(lambda _: _is_recorded(folder))
        found["k: VERIFIED, after it was so"] = line.seconds_until(lambda text: "VERIFIED" in text)
        found["k: VERIFIED, after the exchange obeyed"] = obeyed_to_so_s + found["k: VERIFIED, after it was so"]
        line.wait(2 * REST_S)
        line.press(b"\x1b")
        line.wait(REST_S)
        line.press(b"q")
        found["q: ended"] = line.seconds_until_ended()
    return found


def _is_second_line_chosen(text: str) -> bool:
    return any("›" in line and "order 1 " in line for line in text.splitlines())


def _is_prompt_whole(text: str) -> bool:
    return all(part in text for part in ("Nothing was sent yet", "Back, nothing sent", "algorithms", "┛"))


def _is_recorded(folder: Path) -> bool:
    return any('"VERIFIED"' in path.read_text() for path in folder.rglob("*.jsonl"))


def main() -> None:
    """Print the table."""
    columns: dict[str, dict[str, float]] = {}
    for name, rate in RATES.items():
        orders = [a_wire_order(f"{n:05}", txt=f"order {n}") for n in range(ORDERS)]
        with canned_exchange(*orders) as exchange, TemporaryDirectory() as folder:
            exchange.obeys = True
            columns[name] = times_s(exchange, Path(folder), rate)
    print(f"  {'':42}" + "".join(f"{name:>12}" for name in columns))
    for step in columns["5 kB/s"]:
        print(f"  {step:42}" + "".join(f"{times[step]:>10.1f} s" for times in columns.values()))


if __name__ == "__main__":
    main()
