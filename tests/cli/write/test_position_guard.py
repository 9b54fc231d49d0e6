"""`--expected-net-pos unchanged`, and the profile's default: orders are sent only at the position that was read."""

import re
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from pbtui.api.clock import utc_now
from pbtui.api.codes import ModifyAction
from pbtui.api.requests import OrderModify
from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.write.expected_positions import with_positions
from pbtui.desk.market.reading import Reading
from pbtui.desk.position_guard import PositionRef
from pbtui.desk.tickets.ticket import Action, Ticket, change_line, new_token
from tests.cli.write.test_command import now, options, ran, request_of, resting, writes
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange
from tests.orders import an_order

UNCHANGED = ("--expected-net-pos", "unchanged")


def traded(exchange: RunningExchange) -> Decimal:
    """The net position of DE1 in the free contract, after another fill of 0.5 MW."""
    (order,) = resting(exchange, txt="fills")
    exchange.fill(order["order_id"], 0.5)
    exchange.call("PUT", "/orders/list", json=[{"order_id": order["order_id"], "changes": {"action": "DELE"}}])
    exchange.forget_requests()
    contract_id = exchange.free_contract()["contract_id"]
    books = exchange.call("GET", "/orderbooks", params={"portfolio_id": "DE1", "contractId": contract_id}).json()
    ((figures,),) = [contract["portfolio_information"] for contract in books["contracts"]]
    return Decimal(str(figures["net_pos"]))


def test_orders_expect_the_position_that_is_read(host: Host, exchange: RunningExchange) -> None:
    net_mw, contract = traded(exchange), exchange.free_contract()
    (order,) = resting(exchange)
    by_id = options(exchange)
    terms = by_id[: by_id.index("--contract-id")] + by_id[by_id.index("--delivery-area") :]
    by_name = [*terms, "--contract-name", contract["name"]]
    window = ("--dlvry-start", contract["delivery_start"], "--dlvry-end", contract["delivery_end"])
    for given in (by_id, by_name, [*terms, *window]):
        out, talk = ran(host, "add", *given, *UNCHANGED, "--dry-run")
        assert [entry["expectedNetPos"] for entry in request_of(out)["body"]] == [net_mw]
        assert f"only if net position is {net_mw:f}" in talk
    change = ("modify", "--order-id", order["order_id"], "--txt", "mine")
    out, _ = ran(host, *change, *UNCHANGED, "--yes")
    assert out.startswith("CONFIRMED")
    (sent,) = writes(exchange)
    assert sent["body"][0]["changes"] == {"action": "MODI", "txt": "mine", "expectedNetPos": float(net_mw)}
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False, position_guard=True)
    file = [{"order_id": order["order_id"], "changes": {"action": "MODI", "price": -501}}]
    for command, stdin in (((*change[:4], "x"), None), (("modify", "--from", "-"), file)):
        out, _ = ran(host, *command, "--dry-run", stdin=stdin)
        assert request_of(out)["body"][0]["changes"]["expectedNetPos"] == net_mw
    out, _ = ran(host, "add", *by_id, "--dry-run")
    assert request_of(out)["body"][0]["expectedNetPos"] == net_mw
    out, _ = ran(host, "modify", "--from", "-", "--expected-net-pos=", "--dry-run", stdin=file)
    assert request_of(out)["body"][0]["changes"] == {"action": "MODI", "price": -501}


def test_an_order_at_another_position_is_refused_and_the_words_say_so(host: Host, exchange: RunningExchange) -> None:
    net_mw = traded(exchange)
    (order,) = resting(exchange)
    why = rf"refused because the position has changed: expectedNetPos is {net_mw} MW, 99 MW was expected"
    at_99 = ("--expected-net-pos", "99", "--yes")
    out, _ = ran(host, "modify", "--order-id", order["order_id"], "--txt", "mine", *at_99, code=6)
    assert re.match(rf"CONFLICT  .*, order {order['order_id']}: {why}", out)
    assert now(exchange, order)["revision_no"] == 1
    out, _ = ran(host, "add", *options(exchange), *at_99, code=6)
    assert re.match(rf"CONFLICT  new .*: {why}", out)
    out, _ = ran(host, "journal", "show")
    assert out.count("CONFLICT (refused because the position has changed") == 2


def test_without_a_known_position_nothing_is_sent(host: Host, exchange: RunningExchange) -> None:
    (order,) = resting(exchange)
    exchange.faults(errors={"value": {"404": 1}, "paths": ["/orderbooks"]})
    for command in (("modify", "--order-id", order["order_id"], "--txt", "mine"), ("add", *options(exchange))):
        _, talk = ran(host, *command, *UNCHANGED, "--yes", code=2)
        assert "net position is not known: this server does not offer GET /orderbooks (404" in talk
        assert "--expected-net-pos= to send without it" in talk
    exchange.faults()
    _, talk = ran(host, "add", *options(exchange, contract_id="1"), *UNCHANGED, "--yes", code=2)
    assert "net position is not known: the server does not list the contract" in talk
    _, talk = ran(host, "add", *options(exchange, type="block"), *UNCHANGED, "--yes", code=2)
    assert "--expected-net-pos: is not allowed for blocks (type B)" in talk
    assert writes(exchange) == []


async def test_an_order_that_names_no_position_is_refused() -> None:
    line = change_line(an_order("7", portfolio_id=None), OrderModify(action=ModifyAction.MODI, txt="x"))
    ticket = Ticket(new_token(), Action.MODIFY, (line,), utc_now())
    with pytest.raises(LocalRefusal, match="order 7: net position needs the portfolio and the contract"):
        await with_positions(ticket, no_read, ZoneInfo("UTC"))


async def no_read(ref: PositionRef) -> Reading[Decimal]:
    raise AssertionError(ref)
