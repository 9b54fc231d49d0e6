"""The report of a kill: what traded, what each request named, and what this run did."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.canned import CannedExchange, a_wire_order
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange, eventually
from tests.raw_server import raw_server_on
from tests.simulation.virtual_exchange import virtual_command


def reports(host: Host, suffix: str = ".json") -> list[Path]:
    return sorted(host.home.rglob(f"kills/*/*{suffix}"))


def facts_of(path: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(path.read_text())
    return facts


def row_of(report: str, order_id: str) -> list[str]:
    """The cells of an order's row in a Markdown report: side, MW before, MW traded, MW left and so on."""
    (row,) = [
        line
        for line in report.split("## Orders")[1].split("## Requests")[0].splitlines()
        if line.endswith(f"| {order_id} |")
    ]
    return [cell.strip() for cell in row.strip("|").split("|")]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_the_report_has_the_mw_that_traded_and_the_ids_of_each_request(host: Host) -> None:
    ends: dict[str, dict[str, Any]] = {
        "filled": {"state": "IACT", "action": "FEXE", "quantity": 0},
        "partly": {"state": "HIBE", "action": "UHIB", "quantity": 2},
        "quiet": {"state": "HIBE", "action": "UHIB"},
        "blank": {"state": "IACT", "action": "UDEL", "quantity": 0},
    }
    exchange = CannedExchange([a_wire_order(name) for name in ends], obeys=True)

    def withdraw(items: list[dict[str, Any]]) -> None:
        for order in exchange.orders:
            order |= ends[order["order_id"]]

    exchange._withdraw = withdraw  # type: ignore[method-assign]
    with virtual_command() as virtual, raw_server_on(virtual.loop, exchange.answer) as server:
        host.adopt(server.base_url, "a-key", read_only=False)
        assert host.invoke("kill", "--yes").returncode == 0
    (report,) = reports(host, ".md")
    text = report.read_text()
    rows = {name: row_of(text, name)[:4] for name in ends}
    assert rows == {
        "filled": ["BUY", "5.0", "5.0", "0.0"],
        "partly": ["BUY", "5.0", "3.0", "2.0"],
        "quiet": ["BUY", "5.0", "0.0", "5.0"],
        "blank": ["BUY", "5.0", "", "0.0"],
    }
    facts = facts_of(reports(host)[0])
    assert {fate["key"]: fate["traded_mw"] for fate in facts["fates"]} == {
        "filled": 5,
        "partly": 3,
        "quiet": 0,
        "blank": None,
    }
    (put,) = [call for call in facts["calls"] if call["method"] == "PUT"]
    assert set(put["names"]) == set(ends)
    (requests,) = [line for line in text.splitlines() if "PUT /orders/list" in line and line.startswith("| 20")]
    assert all(name in requests for name in ends)
    assert facts["sent"] == {"PUT /orders/list": 1}


def test_the_report_of_a_resumed_kill_says_what_this_run_sent(host: Host, exchange: RunningExchange) -> None:
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False)
    assert host.run("kill", "--yes").returncode == 0
    assert host.run("kill", "--resume").returncode == 0
    first, resumed = (report.with_suffix(".md").read_text() for report in reports(host))
    assert "| sent by this run | PUT /orders/list (1) |" in first
    assert "| sent by this run | no kill request |" in resumed
    assert "| plan in use | PUT /orders/list DEAC: " in resumed
    assert "| fired |" not in resumed


def test_a_kill_that_is_killed_while_its_first_request_is_away_leaves_a_report(
    host: Host, exchange: RunningExchange
) -> None:
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False)
    count = len(exchange.orders())
    exchange.faults(hold={"value": True, "methods": ["PUT"]})
    process = host.start("kill", "--yes")
    try:
        eventually(lambda: reports(host))
    finally:
        process.kill()
        process.wait()
    exchange.faults()
    facts = facts_of(reports(host)[0])
    assert (facts["phase"], len(facts["before"]), facts["sent"]) == ("FIRING", count, {"PUT /orders/list": 1})
    (call,) = [call for call in facts["calls"] if call["method"] == "PUT"]
    assert len(call["names"]) == count
    assert host.run("kill", "--resume").returncode == 0
    assert exchange.orders() == []
