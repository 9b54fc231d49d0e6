"""A kill at an exchange whose reads fail: it fires at the orders it knows, and says at once what needs no read."""

from pathlib import Path

import pytest

from tests.end_to_end.host import Host
from tests.end_to_end.trader import F9, fire, press
from tests.exchange import RunningExchange, eventually


def adopted(tmp_path: Path, base_url: str, key: str = "a-key", **profile: object) -> Host:
    host = Host(tmp_path)
    host.adopt(base_url, key, read_only=False, **profile)
    return host


@pytest.mark.parametrize(
    ("profile", "ways"),
    [
        ({}, ["deactivate-all"]),
        ({"portfolios": ["DE1"]}, ["delete-mine", "deactivate-all"]),
    ],
)
def test_what_needs_no_list_is_said_at_once(
    tmp_path: Path, exchange: RunningExchange, profile: dict[str, object], ways: list[str]
) -> None:
    host = adopted(tmp_path, exchange.base_url, exchange.keys["trader"], **profile)
    exchange.faults(errors={"value": {"500": 1.0}, "methods": ["GET"]})
    with host.pbtui("kill", "--yes", size=(400, 48)) as terminal:
        offered = "; ".join(f"{way} (" for way in ways)
        terminal.until_shown("no order is known, so no request can name one.", f"no list of orders: {ways[0]} (")
        assert all(f"{way} (" in terminal.text() for way in ways), offered
        exchange.faults()
        terminal.until_shown("KILL VERIFIED 0 ACTIVE")
    assert exchange.orders(portfolio_id="DE1") == []


def test_what_needs_no_list_works(tmp_path: Path, exchange: RunningExchange) -> None:
    host = adopted(tmp_path, exchange.base_url, exchange.keys["trader"], portfolios=["DE1"])
    exchange.faults(errors={"value": {"500": 1.0}, "methods": ["GET"]})
    host.run("kill", "--yes", "--action", "delete-mine", "--verify-timeout", "0")
    exchange.faults()
    eventually(lambda: exchange.orders(portfolio_id="DE1") == [])  # its answer is not waited for


def test_a_desk_fires_at_what_it_knew(tmp_path: Path, exchange: RunningExchange) -> None:
    host = adopted(tmp_path, exchange.base_url, exchange.keys["trader"])
    with host.pbtui() as terminal:
        terminal.until_shown("LIVE", "TRADING", "›")
        exchange.faults(errors={"value": {"500": 1.0}, "methods": ["GET"]})
        fire(terminal)
        eventually(lambda: any(request["method"] == "PUT" for request in exchange.requests()))
        exchange.faults()
        terminal.until_shown("KILL VERIFIED 0 ACTIVE")
    assert exchange.orders() == []


def test_a_desk_that_knows_nothing_says_what_needs_no_list(tmp_path: Path, exchange: RunningExchange) -> None:
    host = adopted(tmp_path, exchange.base_url, exchange.keys["trader"], portfolios=["DE1"])
    exchange.faults(errors={"value": {"500": 1.0}, "methods": ["GET"]})
    with host.pbtui() as terminal:
        terminal.until_shown("TRADING")
        terminal.send(F9)
        terminal.until_shown("Nothing was sent yet")
        press(terminal, "k", "KILL STARTED, READING ACTIVE ORDERS")
        terminal.until_shown("no order is known, so no request can name one.", "In the desk: o, then 2 or 3")
