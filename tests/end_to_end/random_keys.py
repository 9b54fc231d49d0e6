"""Random keys at a desk in a real terminal, by hand: `python -m tests.end_to_end.random_keys MINUTES [seed]`.

All keys of the desk are among them, with F9, the palette and typed words; the window changes its size. The program may
not crash, and the exchange may get no request that the journal does not have. The memory, processor time and open files
of each run are printed: a desk that was quit is started again, after a kill with the halt lifted.
"""

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from pbtui.desk.journal.writer import Kind
from tests.end_to_end.host import Host
from tests.end_to_end.terminal import REST_S, Terminal
from tests.end_to_end.trader import F9
from tests.exchange import RunningExchange, running_exchange

_LETTERS = "abcdefghijklmnoprstuvwxyzABCDFGHJKLNOPRSUVWXY0123456789+-*/.,:?!@#_~[]{}<> "
_NAMED = ["\r", "\t", "\x1b", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~", "\x1b[6~", "\x1b[Z", "\x7f", "\x1b[H"]
_CONTROL = ["\x10", "\x13", "\x12", "\x0e", "\x0f", "\x15", "\x0c", "\x14", "\x19", "\x1b+", "\x1b-", "\x1b>", "\x1b<"]
_WORDS = ["side:buy", "price>50", "60.5", "2.5", "DE1", "AMP", "delete mine", "b 1 @ 5 h9", "bench", "theme", "y", "k"]
_SIZES = [(160, 48), (80, 24), (120, 36), (60, 18), (200, 60)]
_WAYS = [
    ("\x1b", "\x1b", "d", "y"),
    ("\x1b", "\x1b", "+", "\r"),
    ("\x1b", "\x1b", "x", "y"),
    (F9, "k"),
    (F9, "\x1b"),
    (F9, "o"),
]
_PAUSES_S = [0.02] * 6 + [0.1, 0.1, 0.7]
_SENT = (Kind.REQUEST, Kind.KILL_CALL)
_ENDS_WITHIN_S = 70.0


def keys(chosen: random.Random) -> Iterator[tuple[str, float]]:
    """Keys without an end, each with the pause after it; `q` is rare. Some are the way to a request."""
    while True:
        drawn = chosen.random()
        if drawn < 0.003:
            yield "q", REST_S
        elif drawn < 0.02:
            for key in chosen.choice(_WAYS):
                yield key, 1.5 * REST_S
        elif drawn < 0.03:
            for key in chosen.choice(_WORDS):
                yield key, chosen.choice(_PAUSES_S)
        else:
            key = chosen.choice(_NAMED if drawn < 0.3 else _CONTROL if drawn < 0.36 else _LETTERS)
            yield key, chosen.choice(_PAUSES_S)


def one_desk(host: Host, exchange: RunningExchange, chosen: random.Random, until_s: float) -> str:
    """Press keys until the desk was quit or the time is over; return what the run needed."""
    files = set(host.home.rglob("*.jsonl"))
    exchange.forget_requests()
    began_s, pressed = time.monotonic(), 0
    with host.pbtui() as terminal:
        terminal.until_shown("LIVE")
        first = last = _needs(terminal)
        with suppress(OSError):
            for key, pause_s in keys(chosen):
                if terminal.process.poll() is not None or time.monotonic() > until_s:
                    break
                terminal.send(key)
                pressed += 1
                if pressed % 50 == 0 and terminal.process.poll() is None:
                    last = _needs(terminal)
                if chosen.random() < 0.002:
                    terminal.resize(*chosen.choice(_SIZES))
                time.sleep(pause_s)
        terminal.hang_up()
        terminal.process.wait(_ENDS_WITHIN_S)
        assert terminal.process.returncode in (0, 129, 5), f"{terminal.process.returncode}\n{terminal.text()}"
    assert host.crash_reports == [], "\n".join(host.crash_reports)
    sent, recorded = len(exchange.writes()), _recorded(host, files)
    assert sent <= sum(recorded[kind] for kind in _SENT), f"{sent} requests, in the journal: {recorded}"
    took = f"{time.monotonic() - began_s:4.0f} s {pressed:5} keys {sent:3} requests"
    return f"{took}  {first} -> {last}  {dict(recorded)}"


def _needs(terminal: Terminal) -> str:
    place = Path(f"/proc/{terminal.process.pid}")
    resident = int(place.joinpath("statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return f"{resident / 2**20:.0f} MB, {len(list(place.joinpath('fd').iterdir()))} files"


def _recorded(host: Host, before: set[Path]) -> Counter[str]:
    lines = [line for file in set(host.home.rglob("journal/**/*.jsonl")) - before for line in file.open()]
    return Counter(str(json.loads(line)["kind"]) for line in lines)


def main() -> None:
    """Press keys for so many minutes."""
    minutes, seed = float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    chosen, until_s = random.Random(seed), time.monotonic() + minutes * 60  # noqa: S311 - a seed, no secret
    with TemporaryDirectory() as folder, running_exchange() as exchange:
        host = Host(Path(folder))
        host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False)
        while time.monotonic() < until_s:
            print(one_desk(host, exchange, chosen, until_s), flush=True)
            exchange.reset()
            for halt in host.home.rglob("halt/*.json"):
                halt.unlink()


if __name__ == "__main__":
    main()
