"""What a run left open: shown before the same order is sent again, and by the next command that reads it."""

import json
import signal
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from pbtui.api.requests import OrderEntry
from pbtui.api.structs import replace
from pbtui.cli.write.result import print_left_over
from pbtui.desk.blotter.link import Link
from pbtui.desk.tickets.evidence import Read, Silence
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import Action, Ticket, entry_line
from pbtui.desk.view import DeskView
from tests.cli.write.test_command import options, ran, resting, writes
from tests.end_to_end.host import Host
from tests.end_to_end.test_writing import filter_for
from tests.exchange import RunningExchange, eventually


def kill_during_add(host: Host, exchange: RunningExchange) -> str:
    """Kill `add` while its request is away, and let the exchange commit it then; the text of the order."""
    exchange.faults(hold={"value": True, "methods": ["POST"]})
    with host.pbtui("add", *options(exchange), "--yes") as terminal:
        eventually(lambda: writes(exchange))
        terminal.signal(signal.SIGKILL)
        terminal.wait()
    exchange.faults()
    text: str = writes(exchange)[0]["body"][0]["txt"]
    eventually(lambda: exchange.orders(txt=text))
    return text


def test_the_same_order_again_after_a_crash_asks_for_one_more_key(host: Host, exchange: RunningExchange) -> None:
    text = kill_during_add(host, exchange)
    (order,) = exchange.orders(txt=text)

    def refused() -> str:
        _, talk = ran(host, "add", *options(exchange), "--yes", code=2)
        assert "warning: the same order was sent at" in talk
        return talk

    eventually(lambda: f"CONFIRMED, order {order['order_id']}" in refused())
    assert len(writes(exchange)) == 1
    ran(host, "add", *options(exchange, quantity="1.6"), "--yes")


def test_the_same_order_twice_in_a_row_asks_for_one_more_key(host: Host, exchange: RunningExchange) -> None:
    terms = options(exchange, quantity="1.8")
    ran(host, "add", *terms, "--yes")
    for consent in (("--yes",), ("--dry-run", "--yes")):
        _, talk = ran(host, "add", *terms, *consent, code=2)
        assert "CONFIRMED, order" in talk
        assert "Sending it again can double it" in talk
    assert len(writes(exchange)) == 1
    ran(host, "add", *terms, "--yes", "--accept-warnings")


def test_an_order_that_another_command_still_sends_asks_for_one_more_key(host: Host, exchange: RunningExchange) -> None:
    exchange.faults(hold={"value": True, "methods": ["POST"]})
    terms = options(exchange, quantity="1.9")
    with host.pbtui("add", *terms, "--yes") as terminal:
        eventually(lambda: writes(exchange))
        _, talk = ran(host, "add", *terms, "--yes", code=2)
        assert "SENDING. Sending it again can double it" in talk
        exchange.faults()
        terminal.wait()
    assert len(writes(exchange)) == 1


def test_a_command_that_reads_what_another_run_left_says_so(host: Host, exchange: RunningExchange) -> None:
    text = kill_during_add(host, exchange)
    (order,) = exchange.orders(txt=text)
    _, talk = ran(host, "delete", "--order-id", order["order_id"], "--yes")
    assert "of an earlier run: CONFIRMED" in talk


def test_an_intent_of_a_newer_version_is_named_and_stops_nothing(host: Host, exchange: RunningExchange) -> None:
    kill_during_add(host, exchange)
    files = (host.home / "xdg_state_home").rglob("*.jsonl")
    (journal,) = [file for file in files if '"kind":"intent"' in file.read_text()]
    lines = []
    for line in journal.read_text().splitlines():
        entry = json.loads(line)
        if entry["kind"] == "intent":
            entry["options"]["newer"] = True
            entry["lines"][0]["request"]["newer"] = 1
        lines.append(json.dumps(entry))
    odd = {**json.loads(lines[-1]), "kind": "intent", "ticket": "NEWER1", "action": "swap", "lines": [{"key": "x"}]}
    journal.write_text("\n".join([*lines, json.dumps(odd)]) + "\n")
    done = host.run("add", *options(exchange, quantity="1.7"), "--yes")
    assert done.returncode == 0, done.stderr
    assert b"can't be read by this version; check its orders yourself (x)" in done.stderr
    assert b"of an earlier run: CONFIRMED" in done.stderr


@pytest.mark.parametrize(
    ("state", "more", "is_said"),
    [
        (State.UNKNOWN, (), True),
        (State.NOT_FOUND, (), False),  # the run that sent it said so
        (State.NOT_FOUND, (Read(1),), True),
        (State.CONFIRMED, (Read(1),), True),
    ],
)
def test_only_what_this_run_knows_more_of_is_said(
    state: State, more: tuple[Read, ...], *, is_said: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = OrderEntry(portfolio_id="P1", quantity=Decimal(5), price=Decimal(45))
    silence = Silence(0, "no answer", is_left_over=True)
    line = replace(entry_line(entry, "AAA222"), evidence=(silence, *more), verdict=Verdict(state))
    ticket = Ticket("BBB222", Action.ADD, (line,), datetime.now(UTC))
    print_left_over(DeskView(Link(poll_s=1), tickets=(ticket,)), ZoneInfo("Europe/Berlin"))
    assert (f"ticket BBB222 of an earlier run: {state}" in capsys.readouterr().err) == is_said


def kill_desk_during_delete(host: Host, exchange: RunningExchange, order_id: str) -> None:
    """Kill a desk while its deletion is away, and let the exchange commit it then."""
    with host.pbtui() as terminal:
        terminal.until_shown("LIVE")
        filter_for(terminal, f"id={order_id}")
        terminal.press_until("x", lambda lines: any("y Delete" in line for line in lines))
        exchange.faults(hold={"value": True, "methods": ["PUT"]})
        terminal.press_until("y", lambda lines: not any("y Delete" in line for line in lines))
        eventually(lambda: writes(exchange))
        terminal.signal(signal.SIGKILL)
        terminal.wait()
    exchange.faults()
    eventually(lambda: not exchange.orders(order_ids=order_id))


def refused_command(host: Host, order_id: str) -> str:
    """What a command that sends nothing itself says on stderr."""
    _, talk = ran(host, "modify", "--order-id", order_id, "--price", "-99999", "--yes", code=2)
    return talk


def tickets_of_a_desk(host: Host, *texts: str) -> None:
    """Open a desk, see these texts in its list of tickets, and end it."""
    with host.pbtui() as terminal:
        terminal.until_shown("LIVE")
        terminal.press_until("t", lambda lines: any("Tickets of" in line or "No tickets" in line for line in lines))
        terminal.until_shown(*texts)
        terminal.signal(signal.SIGTERM)
        terminal.wait()


def test_the_next_desk_shows_once_what_another_program_read(host: Host, exchange: RunningExchange) -> None:
    """Even a command that is refused reads the ticket that a killed desk left, and says so."""
    order, other = resting(exchange, 2)
    kill_desk_during_delete(host, exchange, order["order_id"])
    eventually(lambda: "of an earlier run: CONFIRMED" in refused_command(host, other["order_id"]))
    tickets_of_a_desk(host, "left by earlier runs: 1", "of an earlier run", "CONFIRMED", order["order_id"])
    tickets_of_a_desk(host, "No tickets in this run yet")
