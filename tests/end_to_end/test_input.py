"""The input of a real terminal: answers, torn keys, layouts, bursts, noise. The exchange shows what was sent."""

import time
from collections.abc import Sequence

from pbtui.ui.terminal.input import MOMENT_S
from pbtui.ui.terminal.reading.grammar import ESCAPE_S
from tests.end_to_end.host import Host
from tests.end_to_end.noise import attack
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.trader import F9, press, quit_desk, rest, trading_desk, until_reconciled
from tests.exchange import RunningExchange, eventually

ATTACH = "\x1bP>|kitty(0.36.4)\x1b\\"
COLOUR = "\x1b]11;rgb:1e1e/dada/1e1e\x07"
FAILS_ON_EXCLAMATION_MARK = """
from pbtui.ui.terminal.input import Input
read = Input.feed
def fail(self, chunk, now_s):
    if b"!" in chunk:
        raise ZeroDivisionError("a fault of the reader")
    return read(self, chunk, now_s)
Input.feed = fail
"""
STANDS_STILL_ON_QUESTION_MARK = """
import time
from pathlib import Path
from pbtui.ui.app import DeskApp
DeskApp.action_help = lambda app: Path("stuck").touch() or time.sleep(3600)
"""


def field_here(lines: Sequence[str]) -> str:
    return next((line for line in lines if "▸" in line), "")


def test_what_nobody_pressed_is_no_key_and_what_was_pressed_is_not_lost(host: Host, exchange: RunningExchange) -> None:
    with trading_desk(host, exchange) as terminal:
        what_nobody_pressed_sends_nothing_at_a_preview(terminal, exchange)
        exchange.forget_requests()
        a_form_keeps_its_text_through_torn_keys_bursts_answers_and_keypads(terminal, exchange)
        quit_desk(terminal)
    assert exchange.orders() == []


def what_nobody_pressed_sends_nothing_at_a_preview(terminal: Terminal, exchange: RunningExchange) -> None:
    assert b"\x1b[=29u" in terminal.raw, "alternate keys are asked for"
    for answer in (ATTACH, COLOUR):  # on the table they open nothing
        terminal.send(answer)
    terminal.send("d")
    terminal.until_shown("y Send")
    rest()
    torn = ("\x9b?2026;2$", "y")  # the answer about mode 2026 with an 8-bit control
    for piece in (*torn, "my", "only 5", "today", "yes, today", "y\xff", ATTACH, COLOUR, ATTACH + "y", "y" + COLOUR):
        time.sleep(2 * MOMENT_S)  # without other input a key would count
        terminal.send(piece.encode("latin-1"))
    # All of these may have come in one piece, which is a paste: the last one comes alone as well.
    in_company = "The key was ignored: it came together with other input"
    terminal.press_until("y" + COLOUR, lambda lines: any(in_company in line for line in lines))
    hint = "н was ignored. Send: press y on a Latin keyboard layout"
    terminal.press_until("н", lambda lines: any(hint in line for line in lines))
    assert exchange.writes() == []
    terminal.press_until("\x1b[1085::121;65;1053u", lambda lines: not any("y Send" in line for line in lines))
    eventually(exchange.writes)
    until_reconciled(terminal, 1)


def a_form_keeps_its_text_through_torn_keys_bursts_answers_and_keypads(
    terminal: Terminal, exchange: RunningExchange
) -> None:
    terminal.send("a")
    terminal.until_shown("New order", "^r All fields")
    terminal.send("\x12")
    terminal.until_shown("New order", "^r One line")
    terminal.send("buy\r\x15\r\r\x15amp\r\x15DE1\r")  # typed before a stall
    terminal.until(lambda lines: "quantity" in field_here(lines), "the cursor in the quantity")
    terminal.until_shown("buy", "amp", "DE1")
    terminal.send("1\x1b[57360;;48u2\r")
    for code in (57412, 57403, 57404, 57409, 57400, 57399):
        terminal.send(f"\x1b[{code};129u")
    terminal.send(COLOUR + "\x1b[1114112u\x1b[:D\x1b[97:65;2u\x7f")
    terminal.until(lambda lines: "-45.10" in field_here(lines), "the price from the keypad")
    terminal.send_torn("\x1b", "[20~")  # with pauses in tests/ui/terminal/test_input.py
    terminal.until_shown("Nothing was sent yet")
    rest()
    terminal.send("\x1b")
    terminal.until_gone("Nothing was sent yet")
    terminal.until(lambda lines: "-45.10" in field_here(lines), "the form as it was")
    terminal.send("\x1b")
    terminal.until_gone("New order")
    terminal.send_torn("\x1b", "[20~", 2 * ESCAPE_S)  # however slow the line is
    terminal.until_shown("Nothing was sent yet")
    press(terminal, "л", "л was ignored. FIRE: press k on a Latin keyboard layout")
    assert exchange.writes() == []
    press(terminal, "\x1b[1083::107;;1083u", "FIRE AGAIN")
    terminal.until_shown("KILL VERIFIED 0 ACTIVE")
    terminal.send("\x1b")
    terminal.until_gone("FIRE AGAIN")


def test_a_fault_in_the_thread_of_the_keys_is_a_report_and_a_kill_goes_on(
    host: Host, exchange: RunningExchange
) -> None:
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False)
    host.first = FAILS_ON_EXCLAMATION_MARK
    with host.pbtui() as terminal:
        terminal.until_shown("LIVE", "TRADING", "›")
        exchange.forget_requests()
        exchange.faults(spare_on_kill={"value": 1, "times": 3})
        terminal.send(F9)
        terminal.until_shown("Nothing was sent yet")
        terminal.press_until("k", lambda lines: exchange.writes())
        terminal.send("!")
        assert terminal.end() == 1
        assert terminal.what_is_left() == []
        assert b"internal error: ZeroDivisionError. Report: " in terminal.raw
        assert b"KILL VERIFIED 0 ACTIVE" in terminal.raw
    (report,) = host.crash_reports
    assert "a fault of the reader" in report
    assert exchange.orders() == []


def test_a_fault_in_the_thread_of_the_keys_ends_a_desk_whose_screen_stands_still(
    host: Host, exchange: RunningExchange
) -> None:
    host.adopt(exchange.base_url, exchange.keys["trader"])
    host.first = FAILS_ON_EXCLAMATION_MARK + STANDS_STILL_ON_QUESTION_MARK
    with host.pbtui() as terminal:
        terminal.until_shown("LIVE", "›")
        terminal.send("?")
        eventually((host.home / "stuck").exists)
        terminal.send("!")
        assert terminal.wait() == 1
    (report,) = host.crash_reports
    assert "a fault of the reader" in report


def test_noise_at_an_open_preview_sends_nothing(host: Host, exchange: RunningExchange) -> None:
    assert attack(host, exchange, 800, seed=2, round_bytes=500) >= 2
