"""`pbtui orders` and `pbtui history` on a simulator: what they ask, what they print, and their exit codes."""

import json
import os
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from wcwidth import wcswidth

from pbtui.api import clock
from pbtui.api.clock import Clock
from pbtui.cli.main import main
from tests.canned import a_wire_order, canned_exchange
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange
from tests.raw_server import reply

HOSTILE = (
    "[/] \x1b]52;c;ZXZpbA==\x07 \x1b[c \x9b5n \u202e01.54 a\u200bb \U000e0041 e"
    + "\u0301" * 50
    + " 電力 \ud800 \x7f\r\n"
)
HEADING = ["ORDER", "REV", "STATE", "SIDE", "DELIVERY", "AREA", "PORTFOLIO", "PRICE", "MW", "TYPE", "SHOWN", "TEXT"]
AREA = "10YDE-VE-------2"


@pytest.fixture(scope="module")
def exchange(shared_exchange: RunningExchange) -> RunningExchange:
    """A simulator whose market stands still; these tests change nothing there."""
    shared_exchange.forget_requests()
    return shared_exchange


@pytest.fixture
def host(tmp_path: Path, exchange: RunningExchange) -> Host:
    host = Host(tmp_path)
    host.adopt(exchange.base_url, exchange.keys["trader"])
    return host


def ran(host: Host, *arguments: str, code: int = 0) -> tuple[str, str]:
    """What a command wrote on stdout and stderr; it has ended with that code, and the key was not seen."""
    done = CliRunner(env={"PBTUI_CONFIG": None, **host.environment}).invoke(main, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == code, done.stderr
    assert host.variables["PBTUI_API_KEY_DESK"] not in done.output
    return done.stdout, done.stderr


class ClockOfTomorrow(Clock):
    """The clock of a host that is a day early."""

    def utc_now(self) -> datetime:
        return super().utc_now() + timedelta(days=1)


def query(exchange: RunningExchange) -> dict[str, list[str]]:
    """The query of the newest call, names and values as they were on the wire."""
    found: dict[str, list[str]] = exchange.requests()[-1]["query"]
    return found


# ---------------------------------------------------------------- what is asked


def test_the_filter_of_the_desk_selects_orders(host: Host, exchange: RunningExchange) -> None:
    listed = exchange.orders()

    def ids(text: str) -> set[str]:
        heading, *lines = ran(host, "orders", "--filter", text)[0].splitlines()
        assert heading.split() == HEADING
        return {line.split()[0] for line in lines}

    everything = {str(order["order_id"]) for order in listed}
    buys = {str(order["order_id"]) for order in listed if order["side"] == "BUY"}
    assert buys
    assert ids("side:buy") == buys
    assert ids("side:sell or mw>1000") == everything - buys
    contract = listed[0]["contract_id"]
    assert ids(f"contract={contract}") == {str(each["order_id"]) for each in listed if each["contract_id"] == contract}
    assert ids("!mine !algo") == everything
    assert ids("gate<900h") == everything
    assert ids("gate:past or gate>900h or age>1h") == set()
    with clock.use(ClockOfTomorrow()):
        assert ids("gate:past or age>1h") == ids("age>1h") == set()
        assert ids("gate<900h") == everything


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("side:buy prise>5", ["unknown field 'prise'; did you mean price?", "side:buy prise>5", "         ^^^^^^^"]),
        ("side:buy or !contract", ["there is no cursor here; write contract=ID"]),
        (" ", ["it is empty"]),
    ],
)
def test_a_filter_with_a_fault_is_refused_with_its_place(host: Host, text: str, shown: list[str]) -> None:
    _, errors = ran(host, "orders", "--filter", text, code=2)
    for line in shown:
        assert line in errors, errors


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [(["--json", "side:buy"], "takes no --filter"), (["--watch", "algo or side:buy"], "takes no gate and no algo")],
)
def test_a_filter_that_can_not_be_applied_is_refused(host: Host, arguments: list[str], reason: str) -> None:
    option, text = arguments
    assert reason in ran(host, "orders", option, "--filter", text, code=2)[1]


def test_every_option_is_a_parameter_under_its_own_name(host: Host, exchange: RunningExchange) -> None:
    given = {
        "--portfolio-id": "DE1,DE2",
        "--offset": "3",
        "--limit": "7",
        "--contract-ids": "c1,c2",
        "--order-ids": "o1,o2",
        "--delivery-area": AREA,
        "--user-code": "TRD 001",
        "--cl-ordr-id": "x&y=z",
        "--txt": "50 %, as agreed",
        "--contract-id": "c3",
    }
    ran(host, "orders", "--no-active-only", *(word for pair in given.items() for word in pair))
    assert query(exchange) == {
        "portfolio_id": ["DE1,DE2"],
        "offset": ["3"],
        "limit": ["7"],
        "contract_ids": ["c1,c2"],
        "order_ids": ["o1,o2"],
        "active_only": ["false"],
        "delivery_area": [AREA],
        "user_code": ["TRD 001"],
        "clOrdrId": ["x&y=z"],
        "txt": ["50 %, as agreed"],
        "contract_id": ["c3"],
    }


def test_an_area_has_the_same_names_as_in_the_desk(host: Host, exchange: RunningExchange) -> None:
    ran(host, "orders", "--delivery-area", "be")
    assert query(exchange) == {"delivery_area": ["10YBE----------2"]}
    _, problem = ran(host, "orders", "--delivery-area", AREA[:-2], code=2)
    assert f"has 14 characters, an EIC has 16; did you mean 50H ({AREA})?" in " ".join(problem.split())


def test_an_area_that_is_not_known_is_named_with_what_is(host: Host) -> None:
    _, talk = ran(host, "orders", "--delivery-area", "XX", code=2)
    assert "XX is not the short name of a known area; write a short name such as AMP, or an EIC" in " ".join(
        talk.split()
    )


def test_options_that_are_not_given_are_not_sent(host: Host, exchange: RunningExchange) -> None:
    ran(host, "orders")
    assert query(exchange) == {}
    ran(host, "orders", "--active-only")
    assert query(exchange) == {"active_only": ["true"]}


def test_ids_may_be_repeated_or_separated_by_commas(host: Host, exchange: RunningExchange) -> None:
    ran(host, "orders", "--order-ids", "1", "--order-ids", "2, 3")
    assert query(exchange) == {"order_ids": ["1,2,3"]}


@pytest.mark.parametrize("ids", ["", ",", "1,,2", " "])
def test_an_empty_id_is_refused_and_never_means_all(host: Host, exchange: RunningExchange, ids: str) -> None:
    before = len(exchange.requests())
    _, talk = ran(host, "orders", "--order-ids", ids, code=2)
    assert "Invalid value for '--order-ids': an id is empty" in talk
    assert len(exchange.requests()) == before


def test_portfolios_are_those_of_the_profile_unless_named(host: Host, exchange: RunningExchange) -> None:
    host.adopt(exchange.base_url, exchange.keys["trader"], portfolios=["DE2", "FLEX"])
    ran(host, "orders")
    assert query(exchange) == {"portfolio_id": ["DE2,FLEX"]}
    ran(host, "orders", "--portfolio-id", "DE1")
    assert query(exchange) == {"portfolio_id": ["DE1"]}


# ---------------------------------------------------------------- what is printed


def test_orders_are_lines_and_nothing_else_is_on_stdout(host: Host, exchange: RunningExchange) -> None:
    out, talk = ran(host, "orders", "--portfolio-id", "DE1")
    heading, *lines = out.splitlines()
    assert heading.split() == HEADING
    orders = exchange.orders(portfolio_id="DE1")
    assert [line.split()[0] for line in lines] == [order["order_id"] for order in orders]
    for line, order in zip(lines, orders, strict=True):
        assert f" {order['price']:.2f} " in line
        assert line.endswith(order.get("txt") or "")
    assert talk == ""


def test_mw_is_the_whole_iceberg_and_the_slice_has_its_column(host: Host) -> None:
    iceberg = a_wire_order("1", quantity=5, hidden_quantity=24, display_quantity=5, type="I", txt="deep")
    with canned_exchange(iceberg, a_wire_order("2", quantity=5)) as canned:
        host.adopt(canned.base_url, "a-key")
        lines = ran(host, "orders")[0].splitlines()[1:]
        assert [line.split()[-5:] for line in lines[:1]] == [["45.10", "29.0", "iceberg", "5.0", "deep"]]
        assert lines[1].split()[-3:] == ["45.10", "5.0", "limit"]
        for text, ids in (("mw>20", ["1"]), ("mw=5", ["2"])):
            assert [line.split()[0] for line in ran(host, "orders", "--filter", text)[0].splitlines()[1:]] == ids


def test_a_page_reports_the_total_count(host: Host, exchange: RunningExchange) -> None:
    out, talk = ran(host, "orders", "--no-active-only", "--limit", "2")
    assert len(out.splitlines()) == 3
    total = exchange.call("GET", "/orders", params={"active_only": "false"}).headers["X-Total-Count"]
    assert talk == f"2 of {total} orders are listed; for more use --offset and --limit\n"


def test_json_is_the_same_as_on_the_wire(host: Host, exchange: RunningExchange) -> None:
    out, talk = ran(host, "orders", "--json")
    sent = exchange.call("GET", "/orders").text
    assert json.loads(out, parse_float=Decimal) == json.loads(sent, parse_float=Decimal)
    assert talk == ""
    order_id = json.loads(sent)[0]["order_id"]
    out, _ = ran(host, "history", order_id, "--json")
    sent = exchange.call("GET", f"/orders/{order_id}/history").text
    assert json.loads(out, parse_float=Decimal) == json.loads(sent, parse_float=Decimal)


def test_the_history_shows_every_revision_and_what_it_changed(host: Host, exchange: RunningExchange) -> None:
    order = exchange.orders()[0]
    text = exchange.touch(order["order_id"], txt="seen by a colleague")
    moved = exchange.touch(order["order_id"], price=-12.5)
    out, talk = ran(host, "history", moved["order_id"])
    exchange.reset()
    heading, added, changed, *rest = out.splitlines()
    assert heading.split() == ["ORDER", "REV", "AT", "WHAT", "CHANGES"]
    assert added.startswith(f"{order['order_id']}  1 ")
    assert "added by user (UADD)" in added
    assert changed.startswith(f"{text['order_id']}  2 ")
    assert "text " in changed
    assert "-> seen by a colleague" in changed
    assert any(f"replaced by order {moved['order_id']}" in line for line in rest)
    assert any(line.startswith(moved["order_id"]) and "-> -12.5" in line for line in rest)
    assert talk == ""


def test_an_id_is_one_segment_of_the_path(host: Host, exchange: RunningExchange) -> None:
    _, talk = ran(host, "history", "no/such?order#1", code=4)
    assert exchange.requests()[-1]["path"].endswith("/orders/no/such?order#1/history")
    assert "order no/such?order#1 is not known" in talk


# ---------------------------------------------------------------- texts of others


def test_hostile_texts_are_printed_without_control_characters(host: Host) -> None:
    orders = [hostile_order("1"), a_wire_order("2", txt="電力"), a_wire_order("3", txt="plain")]
    with canned_exchange(*orders) as canned:
        canned.history["2"] = [a_wire_order("2"), hostile_order("2", revision_no=2)]
        host.adopt(canned.base_url, "a-key")
        out, _ = ran(host, "orders")
        history, _ = ran(host, "history", "2")
    for text in (out, history):
        assert all(character.isprintable() or character == "\n" for character in text)
        assert "␛]52;c;ZXZpbA==␇ ␛[c �5n �01.54" in text
    heading, *lines = out.splitlines()
    end_of_price = wcswidth(heading.partition("PRICE")[0])
    for line in lines:
        assert wcswidth(line.partition("45.10")[0]) == end_of_price, out


def hostile_order(order_id: str, text: str = HOSTILE, **fields: Any) -> dict[str, Any]:
    names = ("txt", "portfolio_id", "type", "user_code", "contract_name", "location", "clOrdrId", "error_message")
    return a_wire_order(order_id, **dict.fromkeys(names, text), details={text: text}, **fields)


@pytest.mark.parametrize("is_escaped", [True, False])
def test_json_of_hostile_texts_is_ascii_and_equal_to_the_wire(host: Host, is_escaped: bool) -> None:
    text = HOSTILE if is_escaped else HOSTILE.replace("\ud800", "\U0001f4a1")
    orders = [hostile_order("1", text), a_wire_order("2", txt="電力")]
    with canned_exchange() as canned:
        canned.trouble = reply(json.dumps(orders, ensure_ascii=is_escaped).encode())
        host.adopt(canned.base_url, "a-key")
        for command in (["orders"], ["history", "1"]):
            out, _ = ran(host, *command, "--json")
            assert set(out.encode()) <= {*range(0x20, 0x7F), 0x0A}
            assert json.loads(out) == orders


def test_json_of_a_price_that_is_no_number_stays_as_it_came(host: Host) -> None:
    body = '[\t{"order_id": "1",\r\n"price": NaN, "txt": "\\ud800 ü \\u001b"}]'
    with canned_exchange() as canned:
        canned.trouble = reply(body.encode())
        host.adopt(canned.base_url, "a-key")
        out, talk = ran(host, "orders", "--json")
    assert out == '[ {"order_id": "1", \n"price": NaN, "txt": "\\ud800 \\u00fc \\u001b"}]\n'
    assert talk.startswith("1 of 1 orders could not be read completely\norder 1: action: is missing\n")
    assert "order 1: price: 'NaN' is not a JSON number\n" in talk


def test_json_keeps_every_digit(host: Host) -> None:
    body = (
        '[{"order_id":"1","state":"ACTI","action":"UADD","side":"BUY","delivery_area":"A","price":45.10,"quantity":1e2,'
        '"revision_no":9007199254740993,"later":{"a":-0.0,"b":1.0E+2,"c":12345678901234567890.123456789,"d":"ü"}}]'
    )
    with canned_exchange() as canned:
        canned.trouble = reply(body.encode())
        host.adopt(canned.base_url, "a-key")
        out, _ = ran(host, "orders", "--json")
    assert json.loads(out, parse_float=str, parse_int=str) == json.loads(body, parse_float=str, parse_int=str)


# ---------------------------------------------------------------- as a script runs it


def test_a_terminal_without_the_words_characters_still_gets_the_orders(host: Host, exchange: RunningExchange) -> None:
    host.variables["PYTHONIOENCODING"] = "latin-1"
    done = host.run("orders")
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout.splitlines()) == len(exchange.orders()) + 1
    assert b"? BUY" in done.stdout


def test_a_reader_that_stops_reading_sees_no_traceback(host: Host) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    talk = host.home / "talk"
    with os.fdopen(writer, "wb") as out, talk.open("wb") as err:
        assert host.start("orders", stdout=out, stderr=err).wait(60) == 5
    assert talk.read_text() == ""


def test_data_is_on_stdout_and_messages_on_stderr(host: Host) -> None:
    done = host.run("orders", "--json", "--no-active-only", "--limit", "1")
    assert (done.returncode, len(json.loads(done.stdout))) == (0, 1)
    assert done.stderr.startswith(b"1 of ")
    host.variables["PBTUI_API_KEY_DESK"] = "not-a-key"
    done = host.run("orders")
    assert (done.returncode, done.stdout) == (4, b"")
    assert done.stderr == b"Error: GET /orders: the server does not accept the key (401): the api key is not known\n"


def test_a_missing_key_is_reported_with_the_next_step(host: Host) -> None:
    del host.variables["PBTUI_API_KEY_DESK"]
    done = host.run("orders")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"PBTUI_API_KEY_DESK" in done.stderr


# ---------------------------------------------------------------- what can't be read


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_orders_that_can_not_be_read_are_reported_on_stderr(host: Host, as_json: tuple[str, ...]) -> None:
    orders = [a_wire_order("1"), a_wire_order("2", price="45,10"), a_wire_order("3")]
    with canned_exchange(*orders) as canned:
        canned.history["1"] = orders
        host.adopt(canned.base_url, "a-key")
        out, talk = ran(host, "orders", *as_json)
        assert talk == "1 of 3 orders could not be read completely\norder 2: price: '45,10' is not a JSON number\n"
        assert json.loads(out) == orders if as_json else len(out.splitlines()) == 4
        if not as_json:
            assert "2" in out.splitlines()[2].split()[0]
            assert " ".join(out.splitlines()[2].split()).endswith("AMP P1 unreadable 5.0 limit")
        _, talk = ran(host, "history", "1", *as_json)
        assert talk.startswith("1 of 3 revisions could not be read completely\norder 2: price:")


def test_a_list_with_a_gap_is_reported_on_stderr(host: Host) -> None:
    with canned_exchange() as canned:
        canned.trouble = reply(json.dumps([a_wire_order("1")]).encode(), X_Total_Count="3")
        host.adopt(canned.base_url, "a-key")
        _, talk = ran(host, "orders")
        assert talk.startswith("1 of 3 orders are listed; ")


@pytest.mark.parametrize(
    ("command", "what"),
    [
        (["orders"], "orders"),
        (["orders", "--json"], "orders"),
        (["history", "1"], "revisions"),
        (["trades"], "trades"),
        (["market"], "market"),
    ],
)
def test_an_old_answer_of_a_cache_is_reported_on_stderr(host: Host, command: list[str], what: str) -> None:
    body = b'{"status": "OK"}' if command == ["market"] else b"[]"
    with canned_exchange() as canned:
        host.adopt(canned.base_url, "a-key")
        for age, words in (("600", "data 601 s old"), ("soon", "data of unknown age")):
            canned.trouble = reply(body, Age=age)
            line = f"{what}: a cache between here and the server answers with {words}"
            assert line in host.invoke(*command).stderr.decode().splitlines()
        canned.trouble = reply(body, Age="1")
        assert "a cache" not in host.invoke(*command).stderr.decode()


@pytest.mark.parametrize("command", [["orders"], ["orders", "--json"], ["history", "1"]])
@pytest.mark.parametrize(
    ("status", "body", "code", "reason"),
    [
        ("401 Unauthorized", b'{"message": "who?"}', 4, "the server does not accept the key (401): who?"),
        (
            "403 Forbidden",
            b'{"message": "not \\u001b[c yours"}',
            4,
            "the key has no right to do this (403): not ␛[c yours",
        ),
        ("500 Oops", b'{"message": "\\u009b5n"}', 5, "internal server error (500): \ufffd5n"),
        ("200 OK", b"<html>log in</html>", 5, "the answer is not JSON"),
        ("200 OK", b'{"message": "?"}', 5, "the answer is not a list but"),
        ("302 Found", b"", 5, "the server redirects (302"),
    ],
)
def test_the_exit_codes_of_a_refusal_and_of_an_unknown_result_differ(
    host: Host, command: list[str], status: str, body: bytes, code: int, reason: str
) -> None:
    with canned_exchange() as canned:
        canned.trouble = reply(body, status)
        host.adopt(canned.base_url, "a-key")
        out, talk = ran(host, *command, code=code)
    assert out == ""
    assert talk.startswith("Error: GET /orders")
    assert reason in talk
    assert talk.count("\n") == 1


def test_a_server_that_is_not_there(host: Host) -> None:
    with canned_exchange() as canned:
        host.adopt(canned.base_url, "a-key")
    out, talk = ran(host, "orders", code=5)
    assert out == ""
    assert talk == "Error: GET /orders: cannot reach 127.0.0.1: Connection refused\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["orders", "--limit", "501"], "501 is not in the range 1<=x<=500"),
        (["orders", "--offset", "-1"], "-1 is not in the range"),
        (["orders", "--colour"], "No such option"),
        (["history"], "Missing argument 'ORDER_ID'"),
        (["history", ".."], "'..' is not an id"),
        (["--profile", "other", "orders"], "no such profile"),
        (["--config", "nowhere.toml", "orders"], "nowhere.toml: there is no such file"),
    ],
)
def test_wrong_usage(host: Host, exchange: RunningExchange, arguments: list[str], reason: str) -> None:
    before = len(exchange.requests())
    out, talk = ran(host, *arguments, code=2)
    assert out == ""
    assert reason in talk
    assert len(exchange.requests()) == before


def test_a_missing_profile_is_reported_with_the_next_step(host: Host) -> None:
    (host.home / "xdg_config_home" / "pbtui" / "config.toml").unlink()
    _, talk = ran(host, "orders", code=2)
    assert "To try pbtui without one: pbtui demo" in talk
