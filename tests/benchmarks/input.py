"""The input of a terminal: what a key costs from its bytes to its name (aim: under 50 µs), and the same in Textual."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median

from textual._xterm_parser import XTermParser

from pbtui.ui.terminal.input import Input
from tests.ui.terminal.noise import noise

ROUNDS, KEYS = 9, 2_000
CASES: Mapping[str, bytes] = {
    "a letter": b"j",
    "a letter of another script": "л".encode(),
    "F9": b"\x1b[20~",
    "a letter in the kitty protocol": b"\x1b[1083::107;129;1083u",
    "an answer about a colour": b"\x1b]11;rgb:1e1e/dada/1e1e\x1b\\",
}


def cost_us(work: Callable[[], object], count: int) -> float:
    """The median of some rounds, in microseconds for each of these."""
    times: list[float] = []
    for _ in range(ROUNDS):
        begun_s = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun_s)
    return median(times) / count * 1e6


def by_itself(data: bytes) -> None:
    """Read it as often as keys are pressed, each by itself."""
    reader = Input()
    for number in range(KEYS):
        reader.feed(data, number * 1.0)


def by_textual(data: bytes) -> str:
    """The cost of the same with Textual's parser, which fails at some of it."""
    parser, text = XTermParser(), data.decode()
    try:
        return f"{cost_us(lambda: [list(parser.feed(text)) for _ in range(KEYS)], KEYS):6.1f} µs"
    except ValueError as error:
        return f"  fails: {error}"


def main() -> None:
    """Print the table."""
    print("                                        here   Textual")
    for case, data in CASES.items():
        ours_us = cost_us(partial(by_itself, data), KEYS)
        print(f"  {case:<34} {ours_us:6.1f} µs {by_textual(data)}")
    data = noise(100_000, 1)
    print(f"  {'a random byte, in pieces of 64':<34} {cost_us(lambda: in_pieces(data), len(data)):6.1f} µs")
    paste = b"\x1b[200~" + b"45.10 " * 20_000 + b"\x1b[201~"
    print(f"  {'a pasted byte':<34} {cost_us(lambda: in_pieces(paste), len(paste)):6.2f} µs")


def in_pieces(data: bytes) -> None:
    """Read all of it in pieces of 64 bytes."""
    reader = Input()
    for at in range(0, len(data), 64):
        reader.feed(data[at : at + 64], at * 1.0)


if __name__ == "__main__":
    main()
