"""Bytes to the terminal at 160x48: one changed visible cell, a move of the cursor, and a second without any change,
beside Textual's DataTable with the same 10 000 rows. Aims: under 150 bytes a cell, nothing but the age when idle."""

import os
import pty
import select
import struct
import sys
import time
from fcntl import ioctl
from pathlib import Path
from signal import SIGKILL
from tempfile import TemporaryDirectory
from termios import TIOCSWINSZ

from tests.canned import CannedExchange, a_wire_order, canned_exchange

ROWS = 10_000
IDLE_S = 6
SCREEN_BYTES = 40_000

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


class Terminal:
    """A program in a pseudo-terminal of 160x48 whose output is counted."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.process, self._terminal = pty.fork()
        if self.process == 0:
            os.execvpe(  # noqa: S606 - a program of ours
                command[0], command, {**os.environ, "TERM": "xterm-256color", **environment}
            )
        ioctl(self._terminal, TIOCSWINSZ, struct.pack("HHHH", 48, 160, 0, 0))

    def bytes_in(self, seconds: float) -> int:
        """How many bytes come in so much time."""
        seen, until = 0, time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if select.select([self._terminal], [], [], left)[0]:
                seen += len(os.read(self._terminal, 65536))
        return seen

    def wait_until_idle(self, screen_bytes: int = 0) -> None:
        """Wait until so much was drawn, and then until it is quiet for two seconds but for an age that ticks."""
        while screen_bytes > 0:
            screen_bytes -= self.bytes_in(0.5)
        while self.bytes_in(2) > 1_000:
            pass

    def press(self, key: bytes) -> None:
        """Type a key."""
        os.write(self._terminal, key)

    def end(self) -> None:
        """End the program."""
        os.kill(self.process, SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self._terminal)


def stock_figures() -> tuple[int, int, float]:
    """Cell, cursor move and idle second of DataTable."""
    terminal = Terminal([sys.executable, "-c", STOCK], {})
    terminal.wait_until_idle(SCREEN_BYTES)
    terminal.press(b"c")
    cell = terminal.bytes_in(2)
    terminal.press(b"\x1b[B")
    move = terminal.bytes_in(2)
    idle = terminal.bytes_in(IDLE_S) / IDLE_S
    terminal.end()
    return cell, move, idle


def our_figures(exchange: CannedExchange, environment: dict[str, str]) -> tuple[int, int, float]:
    """The same of the desk. What the age and the link cost meanwhile is taken off the cell and the move."""
    terminal = Terminal([sys.executable, "-m", "pbtui"], environment)
    terminal.wait_until_idle(SCREEN_BYTES)
    terminal.press(b"\r")  # panes away: a move would also show another order's detail
    terminal.wait_until_idle()
    idle = terminal.bytes_in(IDLE_S) / IDLE_S
    exchange.orders[5] = {**exchange.orders[5], "price": 46.2}
    # The mark goes two reads later: the cell is sent once to appear and once to lose the mark.
    cell = (terminal.bytes_in(8) - 8 * idle) / 2
    terminal.press(b"j")
    move = terminal.bytes_in(2) - 2 * idle
    terminal.end()
    return round(cell), round(move), idle


def main() -> None:
    """Print the table."""
    orders = [a_wire_order(f"{n:05}", txt=f"order {n}") for n in range(ROWS)]
    with canned_exchange(*orders) as exchange, TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_text(f'[profiles.bench]\nbase_url = "{exchange.base_url}"\n')
        ours = our_figures(exchange, {"PBTUI_CONFIG": str(config), "PBTUI_API_KEY_BENCH": "a-key"})
    stock = stock_figures()
    print(f"  {'':24}{'DataTable':>12}{'pbtui':>12}")
    for name, theirs, mine in zip(
        ("one changed cell", "cursor down by one", "a second of nothing"), stock, ours, strict=True
    ):
        print(f"  {name:24}{theirs:>10.0f} B{mine:>10.0f} B")


if __name__ == "__main__":
    main()
