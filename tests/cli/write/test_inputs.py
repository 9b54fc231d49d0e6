"""Inputs that a parser would silently change: each is refused with the reason, and nothing is sent."""

import json
from collections.abc import Sequence

import pytest

from tests.cli.write.test_command import options, ran, resting, terms, writes
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange


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
