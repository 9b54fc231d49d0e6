"""A plain session in a real terminal, from the first list to the re-arming, and its refusal without one."""

import re
import signal
from pathlib import Path

import pytest

from pbtui.desk.formats.areas import area_name
from tests.end_to_end.host import Host
from tests.end_to_end.terminal import Terminal
from tests.exchange import RunningExchange

NEXT = "What next? "
SEND = "[y/N]: "
BELL = "\a"
WATCHES = "a line that is typed ends it and is done; the profile stays halted\r\n"


def silent(said: bytes) -> bytes:
    """Without its bells."""
    return said.replace(BELL.encode(), b"")


class Talk:
    """A trader who types lines, and listens to what is said after each."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._heard = 0

    def hear(self, *ends: str) -> str:
        """What is said up to the first of these questions; bells, which ring at any moment, if one is asked for."""
        heard = self._terminal.until(lambda _: self._new(ends), f"one of {ends}")
        self._heard += len(heard)
        return (heard if BELL in ends else silent(heard)).decode().replace("\r\n", "\n")

    def _new(self, ends: tuple[str, ...]) -> bytes:
        new = self._terminal.raw[self._heard :]
        said = new if BELL in ends else silent(new)
        return new if said.endswith(tuple(end.encode() for end in ends)) else b""

    def type(self, line: str, *ends: str) -> str:
        """Type a line, and hear what is said until the next question."""
        self._terminal.send(f"{line}\r")
        return self.hear(*(ends or (NEXT,)))

    def interrupt(self, end: str = NEXT) -> str:
        """Press Ctrl+C."""
        self._terminal.send("\x03")
        return self.hear(end)


def test_without_a_terminal_it_names_the_commands_for_scripts(host: Host) -> None:
    for arguments, variables in ((("--plain",), {}), ((), {"ACCESSIBLE": "1"})):
        host.variables |= variables
        done = host.invoke(*arguments)
        assert (done.returncode, done.stdout) == (2, b"")
        assert b"For scripts: pbtui status, orders, add, modify, deactivate, delete, kill" in done.stderr


@pytest.mark.real_time
def test_a_whole_session_is_lines_and_questions(host: Host, exchange: RunningExchange) -> None:
    contract = exchange.free_contract()
    area = area_name(contract["delivery_areas"][0]).lower()
    alerts = {"alerts.fill": ["line", "bell"]}
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False, **alerts)
    host.variables |= {"TERM": "dumb", "ACCESSIBLE": "1"}
    with host.pbtui() as terminal:
        talk = Talk(terminal)
        begin = talk.hear(NEXT)
        assert re.search(r"Link LIVE, read .* ago\nNo halt\n\d+ active orders, buy .* MW, sell .* MW", begin)

        # What the line lacks is asked; Ctrl+C at the preview sends nothing.
        assert talk.type(f"buy 1.5 contract {contract['contract_id']} {area}", "Price, per MWh? ")
        assert talk.type("-500.50", "Portfolio, the id of the portfolio? ")
        assert "new BUY 1.5 MW at -500.50" in talk.type("DE1", SEND)
        assert "not confirmed; nothing was sent" in talk.interrupt()
        assert exchange.writes() == []
        talk.type(f"buy 1.5 @ -500.50 contract {contract['contract_id']} {area} de1", SEND)
        added = talk.type("y")
        assert added.count("CONFIRMED  new BUY 1.5 MW at -500.50") == 1, added

        # The order has a number; it keeps it when a change gives it another id.
        found = re.search(r"^1: BUY 1.5 MW at -500.50, .*, DE1, order (\d+)$", talk.type("list mine"), re.MULTILINE)
        assert found
        detail = talk.type("detail 1").splitlines()
        assert detail[1:4] == ["side: BUY", "quantity: 1.5 MW", "price: -500.50 per MWh"]
        assert "price -500.50 to -499.50, quantity 1.5 to 2.5 MW" in talk.type("change 1 price +1, mw +1", SEND)
        assert "CONFIRMED  price -500.50 to -499.50, quantity 1.5 to 2.5 MW: BUY 1.5 MW" in talk.type("y")
        assert "nothing was sent:\n  price: at most 2 decimals" in talk.type("change 1 price 5.555")
        talk.type("change 1", "Enter keeps it: ")
        talk.type("", "Enter keeps it: ")
        assert "Nothing was changed" in talk.type("")
        assert "Back" in talk.type("change 1", "Enter keeps it: ") + talk.interrupt()

        # What happens meanwhile is said between questions, and at once while watching.
        (order,) = (each for each in exchange.orders() if each["price"] == -499.5)
        talk.type("change 1 price +1", SEND)
        exchange.fill(order["order_id"], 0.5)
        assert talk.hear(BELL) == BELL  # the bell alone: nothing is said while an answer may be half typed
        said = talk.type("n")
        assert re.search(r"nothing was sent\nPART FILLED BUY 0.5 MW at -499.50", said), said
        talk.type("watch", "Watching; Enter ends it\r\n")
        exchange.fill(order["order_id"], 0.5)
        assert "traded: BUY 0.5 MW at -499.50" in talk.hear("\r\n")
        assert "Watched\nLink LIVE" in talk.type("status"), "a fill that was said while watching is not said again"

        assert "No order has the number 99" in talk.type("withdraw 99")
        assert ": deactivate" in talk.type("withdraw 1", SEND)
        assert "CONFIRMED  deactivate: BUY 1.5 MW at -499.50" in talk.type("y")

        # Ctrl+C at the question of the kill is no kill; k fires it.
        assert "PUT /orders/list DEAC" in talk.type("kill", "Type k to fire: ")
        assert "not confirmed; nothing was sent" in talk.interrupt()
        talk.type("kill", "Type k to fire: ")
        talk.type("k", WATCHES)
        assert "KILL VERIFIED 0 ACTIVE" in talk.interrupt()
        assert exchange.orders() == []
        assert "halted: kill" in talk.type("activate 1")
        assert "Type the profile's name" in talk.type("rearm the drill is over", "re-arm it: ")
        assert "Profile desk is re-armed. No order was activated." in talk.type("desk")
        assert "Ctrl+C once more ends the session" in talk.interrupt()
        terminal.send("\x03")
        assert terminal.wait() == 0
        said = terminal.raw.decode()
    assert "It leaves 0 active orders" in said
    # Only lines and the bell: nothing is repainted, and no symbol stands for a word.
    assert not re.search(r"[\x00-\x06\x08\x0b\x0c\x0e-\x1f]|\r(?!\n)|[^\x00-\x7f]", said)
    assert host.invoke("journal", "verify").returncode == 0


@pytest.mark.real_time
def test_a_line_ends_the_watch_of_a_kill_and_is_done(host: Host, exchange: RunningExchange) -> None:
    order = exchange.orders()[0]["order_id"]
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False)
    with host.pbtui("--plain") as terminal:
        talk = Talk(terminal)
        talk.hear(NEXT)
        talk.type("kill", "Type k to fire: ")
        talk.type("k", WATCHES)
        said = talk.type("rearm", "Why is it safe to trade again? ")
        assert said.index("KILL VERIFIED 0 ACTIVE") < said.index("The session goes on. Orders that re-appear from now")
        assert "this command has ended" not in said
        talk.interrupt()
        while "\n0 active orders" not in talk.type("status"):  # until its desk has read what the kill did
            pass
        # As the session says: nothing withdraws the order that comes back, and it is shown.
        talk.type("watch", "Watching; Enter ends it\r\n")
        exchange.touch(order, action="ACTI")
        said = ""
        while (back := re.search(r"^new: .*, order \d+$", said, re.MULTILINE)) is None:
            said += talk.hear("\r\n")
        assert back[0].removeprefix("new: ") in talk.type("list")
        # Enter ends the watch too, and a line after Ctrl+C is that of the next question.
        talk.type("kill", "Type k to fire: ")
        talk.type("k", WATCHES)
        assert "The session goes on." in talk.type("")
        talk.type("kill", "Type k to fire: ")
        talk.type("k", WATCHES)
        assert "The session goes on." in talk.interrupt()
        halted = re.search(r"^HALTED: kill .*$", talk.type("status"), re.MULTILINE)
        assert halted
        assert re.search(r" \d\d:\d\d:\d\d CES?T by ", halted[0]), "its times are those of its lists"
        terminal.send("quit\r")
        assert terminal.wait() == 0
    assert not re.search(rb"\d\d:\d\d:\d\d(\.\d+)?(Z| UTC)", terminal.raw)


@pytest.mark.real_time
def test_the_demo_has_it_too_and_needs_no_settings(tmp_path: Path) -> None:
    host = Host(tmp_path)
    host.variables |= {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    with host.pbtui("--plain", "demo", "--orders", "5", "--churn", "0") as terminal:
        talk = Talk(terminal)
        assert "SIMULATION, profile demo, epex" in talk.hear(NEXT)
        assert re.search("^1: (BUY|SELL) ", talk.type("list"), re.MULTILINE)
        assert "SIMULATION demo: deactivate all orders" in talk.type("kill", "Type k to fire: ")
        assert "not confirmed; nothing was sent" in talk.interrupt()
        terminal.signal(signal.SIGTERM)
        assert terminal.wait() == 128 + signal.SIGTERM
