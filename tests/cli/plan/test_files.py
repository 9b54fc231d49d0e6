"""`pbtui export`, `plan` and `apply` on a simulator: what they print and send, and their exit codes."""

import csv
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from pbtui.desk.formats.areas import area_name
from pbtui.desk.storage.disk import disk
from tests.canned import canned_exchange
from tests.cli.write.test_command import now, ran, resting, writes
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange
from tests.raw_server import reply

ENTRY = "label,side,quantity,price,contract_id,delivery_area,portfolio_id"


def written(host: Host, *lines: str, name: str = "orders.csv") -> str:
    """The path of a file with these lines."""
    path = host.home / name
    path.write_text("".join(f"{line}\n" for line in lines))
    return str(path)


def new_orders(host: Host, exchange: RunningExchange, *labels: str) -> str:
    """The path of a file with new orders of these labels, far from the market."""
    contract = exchange.free_contract()
    where = f"{contract['contract_id']},{area_name(contract['delivery_areas'][0])},DE1"
    return written(host, ENTRY, *(f"{label},buy,1.5,-500.50,{where}" for label in labels))


def exported(host: Host, exchange: RunningExchange, count: int, **changed: str) -> tuple[str, list[dict[str, Any]]]:
    """The path of an export of some new orders whose first one is to be changed so, and the orders."""
    orders = resting(exchange, count, txt=f"of {host.home.name}"[:40])
    out, _ = ran(host, "export", f"txt:{orders[0]['txt'].split()[-1]}")
    exchange.forget_requests()
    rows = list(csv.DictReader(out.splitlines()))
    rows.sort(key=lambda row: row["order_id"])
    rows[0].update(changed)
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    return written(host, *lines), sorted(orders, key=lambda order: str(order["order_id"]))


def words(out: str) -> list[str]:
    """The first word of each line."""
    return [line.split()[0] for line in out.splitlines()]


# ---------------------------------------------------------------- export


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


def test_an_export_of_everything_differs_in_nothing(host: Host, exchange: RunningExchange) -> None:
    for kind in ("csv", "toml"):
        out, _ = ran(host, "export", "--format", kind)
        plan, talk = ran(host, "plan", written(host, out.rstrip("\n"), name=f"all.{kind}"))
        assert (plan.split()[1:], talk) == (["unchanged"], "")
    assert writes(exchange) == []


def test_a_cached_list_does_not_show_that_an_order_is_new(host: Host, exchange: RunningExchange) -> None:
    file = new_orders(host, exchange, "a")
    with canned_exchange() as canned:
        host.adopt(canned.base_url, "a-key")
        canned.trouble, canned.trouble_at = reply(b"[]", Age="600"), "/orders"
        plan, _ = ran(host, "plan", file, code=6)
        assert "not all orders could be read: a cache between here and the server" in " ".join(plan.split())
        _, talk = ran(host, "export")
        assert talk.startswith("a cache between here and the server answers with data 601 s old\n")


def test_a_filter_that_is_none(host: Host) -> None:
    _, talk = ran(host, "export", "colour:red", code=2)
    assert "colour" in talk


# ---------------------------------------------------------------- plan


def test_a_plan_shows_what_would_be_sent_and_sends_nothing(host: Host, exchange: RunningExchange) -> None:
    path, orders = exported(host, exchange, 2, price="-501.00")
    out, talk = ran(host, "plan", path)
    heading, row, summary = out.splitlines()
    assert heading.split() == ["WHERE", "WHAT", "ORDER", "CHANGES"]
    assert row.startswith("line 2  modify  ▲ BUY 1.5 MW at -500.50")
    assert row.endswith(f"order {orders[0]['order_id']}  price -500.50 → -501.00")
    assert summary == "1 modify, 1 unchanged"
    assert "orders that stand are in no row, and stay as they are" in talk
    out, _ = ran(host, "plan", new_orders(host, exchange, "a"))
    assert "line 2  add   new ▲ BUY 1.5 MW at -500.50, contract" in out
    assert writes(exchange) == []


def test_a_row_of_an_older_revision_is_a_conflict(host: Host, exchange: RunningExchange) -> None:
    path, orders = exported(host, exchange, 1, price="-501.00")
    exchange.touch(orders[0]["order_id"], price=-502.0, by="market_operations")  # they keep its id
    out, _ = ran(host, "plan", path, code=6)
    assert "CONFLICT: the file is of revision 1, the order is at 2" in out
    assert "price is -502.00, in the file -501.00" in out
    _, talk = ran(host, "apply", path, "--yes", code=6)
    assert talk.endswith("in the file -501.00\nnothing was sent\n")
    assert writes(exchange) == []


def test_a_row_of_an_order_that_was_replaced_names_the_order_that_stands(host: Host, exchange: RunningExchange) -> None:
    path, (order,) = exported(host, exchange, 1, price="-501.00")
    out, _ = ran(host, "modify", "--order-id", order["order_id"], "--price", "-502", "--yes", "--json")
    (new_id,) = json.loads(out)["lines"][0]["order_ids"]
    assert new_id != order["order_id"]
    exchange.forget_requests()
    out, _ = ran(host, "plan", path, code=6)
    conflict = f"order {order['order_id']} (now order {new_id}): CONFLICT: it has been replaced by order {new_id}"
    assert f"{conflict}; price is -502.00, in the file -501.00" in out
    _, talk = ran(host, "apply", path, "--yes", code=6)
    assert conflict in talk
    assert writes(exchange) == []


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_every_problem_of_a_file_is_shown_at_once_and_nothing_is_read(
    host: Host, exchange: RunningExchange, command: str
) -> None:
    path = written(host, "order_id,price,state", '7,"62,5",gone', "8,1e5,active", "9,1")
    _, talk = ran(host, command, path, code=2)
    assert talk.splitlines()[0].endswith("orders.csv has problems; nothing was sent:")
    assert [line.split(": ")[0].strip() for line in talk.splitlines()[1:]] == [
        "line 4",
        "line 2, price",
        "line 2, state",
        "line 3, price",
    ]
    _, talk = ran(host, command, written(host, "order_id", "7", name="orders.xlsx"), code=2)
    assert "its name has to end in .csv or .toml" in talk
    (host.home / "cut.csv").write_text("order_id,price\n7,62")
    _, talk = ran(host, command, str(host.home / "cut.csv"), code=2)
    assert "its last line has no end" in talk
    assert exchange.requests() == []


# ---------------------------------------------------------------- apply


def test_a_file_that_is_applied_twice_is_sent_once(host: Host, exchange: RunningExchange) -> None:
    path = new_orders(host, exchange, "twice a", "twice b")
    consent = ("--yes", "--expect-count", "2")
    out, talk = ran(host, "apply", path, *consent)
    assert words(out) == ["CONFIRMED", "CONFIRMED"]
    assert talk.startswith("2 add\n")
    (sent,) = writes(exchange)
    out, talk = ran(host, "apply", path, *consent)
    assert (out, talk.splitlines()[-1]) == ("", "nothing to do")
    plan, _ = ran(host, "plan", path)
    assert plan.count("entered already: order") == 2
    assert writes(exchange) == [sent]
    (host.home / "xdg_state_home").rename(host.home / "lost")  # as on another computer
    ran(host, "apply", path, *consent)
    assert writes(exchange) == [sent]


def in_several_words(host: Host, exchange: RunningExchange) -> tuple[str, list[str]]:
    """A header, and rows of one new order of the test: its contract by id, delivery and name, and its portfolio."""
    contract = exchange.free_contract()
    start, end = contract["delivery_start"], contract["delivery_end"]
    terms = f"buy,1.5,-500.50,{area_name(contract['delivery_areas'][0])}"
    rows = [f",,,{contract['contract_id']},,DE1", f"{start},{end},,,,DE1", f",,,,{contract['name']},DE1"]
    rows += [f"{start},{end},,,,de1", f"{start},{end},{contract['product']},,,De1"]
    header = "side,quantity,price,delivery_area,dlvry_start,dlvry_end,prod,contract_id,contract_name,portfolio_id,label"
    return header, [f"{terms},{row},{host.home.name}" for row in rows]


@pytest.mark.parametrize("first", range(5))
def test_a_new_order_is_not_entered_again_in_other_words(host: Host, exchange: RunningExchange, first: int) -> None:
    header, rows = in_several_words(host, exchange)
    ran(host, "apply", written(host, header, rows[first]), "--yes")
    assert writes(exchange)[0]["body"][0]["portfolio_id"] == "DE1"
    for row in rows:
        out, _ = ran(host, "plan", written(host, header, row))
        assert "entered already: order" in out
        assert out.endswith("\n1 unchanged\n")
    (host.home / "xdg_state_home").rename(host.home / "lost")  # as on another computer
    for row in rows:
        assert ran(host, "plan", written(host, header, row))[0].endswith("\n1 unchanged\n")


def test_an_order_in_other_words_is_not_entered_again_while_its_answer_is_lost(
    host: Host, exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pbtui.cli.write.desk_run.RECONCILED_WITHIN_S", 0.2)
    header, rows = in_several_words(host, exchange)
    exchange.faults(drop_before_commit={"value": 1, "methods": ["POST"], "times": 1})
    ran(host, "apply", written(host, header, rows[0]), "--yes", code=5)
    for row in rows[1:]:
        _, talk = ran(host, "apply", written(host, header, row), "--yes", code=6)
        assert re.search(r"it may have been entered already: sent at [\d-]+ \d\d:\d\d:\d\d CES?T \(ticket", talk)
    assert len(writes(exchange)) == 1


def test_one_order_in_several_words_of_a_file_is_refused_until_each_has_a_label(
    host: Host, exchange: RunningExchange
) -> None:
    header, rows = in_several_words(host, exchange)
    out, _ = ran(host, "plan", written(host, header, *rows[:2]), code=6)
    assert words(out) == ["WHERE", "line", "line", "2"]
    assert "it may be the new order of line 3 in other words: give one of them a label of its own" in out
    assert out.endswith("\n2 refused\n")
    labelled = written(host, header, *(f"{row} {number}" for number, row in enumerate(rows)))
    assert ran(host, "plan", labelled)[0].endswith("\n5 add\n")
    assert writes(exchange) == []


@pytest.mark.parametrize("status", [404, 503])
def test_a_plan_without_the_contracts_still_knows_those_of_own_orders(
    host: Host, exchange: RunningExchange, status: int
) -> None:
    header, rows = in_several_words(host, exchange)
    ran(host, "apply", written(host, header, rows[1]), "--yes")
    exchange.faults(errors={"value": {str(status): 1}, "paths": ["/contracts", "/api-key"]})
    out, talk = ran(host, "plan", written(host, header, rows[0]))
    assert out.endswith("\n1 unchanged\n")
    assert ("contracts not read" in talk) == (status == 503)


def test_a_new_order_that_has_ended_is_not_entered_again(host: Host, exchange: RunningExchange) -> None:
    path = new_orders(host, exchange, "ended")
    out, _ = ran(host, "apply", path, "--yes", "--json")
    exchange.fill(json.loads(out)["lines"][0]["order_id"], 1.5)
    _, talk = ran(host, "apply", path, "--yes")
    assert (talk.splitlines()[0], talk.splitlines()[-1]) == ("1 ended", "nothing to do")
    out, _ = ran(host, "plan", path)
    assert re.search(r"line 2  ended .* entered already: order \d+, filled by the market", out)
    assert out.endswith("\n1 ended\n")
    assert len(writes(exchange)) == 1


@pytest.mark.parametrize("fault", ["drop_after_commit", "drop_before_commit"])
def test_a_lost_answer_is_never_followed_by_another_order_without_a_word(
    host: Host, exchange: RunningExchange, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pbtui.cli.write.desk_run.RECONCILED_WITHIN_S", 0.2)
    path = new_orders(host, exchange, fault)
    exchange.faults(**{fault: {"value": 1, "methods": ["POST"], "times": 1}})
    landed = fault == "drop_after_commit"
    ran(host, "apply", path, "--yes", code=0 if landed else 5)
    _, talk = ran(host, "apply", path, "--yes", code=0 if landed else 6)
    assert ("nothing to do" if landed else "it may have been entered already: sent at") in talk
    assert len(writes(exchange)) == 1


def test_a_refused_order_is_sent_again_after_it_was_refused(host: Host, exchange: RunningExchange) -> None:
    path = new_orders(host, exchange, "refused")
    exchange.limit("DE1", position_mw=0.1)
    ran(host, "apply", path, "--yes", code=4)
    exchange.limit("DE1")
    out, _ = ran(host, "apply", path, "--yes")
    assert words(out) == ["CONFIRMED"]


def test_what_leaves_the_market_is_sent_first(host: Host, exchange: RunningExchange) -> None:
    path, orders = exported(host, exchange, 3, state="deleted")
    lines = Path(path).read_text().splitlines()
    lines[2] = lines[2].replace(",active,", ",deactivated,")
    lines[3] = lines[3].replace("-500.50", "-501.00")
    path = written(host, *lines)
    out, talk = ran(host, "apply", path, "--yes", "--expect-count", "3")
    assert words(out) == ["CONFIRMED"] * 3
    assert [request["body"][0]["changes"]["action"] for request in writes(exchange)] == ["DEAC", "DELE", "MODI"]
    assert [now(exchange, order)["state"] for order in orders[:2]] == ["IACT", "HIBE"]
    assert "price -500.50 → -501.00" in talk
    _, talk = ran(host, "apply", path, "--yes")
    assert talk.splitlines()[-1] == "nothing to do"


def test_later_steps_wait_for_the_ones_before(host: Host, exchange: RunningExchange) -> None:
    path, orders = exported(host, exchange, 2, state="deleted")
    lines = Path(path).read_text().splitlines()
    path = written(host, *lines[:2], lines[2].replace("-500.50", "-501.00"))
    exchange.faults(errors={"value": {"400": 1}, "methods": ["PUT"], "times": 1})
    out, _ = ran(host, "apply", path, "--yes", "--expect-count", "2", code=4)
    assert out.splitlines()[1].endswith("not all orders were done as wanted before: delete")
    assert len(writes(exchange)) == 1
    assert {now(exchange, order)["state"] for order in orders} == {"ACTI"}


def test_rows_that_are_refused_need_a_word_and_leave_the_others(host: Host, exchange: RunningExchange) -> None:
    path, orders = exported(host, exchange, 2, price="-501.00")
    exchange.touch(orders[0]["order_id"], price=-502.0)
    lines = Path(path).read_text().splitlines()
    path = written(host, *lines[:2], lines[2].replace(",active,", ",deleted,"))
    _, talk = ran(host, "apply", path, "--yes", code=2)
    assert "warning: line 2 is not sent: order" in talk
    assert "add --accept-warnings" in talk
    assert writes(exchange) == []
    out, _ = ran(host, "apply", path, "--yes", "--accept-warnings", code=3)
    assert words(out) == ["CONFIRMED"]
    assert len(writes(exchange)) == 1


def test_all_steps_of_a_file_are_counted_together(host: Host, exchange: RunningExchange) -> None:
    limits = {"max_orders_per_action": 2, "typed_count_above_orders": 1}
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False)
    settings = host.home / "xdg_config_home" / "pbtui" / "config.toml"
    numbers = "\n".join(f"{name} = {value}" for name, value in limits.items())
    settings.write_text(f"{settings.read_text()}\n[profiles.desk.limits]\n{numbers}\n")
    path, _ = exported(host, exchange, 2, price="-501.00")
    lines = Path(path).read_text().splitlines()
    entries = Path(new_orders(host, exchange, "c", "d")).read_text().splitlines()
    both = [f"{lines[0]},label", f"{lines[1]},"]
    blank = dict.fromkeys(both[0].split(","), "")
    for entry in entries[1:]:
        both.append(",".join((blank | dict(zip(ENTRY.split(","), entry.split(","), strict=True))).values()))
    _, talk = ran(host, "apply", written(host, *both[:3]), "--yes", code=2)
    assert (
        "2 orders, 3.0 MW, are above this profile's 1 orders (typed_count_above_orders): add --expect-count 2" in talk
    )
    _, talk = ran(host, "apply", written(host, *both), "--yes", "--expect-count", "3", code=2)
    assert "3 orders at once are over this profile's limit of 2 (max_orders_per_action)" in talk
    out, _ = ran(host, "apply", written(host, *both[:3]), "--dry-run")
    assert [request["method"] for request in json.loads(out)] == ["PUT", "POST"]
    assert writes(exchange) == []


def test_one_file_is_applied_at_a_time(host: Host, exchange: RunningExchange) -> None:
    path = new_orders(host, exchange, "alone")
    ran(host, "apply", path, "--dry-run")
    (lock,) = (host.home / "xdg_state_home" / "pbtui" / "applying").iterdir()
    held = disk().open_shared(lock, 1.0)
    try:
        _, talk = ran(host, "apply", path, "--yes", code=2)
    finally:
        held.close()
    assert "another pbtui apply may be under way" in talk
    assert writes(exchange) == []


def test_a_slow_server_is_read_once_more_before_the_file_is_sent(
    host: Host, exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Comparing takes three reads, and the next poll comes later than that: the orders would count as too old."""
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False, poll_seconds=0.5)
    path = new_orders(host, exchange, "slow")
    exchange.faults(latency={"value": 0.5, "methods": ["GET"], "paths": ["/orders", "/orders/own"]})
    out, _ = ran(host, "apply", path, "--dry-run")
    assert json.loads(out)["method"] == "POST"
    monkeypatch.setattr("pbtui.cli.write.consent._READ_WITHIN_S", 0.0)
    _, talk = ran(host, "apply", path, "--dry-run", code=2)
    assert re.search(r"the last read was .* ago\n  .* set poll_seconds higher if the server is always as slow\n", talk)


def withdrawing_and_entering(host: Host, exchange: RunningExchange, label: str) -> tuple[str, dict[str, Any]]:
    """The path of a file that deletes an order and enters another one, and the order that it deletes."""
    path, orders = exported(host, exchange, 1, state="deleted")
    header, row = Path(path).read_text().splitlines()
    named, values = ENTRY.split(","), Path(new_orders(host, exchange, label)).read_text().splitlines()[1].split(",")
    blank = dict.fromkeys([*header.split(","), "label"], "")
    entry = ",".join((blank | dict(zip(named, values, strict=True))).values())
    return written(host, f"{header},label", f"{row},", entry), orders[0]


def test_a_file_that_withdraws_is_not_held_up_by_a_closed_market(host: Host, exchange: RunningExchange) -> None:
    path, order = withdrawing_and_entering(host, exchange, "closed")
    exchange.market(status="FAILURE")
    try:
        ran(host, "apply", path, "--yes", "--expect-count", "2", code=3)
    finally:
        exchange.market()
    assert now(exchange, order)["state"] == "IACT"


def test_a_file_that_withdraws_does_not_wait_for_the_contracts(host: Host, exchange: RunningExchange) -> None:
    path, order = withdrawing_and_entering(host, exchange, "held")
    exchange.faults(hold={"value": True, "paths": ["/contracts", "/market"]})
    _, talk = ran(host, "apply", path, "--yes", "--expect-count", "2")
    assert "contracts not read in time: a file that withdraws orders does not wait for them" in talk
    assert now(exchange, order)["state"] == "IACT"
