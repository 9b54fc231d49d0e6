"""SIGTERM or a lost terminal ends a plain session: at a question, while a ticket is sent, while a kill runs."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.cli.plain.test_session import NEXT, SEND, WATCHES, Talk
from tests.end_to_end.host import Host
from tests.end_to_end.terminal import Terminal
from tests.exchange import RunningExchange, eventually

FIRE = "Type k to fire: "
ENDS = [signal.SIGTERM, signal.SIGHUP]
RIGHT_BEFORE_THE_COMMAND = """
import os, signal, time
from pbtui.cli.interrupts import interrupts
from pbtui.cli.write import desk_run

run_in = desk_run._run_in

def run_late(*given, **more):
    os.kill(os.getpid(), signal.SIGTERM)
    while not interrupts.ended_by:
        time.sleep(0.01)
    return run_in(*given, **more)

desk_run._run_in = run_late
"""
"""The signal is answered in the moment before the command listens to signals."""

CLOSES_SLOWLY = """
import asyncio
from pathlib import Path
from pbtui.cli.interrupts import interrupts
from pbtui.cli.plain import background
from pbtui.desk.desk import Desk

close = Desk.close

async def close_late(desk, within_s):
    Path("closing").touch()
    while not (interrupts.ended_by and Path("may close").exists()):
        await asyncio.sleep(0.01)
    await close(desk, within_s)

Desk.close = close_late
background.STOP_WITHIN_S = 60
"""
"""The desk closes when the test lets it."""


@contextmanager
def session(host: Host, exchange: RunningExchange, **streams: Any) -> Iterator[tuple[Terminal, Talk]]:
    """A plain session that has listed its orders, and has sent nothing."""
    with host.pbtui("--plain", **streams) as terminal:
        talk = Talk(terminal)
        talk.hear(NEXT)
        talk.type("list")
        exchange.forget_requests()
        yield terminal, talk


def last_words(terminal: Terminal, code: int) -> str:
    """What the session says from now until it ends with this code."""
    heard = len(terminal.raw)
    assert terminal.wait() == code, terminal.raw[heard:].decode()
    return terminal.raw[heard:].decode().replace("\r\n", "\n")


@pytest.mark.parametrize("number", ENDS)
@pytest.mark.parametrize(("line", "question"), [("withdraw 1", SEND), ("kill", FIRE), ("change 1", "Enter keeps it: ")])
def test_a_signal_at_any_question_ends_the_session(
    host: Host, exchange: RunningExchange, line: str, question: str, number: signal.Signals
) -> None:
    mine = len(exchange.orders())
    with session(host, exchange) as (terminal, talk):
        talk.type(line, question)
        terminal.signal(number)
        assert f"The session has ended. It leaves {mine} active orders" in last_words(terminal, 128 + number)
    assert exchange.writes() == []


@pytest.mark.parametrize("number", ENDS)
def test_a_signal_while_a_ticket_is_sent_ends_the_session_with_what_is_not_known(
    host: Host, exchange: RunningExchange, number: signal.Signals
) -> None:
    with session(host, exchange) as (terminal, talk):
        exchange.faults(hold={"value": True, "methods": ["PUT"]})
        talk.type("withdraw 1", SEND)
        terminal.send("y\r")
        eventually(exchange.writes)
        terminal.signal(number)
        said = last_words(terminal, 5)
    assert "Interrupted: a request that was sent is not taken back." in said
    assert re.search(r"The session has ended.*\nUNKNOWN  .*\nThe results are not known yet", said), said


def test_a_signal_right_before_a_command_ends_the_session_without_its_question(
    host: Host, exchange: RunningExchange
) -> None:
    host.first = RIGHT_BEFORE_THE_COMMAND
    with session(host, exchange) as (terminal, _):
        terminal.send("withdraw 1\r")
        said = last_words(terminal, 143)
    assert "interrupted; nothing was sent" in said
    assert SEND not in said
    assert exchange.writes() == []


def test_a_signal_during_the_reads_before_a_kill_ends_the_session_at_its_question(
    host: Host, exchange: RunningExchange
) -> None:
    with session(host, exchange) as (terminal, _):
        exchange.faults(hold={"value": True, "methods": ["GET"], "paths": ["/orders"]})
        terminal.send("kill\r")
        eventually(lambda: any(each["path"].endswith("/orders") for each in exchange.requests()))
        terminal.signal(signal.SIGTERM)
        exchange.faults()
        assert "not confirmed; nothing was sent" in last_words(terminal, 143)
    assert exchange.writes() == []


@pytest.mark.parametrize("number", ENDS)
def test_a_signal_while_a_kill_runs_ends_the_session_with_its_verdict(
    host: Host, exchange: RunningExchange, number: signal.Signals
) -> None:
    mine = len(exchange.orders())
    with session(host, exchange) as (terminal, talk):
        talk.type("kill", FIRE)
        exchange.faults(hold={"value": True, "methods": ["PUT"]})
        terminal.send("k\r")
        eventually(exchange.writes)
        terminal.signal(number)
        exchange.faults()
        said = last_words(terminal, 128 + number)
    assert (
        said.index("certificate SEALED") < said.index("The session has ended") < said.index("The profile stays halted")
    )
    assert f"It leaves {mine} active orders" not in said, "they were counted before the kill"
    assert WATCHES not in said, "nobody is there to watch"
    assert exchange.orders() == []


def test_a_signal_during_the_watch_of_a_kill_ends_the_session(host: Host, exchange: RunningExchange) -> None:
    with session(host, exchange) as (terminal, talk):
        talk.type("kill", FIRE)
        talk.type("k", WATCHES)
        terminal.signal(signal.SIGTERM)
        said = last_words(terminal, 143)
    assert "The session has ended" in said
    assert "The session goes on" not in said


def test_a_line_that_was_typed_before_the_signal_is_not_done(host: Host, exchange: RunningExchange) -> None:
    with session(host, exchange) as (terminal, talk):
        exchange.faults(hold={"value": True, "methods": ["PUT"]})
        talk.type("withdraw 1", SEND)
        terminal.send("y\r")
        eventually(exchange.writes)
        terminal.send("trading off\r")
        terminal.signal(signal.SIGTERM)
        assert "Trading is off" not in last_words(terminal, 5)


def test_ctrl_c_while_a_ticket_is_sent_ends_the_wait_alone(host: Host, exchange: RunningExchange) -> None:
    with session(host, exchange) as (terminal, talk):
        exchange.faults(hold={"value": True, "methods": ["PUT"]})
        talk.type("withdraw 1", SEND)
        terminal.send("y\r")
        eventually(exchange.writes)
        assert "Interrupted: a request that was sent is not taken back." in talk.interrupt()
        exchange.faults()
        said = ""
        while "CONFIRMED deactivate" not in said:
            said += talk.type("")
        terminal.send("quit\r")
        assert terminal.wait() == 0


# ---------------------------------------------------------------- a lost terminal


@pytest.mark.parametrize(("line", "question"), [("", NEXT), ("withdraw 1", SEND), ("kill", FIRE)])
def test_a_terminal_that_is_lost_at_a_question_is_the_end_of_the_session(
    host: Host, exchange: RunningExchange, line: str, question: str
) -> None:
    with session(host, exchange) as (terminal, talk):
        talk.type(line, question)
        terminal.hang_up()
        assert terminal.wait() == 129
    assert exchange.writes() == []
    assert host.crash_reports == []


def test_a_lost_terminal_ends_the_session_also_where_hang_ups_are_ignored(
    host: Host, exchange: RunningExchange
) -> None:
    host.first = "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    with session(host, exchange) as (terminal, _):
        terminal.hang_up()
        assert terminal.wait() == 129


def test_a_terminal_that_is_lost_right_after_a_line_is_the_end_of_the_session(
    host: Host, exchange: RunningExchange
) -> None:
    with session(host, exchange) as (terminal, _):
        terminal.send("withdraw 1\r")
        terminal.hang_up()
        assert terminal.wait() == 129
    assert exchange.writes() == []
    assert host.crash_reports == []


def test_a_terminal_that_is_lost_while_a_kill_runs_leaves_it_its_verdict(host: Host, exchange: RunningExchange) -> None:
    with session(host, exchange) as (terminal, talk):
        talk.type("kill", FIRE)
        exchange.faults(hold={"value": True, "methods": ["PUT"]})
        terminal.send("k\r")
        eventually(exchange.writes)
        terminal.hang_up()
        exchange.faults()
        assert terminal.wait() == 129
    assert exchange.orders() == []
    assert host.crash_reports == []


# ---------------------------------------------------------------- while the session closes


def test_a_hang_up_while_the_session_closes_is_how_it_ended(host: Host, exchange: RunningExchange) -> None:
    host.first = CLOSES_SLOWLY
    with session(host, exchange) as (terminal, _):
        terminal.send("quit\r")
        eventually((host.home / "closing").exists)
        terminal.signal(signal.SIGHUP)
        terminal.signal(signal.SIGHUP)
        (host.home / "may close").touch()
        assert "The session has ended. It leaves" in last_words(terminal, 129)


def test_a_second_signal_while_the_session_closes_ends_it_at_once(host: Host, exchange: RunningExchange) -> None:
    host.first = CLOSES_SLOWLY
    with session(host, exchange) as (terminal, _):
        terminal.signal(signal.SIGTERM)
        eventually((host.home / "closing").exists)
        terminal.signal(signal.SIGTERM)
        assert "The session has ended" not in last_words(terminal, 143)


def test_the_code_of_a_kill_is_stronger_than_that_of_the_signal(host: Host, exchange: RunningExchange) -> None:
    with session(host, exchange) as (terminal, talk):
        talk.type("kill", FIRE)
        exchange.faults(errors={"value": {"403": 1}, "methods": ["PUT"]})
        assert "KILL REFUSED" in talk.type("k")
        terminal.signal(signal.SIGTERM)
        last_words(terminal, 4)


# ---------------------------------------------------------------- a stdout that nobody reads


@contextmanager
def unheard_session(host: Host, exchange: RunningExchange) -> Iterator[tuple[Terminal, Talk]]:
    """A plain session whose answers go into a pipe, and the reader of that has ended meanwhile."""
    reading, writing = os.pipe()
    with session(host, exchange, stdout=writing) as (terminal, talk):
        os.close(writing)
        os.close(reading)
        yield terminal, talk


@pytest.mark.parametrize("line", ["status", "list", "nonsense"])
def test_a_session_whose_answer_nobody_reads_ends_with_its_last_words_on_stderr(
    host: Host, exchange: RunningExchange, line: str
) -> None:
    with unheard_session(host, exchange) as (terminal, _):
        terminal.send(f"{line}\r")
        said = last_words(terminal, 5)
    assert "The session has ended. It leaves" in said
    assert "stdout can't be written" in said
    assert "journal" not in said


def test_a_result_that_nobody_reads_is_in_the_journal(host: Host, exchange: RunningExchange) -> None:
    with unheard_session(host, exchange) as (terminal, talk):
        talk.type("withdraw 1", SEND)
        terminal.send("y\r")
        said = last_words(terminal, 5)
    assert "the result could not be written to stdout; it is in the journal of the profile" in said
    assert b"CONFIRMED" in host.invoke("journal", "show").stdout


def test_a_kill_whose_verdict_nobody_reads_has_its_own_code(host: Host, exchange: RunningExchange) -> None:
    with unheard_session(host, exchange) as (terminal, talk):
        talk.type("kill", FIRE)
        exchange.faults(errors={"value": {"403": 1}, "methods": ["PUT"]})
        terminal.send("k\r")
        assert "KILL REFUSED" in last_words(terminal, 4)
