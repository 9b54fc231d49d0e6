"""Inputs that a parser would silently change: each is refused with the reason, and nothing is sent."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.cli.write.test_command import journal_kinds, options, ran, request_of, resting, terms, writes
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (('"price": -500.5', '"price": -500.5, "price": 450'), "price occurs twice in one object"),
        (('"side": "BUY"', '"side": "BUY", "side": "BUY"'), "side occurs twice in one object"),
        (('"price": -500.5', '"price": 1e-2000000'), "price: Value error, 1E-2000000 has more than 17 digits"),
        (('"price": -500.5', '"price": 1e9999999999999999999999'), "1e9999999999999999999999 is out of range"),
        (('"price": -500.5', '"price": 1e400'), "price: Value error, 1E+400 is out of range"),
        (('"price": -500.5', '"price": "45.1"'), "price: Value error, '45.1' is not a JSON number"),
        (('"price": -500.5', '"price": true'), "price: Value error, 'True' is not a JSON number"),
        (('"price": -500.5', '"price": NaN'), "NaN is not a number"),
        (('"price": -500.5', '"price": 45.123'), "--price: at most 2 decimals"),
        (('"price": -500.5', '"price": 045'), "not valid JSON"),
        (('"quantity": 1.5', '"quantity": 1.50000000000000001'), "quantity: Value error"),
        (('"quantity": 1.5', '"quantity": ' + "9" * 5000), "quantity: Value error"),
        (('"quantity": 1.5', '"quantity": 1.5, "validityDate": 4102444800'), "validityDate: Value error"),
        (('"quantity": 1.5', '"quantity": 1.5, "validityDate": "4102444800"'), "validityDate: Value error"),
        (
            ('"quantity": 1.5', '"quantity": 1.5, "validityDate": "2099-11-22T13:30:00"'),
            "validityDate: Input should have",
        ),
        (('"quantity": 1.5', '"quantity": 1.5, "preArranged": "yes"'), "preArranged: Input should be a valid boolean"),
        (('"quantity": 1.5', '"quantity": 1.5, "preArranged": 0'), "preArranged: Input should be a valid boolean"),
        (('"portfolio_id": "DE1"', '"portfolio_id": 1'), "portfolio_id: Input should be a valid string"),
        (('"contractId"', '"contract_id": "1", "contractId"'), "contract_id: Extra inputs are not permitted"),
        (('"side": "BUY"', '"side": "buy"'), "side: Input should be"),
    ],
)
def test_a_file_that_parsers_read_differently_is_refused(
    host: Host, exchange: RunningExchange, changed: tuple[str, str], reason: str
) -> None:
    text = json.dumps(terms(exchange))
    assert changed[0] in text
    _, talk = ran(host, "add", "--from", "-", "--yes", code=2, stdin=text.replace(*changed))
    assert reason in talk
    assert writes(exchange) == []


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (
            '"revision_no": true, "changes": {"action": "MODI", "price": 3}',
            "revision_no: Input should be a valid integer",
        ),
        ('"revision_no": "1_0", "changes": {"action": "MODI", "price": 3}', "revision_no: Input should be a valid"),
        (
            '"revision_no": 1.0, "changes": {"action": "MODI", "price": 3}',
            "revision_no: Input should be a valid integer",
        ),
        ('"changes": {"action": "MODI", "price": 3, "price": 30}', "price occurs twice in one object"),
        (
            '"changes": {"action": "MODI", "validityRes": "GTD", "validityDate": 4102444800}',
            "validityDate: Value error",
        ),
    ],
)
def test_a_file_of_changes_is_as_strict(host: Host, exchange: RunningExchange, item: str, reason: str) -> None:
    (order,) = resting(exchange)
    text = f'[{{"order_id": "{order["order_id"]}", {item}}}]'
    _, talk = ran(host, "modify", "--from", "-", "--yes", code=2, stdin=text)
    assert reason in talk
    assert writes(exchange) == []


def test_a_file_with_a_byte_order_mark_is_read(host: Host, exchange: RunningExchange) -> None:
    text = b"\xef\xbb\xbf" + json.dumps([terms(exchange)]).encode()
    out, _ = ran(host, "add", "--from", "-", "--yes", stdin=text)
    assert out.startswith("CONFIRMED")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (("--price", "450"), "Invalid value for '--price': is given 2 times, with different values"),
        (("--portfolio-id", "DE2"), "is given 2 times, with different values"),
        (("--internal-trading", "--no-internal-trading"), "is given 2 times, with different values"),
        (("--exec-instruction", "NONE", "--exec-instruction", "LNKD"), "is given 2 times, with different values"),
        (("--expect-count", "1", "--expect-count", "2"), "is given 2 times, with different values"),
        (("--expect-count", "1_0"), "'1_0' is not a whole number"),
        (("--expect-count", "\u0661"), "is not a whole number"),
        (("--expect-count", " 1"), "is not a whole number"),
    ],
)
def test_an_option_that_is_given_twice_or_is_no_number_is_refused(
    host: Host, exchange: RunningExchange, more: Sequence[str], reason: str
) -> None:
    _, talk = ran(host, "add", *options(exchange), *more, "--yes", code=2)
    assert reason in talk
    assert writes(exchange) == []


def test_an_option_that_is_given_twice_with_one_value_is_taken(host: Host, exchange: RunningExchange) -> None:
    ran(host, "add", *options(exchange), "--price=-500.50", "--dry-run")


@pytest.mark.parametrize(
    ("window", "reason"),
    [
        (("2020-11-22 14:00", "2020-11-22 15:00"), "--dlvry-start: has passed"),
        (("2020-11-22 14:00", "2099-11-22 15:00"), "--dlvry-start: has passed"),
    ],
)
def test_a_delivery_that_has_passed_is_refused(
    host: Host, exchange: RunningExchange, window: tuple[str, str], reason: str
) -> None:
    given = ["--portfolio", "DE1", "--side", "buy", "--quantity", "1", "--price", "1"]
    _, talk = ran(host, "add", *given, "--dlvry-start", window[0], "--dlvry-end", window[1], "--yes", code=2)
    assert reason in talk
    window = tuple(f"{at.replace(' ', 'T')}:00Z" for at in window)  # type: ignore[assignment]
    entry = {"portfolio_id": "DE1", "side": "BUY", "quantity": 1, "price": 1}
    entry |= {"dlvryStart": window[0], "dlvryEnd": window[1]}
    _, talk = ran(host, "add", "--from", "-", "--yes", code=2, stdin=entry)
    assert reason in talk
    assert writes(exchange) == []


@pytest.mark.parametrize("command", ["add", "modify", "activate", "deactivate", "delete"])
@pytest.mark.parametrize("bound", ["portfolios", "delivery_areas"])
def test_an_order_outside_the_bounds_of_the_profile_can_only_be_withdrawn(
    host: Host, exchange: RunningExchange, command: str, bound: str
) -> None:
    (order,) = resting(exchange)
    outside = {"portfolios": ["FLEX"], "delivery_areas": ["10YFR-RTE------C"]}
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False, **{bound: outside[bound]})
    given = options(exchange) if command == "add" else ["--order-id", order["order_id"]]
    given += ["--price", "-500.00"] if command == "modify" else []
    if command in ("deactivate", "delete"):
        ran(host, command, *given, "--yes")
        return
    _, talk = ran(host, command, *given, "--yes", code=2)
    assert f"is not one of this profile's {bound.replace('_', ' ')}" in talk
    assert writes(exchange) == []


def test_an_area_has_its_short_name_or_its_code(host: Host, exchange: RunningExchange) -> None:
    given = options(exchange)
    at = given.index("--delivery-area") + 1
    for typed, code in (("fr", 0), ("10YFR-RTE-----C", 2), ("10yfr-rte------c", 2)):
        given[at] = typed
        shown, talk = ran(host, "add", *given, "--dry-run", code=code)
        assert ("10YFR-RTE------C" in shown) if code == 0 else ("did you mean FR (10YFR-RTE------C)?" in talk)


# ---------------------------------------------------------------- steps


STEPS = [
    ("price", "+0.5", "-500.00"),
    ("price", "+-0.50", "-501.00"),
    ("price", "add -0.50", "-501.00"),
    ("price", "+-2%", "-490.49"),
    ("price", "-1", "-1"),
    ("price", "0.5", "0.5"),
    ("quantity", "+0.5", "2.0"),
    ("quantity", "+-0.5", "1.0"),
    ("quantity", "0.5", "0.5"),
]


@pytest.mark.parametrize(("name", "text", "result"), STEPS)
def test_a_plus_adds_to_the_present_value(
    host: Host, exchange: RunningExchange, name: str, text: str, result: str
) -> None:
    (order,) = resting(exchange)
    changed = ("modify", "--order-id", order["order_id"], f"--{name}", text, "--dry-run")
    out, talk = ran(host, *changed)
    (item,) = request_of(out)["body"]
    assert item["changes"] == {"action": "MODI", name: Decimal(result)}
    if "+" in text:
        assert "→" in talk


@pytest.mark.parametrize(
    ("command", "text", "reason"),
    [("add", "+0.5", "write it without +"), ("modify", "++1", "write it without +"), ("modify", "1%", "write 45.10")],
)
def test_a_step_without_a_meaning_is_refused(
    host: Host, exchange: RunningExchange, command: str, text: str, reason: str
) -> None:
    (order,) = resting(exchange)
    given = options(exchange, price=text) if command == "add" else ["--order-id", order["order_id"], "--price", text]
    _, talk = ran(host, command, *given, "--yes", code=2)
    assert f"--price: {reason}" in talk
    assert writes(exchange) == []


# ---------------------------------------------------------------- dry runs


def shown(host: Host, *arguments: str, stdin: object = None) -> list[dict[str, Any]]:
    """The requests that a dry run shows, as the simulator would log them."""
    out, _ = ran(host, *arguments, "--dry-run", stdin=stdin)
    requests = json.loads(out)
    return [
        {
            "method": request["method"],
            "path": request["path"],
            "query": {name: [json.dumps(value).strip('"')] for name, value in request["query"].items()},
            "body": request["body"],
        }
        for request in (requests if isinstance(requests, list) else [requests])
    ]


def sent(exchange: RunningExchange) -> list[dict[str, Any]]:
    return [
        {
            "method": request["method"],
            "path": request["path"].split("/v2/api")[1],
            "query": request["query"],
            "body": request["body"],
        }
        for request in writes(exchange)
    ]


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("command", ["add", "modify", "deactivate", "activate", "delete"])
def test_a_dry_run_shows_the_requests_that_leave(
    host: Host, exchange: RunningExchange, command: str, single: bool
) -> None:
    orders = resting(exchange, 2, state="HIBE" if command == "activate" else "ACTI")
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False, single_order_endpoint=single)
    given = ["--order-id", ",".join(order["order_id"] for order in orders)]
    given = options(exchange) if command == "add" else given
    given += ["--txt", "a/b ü", "--fail-on-limit-violations"] if command in ("add", "modify") else []
    planned = shown(host, command, *given)
    ran(host, command, *given, "--yes", "--expect-count", "1" if command == "add" else "2")
    requests = sent(exchange)
    for request in (*planned, *requests) if command == "add" else ():
        request["body"][0]["txt"] = request["body"][0]["txt"].partition("pb#")[0]
    assert planned == requests
    assert len(requests) == (2 if single and command != "add" else 1)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"quantity": "101"}, "101.0 MW is over this profile's limit of 100.0 MW (max_quantity_mw)"),
        ({"price": "-99999"}, "outside this profile's price limits"),
    ],
)
def test_a_dry_run_has_the_same_checks(
    host: Host, exchange: RunningExchange, given: dict[str, str], reason: str
) -> None:
    for consent in (("--dry-run",), ("--dry-run", "--yes"), ("--yes",)):
        out, talk = ran(host, "add", *options(exchange, **given), *consent, code=2)
        assert reason in talk
        assert out == ""
    host.adopt(exchange.base_url, exchange.keys["trader"])
    _, talk = ran(host, "add", *options(exchange), "--dry-run", code=2)
    assert "trading is off" in talk


def test_a_dry_run_shows_warnings_and_counts(host: Host, exchange: RunningExchange) -> None:
    (order,) = resting(exchange)
    changed = ("modify", "--order-id", order["order_id"], "--price", "-5005.00", "--dry-run")
    out, talk = ran(host, *changed)
    assert "warning: price -500.50 -> -5005.00" in talk
    assert request_of(out)["method"] == "PUT"
    ran(host, *changed, "--yes", code=2)
    ran(host, *changed, "--expect-count", "2", code=2)
    assert writes(exchange) == []
    assert "confirmation" not in journal_kinds(host)


# ---------------------------------------------------------------- times


AN_HOUR_LATER_IF_ASKED = """
from datetime import timedelta
from pathlib import Path
from pbtui.api import clock

class Watch(clock.Clock):
    def utc_now(self):
        return super().utc_now() + timedelta(seconds=self.later_s())

    def steady_s(self):
        return super().steady_s() + self.later_s()

    def later_s(self):
        return 3600.0 * Path("an hour later").exists()

watch = clock.use(Watch())
watch.__enter__()
"""


def test_a_time_is_the_one_that_was_meant_when_it_was_typed(host: Host, exchange: RunningExchange) -> None:
    """It passes while the question waits for its answer."""
    at = (datetime.now(BERLIN) + timedelta(minutes=20)).replace(second=30)
    (order,) = resting(exchange)
    given = ["--order-id", order["order_id"], "--validity-res", "GTD", "--validity-date", f"{at:%H:%M:%S}"]
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False, poll_seconds=60)
    host.first = AN_HOUR_LATER_IF_ASKED
    with host.pbtui("modify", *given, size=(240, 48)) as terminal:
        terminal.until_shown(f"valid until {at:%Y-%m-%d %H:%M:%S}", "[y/N]")
        (host.home / "an hour later").touch()
        terminal.send("y\r")
        terminal.until_shown("NOT SENT", "has passed")
        assert terminal.end() == 2
    assert writes(exchange) == []


def test_a_dry_run_says_the_zone_and_the_length_that_the_clock_does_not_show(
    host: Host, exchange: RunningExchange
) -> None:
    line = "buy 1 @ -500 2027-10-31 2a-3 area amp portfolio DE1"
    _, talk = ran(host, "add", line, "--dry-run")
    assert "The delivery is 2 h long: the clock goes back in it" in talk.splitlines()
    assert "Times are in Europe/Berlin" in talk.splitlines()
    _, talk = ran(host, "add", line.replace("2a-3", "2b-3"), "--dry-run")
    assert "long" not in talk
