"""`pbtui export` on a simulator."""

import csv
import tomllib

from tests.cli.write.test_command import ran, resting, writes
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange


def test_an_export_has_the_orders_that_a_filter_selects(host: Host, exchange: RunningExchange) -> None:
    orders = resting(exchange, 3, txt="=of this test")
    exchange.call("PUT", "/orders/list", json=[{"order_id": orders[0]["order_id"], "changes": {"action": "DEAC"}}])
    exchange.forget_requests()
    out, talk = ran(host, "export", "txt:=of side:buy")
    rows = list(csv.DictReader(out.splitlines()))
    assert {row["order_id"] for row in rows} == {order["order_id"] for order in orders}
    assert {row["state"] for row in rows} == {"active", "deactivated"}
    assert {(row["price"], row["quantity"], row["txt"]) for row in rows} == {("-500.50", "1.5", "'=of this test")}
    as_toml, _ = ran(host, "export", "txt:=of", "--format", "toml")
    assert [table["price"] for table in tomllib.loads(as_toml)["orders"]] == [-500.5] * 3
    assert (talk, writes(exchange)) == ("", [])


def test_a_filter_that_is_none(host: Host) -> None:
    _, talk = ran(host, "export", "colour:red", code=2)
    assert "colour" in talk
