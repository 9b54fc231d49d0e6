"""`pbtui depth` on a simulator: the queue with own orders in it, by id and by name, and what is missing."""

import json
from collections.abc import Callable
from typing import Any

from tests.cli.reads.conftest import Ran
from tests.exchange import RunningExchange

Enter = Callable[..., dict[str, Any]]


def own_lines(out: str) -> list[list[str]]:
    return [line.split() for line in out.splitlines() if " own " in line]


def test_own_orders_are_marked_with_the_mw_ahead(ran: Ran, exchange: RunningExchange, enter: Enter) -> None:
    first, second = enter(price=8000, txt="leg A"), enter(price=8000, quantity=1.5, portfolio_id="DE2")
    low = enter(side="BUY", price=-400, quantity=2)
    contract_id, area = first["contract_id"], first["delivery_area"]
    book = exchange.call("GET", f"/contract/{contract_id}/{area}/orders").json()
    ahead = {side: sum(each["quantity"] for each in book[side] if not each["own_order"]) for side in ("ask", "bid")}
    out, talk = ran("depth", contract_id, "AMP")
    assert own_lines(out) == [
        ["▼", "SELL", "8000.00", "1.5", f"{ahead['ask'] + 5:.1f}", "own", "DE2", second["order_id"]],
        ["▼", "SELL", "8000.00", "5.0", f"{ahead['ask']:.1f}", "own", "DE1", first["order_id"], "leg", "A"],
        ["▲", "BUY", "-400.00", "2.0", f"{ahead['bid']:.1f}", "own", "DE1", low["order_id"]],
    ]
    lines = out.splitlines()[1:]
    assert [line[:6] for line in lines] == ["▼ SELL"] * len(book["ask"]) + ["▲ BUY "] * len(book["bid"])
    assert talk == ""
    assert ran("depth", first["contract_name"], area)[0] == out
    assert json.loads(ran("depth", contract_id, area, "--json")[0]) == book


def test_what_is_missing_is_said(ran: Ran, exchange: RunningExchange, enter: Enter) -> None:
    order = enter(preArranged=True, preArrangedAcct="OTHER")
    place = (order["contract_id"], "AMP")
    assert ran("depth", *place)[1] == f"active own orders that this book does not list: {order['order_id']}\n"
    exchange.faults(errors={"value": {"500": 1}, "paths": ["/orders"]})
    out, talk = ran("depth", *place, code=5)
    assert "SELL" in out
    assert talk.startswith("the own orders could not be read; only the server's marks are shown\nError: GET /orders:")
    exchange.faults()
    _, talk = ran("depth", "1", "AMP", code=4)
    assert "no order book of the contract 1 in AMP: the server found nothing for GET /contract/1/" in talk
    assert "(404: contract 1 is not open for trading in 10YDE-RWENET---I)" in talk
    assert "is not the short name of a known area" in ran("depth", "1", "10YFR", code=2)[1]
    exchange.faults(errors={"value": {"403": 1}, "paths": ["/contract/*"]})
    assert "this API key may not call GET /contract/" in ran("depth", *place, code=4)[1]
