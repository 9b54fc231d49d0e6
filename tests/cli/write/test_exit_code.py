"""The exit codes of the commands that write: the table in pbtui/cli/write/exit_code.py, row by row."""

import asyncio
import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from pbtui.api.codes import ModifyAction
from pbtui.api.requests import OrderModify
from pbtui.cli.write.exit_code import exit_code
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import change_line
from tests.canned import a_wire_order, canned_exchange
from tests.cli.write.test_command import now, options, ran, resting, terms, writes
from tests.end_to_end.host import Host, unread_pipe
from tests.exchange import RunningExchange, eventually
from tests.orders import an_order
from tests.raw_server import RawRequest, reply

LINE = change_line(an_order("1"), OrderModify(action=ModifyAction.DELE))
DONE = Verdict(State.CONFIRMED, is_done=True)
CODES = {
    State.CONFIRMED: 0,
    State.SENDING: 5,
    State.WAITING: 5,
    State.SENT: 5,
    State.REFUSED: 5,
    State.UNKNOWN: 5,
    State.NOT_FOUND: 5,
    State.NOT_SENT: 2,
    State.REJECTED: 4,
    State.CONFLICT: 6,
    State.DIFFERENT: 7,
    State.TWICE: 7,
    State.FILLED: 8,
    State.PART_FILLED: 8,
    State.NOT_FILLED: 9,
}


def code_of(*verdicts: Verdict) -> int:
    return exit_code([replace(LINE, verdict=verdict) for verdict in verdicts])


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_code(state: State) -> None:
    assert code_of(Verdict(state)) == CODES[state]
    assert code_of(Verdict(state, is_done=True)) == 0


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ([State.NOT_FOUND], 5),
        ([State.REJECTED], 3),
        ([State.NOT_SENT], 3),
        ([State.CONFLICT], 3),
        ([State.FILLED], 3),
        ([State.DIFFERENT], 7),
        ([State.TWICE], 7),
        ([State.DIFFERENT, State.UNKNOWN], 5),
        ([State.REJECTED, State.NOT_FOUND], 5),
    ],
)
def test_a_state_that_needs_attention_decides_the_exit_code(states: list[State], code: int) -> None:
    assert code_of(DONE, *(Verdict(state) for state in states)) == code


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ([State.REJECTED, State.CONFLICT], 6),
        ([State.REJECTED, State.NOT_SENT], 4),
        ([State.NOT_FILLED, State.REJECTED], 9),
        ([State.NOT_FILLED, State.FILLED], 8),
    ],
)
def test_a_list_without_a_done_order_has_its_own_exit_codes(states: list[State], code: int) -> None:
    assert code_of(*(Verdict(state) for state in states)) == code


# ---------------------------------------------------------------- by what happened


def test_an_order_that_was_to_trade_at_once_and_did_not(host: Host, exchange: RunningExchange) -> None:
    fok = terms(exchange, ordrExeRestriction="FOK", validityRes="NON")
    out, _ = ran(host, "add", "--from", "-", "--yes", "--expect-count", "1", code=9, stdin=[fok])
    assert out.startswith("NOT FILLED  new ▲ BUY 1.5 MW")
    assert "nothing traded" in out


@pytest.mark.parametrize("action", ["deactivate", "delete"])
def test_a_withdrawal_that_lost_to_a_fill(host: Host, exchange: RunningExchange, action: str) -> None:
    (order,) = resting(exchange)
    exchange.faults(hold={"value": True, "methods": ["PUT"]})
    with host.pbtui(action, "--order-id", order["order_id"], "--yes") as terminal:
        eventually(lambda: writes(exchange))
        exchange.fill(order["order_id"], order["quantity"])
        exchange.faults()
        terminal.until_shown("FILLED", "filled before it could be taken out")
        assert terminal.end() == 8


@pytest.mark.parametrize("command", ["add", "modify", "delete"])
def test_a_server_that_is_down_was_sent_nothing(host: Host, exchange: RunningExchange, command: str) -> None:
    arguments = options(exchange) if command == "add" else ["--order-id", "1"]
    arguments += ["--price", "3"] if command == "modify" else []
    host.adopt("http://127.0.0.1:9/playground/epex/v2/api", exchange.keys["trader"], read_only=False)
    out, talk = ran(host, command, *arguments, "--yes", code=2)
    assert "Connection refused" in out + talk


@pytest.mark.parametrize("command", ["add", "modify", "delete"])
def test_a_key_that_the_server_does_not_know(host: Host, exchange: RunningExchange, command: str) -> None:
    arguments = options(exchange) if command == "add" else ["--order-id", "1"]
    arguments += ["--price", "3"] if command == "modify" else []
    exchange.faults(unauthorized=True)
    _, talk = ran(host, command, *arguments, "--yes", code=4)
    assert "does not accept the key" in talk
    assert "nothing was sent" in talk
    assert writes(exchange) == []


def test_a_broken_stdout_does_not_change_the_code(host: Host, exchange: RunningExchange) -> None:
    add = ("add", *options(exchange), "--yes", "--accept-warnings")
    with Path("/dev/full").open("wb") as full, unread_pipe() as pipe:
        assert host.start(*add, stdout=full).wait(60) == 0
        assert host.start(*add, stdout=pipe).wait(60) == 0
    with host.shell(f"{shlex.join(add)} >&- 2>&-") as run:
        assert run.wait(60) == 0
    assert len(writes(exchange)) == 3


def test_requests_that_nobody_reads_are_not_said_to_be_in_the_journal(host: Host, exchange: RunningExchange) -> None:
    talk = host.home / "talk"
    with unread_pipe() as pipe, talk.open("wb") as err:
        assert host.start("add", *options(exchange), "--dry-run", stdout=pipe, stderr=err).wait(60) == 0
    assert talk.read_text().splitlines()[-1] == "the requests could not be written to stdout"


def test_ctrl_c_twice_ends_at_once_with_what_is_known(host: Host, exchange: RunningExchange) -> None:
    (order,) = resting(exchange)
    exchange.faults(hold={"value": True, "methods": ["PUT"]})
    with host.pbtui("delete", "--order-id", order["order_id"], "--yes") as terminal:
        eventually(lambda: writes(exchange))
        terminal.send("\x03")
        terminal.until_shown("Press Ctrl+C again")
        terminal.send("\x03")
        terminal.until_shown("UNKNOWN", order["order_id"], "The result is not known yet")
        assert terminal.end() == 5


def test_ctrl_c_before_the_first_read_sent_nothing(host: Host, exchange: RunningExchange) -> None:
    exchange.faults(hold={"value": True, "methods": ["GET"]})
    with host.pbtui("delete", "--order-id", "1", "--yes") as terminal:
        eventually(exchange.requests)
        terminal.send("\x03")
        terminal.until_shown("interrupted; nothing was sent")
        assert terminal.end() == 2


# ---------------------------------------------------------------- withdrawals of orders that can't be looked up


@pytest.mark.parametrize("broken", ["not there", "unreadable", "reads fail"])
def test_an_order_that_cannot_be_looked_up_is_withdrawn(host: Host, broken: str) -> None:
    odd = a_wire_order("7", price="45,10", quantity=[], state=None, api_timestamp="2026-11-22T12:00:00", side=5.5)
    shown = {"not there": [], "unreadable": [odd], "reads fail": [a_wire_order("7")]}
    gone = a_wire_order("7", state="IACT", action="UDEL", revision_no=2)
    with canned_exchange(*shown[broken]) as canned:
        has_deleted: list[RawRequest] = []

        async def answer(request: RawRequest, writer: asyncio.StreamWriter) -> None:
            if request.method == "PUT":
                has_deleted.append(request)
                canned.orders = [gone]
                await reply(json.dumps([gone]).encode())(request, writer)
            elif broken == "reads fail" and "order_ids" in request.target and not has_deleted:
                await reply(b"{}", "500 Internal Server Error")(request, writer)
            else:
                await reply(json.dumps(canned.found(request)).encode())(request, writer)

        canned.trouble = answer
        host.adopt(canned.base_url, "a-key", read_only=False)
        out, _ = ran(host, "delete", "--order-id", "7", "--yes")
    assert out.startswith("CONFIRMED")
    (sent,) = has_deleted
    assert json.loads(sent.body) == [{"order_id": "7", "changes": {"action": "DELE"}}]


def test_a_change_of_an_order_that_cannot_be_read_says_so(host: Host) -> None:
    with canned_exchange() as canned:
        odd = [a_wire_order("7", price="45,10"), {**a_wire_order("8"), "order_id": []}]
        canned.trouble = reply(json.dumps(odd).encode())
        host.adopt(canned.base_url, "a-key", read_only=False)
        _, talk = ran(host, "modify", "--order-id", "7,8", "--price", "3", "--yes", code=2)
        assert "order 8: the server does not show it" in talk
        assert "an order without an id that can be read: order_id []: Input should be a valid string" in talk
        _, talk = ran(host, "modify", "--order-id", "7", "--quantity", "3", "--yes", code=2)
        assert "order 7 can only be withdrawn: price: '45,10' is not a JSON number" in talk
        assert not any(request.method == "PUT" for request in canned.requests)


@pytest.mark.parametrize(("count", "is_in_file"), [(501, True), (2000, False)])
def test_more_orders_than_a_look_up_takes(host: Host, exchange: RunningExchange, count: int, is_in_file: bool) -> None:
    """Orders that are there go first, in lists of their own, so that unknown ones do not get them refused."""
    orders = resting(exchange, 2)
    known = [order["order_id"] for order in orders]
    ids = [known[0], *(f"99{number}" for number in range(count - 2)), known[1]]
    given = ("--order-ids-from", "-") if is_in_file else ("--order-id", ",".join(ids))
    stdin = "\n".join(ids) if is_in_file else None
    out, _ = ran(host, "delete", *given, "--yes", "--expect-count", str(count), code=3, stdin=stdin)
    assert (out.count("CONFIRMED"), out.count("REJECTED")) == (2, count - 2)
    assert {now(exchange, order)["state"] for order in orders} == {"IACT"}
    first, *others = writes(exchange)
    assert [item["order_id"] for item in first["body"]] == known
    assert [len(request["body"]) for request in others] == [500] * ((count - 2) // 500) + [(count - 2) % 500 or 500]


def test_an_id_with_a_comma_or_blanks_is_sent_as_it_is(host: Host) -> None:
    """It can't be asked for; the list of the active orders shows that it is out."""
    ids = ["a,b", " 7 ", "0x7", "007", "7"]
    with canned_exchange(*(a_wire_order(order_id) for order_id in ids)) as canned:

        async def answer(request: RawRequest, writer: asyncio.StreamWriter) -> None:
            if request.method == "PUT":
                canned.orders = []
                gone = [
                    a_wire_order(item["order_id"], state="IACT", action="UDEL") for item in json.loads(request.body)
                ]
                await reply(json.dumps(gone).encode())(request, writer)
            else:
                await reply(json.dumps(canned.found(request)).encode())(request, writer)

        canned.trouble = answer
        host.adopt(canned.base_url, "a-key", read_only=False)
        text = "\r\n".join(ids) + "\n"
        out, _ = ran(host, "delete", "--order-ids-from", "-", "--yes", "--expect-count", "5", stdin=text)
        (sent,) = (request for request in canned.requests if request.method == "PUT")
    assert out.count("CONFIRMED") == 5
    assert [item["order_id"] for item in json.loads(sent.body)] == ids


@pytest.mark.parametrize(
    ("stdin", "reason"),
    [
        (b"1\n\xff\n", "not valid UTF-8"),
        (b"1\n2\t3\n", "line 2 contains a character that does not print"),
        (b"\n\n", "no order was named"),
    ],
)
def test_a_file_of_ids_that_can_not_be_read_is_refused(host: Host, stdin: bytes, reason: str) -> None:
    _, talk = ran(host, "delete", "--order-ids-from", "-", "--yes", code=2, stdin=stdin)
    assert reason in talk


def test_a_look_up_that_the_server_refuses_for_one_id_is_divided(host: Host) -> None:
    ids = [str(number) for number in range(250)]
    with canned_exchange(*(a_wire_order(order_id) for order_id in ids)) as canned:

        async def answer(request: RawRequest, writer: asyncio.StreamWriter) -> None:
            if request.method == "PUT":
                named = {item["order_id"] for item in json.loads(request.body)}
                canned.orders = [order for order in canned.orders if order["order_id"] not in named]
                gone = [a_wire_order(order_id, state="IACT", action="UDEL") for order_id in sorted(named)]
                await reply(json.dumps(gone).encode())(request, writer)
            elif "order_ids" in request.target and re.search(r"(=|%2C|,)77(%2C|,|&|$)", request.target):
                await reply(b'{"message": "no such id"}', "400 Bad Request")(request, writer)
            else:
                await reply(json.dumps(canned.found(request)).encode())(request, writer)

        canned.trouble = answer
        host.adopt(canned.base_url, "a-key", read_only=False)
        out, talk = ran(host, "delete", "--order-id", ",".join(ids), "--yes", "--expect-count", "250")
    assert out.count("CONFIRMED") == 250
    assert talk.count("BUY 5.0 MW at 45.10") == 249
