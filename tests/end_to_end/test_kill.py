"""The kill switch in a real terminal; the exchange records which requests were sent."""

import json
import signal
import time
from contextlib import suppress
from typing import Any

import pytest

from tests.end_to_end.host import Host
from tests.end_to_end.terminal import AGAIN_AFTER_S, Terminal
from tests.end_to_end.trader import F9, fire, press, quit_desk, rest, trading_desk
from tests.exchange import RunningExchange, eventually

NARROW = (80, 24)
SLOW_AT_ITS_END = """
import threading, time
from types import SimpleNamespace
from pbtui.cli import desk
from pbtui.ui.terminal import driver

in_zone = desk.in_zone
desk.in_zone = lambda *given: time.sleep(1) or in_zone(*given)
driver.threading = SimpleNamespace(Timer=lambda _delay_s, end: threading.Timer(0.0, end))
"""
"""The screen is taken for stuck as soon as a signal ends the desk, and the verdict takes long to be put into words."""


def reports(host: Host) -> list[dict[str, Any]]:
    return [json.loads(file.read_text()) for file in (host.home / "xdg_state_home").rglob("kills/*/*.json")]


def fire_unseen(terminal: Terminal, exchange: RunningExchange) -> None:
    """Press the key that fires until a request has left, without a look at the screen."""
    for _ in range(5):
        rest()
        terminal.send("k")
        with suppress(AssertionError):
            eventually(exchange.writes, within_s=AGAIN_AFTER_S)
            return
    raise AssertionError("no key fires")


def test_the_kill_key_and_one_further_key_fire_from_a_form(host: Host, exchange: RunningExchange) -> None:
    mine = len(exchange.orders())
    with trading_desk(host, exchange, size=NARROW) as terminal:
        terminal.until_shown("F9 untested", "press the kill key once")
        terminal.send("a")
        terminal.until_shown("New order", "^r All fields")
        terminal.send("\x12")
        terminal.until_shown("New order", "^r One line")
        terminal.send("\t\x15471")
        terminal.until_shown("  471")

        terminal.send(9 * "5" + 9 * "\x7f" + F9 + "9k2")  # a line that lags brings all of it at once
        terminal.until_shown("Nothing was sent yet", f"{mine} orders", "PUT /orders/list DEAC")
        terminal.send("\r\r")
        rest()
        terminal.send("\x1b")
        terminal.until_gone("Nothing was sent yet")
        terminal.until(lambda lines: any("▸" in line and "  471" in line for line in lines), "the form as it was")
        terminal.send("1")
        terminal.until_shown("  4711")
        assert exchange.writes() == []

        fire(terminal)
        terminal.until_shown("KILL VERIFIED 0 ACTIVE", f"{mine} → 0")
        assert exchange.orders() == []
        terminal.send("\x1b")
        terminal.until_shown("New order", "  4711", "HALTED", "F9 VERIFIED")
        terminal.send("\x1b")
        terminal.until_gone("New order")
        quit_desk(terminal)
    (report,) = reports(host)
    assert (report["phase"], report["guard"]) == ("VERIFIED", "confirm, by the key")


def test_the_keys_fire_although_the_terminal_hangs(host: Host, exchange: RunningExchange) -> None:
    with trading_desk(host, exchange) as terminal:
        with terminal.unread():
            for number in range(40):  # whole frames: far more than what fits between the program and the terminal
                terminal.resize(160 - number % 2, 48)
                time.sleep(0.02)
            terminal.send(F9)
            fire_unseen(terminal, exchange)
            eventually(lambda: exchange.orders() == [])
        terminal.until_shown("KILL VERIFIED 0 ACTIVE", "FIRE AGAIN")
        terminal.send("\x1b")
        terminal.until_gone("FIRE AGAIN")
        quit_desk(terminal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_desk_that_a_signal_ends_before_the_verdict_of_its_kill_says_it(
    host: Host, exchange: RunningExchange, number: signal.Signals
) -> None:
    host.first = SLOW_AT_ITS_END
    with trading_desk(host, exchange) as terminal:
        exchange.faults(hold={"value": True, "methods": ["PUT"]})
        terminal.send(F9)
        terminal.until_shown("Nothing was sent yet")
        fire_unseen(terminal, exchange)
        terminal.signal(number)
        terminal.until_shown("Waiting until the kill is verified")
        exchange.faults()
        assert terminal.end() == 128 + number
        assert "KILL VERIFIED 0 ACTIVE" in terminal.text()
        assert terminal.what_is_left() == []


@pytest.mark.parametrize("number", [None, signal.SIGTERM])
def test_a_desk_that_says_a_refused_kill_at_its_end_has_the_code_of_it(
    host: Host, exchange: RunningExchange, number: signal.Signals | None
) -> None:
    with trading_desk(host, exchange) as terminal:
        exchange.faults(errors={"value": {"403": 1}, "methods": ["PUT"]})
        terminal.send(F9)
        terminal.until_shown("Nothing was sent yet")
        fire_unseen(terminal, exchange)
        terminal.until_shown("KILL REFUSED", "FIRE AGAIN")
        if number is None:
            terminal.send("\x1b")
            terminal.until_gone("FIRE AGAIN")
            terminal.send("q")
        else:
            terminal.signal(number)
        assert terminal.end() == 4
        assert "KILL REFUSED" in terminal.text()


def test_the_halt_outlives_kill_9_and_other_desks_and_a_command_of_the_profile_show_it(
    host: Host, exchange: RunningExchange
) -> None:
    with trading_desk(host, exchange) as terminal, host.pbtui() as other:
        other.until_shown("LIVE", "TRADING")
        fire(terminal)
        terminal.process.kill()
        other.until_shown("HALTED", "kill deactivate-mine fired")
        other.send("a")
        other.until_shown("no new order: ")
        assert b"Halt     kill deactivate-mine fired" in host.invoke("status").stdout
        with host.pbtui(size=NARROW) as later:
            later.until_shown("LIVE", "HALTED")
            later.send(F9)
            later.until_shown("HALTED already", "Verify the earlier kill")
            press(later, "v", "KILL VERIFIED 0 ACTIVE")


def test_a_lost_ssh_connection_does_not_end_a_kill_nor_does_its_key_fire_at_the_question_for_the_api_key(
    host: Host, exchange: RunningExchange
) -> None:
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False)
    mine = len(exchange.orders())
    key = host.variables.pop("PBTUI_API_KEY_DESK")
    host.variables["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    with host.pbtui() as terminal:
        the_kill_key_at_the_question_for_the_api_key_is_said_to_do_nothing(terminal, key)
        terminal.until_shown("LIVE", "TRADING", "›")
        exchange.forget_requests()
        exchange.faults(spare_on_kill={"value": 1, "times": 3})
        terminal.send(F9)
        terminal.until_shown("Nothing was sent yet")
        a_letter_that_is_the_rest_of_a_paste_does_not_fire(terminal, exchange)
        fire_unseen(terminal, exchange)
        terminal.hang_up()
        assert terminal.wait() == 128 + signal.SIGHUP
    assert exchange.orders() == []
    (report,) = reports(host)
    assert (report["phase"], report["counts"]) == ("VERIFIED", {"DEACTIVATED": mine})
    assert host.crash_reports == []


def the_kill_key_at_the_question_for_the_api_key_is_said_to_do_nothing(terminal: Terminal, key: str) -> None:
    terminal.until_shown("The kill key does nothing until the desk is shown")
    terminal.until_asked("API key for desk")
    terminal.send(f"{F9}\r")
    terminal.until_shown("Function keys, such as the kill key, do nothing here.")
    terminal.until_asked("API key for desk", times=2)
    terminal.send(f"{key}\r")


def a_letter_that_is_the_rest_of_a_paste_does_not_fire(terminal: Terminal, exchange: RunningExchange) -> None:
    rest()
    terminal.send("a price list, 45.10\rthe second line of it")
    terminal.send("k")
    terminal.send("\x1b[200~k\x1b[201~")
    rest()
    assert exchange.writes() == []
