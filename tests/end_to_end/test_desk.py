"""The desk as a trader has it: the real program, on a simulator, in a real terminal."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.canned import a_wire_order
from tests.end_to_end.host import PBTUI, Host
from tests.end_to_end.processes import Process, processes_at
from tests.end_to_end.terminal import WITHIN_S, Terminal
from tests.end_to_end.trader import quit_desk, rest
from tests.exchange import RunningExchange, running_exchange

CURSOR = "›"
SECOND_SCREEN = b"\x1b[?1049h"
MOUSE_ON, MOUSE_OFF = b"\x1b[?1000h\x1b[?1006h", b"\x1b[?1006l\x1b[?1000l"
TERMS = re.compile(r"[▲▼] .*? -?\d+\.\d\d +\d+\.\d")
PRICE_AT = re.compile(r"-?\d+\.\d\d")


@pytest.fixture
def desk_host(host: Host, shared_exchange: RunningExchange) -> Host:
    """A machine with a profile for the shared exchange."""
    host.adopt(shared_exchange.base_url, shared_exchange.keys["trader"])
    return host


@contextmanager
def desk(host: Host, **how: Any) -> Iterator[Terminal]:
    """The desk, once it shows live orders and its keys: a busy machine shows the parts of a frame one by one."""
    with host.pbtui(**how) as terminal:
        terminal.until_shown("LIVE", CURSOR)
        terminal.until(lambda lines: len(rows(lines)) > 1 and any("F9 KILL" in line for line in lines), "a whole frame")
        yield terminal
    assert host.crash_reports == []


def rows(lines: Sequence[str]) -> list[str]:
    """The lines of orders among the lines of the screen."""
    return [line for line in lines if re.match(r"[ ›][^▲▼\w]*(▲ BUY|▼ SELL) ", line)]


def under_cursor(lines: Sequence[str]) -> str:
    return next((line for line in rows(lines) if line.startswith(CURSOR)), "")


def order_of(line: str) -> str:
    """The terms of the order of a line, from side to MW. Ages go on, and columns come and go with what is read."""
    terms = TERMS.search(line)
    return " ".join(terms[0].split()) if terms else ""


def prices(lines: Sequence[str]) -> list[float]:
    return [float(price) for row in rows(lines) for price in PRICE_AT.findall(row)[:1]]


# ---------------------------------------------------------------- a visit


def test_look_move_sort_filter_open_panes_and_quit(host: Host, exchange: RunningExchange) -> None:
    host.adopt(exchange.base_url, exchange.keys["trader"])
    count = len(exchange.orders())
    with desk(host, size=(80, 24)) as terminal:
        terminal.until_shown(
            f"[1 Active {count}]", "desk · epex · playground", "TEST", "READ-ONLY", "? Help", "F9 KILL"
        )
        terminal.until_shown("API key: variable PBTUI_API_KEY_DESK")

        terminal.until(lambda lines: len(rows(lines)) > 5, "the first rows")
        top, second = rows(terminal.lines())[:2]
        assert top.startswith(CURSOR)
        terminal.send("j")
        terminal.until(
            lambda lines: order_of(under_cursor(lines)) == order_of(second), "the cursor on the second order"
        )
        terminal.send("\x1b[A")
        terminal.until(
            lambda lines: order_of(under_cursor(lines)) == order_of(top), "the cursor on the first order again"
        )

        terminal.send("s")
        terminal.until_shown("Sort by")
        terminal.send("jjj\r")
        terminal.until_shown("Price▲")
        terminal.until_gone("Sort by")
        terminal.until(lambda lines: len(prices(lines)) > 5 and prices(lines) == sorted(prices(lines)), "rising prices")
        terminal.send("S")
        terminal.until_shown("Price▼")
        terminal.until(lambda lines: prices(lines) == sorted(prices(lines), reverse=True), "falling prices")

        terminal.send("/")
        terminal.until_shown("side:buy price>50")
        terminal.send("side:sell")
        terminal.until_shown("filter side:sell")
        terminal.send("\r")
        terminal.until(lambda lines: rows(lines) and all("SELL" in row for row in rows(lines)), "sell orders alone")
        terminal.send("\x1b")
        terminal.until_gone("filter side:sell")

        terminal.send("D")
        terminal.until_shown("Depth of ", "read at ", "own")
        terminal.send("D")
        terminal.until_gone("Depth of ")
        terminal.send("X")
        terminal.until_shown("Exposure of ", "read at ", " buying ", " selling ")
        terminal.send("\x1b[C\r")
        terminal.until_gone("Exposure of ")
        terminal.until_shown("filter delivery:")
        terminal.send("\x1b")
        terminal.until_gone("filter delivery:")

        the_history_follows_an_order_to_its_new_id(terminal, exchange)
        help_and_palette_open_and_close(terminal)
        quit_desk(terminal)
    assert len(colours(terminal.raw)) > 5


def the_history_follows_an_order_to_its_new_id(terminal: Terminal, exchange: RunningExchange) -> None:
    terminal.until_shown("a Add", " Gate ")  # it is in the detail too, above the id, once it is known
    open_panes(terminal)
    order_id = terminal.until(shown_order_id)
    terminal.send("\x1b")
    terminal.until(under_cursor, "the keys at the orders again")
    terminal.until_shown("│      added by user (UADD)")
    (order,) = exchange.orders(order_ids=order_id)
    price = f"{order['price'] + (-1.25 if order['side'] == 'BUY' else 1.25):.2f}"  # away from trading
    changed = exchange.touch(order_id, price=float(price))
    assert changed["order_id"] != order_id
    terminal.until(lambda lines: shown_order_id(lines) == changed["order_id"], "the new id")
    terminal.until(lambda lines: price in under_cursor(lines), "the new price under the cursor")
    terminal.until_shown(f"→ {price}", f"→ {changed['order_id']}")


def open_panes(terminal: Terminal) -> None:
    """Open the panes of a small window, and scroll the detail to the order id."""
    terminal.send("\r")
    terminal.until_shown("─Order─", " per MWh")
    terminal.send("\t")
    terminal.until_shown("▶ Order · esc: back")

    scrolled_from: list[str] = []

    def is_at_the_id(lines: Sequence[str]) -> bool:
        if any(" order id  " in line for line in lines):
            return True
        if list(lines[-9:-2]) != scrolled_from:
            scrolled_from[:] = lines[-9:-2]
            terminal.send("\x1b[B")  # the lines above it come in their time, such as the gate closure
        return False

    terminal.until(is_at_the_id, "the order id in the detail")


def shown_order_id(lines: Sequence[str]) -> str:
    return next((line.split()[2] for line in lines if re.match(r" order id +\d", line)), "")


def help_and_palette_open_and_close(terminal: Terminal) -> None:
    terminal.send("?")
    terminal.until_shown("escape closes", "API key")
    terminal.send("\x1b")
    terminal.until_gone("escape closes")
    terminal.send("\x10")
    terminal.send("theme")
    terminal.until_shown("Theme: high-contrast")
    terminal.send("\x1b")
    terminal.until_gone("Theme: high-contrast")
    terminal.send("?")
    terminal.until_shown("escape closes")
    terminal.send("q")  # closes the help
    terminal.until_gone("escape closes")


# ---------------------------------------------------------------- what a terminal may do


HANG_UPS_ARE_IGNORED = ("/bin/sh", "-c", 'trap "" HUP; exec "$@"', "sh", *PBTUI)


def test_a_terminal_may_send_any_bytes_take_any_size_and_be_lost_where_hang_ups_are_ignored(
    desk_host: Host, shared_exchange: RunningExchange
) -> None:
    shared_exchange.forget_requests()
    with desk(desk_host, command=HANG_UPS_ARE_IGNORED) as terminal:  # a child of this process, which sees it stop
        bytes_that_are_not_utf_8_are_no_keys(terminal)
        for begins, ends in (("\x1b[200~", "\x1b[201~"), ("", "")):  # marked as pasted, and not
            pasted_text_presses_no_keys(terminal, f"{begins}98765.43\rq\ry\rd\rx\rside:sell\n{ends}")
        a_window_that_shrank_and_grew_back_is_drawn_again(terminal)
        a_window_may_take_any_size(terminal)
        terminal.hang_up()
        assert terminal.wait() == 128 + signal.SIGHUP
    assert {request["method"] for request in shared_exchange.requests()} == {"GET"}


def test_a_desk_with_last_words_ends_although_its_terminal_stands_still(desk_host: Host) -> None:
    with desk_host.pbtui("--stats") as terminal:
        terminal.until_shown("LIVE", CURSOR)
        terminal.stand_still()
        rest()
        terminal.send("q")
        assert terminal.process.wait(WITHIN_S) == 0


def bytes_that_are_not_utf_8_are_no_keys(terminal: Terminal) -> None:
    first = order_of(terminal.until(under_cursor))
    terminal.send(b"\xff\xfe\x80\xc3")
    terminal.send("j")
    terminal.until(lambda lines: order_of(under_cursor(lines)) not in ("", first), "the cursor on the next order")


def pasted_text_presses_no_keys(terminal: Terminal, pasted: str) -> None:
    rest()
    terminal.send(pasted)
    terminal.until_shown("Pasted text was ignored: no input field is open")
    rest()
    terminal.send("y")  # its message takes the place of the other one, which would stay for seconds
    terminal.until_shown("copied, if your terminal supports it")
    terminal.until_gone("Pasted text was ignored: no input field is open")
    terminal.send("/")
    terminal.until_shown("side:buy price>50")
    terminal.send(pasted)
    terminal.until_shown("98765.43", "of ")
    terminal.send("\x1b")
    terminal.until_gone("98765.43")


def a_window_that_shrank_and_grew_back_is_drawn_again(terminal: Terminal) -> None:
    terminal.until(is_whole, "a whole screen")
    terminal.signal(signal.SIGSTOP)
    os.waitid(os.P_PID, terminal.process.pid, os.WSTOPPED | os.WNOWAIT)
    terminal.resize(1, 1)
    terminal.resize(160, 48)
    assert not is_whole(terminal.lines())
    terminal.signal(signal.SIGCONT)
    terminal.until(is_whole, "a whole screen")


def a_window_may_take_any_size(terminal: Terminal) -> None:
    for size in [(1, 1), (5, 20), (20, 5), (300, 3), (2, 80), (1, 1), (80, 24), (1, 1), (160, 48)] * 3:
        terminal.resize(*size)
    terminal.until(is_whole, "a whole screen")
    for size in [(1, 1), (5, 20), (100, 30)]:
        seen = len(terminal.raw)
        terminal.resize(*size)
        terminal.until_redrawn(seen)
    terminal.until_shown("READ-ONLY", "LIVE", CURSOR)


def is_whole(lines: Sequence[str]) -> bool:
    return len(rows(lines)) > 20 and under_cursor(lines) != "" and "LIVE" in lines[0] and "Quit" in lines[-1]


# ---------------------------------------------------------------- without colour


def test_no_color_removes_all_colours_and_the_cursor_stays_visible(desk_host: Host) -> None:
    desk_host.variables["NO_COLOR"] = "1"
    with desk(desk_host) as terminal:
        terminal.send("j")
        terminal.until(lambda lines: [under_cursor(lines)] == rows(lines)[1:2], "the cursor")
        terminal.until(lambda lines: stands_out(terminal, lines, under_cursor(lines)), "a reversed line")
        assert not stands_out(terminal, terminal.lines(), rows(terminal.lines())[2])
        terminal.send("s")
        terminal.until_shown("Sort by")
        terminal.send("\x1b")
        terminal.until_gone("Sort by")
        quit_desk(terminal)
    assert colours(terminal.raw) == set()


def stands_out(terminal: Terminal, lines: Sequence[str], line: str) -> bool:
    """Whether the line is drawn in reverse up to its last column."""
    row = terminal.screen.buffer[lines.index(line)] if line in lines else {}
    return bool(row) and all(row[x].reverse for x in range(terminal.screen.columns - 1))


def colours(raw: bytes) -> set[str]:
    """The selections of a colour other than the terminal's own, among the SGR sequences."""
    found: set[str] = set()
    for sequence in re.findall(rb"\x1b\[([0-9;:]*)m", raw):
        codes = re.sub(r"\b([34]8)[;:](2|5)[;:]", r"\1 \2 ", sequence.decode()).split(";")
        found |= {code for code in codes if re.fullmatch(r"[34]8 .*|[349][0-7]|10[0-7]", code)}
    return found


# ---------------------------------------------------------------- where it can't be drawn

LATIN_1 = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "latin-1"}


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"TERM": "dumb"}, "this terminal (TERM=dumb) can't be drawn on"),
        ({"TERM": ""}, "can't be drawn on"),
        (LATIN_1, "the terminal's encoding is"),
    ],
)
def test_an_unsuitable_terminal_is_refused(desk_host: Host, variables: dict[str, str], reason: str) -> None:
    desk_host.variables |= variables
    with desk_host.pbtui() as terminal:
        assert terminal.end() == 2
        assert terminal.what_is_left() == []
    assert_one_line(terminal.raw, reason)


@pytest.mark.parametrize(
    ("term", "number"),
    [("xterm-256color", None), ("xterm-kitty", signal.SIGTERM), ("linux", signal.SIGHUP), ("nonsense", None)],
)
def test_any_other_terminal_is_drawn_on_and_restored_whatever_ends_the_desk(
    desk_host: Host, shared_exchange: RunningExchange, term: str, number: signal.Signals | None
) -> None:
    """One name of each kind: the end of the name says how many colours there are, and nothing else is read from it.

    The SIGCONT of a service manager, before and after the signal that ends the desk, changes nothing. Where a signal
    ends it, the mouse is on.
    """
    desk_host.variables |= {"TERM": term, "LANG": "C", "COLORTERM": ""}
    if number is not None:
        turn_mouse_on(desk_host, shared_exchange)
    with desk(desk_host, size=(80, 24)) as terminal:
        first = order_of(terminal.until(row_of_cursor))
        terminal.send("\x1b[B")
        terminal.until(lambda lines: order_of(row_of_cursor(lines)) not in ("", first), "the cursor on the next order")
        assert (MOUSE_ON in terminal.raw) is (number is not None)
        if number is None:
            quit_desk(terminal)
            return
        terminal.signal(signal.SIGCONT)
        terminal.send("s")
        terminal.until_shown("Sort by")
        terminal.signal(number)
        terminal.signal(signal.SIGCONT)
        assert terminal.end() == 128 + number
        assert terminal.what_is_left() == []


def turn_mouse_on(host: Host, exchange: RunningExchange) -> None:
    host.has_mouse = True
    host.adopt(exchange.base_url, exchange.keys["trader"])


def test_it_is_stopped_by_its_shell_and_continued(desk_host: Host, shared_exchange: RunningExchange) -> None:
    """Ctrl+Z is a key without a meaning; the signal of a shell stops the desk, and fg draws it again.

    Meanwhile the mouse is the shell's; then a click chooses an order again.
    """
    turn_mouse_on(desk_host, shared_exchange)
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("there is no bash, whose fg continues the desk")
    desk_host.variables["PS1"] = "READY> "
    with desk_host.pbtui(command=(shell, "--norc", "-i")) as terminal:
        terminal.send(f"{shlex.join(PBTUI)}\r")
        terminal.until_shown("LIVE", CURSOR)
        first = order_of(terminal.until(row_of_cursor))
        terminal.send("\x1a")
        terminal.send("j")
        terminal.until(lambda lines: order_of(row_of_cursor(lines)) not in ("", first), "the cursor on the next order")
        (running,) = [each for each in processes_at(desk_host.home) if each.pid != terminal.process.pid]
        os.kill(running.pid, signal.SIGTSTP)
        # This terminal has no second screen: only what is written since shows that the shell and the desk are there.
        terminal.until(lambda _: b"READY> " in terminal.raw.partition(b"Stopped")[2], "the shell")
        taken = terminal.raw.count(SECOND_SCREEN)
        assert terminal.raw.count(MOUSE_OFF) == terminal.raw.count(MOUSE_ON) == 1
        terminal.send("fg\r")
        terminal.until(lambda _: terminal.raw.count(SECOND_SCREEN) > taken, "the desk")
        terminal.until(lambda _: is_whole(terminal.drawn_since(SECOND_SCREEN)), "the desk again, whole")
        y = next(y for y, line in enumerate(terminal.lines(), 1) if line.startswith(CURSOR))
        here = order_of(row_of_cursor(terminal.lines()))
        terminal.send(f"\x1b[<0;20;{y + 2}M\x1b[<0;20;{y + 2}m")
        terminal.until(
            lambda lines: order_of(row_of_cursor(lines)) not in ("", here), "the cursor where it was clicked"
        )
        prompts = terminal.raw.count(b"READY> ")
        terminal.send("q")
        terminal.until(lambda _: terminal.raw.count(b"READY> ") > prompts, "the shell again")
        terminal.send("exit $?\r")
        assert terminal.end() == 0
        assert terminal.what_is_left() == []


STOPPED_WHILE_IT_DRAWS = """
import os, signal
from pathlib import Path
from pbtui.ui.terminal import drawing

class Interrupted(drawing.Usage):
    skipped_so_far = 0

    @property
    def skipped(self):
        if Path("stop").exists():
            Path("stop").unlink()
            os.kill(os.getpid(), signal.SIGTSTP)
        return self.skipped_so_far

    @skipped.setter
    def skipped(self, number):
        self.skipped_so_far = number

drawing.Usage = Interrupted
"""
"""The signal comes while the screen hands a picture to the thread that writes it."""


def test_it_gives_the_terminal_back_if_it_is_stopped_while_it_draws(
    desk_host: Host, shared_exchange: RunningExchange
) -> None:
    turn_mouse_on(desk_host, shared_exchange)
    desk_host.first = STOPPED_WHILE_IT_DRAWS
    with desk(desk_host) as terminal:
        running = Process(terminal.process.pid)
        (desk_host.home / "stop").touch()
        terminal.until(lambda _: MOUSE_OFF in terminal.raw, "the mouse given back")
        while not running.is_stopped:
            rest()
        terminal.signal(signal.SIGCONT)
        terminal.until(lambda _: terminal.raw.count(MOUSE_ON) == 2, "the desk")
        terminal.until(lambda _: is_whole(terminal.drawn_since(SECOND_SCREEN)), "the desk again, whole")
        quit_desk(terminal)


def row_of_cursor(lines: Sequence[str]) -> str:
    return next((line for line in lines if line.startswith(CURSOR)), "")


def test_a_desk_without_a_keyboard_is_refused(desk_host: Host) -> None:
    with desk_host.pbtui(stdin=subprocess.DEVNULL) as terminal:
        assert terminal.end() == 2
    assert_one_line(terminal.raw, "the desk needs a terminal to read keys from")


def test_drawing_into_a_file_is_refused(desk_host: Host, tmp_path: Path) -> None:
    with (tmp_path / "drawn").open("wb") as file, desk_host.pbtui(stderr=file) as terminal:
        assert terminal.end() == 2
    assert terminal.raw == b""
    assert_one_line((tmp_path / "drawn").read_bytes(), "the desk draws on stderr, which is redirected")


def assert_one_line(written: bytes, reason: str) -> None:
    text = written.decode()
    assert text.startswith("Error: ")
    assert reason in text
    assert text.rstrip("\r\n").count("\n") == 0
    assert "\x1b" not in text


# ---------------------------------------------------------------- a server that goes and comes


def test_a_server_that_dies_leaves_its_rows_and_is_live_again_when_it_is_back(host: Host) -> None:
    ways = {"alerts.link": ["line", "bell", "title", "notify"]}
    with running_exchange() as exchange:
        host.adopt(exchange.base_url, exchange.keys["trader"], **ways)
        orders = exchange.orders()
        with desk(host) as terminal:
            terminal.until_shown(f"[1 Active {len(orders)}]")
            row = terminal.until(lambda lines: under_cursor(lines))
            exchange.process.kill()
            terminal.until_shown("OFFLINE", "failing for", "Connection refused", "LINK LOST: OFFLINE")
            terminal.until(lambda _: b"\x1b[22;2t\x1b]2;(1) pbtui desk \xc2\xb7 epex\a" in terminal.raw)
            assert b"\a\x1b]9;pbtui desk: LINK LOST: OFFLINE" in terminal.raw, "the bell, then the notification"
            assert under_cursor(terminal.lines())[:60] == row[:60]
            assert f"[1 Active {len(orders)}]" in terminal.text()
            new = a_wire_order("77", txt="missed this", delivery_start="2020-01-01T00:00:00Z")
            with plain_server(exchange.base_url, [*orders, new]):
                terminal.until_shown("LIVE", "missed this")
                terminal.until_gone("OFFLINE", "failing for")
                terminal.until(lambda _: b"\x1b]2;(2) pbtui desk" in terminal.raw)
                terminal.signal(signal.SIGTERM)
                assert terminal.end() == 143
                assert terminal.raw.count(b"\x1b]2;\a\x1b[23;2t") == 1, "the title is given back"


@contextmanager
def plain_server(base_url: str, orders: list[dict[str, Any]]) -> Iterator[None]:
    """Another server under the address of one that died, with these orders."""
    body = json.dumps(orders).encode()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    port = int(base_url.split(":")[2].split("/")[0])
    with ThreadingHTTPServer(("127.0.0.1", port), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
