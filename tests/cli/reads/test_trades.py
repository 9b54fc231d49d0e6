"""`pbtui trades` on a simulator: what is asked, what is printed, and the exit codes."""

import json
from collections.abc import Callable
from typing import Any

from tests.canned import canned_exchange
from tests.cli.reads.conftest import Ran
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange

Enter = Callable[..., dict[str, Any]]
HOSTILE = "\x1b]52;c;ZXZpbA==\x07[/]\u202e01.54"


def cells(out: str, *names: str) -> list[list[str]]:
    """The cells of these columns, from the first table."""
    lines = out.split("\n\n")[0].splitlines()
    starts = {name: lines[0].index(name) for name in names}
    return [[line[start:].split("  ")[0] for start in starts.values()] for line in lines[1:]]


def test_trades_are_lines_with_totals_by_contract(ran: Ran, exchange: RunningExchange, enter: Enter) -> None:
    first, second = enter(txt="leg A"), enter(price=9100, portfolio_id="DE2")
    exchange.fill(first["order_id"], 3)
    exchange.fill(second["order_id"], 1)
    enter(side="BUY", quantity=1, txt="just sent", portfolio_id="FLEX")
    out, talk = ran("trades")
    assert cells(out, "SIDE", "MW", "PRICE", "PORTFOLIO", "ORDER", "KIND", "TEXT") == [
        ["▲ BUY", "1.0", "9000.00", "FLEX", "-", "internal", "just sent"],
        ["▼ SELL", "1.0", "9000.00", "DE1", first["order_id"], "internal", "leg A"],
        ["▼ SELL", "1.0", "9100.00", "DE2", second["order_id"], "exchange", ""],
        ["▼ SELL", "3.0", "9000.00", "DE1", first["order_id"], "exchange", "leg A"],
    ]
    assert all(time.endswith((" CET", " CEST")) for (time,) in cells(out, "TIME"))
    assert out.splitlines()[-1].split()[3:9] == ["AMP", "1.0", "9000.00", "5.0", "9020.00", "-4.0"]
    assert talk == ""
    only, _ = ran("trades", "--no-internal")
    assert "internal" not in only


def test_a_recalled_trade_is_named_and_counts_no_more(ran: Ran, exchange: RunningExchange, enter: Enter) -> None:
    exchange.fill(enter()["order_id"], 2)
    exchange.set_trade(exchange.trades()[0]["trade_id"])
    assert len(ran("trades")[0].splitlines()) == 1
    out, _ = ran("trades", "--no-active-only")
    assert cells(out, "KIND") == [["exchange, recalled"]]
    assert "Totals" not in out


def test_every_option_is_a_parameter_under_its_own_name(ran: Ran, exchange: RunningExchange) -> None:
    shared = {"--portfolio-id": "DE1,DE2", "--offset": "1", "--limit": "7", "--contract-id": "c1,c2", "--txt": "a b"}
    window = {"--from-execution-time": "2026-11-22 13:00", "--to-execution-time": "2026-11-22T12:30Z"}
    given = {**shared, **window, "--delivery-area": "be"}
    ran("trades", *(word for pair in given.items() for word in pair))
    trades, internal = (request["query"] for request in exchange.requests()[-2:])
    wanted = {
        "portfolio_id": ["DE1,DE2"],
        "offset": ["1"],
        "limit": ["7"],
        "contract_id": ["c1,c2"],
        "txt": ["a b"],
        "from_execution_time": ["2026-11-22T12:00:00Z"],
        "to_execution_time": ["2026-11-22T12:30:00Z"],
        "delivery_area": ["10YBE----------2"],
    }
    assert trades == internal == wanted
    exchange.forget_requests()
    _, talk = ran("trades", "--ord-id", "9", "--cl-ordr-id", "pb-9", "--user-code", "T", "--no-active-only")
    (only,) = exchange.requests()
    filters = {"ordId": ["9"], "clOrdrId": ["pb-9"], "user_code": ["T"], "active_only": ["false"]}
    assert only["query"] == {**filters, "offset": ["0"], "limit": ["500"]}
    assert talk == "internal trades are left out: the server does not name their exchange users\n"
    assert "there is no such day or time" in ran("trades", "--to-execution-time", "25:00", code=2)[1]


def test_a_filter_that_would_list_everything_or_nothing_is_refused(ran: Ran, exchange: RunningExchange) -> None:
    given = [("trades", option) for option in ("--ord-id", "--cl-ordr-id", "--user-code", "--txt")]
    for command, option in (*given, ("orders", "--txt")):
        assert "it is empty" in ran(command, option, "", code=2)[1]
    window = ("--from-execution-time", "2026-11-22T13:00Z", "--to-execution-time", "2026-11-22T12:00Z")
    assert "the end is not after the start" in ran("trades", *window, code=2)[1]


def test_only_the_side_that_is_asked_for_is_in_the_totals(ran: Ran, exchange: RunningExchange, enter: Enter) -> None:
    exchange.fill(enter()["order_id"], 1)
    enter(side="BUY", quantity=1, portfolio_id="FLEX")
    totals = [ran("trades", "--portfolio-id", name)[0].splitlines()[-1].split() for name in ("DE1", "FLEX")]
    assert ["-2.0" in totals[0], "1.0" in totals[1], "0.0" in totals[1]] == [True, True, True]


def test_a_filter_lists_the_sides_that_match_and_sums_them(ran: Ran, exchange: RunningExchange, enter: Enter) -> None:
    exchange.fill(enter(txt="leg A")["order_id"], 3)
    enter(side="BUY", quantity=1, portfolio_id="FLEX")
    exchange.run_algorithm("Spread", "DE1")
    for wanted, sides in (
        ("kind:exchange or side:buy", ["▲ BUY", "▼ SELL"]),
        ('txt="leg A" mw>2', ["▼ SELL"]),
        ("mine", []),
        ("side:buy algo", []),
    ):
        out, _ = ran("trades", "--filter", wanted)
        assert [side for (side,) in cells(out, "SIDE")] == sides, wanted
    out, _ = ran("trades", "--filter", "side:sell", "--portfolio-id", "FLEX")
    assert cells(out, "SIDE") == [], "the other side of an internal trade is not of this portfolio"
    out, _ = ran("trades", "--filter", "kind:internal side:buy")
    assert out.splitlines()[-1].split()[4:7] == ["1.0", "9000.00", "0.0"]
    assert "there is no cursor here" in ran("trades", "--filter", "contract", code=2)[1]
    assert "takes no --filter" in ran("trades", "--filter", "mw>1", "--json", code=2)[1]


def test_an_order_is_found_in_internal_trades_too(ran: Ran, exchange: RunningExchange, enter: Enter) -> None:
    first, other = enter(), enter(price=9100)
    exchange.fill(first["order_id"], 1)
    sent = [enter(side="BUY", quantity=1), enter(side="BUY", quantity=4, price=9100)]
    for option, order_id, found in (
        ("--ord-id", first["order_id"], ["internal", "internal", "exchange"]),
        ("--ord-id", other["order_id"], ["internal"]),
        ("--cl-ordr-id", sent[0]["clOrdrId"], ["internal"]),
        ("--ord-id", sent[0]["order_id"], []),
    ):
        trades = json.loads(ran("trades", option, order_id, "--json")[0])
        assert ["internal"] * len(trades["internalTrades"]) + ["exchange"] * len(trades["trades"]) == found, order_id


def test_json_is_the_server_s_own(ran: Ran, exchange: RunningExchange, enter: Enter) -> None:
    exchange.fill(enter()["order_id"], 2)
    assert json.loads(ran("trades", "--json")[0]) == {"trades": exchange.trades(), "internalTrades": []}


def test_a_longer_list_says_how_to_get_the_rest(ran: Ran, exchange: RunningExchange, enter: Enter) -> None:
    order_id = enter()["order_id"]
    for _ in range(2):
        exchange.fill(order_id, 1)
    assert ran("trades", "--limit", "1")[1] == "trades: the server sent 1 of 2; for more use --offset and --limit\n"


def test_what_the_server_or_the_key_does_not_allow_is_said(ran: Ran, exchange: RunningExchange, enter: Enter) -> None:
    exchange.fill(enter()["order_id"], 2)
    exchange.faults(late_trades=0, errors={"value": {"404": 1}, "paths": ["/internal-trades", "/v2/api/*"]})
    out, talk = ran("trades", code=4)
    assert cells(out, "MW") == [["2.0"]]
    assert talk == "Error: this server does not offer GET /internal-trades (404: Not Found)\n"
    assert json.loads(ran("trades", "--json", code=4)[0])["internalTrades"] is None
    exchange.faults(errors={"value": {"403": 1}, "paths": ["/trades", "/internal-trades"]})
    out, talk = ran("trades", code=4)
    assert (out, talk.count("this API key may not call")) == ("", 2)
    exchange.faults(errors={"500": 1})
    assert "500" in ran("trades", code=5)[1]
    exchange.faults(late_trades=0, errors={"value": {"500": 1}, "paths": ["/internal-trades"]})
    out, talk = ran("trades", code=5)
    assert (cells(out, "MW"), "GET /internal-trades: internal server error (500" in talk) == ([["2.0"]], True)
    assert json.loads(ran("trades", "--json", code=5)[0])["internalTrades"] is None


def test_odd_and_hostile_trades_hide_nothing_else(ran: Ran, host: Host) -> None:
    wire = [
        {"trade_id": "1", "price": "45", "quantity": 2, "sell_portfolio_id": "DE1", "sell_txt": HOSTILE},
        7,
        {"trade_id": "2", "price": 45.1, "quantity": 1, "state": "NEW1", "exec_time": "2026-11-22T12:00:00Z"},
    ]
    with canned_exchange() as server:
        server.reads = {"/trades": wire, "/internal-trades": []}
        host.adopt(server.base_url, "a-key")
        out, talk = ran("trades")
    assert not {"\x1b", "\x07", "\u202e"} & set(out + talk)
    assert cells(out, "SIDE", "PRICE", "KIND") == [
        ["unknown", "45.10", "exchange, NEW1"],
        ["▼ SELL", "unreadable", "exchange"],
    ]
    assert "not counted" in out
    assert "one of the trades could not be read: it is no JSON object: 7" in talk
    assert "one of the trades has a field that could not be read: price" in talk
