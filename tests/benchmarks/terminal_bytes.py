"""Bytes to the terminal at 160x48, beside ncurses drawing the same pictures and Textual's DataTable with as many rows.

Steps: one changed cell with its mark and the end of the mark, the cursor down by one, the age's tick, F9, and k until
the kill is verified. Aims: the first three at most 1.2 times ncurses, F9 and k together at most 6 kB.

Each byte counts for the line of the screen that it helps to paint. The age is painted beside everything else, so the
status bar counts only where the age is the step. The pictures before and after a step are what an emulator shows;
ncurses gets them with the same cursor, and paints the second over the first.
"""

import json
import os
import re
import select
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pyte.graphics import FG_BG_256

from tests.benchmarks.pseudo_terminal import COLUMNS, LINES, PseudoTerminal
from tests.canned import CannedExchange, a_wire_order, canned_exchange

ROWS = 10_000
MOST_OF_A_KILL = 40
IDLE_S, QUIET_S, WITHIN_S = 8, 1.0, 90
QUIET_BYTES = 64
STATUS_LINE = 0
F9 = b"\x1b[20~"

ANSWERS = {b"\x1b[?2026$p": b"\x1b[?2026;2$y"}
"""What the terminal answers besides what the emulator does: it knows synchronized updates."""
TOKEN = re.compile(rb"\x1b\[[0-9:;<=>?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[^\[\]]|[^\x1b]+")
PAINTS, ERASES = re.compile(rb"[^\x00-\x1f\x7f]"), re.compile(rb"\x1b\[[0-9]*[XKJ]$")
CELL, MOVE = "one changed cell, marked and unmarked", "cursor down by one"
DONE = b"\x1b]9;done\x07"

Picture = list[list[tuple[str, str, str, str]]]
"""By line, runs of one style: text, foreground, background, attributes."""
Shown = tuple[Picture, tuple[int, int]]
"""A picture, and the line and column of the cursor."""

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

NCURSES = f"""
import curses, json, os, sys
pictures, colours, pairs = json.load(open(sys.argv[1])), {{"default": -1}}, {{}}
names = ["black", "red", "green", "brown", "blue", "magenta", "cyan", "white"]
colours |= {{name: n for n, name in enumerate(names)}}
colours |= {{f"bright{{name}}": n + 8 for n, name in enumerate(names)}}
attributes = {{"b": curses.A_BOLD, "i": curses.A_ITALIC, "u": curses.A_UNDERLINE, "r": curses.A_REVERSE}}
def colour(name):
    return colours[name] if name in colours else int(name)
def style(fore, back, marks):
    pair = pairs.setdefault((fore, back), len(pairs) + 1)
    curses.init_pair(pair, colour(fore), colour(back))
    found = curses.color_pair(pair)
    for mark in marks:
        found |= attributes[mark]
    return found
def main(screen):
    curses.start_color()
    curses.use_default_colors()
    for picture, (y, x) in pictures:
        for line, runs in enumerate(picture):
            at = 0
            for text, fore, back, marks in runs:
                try:
                    screen.addstr(line, at, text, style(fore, back, marks))
                except curses.error:  # after the last cell the cursor has no place
                    pass
                at += len(text)
        screen.move(y, x)
        screen.refresh()
        os.write(1, {DONE!r})
        screen.getch()
curses.wrapper(main)
"""


@dataclass(frozen=True)
class Step:
    """One step: the bytes of the program by line, and its pictures from before it to after it."""

    painted: Mapping[int, int]
    pictures: Sequence[Shown]

    @property
    def bytes_beside_status(self) -> int:
        """Bytes of all lines but that of the status."""
        return sum(size for line, size in self.painted.items() if line != STATUS_LINE)

    @property
    def pictures_beside_status(self) -> list[Shown]:
        """The pictures, all with the status of the first."""
        status = self.pictures[0][0][STATUS_LINE]
        return [([status, *picture[STATUS_LINE + 1 :]], cursor) for picture, cursor in self.pictures]


class Terminal(PseudoTerminal):
    """A program in a pseudo-terminal whose bytes are counted by the line that they paint."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        super().__init__(command, environment)
        self._unread = b""
        self._moves = 0
        self._last_line = 0
        self.painted: Counter[int] = Counter()
        """Bytes by line since it was last cleared."""

    def until(self, seen: Callable[[str], object]) -> None:
        """Wait until this is true of the text of the screen."""
        until = time.monotonic() + WITHIN_S
        while not seen("\n".join(self.screen.display)):
            if time.monotonic() > until:
                raise TimeoutError("\n".join(self.screen.display))
            self.read_for(0.05)

    def until_quiet(self, quiet_s: float = QUIET_S) -> None:
        """Wait until little but the status was painted for so long: a dialog can show an age too."""
        while True:
            before = self.painted.copy()
            self.read_for(quiet_s)
            if sum(size for line, size in (self.painted - before).items() if line != STATUS_LINE) <= QUIET_BYTES:
                return

    def step(self, act: Callable[[], object], *seen: Callable[[str], object]) -> Step:
        """Do something, and count until all of this was seen, one after the other, and nothing is painted any more."""
        pictures = [self.picture()]
        self.painted.clear()
        act()
        for sight in seen:
            self.until(sight)
            pictures.append(self.picture())
        self.until_quiet()
        self.painted[self._last_line] += self._moves
        self._moves = 0
        return Step(Counter(self.painted), [*pictures, self.picture()])

    def read_for(self, seconds: float) -> None:
        """Read and count for so long."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if select.select([self._terminal], [], [], left)[0]:
                self._count(os.read(self._terminal, 65536))

    def read_until(self, end: bytes) -> bytes:
        """Read up to this, and do not count."""
        seen = b""
        while end not in seen:
            seen += os.read(self._terminal, 65536)
        return seen

    def _count(self, piece: bytes) -> None:
        self._unread += piece
        end = 0
        while (found := TOKEN.match(self._unread, end)) is not None:  # a sequence may be torn
            token, end = found[0], found.end()
            line = self.screen.cursor.y
            if token.startswith(b"\x1b") or end < len(self._unread) or token.isascii():
                self._feed(token, line)
            else:
                end = found.start()  # a character may be torn
                break
        self._unread = self._unread[end:]

    def _feed(self, token: bytes, line: int) -> None:
        if token in ANSWERS:
            os.write(self._terminal, ANSWERS[token])
        self._stream.feed(token)
        if PAINTS.search(token) if token[:1] != b"\x1b" else ERASES.match(token):
            self.painted[line] += len(token) + self._moves
            self._moves, self._last_line = 0, line
        else:
            self._moves += len(token)

    def picture(self) -> Shown:
        """What the screen shows now, and where the cursor is."""
        cursor = self.screen.cursor
        return [_runs(self.screen.buffer[y]) for y in range(LINES)], (cursor.y, min(cursor.x, COLUMNS - 1))


_INDEX_OF = {name: str(index) for index, name in reversed([*enumerate(FG_BG_256)][16:])}


def _runs(line: Any) -> list[tuple[str, str, str, str]]:
    runs: list[tuple[str, str, str, str]] = []
    for x in range(COLUMNS):
        cell = line[x]
        marks = "".join(
            mark
            for mark, is_set in zip("biur", (cell.bold, cell.italics, cell.underscore, cell.reverse), strict=True)
            if is_set
        )
        style = (_INDEX_OF.get(cell.fg, cell.fg), _INDEX_OF.get(cell.bg, cell.bg), marks)
        if runs and runs[-1][1:] == style:
            runs[-1] = (runs[-1][0] + cell.data, *style)
        else:
            runs.append((cell.data, *style))
    return runs


def _text(runs: Sequence[tuple[str, str, str, str]]) -> str:
    return "".join(text for text, *_ in runs)


def ncurses_bytes(pictures: Sequence[Shown]) -> int:
    """The bytes that ncurses sends for all pictures after the first."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "pictures.json"
        file.write_text(json.dumps(pictures))
        with Terminal([sys.executable, "-c", NCURSES, str(file)], {}) as terminal:
            terminal.read_until(DONE)
            sent = 0
            for _ in pictures[1:]:
                terminal.press(b" ")
                sent += len(terminal.read_until(DONE)) - len(DONE)
            return sent


def stock_bytes() -> tuple[int, int]:
    """What DataTable sends for a changed cell and for a move of its cursor."""
    with Terminal([sys.executable, "-c", STOCK], {}) as terminal:
        terminal.until(lambda text: "40.12" in text)
        terminal.until_quiet(2)
        cell = terminal.step(lambda: terminal.press(b"c"), lambda text: "changed" in text)
        move = terminal.step(lambda: terminal.press(b"\x1b[B"))
    return sum(cell.painted.values()), sum(move.painted.values())


def table_steps(terminal: Terminal, exchange: CannedExchange) -> dict[str, Step]:
    """The steps without the kill."""
    terminal.until(lambda text: "order 9 " in text)
    terminal.press(b"\r")  # panes away: a move would also show another order's detail
    terminal.until_quiet(2)

    def change() -> None:
        exchange.orders[5] = {**exchange.orders[5], "price": 46.2}

    def is_marked() -> bool:
        """Whether the cell has another background than its neighbours."""
        picture, _ = terminal.picture()
        return any(len({back for _, _, back, _ in runs}) > 1 for runs in picture if "46.20" in _text(runs))

    line = next(y for y, text in enumerate(terminal.screen.display) if "›" in text)
    return {
        CELL: terminal.step(change, lambda text: "46.20" in text, lambda _: not is_marked()),
        MOVE: terminal.step(lambda: terminal.press(b"j"), lambda text: "›" not in text.splitlines()[line]),
    }


def age_tick(terminal: Terminal) -> Step:
    """A step for the age: the bytes of one tick on average, and pictures that differ in one digit of it."""
    terminal.painted.clear()
    before, at = terminal.picture()
    ticks, painted = 0, 0
    until = time.monotonic() + IDLE_S
    while time.monotonic() < until:
        terminal.read_for(0.02)
        if terminal.painted[STATUS_LINE] and set(terminal.painted) == {STATUS_LINE}:
            ticks, painted = ticks + 1, painted + terminal.painted[STATUS_LINE]
        terminal.painted.clear()
    painted += terminal._moves
    status = before[STATUS_LINE]
    changed = [(re.sub(r"\d\.\d s", _other_digit, text), fore, back, marks) for text, fore, back, marks in status]
    after: Picture = [changed, *before[1:]]
    return Step(Counter({STATUS_LINE: round(painted / ticks)}), [(before, at), (after, at)])


def _other_digit(found: re.Match[str]) -> str:
    return f"{found[0][:2]}{(int(found[0][2]) + 1) % 10} s"


def kill_steps(terminal: Terminal) -> dict[str, Step]:
    """F9 and k."""
    terminal.until(lambda text: "order 9 " in text)
    terminal.until_quiet(2)
    prompt = terminal.step(lambda: terminal.press(F9), lambda text: "Nothing was sent yet" in text)
    return {
        "F9, prompt open": prompt,
        "k, fired and verified": terminal.step(lambda: terminal.press(b"k"), lambda text: "VERIFIED" in text),
    }


def main() -> None:
    """Print the table."""
    stock_cell, stock_move = stock_bytes()
    stock = {CELL: stock_cell, MOVE: stock_move}
    steps: dict[str, Step] = {}
    with TemporaryDirectory() as folder:
        for rows in (ROWS, MOST_OF_A_KILL):
            orders = [a_wire_order(f"{n:05}", txt=f"order {n}") for n in range(rows)]
            with canned_exchange(*orders) as exchange:
                exchange.obeys = rows == MOST_OF_A_KILL
                with _desk(exchange, Path(folder) / str(rows)) as terminal:
                    if rows == ROWS:
                        steps |= table_steps(terminal, exchange)
                        age = age_tick(terminal)
                    else:
                        steps |= kill_steps(terminal)
    print(f"  {'':36}{'DataTable':>12}{'ncurses':>12}{'pbtui':>12}{'times':>8}")
    for name, step in steps.items():
        _print(name, stock.get(name), ncurses_bytes(step.pictures_beside_status), step.bytes_beside_status)
    _print("the age, each time it is painted", None, ncurses_bytes(age.pictures), age.painted[STATUS_LINE])


def _desk(exchange: CannedExchange, folder: Path) -> Terminal:
    folder.mkdir()
    config = folder / "config.toml"
    config.write_text(
        f'[profiles.bench]\nbase_url = "{exchange.base_url}"\nenvironment = "test"\n'
        'portfolios = ["P1"]\nkill.action = "deactivate-mine"\n'
    )
    places = {"PBTUI_CONFIG": str(config), "XDG_STATE_HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    return Terminal([sys.executable, "-m", "pbtui"], {**places, "PBTUI_API_KEY_BENCH": "a-key"})


def _print(name: str, stock: int | None, ncurses: int, ours: int) -> None:
    shown = "-" if stock is None else f"{stock} B"
    print(f"  {name:38}{shown:>10}{ncurses:>10} B{ours:>10} B{ours / ncurses:>8.2f}")


if __name__ == "__main__":
    main()
