"""A kill where the exchange writes odd ids, or a list of which no machine could make anything."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pbtui.api.sanitize import shown_id
from tests.canned import CannedExchange, a_wire_order, canned_exchange
from tests.end_to_end.host import Host
from tests.end_to_end.trader import fire
from tests.raw_server import raw_server_on, reply
from tests.simulation.virtual_exchange import virtual_command

IDS = (
    *("4711", "a,b", ",", "a, b,"),
    *("Cafe\u0301", "Caf\u00e9"),
    *("a\u200bb", "a\u200cb", "ab", "\ufeffab", "a\u202eb"),
    *("\u1112\u1161\u11ab", "\U0001f469\u200d\U0001f469", "a\u00a0b"),
    *("x/y?z#%2C", "..;a", 'quote"\\', "tab\there"),
    "x" * 5000,
)


@pytest.fixture
def exchange() -> Iterator[CannedExchange]:
    orders = [a_wire_order(an_id) for an_id in IDS]
    with canned_exchange(*orders) as running:
        running.obeys = True
        running.history = {order["order_id"]: [order] for order in orders}
        yield running


@pytest.fixture
def host(tmp_path: Path, exchange: CannedExchange) -> Host:
    host = Host(tmp_path)
    host.adopt(exchange.base_url, "a-key", read_only=False)
    return host


def killed_in_virtual_time(host: Host, exchange: CannedExchange) -> "subprocess.CompletedProcess[bytes]":
    """A kill that has four seconds to verify, however long the reads take on this machine."""
    with virtual_command() as virtual, raw_server_on(virtual.loop, exchange.answer) as server:
        host.adopt(server.base_url, "a-key", read_only=False)
        return host.invoke("kill", "--yes", "--verify-timeout", "4")


def sent(exchange: CannedExchange) -> list[str]:
    """The ids in the first requests to withdraw orders."""
    bodies = [json.loads(request.body) for request in exchange.requests if request.method == "PUT"]
    return [item["order_id"] for body in bodies for item in body][: len(exchange.orders)]


@pytest.mark.parametrize(("action", "state"), [("deactivate-mine", "HIBE"), ("delete-mine", "IACT")])
def test_ids_travel_as_they_came_and_are_shown_safe(
    host: Host, exchange: CannedExchange, action: str, state: str
) -> None:
    for order in exchange.orders:
        order["portfolio_id"] = "P,1"  # it can't be named in a list of portfolios either
    done = host.run("kill", "--yes", "--json", "--action", action)
    assert done.returncode == (5 if action == "delete-mine" else 0), done.stdout
    assert sorted(sent(exchange)) == sorted(IDS)
    if action == "delete-mine":
        state = "HIBE"  # DELETE /orders can't be sent, so the narrower plan is
    assert {order["state"] for order in exchange.orders} == {state}
    facts = json.loads(done.stdout)
    assert facts["counts"] == {"DEACTIVATED": len(IDS)}
    shown = {fate["order"]["order_id"] for fate in facts["fates"]}
    assert len(shown) == len(IDS)
    assert not [text for text in shown if not text.isprintable() or len(text) > 200]
    assert done.stdout.isascii()
    assert host.run("journal", "verify").returncode == 0


def test_a_desk_fires_at_the_ids_it_has_read(host: Host, exchange: CannedExchange) -> None:
    with host.pbtui() as terminal:
        terminal.until_shown("LIVE", "TRADING", "›")
        fire(terminal)
        terminal.until_shown("KILL VERIFIED 0 ACTIVE", f"{len(IDS)} → 0")
    assert sorted(sent(exchange)) == sorted(IDS)


def test_ids_given_to_a_command_in_their_shown_form_travel_as_they_came(host: Host, exchange: CannedExchange) -> None:
    exchange.orders = [order for order in exchange.orders if "," not in order["order_id"]]
    ids = [order["order_id"] for order in exchange.orders]
    count = ("--expect-count", str(len(ids)))
    done = host.run("delete", "--yes", *count, *(word for an_id in ids for word in ("--order-id", shown_id(an_id))))
    assert done.returncode == 0, done.stderr
    assert sorted(sent(exchange)) == sorted(ids)


def test_ids_in_the_curl_commands_are_those_of_the_server(host: Host, exchange: CannedExchange) -> None:
    exchange.obeys = False
    done = killed_in_virtual_time(host, exchange)
    assert done.returncode == 3
    assert b"Cafe\xcc\x81" in done.stdout


def test_an_endless_list_is_refused(host: Host, exchange: CannedExchange) -> None:
    exchange.trouble, exchange.trouble_at = reply(b"[" + b",".join([b"{}"] * 13_000_000) + b"]"), "/orders"
    done = host.run("orders")
    assert done.returncode == 5, done.stderr
    assert b"the answer is a list of more than 300000 elements" in done.stderr


def test_what_was_not_looked_up_is_said(host: Host, exchange: CannedExchange) -> None:
    exchange.trouble, exchange.trouble_at = reply(b"{}", "500 Internal Server Error"), "active_only=false"
    done = killed_in_virtual_time(host, exchange)
    assert done.returncode == 5
    assert b"can't be looked up: internal server error (500)" in done.stdout
