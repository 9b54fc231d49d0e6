"""Random bytes at an open preview, by hand: `python -m tests.end_to_end.noise 1000000 [seed]`. Nothing may be sent.

The mouse is on. The noise does whatever keys can do: it closes the preview, opens others, halts, quits. The preview is
opened again after every round, and the desk is started again after it was quit. No piece is a single byte: a key that
comes alone is a key.
"""

import random
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from pbtui.ui.dialogs.prompt import KEY_REST_S
from tests.end_to_end.host import Host
from tests.end_to_end.terminal import Terminal
from tests.exchange import RunningExchange, running_exchange
from tests.ui.terminal.noise import noise, pieces_of

_LENGTHS = [2, 3, 7, 30, 200, 1_000]
_PAUSES_S = [0.0] * 6 + [0.001, 0.01, 0.15, 1.2 * KEY_REST_S]


def attack(host: Host, exchange: RunningExchange, count: int, seed: int, round_bytes: int = 2_000) -> int:
    """Send about so many random bytes to previews, so many to each; return the number of previews that were open."""
    host.has_mouse = True
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False)
    previews, left = 0, noise(count, seed)
    while left:
        with host.pbtui(size=(120, 36), has_echo=False) as terminal:
            terminal.until_shown("LIVE", "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}")
            exchange.forget_requests()
            while left and terminal.process.poll() is None and _opens_preview(terminal):
                previews += 1
                _send(terminal, left[:round_bytes], seed + previews)
                left = left[round_bytes:]
                assert exchange.writes() == [], f"seed {seed}, before the last {len(left)} bytes"
        assert host.crash_reports == [], "\n".join(host.crash_reports)
    return previews


def _opens_preview(terminal: Terminal) -> bool:
    """Whether a preview could be opened again; the desk may have been quit."""
    for _ in range(20):
        for key in ("\x18", "\x1b", "\x1b", "d"):
            with suppress(OSError):
                terminal.send(key)
            time.sleep(0.3)
        with suppress(AssertionError):
            terminal.until(lambda lines: any("y Send" in line for line in lines), within_s=1.5)
            time.sleep(2 * KEY_REST_S)  # until its keys count
            return True
        if terminal.process.poll() is not None:
            return False
    return False


def _send(terminal: Terminal, data: bytes, seed: int) -> None:
    chosen = random.Random(seed)  # noqa: S311 - a seed, no secret
    with suppress(OSError):
        for piece in pieces_of(data, _LENGTHS, seed):
            if terminal.process.poll() is not None:
                return
            terminal.send(piece if len(piece) > 1 else piece + b"\x00")
            time.sleep(chosen.choice(_PAUSES_S))
    time.sleep(0.3)


def main() -> None:
    """Attack, and say how often."""
    count, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with TemporaryDirectory() as folder, running_exchange() as exchange:
        begun_s = time.monotonic()
        previews = attack(Host(Path(folder)), exchange, count, seed, round_bytes=4_000)
        print(f"{count} bytes, seed {seed}, {previews} previews, {time.monotonic() - begun_s:.0f} s: nothing was sent")


if __name__ == "__main__":
    main()
