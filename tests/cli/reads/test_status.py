"""`pbtui status` in its four forms, on a simulator and without an answer."""

import json
import re
from decimal import Decimal

import pytest

from pbtui.api.reads.market import MarketStatus
from pbtui.api.structs import replace
from pbtui.cli.reads.status import Status, json_of, prometheus_of, text_of, tmux_of
from pbtui.desk.blotter.open_totals import Totals
from tests.canned import a_wire_order, canned_exchange
from tests.cli.reads.conftest import Ran
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange
from tests.raw_server import reply

FORMS = ("text", "json", "tmux", "prometheus")
HOSTILE = "OK#(reboot)\x1b]52;c;ZXZpbA==\x07"
FINE = Status(
    "prod",
    37,
    Totals(buy_mw=Decimal("171.9"), sell_mw=Decimal("123.4")),
    "",
    MarketStatus(status="OK", mode="NORMAL", order_action_quota=Decimal("0.25")),
    "",
)
UNCLEAR = Status("prod", 2, Totals(uncounted=1), "the server sent 2 of 3 orders", None, "kill fired")


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (FINE, "prod 37 ▲171.9 ▼123.4 MW OK\n"),
        (replace(FINE, market=MarketStatus(status="FAILURE_OF_ALL")), "prod 37 ▲171.9 ▼123.4 MW FAILURE_OF_…\n"),
        (UNCLEAR, "HALTED prod 2+? ▲0.0 ▼0.0 MW market ?\n"),
    ],
)
def test_tmux_has_one_short_line(status: Status, line: str) -> None:
    assert tmux_of(status) == line


def test_no_text_of_the_server_is_a_command_of_tmux_or_of_the_terminal() -> None:
    hostile = Status("p", 0, Totals(), "", MarketStatus(status=HOSTILE, mode="SAFE"), "")
    assert "##(reboot)" in tmux_of(hostile)
    assert not re.search(r"(?<!#)#\(", tmux_of(hostile))
    for form in (text_of, json_of, tmux_of, prometheus_of):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", form(hostile))


def test_a_halt_that_is_not_known_is_not_none() -> None:
    unread = replace(FINE, halted=None)
    assert "Halt     not known: the team store does not answer\n" in text_of(unread)
    assert tmux_of(unread).startswith("HALT ? prod")
    assert "pbtui_halted" not in prometheus_of(unread)
    assert json.loads(json_of(unread))["is_halted"] is None
    assert json.loads(json_of(FINE))["is_halted"] is False


def test_prometheus_leaves_out_what_is_not_known() -> None:
    assert 'pbtui_order_action_quota_ratio{profile="prod"} 0.25\n' in prometheus_of(FINE)
    unclear = prometheus_of(UNCLEAR)
    assert 'pbtui_halted{profile="prod"} 1\n' in unclear
    assert 'pbtui_orders_complete{profile="prod"} 0\n' in unclear
    assert "quota" not in unclear
    assert "market" not in unclear


def test_it_shows_what_is_in_the_market_and_changes_nothing(ran: Ran, exchange: RunningExchange) -> None:
    exchange.market(status="WARNING")
    exchange.forget_requests()
    out, talk = ran("status")
    assert re.search(r"Orders +0 active\nMW +buy 0.0, sell 0.0\nMarket +WARNING: ", out)
    assert talk == ""
    assert {request["method"] for request in exchange.requests()} == {"GET"}
    exchange.faults(errors={"value": {"404": 1}, "paths": ["/market"]})
    out, talk = ran("status", "--format", "json", code=4)
    assert json.loads(out)["market"] is None
    assert "does not offer GET /market" in talk


def test_orders_of_a_cache_do_not_look_like_the_present_ones(host: Host) -> None:
    with canned_exchange(a_wire_order("1")) as canned:
        host.adopt(canned.base_url, "a-key")
        canned.trouble, canned.trouble_at = reply(json.dumps([a_wire_order("1")]).encode(), Age="600"), "/orders"
        shown = {form: host.invoke("status", "--format", form).stdout.decode() for form in FORMS}
    words = "a cache between here and the server answers with data 601 s old"
    assert f"1 active; {words}\n" in shown["text"]
    assert json.loads(shown["json"])["gap"] == words
    assert " 1+? " in shown["tmux"]
    assert "pbtui_orders_complete" in shown["prometheus"]
    assert 'pbtui_orders_complete{profile="desk"} 0' in shown["prometheus"]


def test_without_an_answer_it_does_not_look_as_if_all_were_well(host: Host) -> None:
    host.adopt("http://127.0.0.1:1/epex/v2/api", "a-key")
    for form, part in (("tmux", " NO DATA\n"), ("prometheus", "pbtui_up{"), ("text", "")):
        done = host.invoke("status", "--format", form)
        assert done.returncode == 5, done.stderr
        assert part in done.stdout.decode()
