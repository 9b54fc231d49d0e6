"""Ctrl+C, a lost terminal and kill, at any moment of any command: what it says and how it exits."""

import fcntl
import itertools
import json
import os
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pbtui.cli.main import COMMANDS, SENDING
from tests.end_to_end.host import PBTUI, Host
from tests.end_to_end.terminal import Terminal
from tests.exchange import RunningExchange, eventually

PLUGINS = Path(__file__).parent / "plugins"
NOTHING_SENT = "interrupted; nothing was sent"
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
"""One handler takes all of them: where it waits for what is under way, all are tried, elsewhere one each in turn."""


@pytest.fixture(scope="module")
def exchange(shared_exchange: RunningExchange) -> RunningExchange:
    """A simulator whose market stands still; each of these tests leaves its orders as they are."""
    return shared_exchange


@pytest.fixture
def host(tmp_path: Path, exchange: RunningExchange) -> Iterator[Host]:
    host = Host(tmp_path)
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False)
    exchange.forget_requests()
    yield host
    exchange.faults()


def writes(exchange: RunningExchange) -> list[dict[str, Any]]:
    return [request for request in exchange.requests() if request["method"] != "GET"]


class Started:
    """pbtui as it was begun without a terminal."""

    def __init__(self, host: Host, *arguments: str) -> None:
        self._written = host.home / "out", host.home / "err"
        with self._written[0].open("wb") as out, self._written[1].open("wb") as err:
            self._process = host.start(*arguments, stdout=out, stderr=err)

    def ended_by(self, number: int) -> tuple[str, str, int]:
        """What it has written on stdout and stderr, and its exit code, after this signal."""
        self._process.send_signal(number)
        code = self._process.wait(60)
        out, err = self._written
        return out.read_text(), err.read_text(), code


# ---------------------------------------------------------------- before a command has done anything


EVERY_COMMAND = """
import os, signal, sys
import sitecustomize
from pbtui.__main__ import run
from pbtui.cli.main import COMMANDS

sitecustomize.NUMBER = signal.SIGINT
for command, (place, _) in COMMANDS.items():
    if not os.fork():
        sitecustomize.MODULE = place.partition(":")[0]
        sitecustomize.interrupt()
        sys.argv[1:] = [command]
        run()
    code = os.waitstatus_to_exitcode(os.wait()[1])
    print(command, code, flush=True)
"""
"""Runs each command in a copy of itself, until it imports the module of the command."""


def interrupt_import(host: Host, module: str, number: int, **more: str) -> None:
    """Let the import of this module bring that signal, in every new Python of this host."""
    host.variables |= {"PYTHONPATH": str(PLUGINS), "INTERRUPT_AT": module, "INTERRUPT_WITH": str(number), **more}


def test_a_signal_during_the_imports_ends_every_command_with_a_message(host: Host) -> None:
    host.variables["PYTHONPATH"] = str(PLUGINS)
    done = host.run(command=(sys.executable, "-c", EVERY_COMMAND))
    ends = {command: (NOTHING_SENT, 2) if command in SENDING else ("interrupted", 130) for command in COMMANDS}
    assert done.stdout.decode().splitlines() == [f"{command} {code}" for command, (_, code) in ends.items()]
    assert done.stderr.decode().splitlines() == [text for text, _ in ends.values()]


@pytest.mark.parametrize(
    ("module", "number"),
    zip(["pbtui.cli.main", "click", "msgspec", "httpx", "asyncio"], itertools.cycle(SIGNALS), strict=False),
)
def test_a_signal_during_any_import_ends_a_kill_before_anything_is_sent(
    host: Host, exchange: RunningExchange, module: str, number: int
) -> None:
    interrupt_import(host, module, number)
    done = host.run("kill", "--yes")
    assert (done.stdout, done.stderr.decode(), done.returncode) == (b"", f"{NOTHING_SENT}\n", 2)
    assert exchange.requests() == []


def test_a_signal_ends_a_kill_also_if_no_thread_can_be_started(host: Host) -> None:
    number = signal.SIGTERM
    interrupt_import(host, "httpx", number, INTERRUPT_WITHOUT_THREADS="1")
    done = host.run("kill", "--yes")
    assert (done.stdout, done.stderr.decode(), done.returncode) == (b"", f"{NOTHING_SENT}\n", 2)


def test_a_signal_ends_a_desk_that_is_not_open_yet(host: Host) -> None:
    number = signal.SIGHUP
    interrupt_import(host, "pbtui.ui.app", number)
    with host.pbtui() as terminal:
        assert terminal.end() == 128 + number
        assert terminal.what_is_left() == []
        assert "interrupted" in terminal.text()


def test_a_signal_that_the_shell_ignores_stays_ignored(host: Host) -> None:
    reached = host.home / "reached"
    interrupt_import(host, "httpx", signal.SIGHUP, INTERRUPT_SENT=str(reached))
    ignoring = ["/bin/sh", "-c", 'trap "" HUP; exec "$@"', "sh", *PBTUI, "orders"]
    with subprocess.Popen(ignoring, env=host.environment, cwd=host.home, stderr=subprocess.PIPE) as process:
        eventually(reached.exists)
        process.terminate()
        _, talk = process.communicate(timeout=60)
    assert (talk.decode(), process.returncode) == ("interrupted\n", 128 + signal.SIGTERM)


# ---------------------------------------------------------------- at a question


ELSEWHERE = """
import signal, threading

threading.Thread(target=threading.Event().wait, daemon=True).start()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
"""
"""Signals reach another thread than the main one, as one does that arrives right before a blocking read."""
PROMPTS = {
    "kill": (["kill"], ["Type k to fire"], NOTHING_SENT),
    "account": (["account", "delete"], ["Type delete everything"], NOTHING_SENT),
    "delete": (["delete", "--order-id", "ID"], ["[y/N]:"], "not confirmed; nothing was sent"),
}


@pytest.mark.parametrize(("command", "number"), zip(PROMPTS, SIGNALS, strict=True))
def test_a_signal_at_a_question_sends_nothing(
    host: Host, exchange: RunningExchange, command: str, number: signal.Signals
) -> None:
    arguments, questions, text = PROMPTS[command]
    order_id = exchange.orders()[0]["order_id"]
    host.first = ELSEWHERE
    with host.pbtui(*(word.replace("ID", order_id) for word in arguments)) as terminal:
        terminal.until_shown(*questions)
        interrupt(terminal, number)
        terminal.until_shown(text)
        assert terminal.end() == 2
        assert terminal.what_is_left() == []
    assert writes(exchange) == []


def interrupt(terminal: Terminal, number: signal.Signals) -> None:
    if number is signal.SIGINT:
        terminal.send("\x03")
    else:
        terminal.signal(number)


@pytest.mark.parametrize(
    ("arguments", "text", "code", "number"),
    [
        (["kill"], NOTHING_SENT, 2, signal.SIGINT),
        (["add", "--dry-run"], NOTHING_SENT, 2, signal.SIGHUP),
        (["orders"], "interrupted", 128 + signal.SIGTERM, signal.SIGTERM),
    ],
)
def test_a_signal_at_the_question_for_the_key_turns_the_echo_on_again(
    host: Host, arguments: list[str], text: str, code: int, number: signal.Signals
) -> None:
    del host.variables["PBTUI_API_KEY_DESK"]
    host.first = ELSEWHERE
    host.variables["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    with host.pbtui(*arguments, *entry(arguments)) as terminal:
        terminal.until_asked("API key for desk")
        interrupt(terminal, number)
        terminal.until_shown(text)
        assert terminal.end() == code
        assert terminal.what_is_left() == []


def entry(arguments: list[str]) -> list[str]:
    if "add" not in arguments:
        return []
    values = {
        "portfolio": "DE1",
        "side": "buy",
        "quantity": "1",
        "price": "1",
        "contract-id": "c",
        "delivery-area": "FR",
    }
    return [word for name, value in values.items() for word in (f"--{name}", value)]


def test_the_end_of_the_input_at_the_question_for_the_key_is_a_refusal(host: Host) -> None:
    del host.variables["PBTUI_API_KEY_DESK"]
    host.variables["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    with host.pbtui("kill") as terminal:
        terminal.until_asked("API key for desk")
        terminal.send("\x04")
        terminal.until_shown("the input has ended; nothing was sent")
        assert terminal.end() == 2


def test_a_signal_at_the_questions_of_re_arming_leaves_the_halt(host: Host, exchange: RunningExchange) -> None:
    halt = host.home / "xdg_state_home" / "pbtui" / "halt" / "desk.json"
    halt.parent.mkdir(parents=True)
    halt.write_text('{"reason": "a test"}')
    host.first = ELSEWHERE
    for answers, number in (([], signal.SIGTERM), (["desk\r"], signal.SIGINT)):
        with host.pbtui("rearm") as terminal:
            terminal.until_shown("Type the profile's name to re-arm it")
            for answer in answers:
                terminal.send(answer)
                terminal.until_shown("Why is it safe to trade again?")
            interrupt(terminal, number)
            terminal.until_shown("still halted: interrupted")
            assert terminal.end() == 2
    assert halt.exists()


# ---------------------------------------------------------------- while a request is away


def test_a_signal_during_a_read_ends_the_command(host: Host, exchange: RunningExchange) -> None:
    exchange.faults(hold={"value": True, "methods": ["GET"], "paths": ["/orders"]})
    running = Started(host, "orders")
    eventually(lambda: any(request["method"] == "GET" for request in exchange.requests()))
    assert running.ended_by(signal.SIGTERM) == ("", "interrupted\n", 128 + signal.SIGTERM)


def test_an_interruption_of_a_slow_read_says_how_much_has_come(host: Host, exchange: RunningExchange) -> None:
    exchange.faults(slow_drip={"value": 2000, "paths": ["/orders"]})
    with host.pbtui("orders") as terminal:
        terminal.until_shown("KB")
        terminal.send("\x03")
        terminal.until_shown("interrupted after ")
        assert terminal.end() == 130


def test_a_signal_before_a_write_has_left_says_that_nothing_was_sent(host: Host, exchange: RunningExchange) -> None:
    order_id = exchange.orders()[0]["order_id"]
    exchange.forget_requests()
    exchange.faults(hold={"value": True, "methods": ["GET"], "paths": ["/orders"]})
    running = Started(host, "delete", "--order-id", order_id, "--yes")
    eventually(lambda: any(request["method"] == "GET" for request in exchange.requests()))
    out, talk, code = running.ended_by(signal.SIGINT)
    assert (out, code) == ("", 2)
    assert NOTHING_SENT in talk
    assert writes(exchange) == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGINT, "Interrupted: waiting for the answer, at most 2 s. Press Ctrl+C again to end now."),
        (signal.SIGTERM, "Interrupted, asked to end: waiting for the answer, at most 2 s; then this command ends."),
        (signal.SIGHUP, "Interrupted, the terminal hung up: waiting for the answer, at most 2 s; then this command"),
    ],
)
def test_a_signal_while_a_write_is_away_names_only_what_can_be_done(
    host: Host, exchange: RunningExchange, number: signal.Signals, words: str
) -> None:
    order_id = exchange.orders()[0]["order_id"]
    exchange.forget_requests()
    exchange.faults(hold={"value": True, "methods": ["PUT"]})
    running = Started(host, "delete", "--order-id", order_id, "--yes")
    eventually(lambda: writes(exchange))
    out, talk, code = running.ended_by(number)
    assert (out.split()[0], code) == ("UNKNOWN", 5)
    assert words in talk
    assert ("Press" in talk) == (number == signal.SIGINT)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_during_a_change_of_everything_says_that_it_may_have_left(
    host: Host, exchange: RunningExchange, number: signal.Signals
) -> None:
    host.variables["PBTUI_API_KEY_DESK"] = exchange.keys["admin"]
    exchange.faults(hold={"value": True, "methods": ["PUT"]})
    running = Started(host, "account", "activate", "--confirm", "activate everything")
    eventually(lambda: writes(exchange))
    out, talk, code = running.ended_by(number)
    assert (out, code) == ("", 5)
    assert "interrupted; the request may have left, and the orders may have changed" in talk
    assert b"interrupted" in host.invoke("journal", "show").stdout
    assert host.invoke("journal", "verify").returncode == 0


def test_a_signal_during_the_read_after_a_change_of_everything_says_that_it_was_accepted(
    host: Host, exchange: RunningExchange
) -> None:
    host.variables["PBTUI_API_KEY_DESK"] = exchange.keys["admin"]
    exchange.forget_requests()
    exchange.faults(hold={"value": True, "methods": ["GET"]})
    running = Started(host, "account", "activate", "--confirm", "activate everything")
    eventually(lambda: [each["method"] for each in exchange.requests()] == ["PUT", "GET"])
    out, talk, code = running.ended_by(signal.SIGINT)
    assert (out, code) == ("", 5)
    assert "The server accepted the call. It is not known which orders are active. Interrupted before" in talk


def test_a_signal_after_a_write_was_confirmed_does_not_change_the_result(host: Host, exchange: RunningExchange) -> None:
    """The command is stopped in the middle of printing: nobody reads its output. Then the signals come."""
    orders = [order["order_id"] for order in exchange.orders()]
    changes = host.home / "changes.json"
    changes.write_text(json.dumps([{"order_id": each, "changes": {"action": "MODI", "txt": "x"}} for each in orders]))
    arguments = ("modify", "--from", "-", "--yes", "--accept-warnings", "--expect-count", str(len(orders)), "--json")
    reader, writer = os.pipe()
    room = fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    with changes.open("rb") as given:
        process = host.start(*arguments, stdin=given, stdout=writer)
    os.close(writer)
    eventually(lambda: unread(reader) == room)
    for number in SIGNALS:
        process.send_signal(number)
    with os.fdopen(reader) as rest:
        result = json.loads(rest.read())
    assert process.wait(60) == 0
    assert {line["state"] for line in result["lines"]} == {"CONFIRMED"}


def unread(pipe: int) -> int:
    count: int = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0]
    return count


def test_ctrl_c_again_and_again_never_says_that_nothing_was_sent(host: Host, exchange: RunningExchange) -> None:
    order_id = exchange.orders()[0]["order_id"]
    exchange.faults(hold={"value": True, "methods": ["PUT"]})
    with host.pbtui("modify", "--order-id", order_id, "--txt", "y", "--yes", "--accept-warnings") as terminal:
        eventually(lambda: writes(exchange))
        terminal.send("\x03")
        terminal.until_shown("Interrupted: waiting for the answer")
        for _ in range(20):
            terminal.send("\x03")
        assert terminal.end() == 5
        assert "nothing was sent" not in terminal.text()


def test_ctrl_c_ends_a_desk_from_outside(host: Host) -> None:
    with host.pbtui() as terminal:
        terminal.until_shown("q Quit")
        terminal.signal(signal.SIGINT)
        assert terminal.end() == 130
        assert terminal.what_is_left() == []
