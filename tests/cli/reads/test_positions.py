"""`pbtui positions` on a simulator: traded and on order, with limits, by area, and what the server refuses."""

import json
from collections.abc import Callable
from typing import Any

from tests.canned import canned_exchange
from tests.cli.reads.conftest import Ran
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange
from tests.raw_server import reply

Enter = Callable[..., dict[str, Any]]


def lines(out: str) -> list[list[str]]:
    """The cells of the table after the delivery and before the name of the contract."""
    start, end = (out.splitlines()[0].index(name) for name in ("AREA", "CONTRACT"))
    return [[cell.strip() for cell in line[start:end].split("  ") if cell.strip()] for line in out.splitlines()[1:]]


def test_a_position_has_its_orders_and_limits(ran: Ran, exchange: RunningExchange, enter: Enter) -> None:
    exchange.limit("DE2", position_mw=50)
    sold = enter()
    exchange.fill(sold["order_id"], 2)
    enter(side="BUY", price=-400, quantity=4, portfolio_id="DE2")
    out, talk = ran("positions")
    assert lines(out) == [
        ["AMP", "DE1", "-2.0", "0.0", "3.0", "-5.0", "-2.0", "-500.0 to 500.0"],
        ["AMP", "DE2", "0.0", "4.0", "0.0", "0.0", "4.0", "-50.0 to 50.0"],
    ]
    assert sold["contract_id"] in out
    assert talk == ""
    only, _ = ran("positions", "--portfolio-id", "DE2", "--contract-id", sold["contract_id"], "--delivery-area", "AMP")
    assert lines(only) == lines(out)[1:]
    every, _ = ran("positions", "--all", "--contract-id", sold["contract_id"])
    assert len(lines(every)) == 3 * 8
    assert len(lines(ran("positions", "--delivery-area", "FR")[0])) == 0


def test_json_is_the_order_books_of_each_area(ran: Ran, exchange: RunningExchange, enter: Enter) -> None:
    enter()
    exchange.forget_requests()
    found = json.loads(
        ran("positions", "--json", "--products", "XBID_Hour_Power", "--delivery-from", "2026-11-22T00:00Z")[0]
    )
    areas = [each["delivery_area"] for each in found["orderbooks"]]
    assert areas == exchange.call("GET", "/market").json()["available_delivery_area_ids"]
    queries = [each["query"] for each in exchange.requests() if each["path"].endswith("/orderbooks")]
    assert sorted(query["delivery_area"][0] for query in queries) == sorted(areas)
    for query in queries:
        assert query["products"] == ["XBID_Hour_Power"]
        assert query["delivery_from"][0].endswith("T00:00:00Z")
        assert query["with_portfolio_information"] == query["with_risk_settings"] == ["true"]
    assert "no such day or time" in ran("positions", "--delivery-to", "25:00", code=2)[1]


def test_an_area_that_cannot_be_read_leaves_the_others(ran: Ran, exchange: RunningExchange, enter: Enter) -> None:
    enter()
    exchange.faults(errors={"value": {"500": 1}, "paths": ["/orderbooks"], "times": 1})
    out, talk = ran("positions", "--json", code=5)
    assert len(json.loads(out)["orderbooks"]) == 7
    assert "GET /orderbooks: internal server error (500" in talk
    exchange.faults(errors={"value": {"404": 1}, "paths": ["/market"]})
    assert lines(ran("positions")[0]) == [["AMP", "DE1", "0.0", "0.0", "5.0", "-5.0", "0.0", "-500.0 to 500.0"]]
    exchange.faults(errors={"value": {"403": 1}, "paths": ["/orderbooks"]})
    out, talk = ran("positions", "--delivery-area", "AMP", code=4)
    assert (out, talk) == ("", "Error: this API key may not call GET /orderbooks (403: Forbidden)\n")


def test_odd_figures_hide_nothing_else(ran: Ran, host: Host) -> None:
    wire = {
        "delivery_area": "10YFR-RTE------C",
        "contracts": [
            {"name": "A\x1b[2J", "portfolio_information": [{"portfolio_id": "DE1", "net_pos": "3", "abs_pos": 3}]},
            {"name": "B", "portfolio_information": [{"portfolio_id": "DE1", "net_pos": 1, "abs_pos": 1}]},
            {"name": "C", "portfolio_information": None},
        ],
        "portfolio_risk_settings": [
            {
                "id": "DE1",
                "position_limits": [
                    {"delivery_area": "10YFR-RTE------C", "min_netpos_limit": "-5", "max_netpos_limit": 6}
                ],
            }
        ],
    }
    with canned_exchange() as server:
        server.trouble, server.trouble_at = reply(json.dumps(wire).encode()), "/orderbooks"
        host.adopt(server.base_url, "a-key", delivery_areas=["FR"])
        out, talk = ran("positions")
    assert "\x1b" not in out + talk
    rows = [line[:3] for line in lines(out)]
    assert rows[:2] == [["FR", "DE1", "unreadable"], ["FR", "DE1", "1.0"]]
    assert out.count("unreadable to 6.0") == len(rows) == 3
    assert "order books of FR: contracts[0].portfolio_information[0].net_pos: " in talk


def test_an_answer_without_a_list_is_not_taken_for_an_empty_one(ran: Ran, host: Host) -> None:
    with canned_exchange() as server:
        server.trouble, server.trouble_at = reply(b"{}"), "/orderbooks"
        host.adopt(server.base_url, "a-key", delivery_areas=["AMP"])
        assert "positions in AMP are not known: the answer lists no contracts" in ran("positions")[1]
        server.trouble_at = "/contract/c14/10YDE-RWENET---I/orders"
        assert "the book is not known: the answer has neither bids nor asks" in ran("depth", "c14", "AMP")[1]
