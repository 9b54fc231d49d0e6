"""Bytes to the terminal at 160x48: one changed visible cell, a move of the cursor, and a second without any change,
beside Textual's DataTable with the same 10 000 rows. Aims: under 150 bytes a cell, nothing but the age when idle.

The terminal says that it knows synchronized updates, so that the program marks where each frame begins and ends. What
is counted is the frame that shows the change, with its marks and without what it paints of the status bar: the age is
sometimes part of the same frame.
"""

import os
import re
import select
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path
from tempfile import TemporaryDirectory
from termios import TIOCSWINSZ
from typing import Self

from tests.canned import CannedExchange, a_wire_order, canned_exchange

ROWS = 10_000
IDLE_S = 6
WITHIN_S = 60
STATUS_LINE = 1

SYNC_ASKED, SYNC_KNOWN = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
FRAME = re.compile(rb"\x1b\[\?2026h(.*?)\x1b\[\?2026l", re.DOTALL)
AGE_ALONE = re.compile(rb"\x1b\[1;\d+H\x1b\[[0-9;]+m\d\.\d s\x1b\[0m")
MOVE = re.compile(rb"(\x1b\[(\d+);\d+H)")

STOCK = f"""
from textual.app import App
from textual.widgets import DataTable, Static
class Stock(App):
    def compose(self):
        yield Static("age", id="age")
        yield DataTable(cursor_type="row")
    def on_mount(self):
        table = self.query_one(DataTable)
        for n in range(15):
            table.add_column(f"column {{n}}", key=str(n), width=9)
        for row in range({ROWS}):
            table.add_row(*(f"{{row}}.{{n}}" for n in range(15)), key=str(row))
        table.focus()
    def key_c(self):
        self.query_one(DataTable).update_cell("5", "5", "changed")
Stock().run()
"""


@dataclass(frozen=True)
class Frame:
    """One frame as it was sent; `lines` is what it paints by line of the screen, with the moves of the cursor to it."""

    sent: bytes
    lines: Mapping[int, bytes]

    def shows(self, *texts: bytes) -> bool:
        """Whether it paints all of these texts."""
        return all(any(text in painted for painted in self.lines.values()) for text in texts)

    @property
    def bytes_beside_status(self) -> int:
        """Its size without what it paints of the status bar."""
        return len(self.sent) - len(self.lines.get(STATUS_LINE, b""))


def frame_of(found: re.Match[bytes]) -> Frame:
    """The frame; what comes after the last move of the cursor, which puts it back, belongs to no line."""
    lines: dict[int, bytes] = {}
    _, *pieces = MOVE.split(found[1])
    for move, line, painted in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
        if painted:
            lines[int(line)] = lines.get(int(line), b"") + move + painted
    return Frame(found[0], lines)


class Terminal:
    """A program in a pseudo-terminal of 160x48 whose frames are read one by one."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._terminal, inside = os.openpty()
        ioctl(inside, TIOCSWINSZ, struct.pack("HHHH", 48, 160, 0, 0))
        self._process = subprocess.Popen(
            command,
            stdin=inside,
            stdout=inside,
            stderr=inside,
            env={**os.environ, "TERM": "xterm-256color", **environment},
            start_new_session=True,
        )
        os.close(inside)
        self._unread = b""

    def press(self, key: bytes) -> None:
        """Type a key."""
        os.write(self._terminal, key)

    def frame_that_shows(self, *texts: bytes) -> Frame:
        """Wait for the next frame that paints all of these texts."""
        until = time.monotonic() + WITHIN_S
        while (left := until - time.monotonic()) > 0:
            for frame in self._frames():
                if frame.shows(*texts):
                    return frame
            self._read(left)
        raise TimeoutError(f"no frame shows {texts} within {WITHIN_S} s; the last bytes: {self._unread[-300:]!r}")

    def frames_in(self, seconds: float) -> list[Frame]:
        """The frames that end within so much time."""
        frames: list[Frame] = []
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._read(left)
            frames += self._frames()
        return frames

    def wait_until_idle(self) -> None:
        """Wait until two seconds bring no change but in the status bar."""
        while any(set(frame.lines) - {STATUS_LINE} for frame in self.frames_in(2)):
            pass

    def _frames(self) -> Iterator[Frame]:
        while (found := FRAME.search(self._unread)) is not None:
            self._unread = self._unread[found.end() :]
            yield frame_of(found)

    def _read(self, within_s: float) -> None:
        if select.select([self._terminal], [], [], within_s)[0]:
            piece = os.read(self._terminal, 65536)
            self._unread += piece
            if SYNC_ASKED in self._unread:
                self._unread = self._unread.replace(SYNC_ASKED, b"")
                os.write(self._terminal, SYNC_KNOWN)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the program."""
        self._process.kill()
        self._process.wait()
        os.close(self._terminal)


@dataclass(frozen=True)
class Figures:
    """Bytes of the frame of each change, and, where nothing changes, of the age and of everything else in a second."""

    cell: int
    cell_unmarked: int | None
    move: int
    age: int | None
    idle: float


def idle_bytes(frames: Sequence[Frame]) -> float:
    """Bytes in a second beside those of the status bar; a frame of the status bar alone counts for nothing."""
    return sum(frame.bytes_beside_status for frame in frames if set(frame.lines) != {STATUS_LINE}) / IDLE_S


def stock_figures() -> Figures:
    """The figures of DataTable."""
    with Terminal([sys.executable, "-c", STOCK], {}) as terminal:
        terminal.frame_that_shows(b"40.12")
        terminal.wait_until_idle()
        terminal.press(b"c")
        cell = len(terminal.frame_that_shows(b"changed").sent)
        terminal.wait_until_idle()
        terminal.press(b"\x1b[B")
        move = len(terminal.frame_that_shows(b"0.12", b"1.12").sent)
        terminal.wait_until_idle()
        idle = idle_bytes(terminal.frames_in(IDLE_S))
    return Figures(cell, None, move, None, idle)


def our_figures(exchange: CannedExchange, environment: Mapping[str, str]) -> Figures:
    """The figures of the desk. A changed cell is painted twice: with its mark, and two reads later without it."""
    with Terminal([sys.executable, "-m", "pbtui"], environment) as terminal:
        terminal.frame_that_shows(b"order 9 ")
        terminal.press(b"\r")  # panes away: a move would also show another order's detail
        terminal.wait_until_idle()
        idle_frames = terminal.frames_in(IDLE_S)
        ages = {len(frame.sent) for frame in idle_frames if AGE_ALONE.fullmatch(frame.lines.get(STATUS_LINE, b""))}
        exchange.orders[5] = {**exchange.orders[5], "price": 46.2}
        cell = terminal.frame_that_shows(b"46.20").bytes_beside_status
        cell_unmarked = terminal.frame_that_shows(b"46.20").bytes_beside_status
        terminal.wait_until_idle()
        terminal.press(b"j")
        move = terminal.frame_that_shows(b"order 0 ", b"order 1 ").bytes_beside_status
    return Figures(cell, cell_unmarked, move, max(ages), idle_bytes(idle_frames))


def main() -> None:
    """Print the table."""
    orders = [a_wire_order(f"{n:05}", txt=f"order {n}") for n in range(ROWS)]
    with canned_exchange(*orders) as exchange, TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_text(f'[profiles.bench]\nbase_url = "{exchange.base_url}"\n')
        places = {"PBTUI_CONFIG": str(config), "XDG_STATE_HOME": folder, "XDG_RUNTIME_DIR": folder}
        ours = our_figures(exchange, {**places, "PBTUI_API_KEY_BENCH": "a-key"})
    stock = stock_figures()
    print(f"  {'':34}{'DataTable':>12}{'pbtui':>12}")
    for name, theirs, mine in (
        ("one changed cell", stock.cell, ours.cell),
        ("the same, when its mark goes", stock.cell_unmarked, ours.cell_unmarked),
        ("cursor down by one", stock.move, ours.move),
        ("the age, each time it is painted", stock.age, ours.age),
        ("a second of nothing, beside the age", stock.idle, ours.idle),
    ):
        print(f"  {name:36}{_shown(theirs):>10}{_shown(mine):>12}")


def _shown(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:.0f} B"


if __name__ == "__main__":
    main()
