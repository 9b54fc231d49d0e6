"""`pbtui add`, `modify`, `activate`, `deactivate`, `delete` on a simulator: requests, output, exit codes."""

import json
import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from pbtui.cli.main import main
from pbtui.desk.blotter.link import STALE_AFTER_POLLS
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.request_fields import CHANGE_FIELDS, ENTRY_FIELDS
from pbtui.desk.formats.time_format import delivery_text
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange, eventually

JOURNAL_OF_A_REQUEST = ["opened", "confirmation", "intent", "request", "outcome"]
GONE_BY, GONE_BY_TYPED = "2099-11-22T13:30:00Z", "2099-11-22 14:30"


def ran(host: Host, *arguments: str, code: int = 0, stdin: object = None) -> tuple[str, str]:
    """What a command wrote on stdout and stderr; it has ended with that code, its journal is whole, no key was seen.

    `stdin` is what it is given there, as JSON unless it is text.
    """
    given = stdin if isinstance(stdin, str | bytes | None) else json.dumps(stdin)
    run = CliRunner(env={"PBTUI_CONFIG": None, **host.environment})
    done = run.invoke(main, arguments, input=given)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == code, done.output
    has_journal = any((host.home / "xdg_state_home").rglob("*.jsonl"))
    assert run.invoke(main, ["journal", "verify"]).exit_code == (0 if has_journal else 2)
    kept = [file.read_text() for file in (host.home / "xdg_state_home").rglob("*") if file.is_file()]
    assert not any(host.variables["PBTUI_API_KEY_DESK"] in text for text in (done.output, *kept))
    return done.stdout, done.stderr


def writes(exchange: RunningExchange) -> list[dict[str, Any]]:
    return [request for request in exchange.requests() if request["method"] != "GET"]


def terms(exchange: RunningExchange, **fields: Any) -> dict[str, Any]:
    """A new order as the API takes it, far from the market, in a contract without other orders."""
    contract = exchange.free_contract()
    named = {"contractId": contract["contract_id"], "delivery_area": contract["delivery_areas"][0]}
    return {"portfolio_id": "DE1", "side": "BUY", "quantity": 1.5, "price": -500.5, **named, **fields}


def options(exchange: RunningExchange, **fields: str) -> list[str]:
    """The same order as options; a field can be given another text."""
    like = terms(exchange)
    texts = {"portfolio": "DE1", "side": "buy", "quantity": "1.5", "price": "-500.50"}
    texts |= {"contract_id": like["contractId"], "delivery_area": like["delivery_area"], **fields}
    return [word for name, text in texts.items() for word in (f"--{name.replace('_', '-')}", text)]


def test_a_line_is_sent_as_the_order_that_it_says(host: Host, exchange: RunningExchange) -> None:
    like = terms(exchange)
    area = area_name(like["delivery_area"])
    preset = {"presets.low": "buy 1.5 @ -500.50 portfolio DE1"}
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False, **preset)
    line = f"low contract {like['contractId']} {area.lower()} #by line"
    ran(host, "add", line, "--yes")
    (sent,) = writes(exchange)
    (order,) = sent["body"]
    assert {name: order[name] for name in like} == like
    assert order["txt"].startswith("by line")


def test_a_line_with_a_problem_sends_nothing(host: Host, exchange: RunningExchange) -> None:
    _, twice = ran(host, "add", "buy 5 sideways", "--side", "buy", "--yes", code=2)
    assert "the line has problems; nothing was sent" in twice
    assert "sideways is not understood" in twice
    assert "side is in the line and an option: give one" in twice
    _, missing = ran(host, "add", "buy 5 h18", "--yes", code=2)
    assert "--price: is missing" in missing
    assert writes(exchange) == []


def test_a_name_that_the_settings_do_not_have_is_read_from_the_server(host: Host, exchange: RunningExchange) -> None:
    contract = exchange.free_contract()
    area = area_name(contract["delivery_areas"][0]).lower()
    line = f"buy 1 @ -500 {contract['name']} {area}"
    out, talk = ran(host, "add", f"{line} de1", "--dry-run")
    (order,) = request_of(out)["body"]
    assert (order["portfolio_id"], order["contractId"]) == ("DE1", contract["contract_id"])
    assert "Read for this line: the portfolios of the key and the contracts" in talk
    exchange.forget_requests()
    _, talk = ran(host, "add", f"buy 1 @ -500 contract {contract['contract_id']} {area} portfolio DE1", "--dry-run")
    assert "Read for this line" not in talk
    assert not [each for each in exchange.requests() if each["path"].endswith("/api-key")]
    _, talk = ran(host, "add", f"{line} @ 62,5 de9", "--dry-run", code=2)
    assert "de9 is not understood; did you mean portfolio DE" in talk
    typo = f"buy 1 @ 62,5 contract {contract['contract_id']} {area} de9"
    _, talk = ran(host, "add", typo, "--dry-run", code=2)
    shown = talk.splitlines()
    below = shown[shown.index(f"  {typo}") + 1]
    assert below == f"  {'':8}^^^^{'':{len(typo) - 15}}^^^"
    host.adopt(re.sub(r":\d+/", ":9/", exchange.base_url), exchange.keys["trader"], portfolios=["DE2"])
    run = CliRunner(env={"PBTUI_CONFIG": None, **host.environment})
    talk = run.invoke(main, ["add", f"buy 1 @ 62,5 h18 {area} de1", "--yes"]).stderr
    assert "de1 is not understood; did you mean portfolio DE2?\n" in talk
    assert "the contracts could not be read: GET /contracts" in talk


def resting(exchange: RunningExchange, count: int = 1, **fields: Any) -> list[dict[str, Any]]:
    """New orders of the trader's that rest in the market."""
    orders: list[dict[str, Any]] = exchange.call(
        "POST", "/orders/list", json=[terms(exchange, **fields) for _ in range(count)]
    ).json()
    exchange.forget_requests()
    return orders


def now(exchange: RunningExchange, order: dict[str, Any]) -> dict[str, Any]:
    """The order as it is now, under the id it had."""
    (found,) = exchange.orders(order_ids=order["order_id"], active_only="false")
    return found


def request_of(out: str) -> dict[str, Any]:
    request: dict[str, Any] = json.loads(out, parse_float=Decimal)
    return request


def polls(exchange: RunningExchange) -> int:
    return sum(request["query"].get("active_only") == ["true"] for request in exchange.requests())


def journal(host: Host) -> list[dict[str, Any]]:
    out, _ = ran(host, "journal", "show", "--json")
    return [json.loads(line) for line in out.splitlines()]


def journal_kinds(host: Host) -> list[str]:
    return [entry["kind"] for entry in journal(host)]


# ---------------------------------------------------------------- what is sent


def test_a_new_order_is_sent_once_confirmed_and_journalled(host: Host, exchange: RunningExchange) -> None:
    out, talk = ran(host, "add", *options(exchange, txt="by script"), "--yes")
    (sent,) = writes(exchange)
    ((body,),) = [sent["body"]]
    assert (sent["method"], sent["path"].split("/api")[1]) == ("POST", "/orders/list")
    assert sent["query"] == {"include_errors": ["true"]}
    assert body == terms(exchange, txt=body["txt"])
    assert body["txt"].startswith("by script pb#")
    (order,) = exchange.orders(txt=body["txt"])
    figures, area = "new ▲ BUY 1.5 MW at -500.50", area_name(body["delivery_area"])
    start, end = (datetime.fromisoformat(order["contracts"][0][name]) for name in ("delivery_start", "delivery_end"))
    delivery = delivery_text(start, end, ZoneInfo("Europe/Berlin"))
    assert out == f"CONFIRMED  {figures}, {delivery}, {area}, order {order['order_id']}\n"
    where = f"delivery area {body['delivery_area']}, contract id {body['contractId']}"
    sent_text = f"{figures}, contract {body['contractId']}, {area}: add, portfolio DE1, {where}, text {body['txt']}"
    assert talk == f"{sent_text}\n"
    assert journal_kinds(host) == [*JOURNAL_OF_A_REQUEST, "reconciliation", "closed"]
    listed, _ = ran(host, "orders", "--no-active-only", "--filter", "mine")
    assert [line.split()[0] for line in listed.splitlines()] == ["ORDER", str(order["order_id"])]


@pytest.mark.parametrize(("given", "state"), [((), "HIBE"), (("--state", "active"), "ACTI")])
def test_a_new_order_in_production_starts_deactivated_unless_its_state_is_given(
    host: Host, exchange: RunningExchange, given: tuple[str, ...], state: str
) -> None:
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False, environment="production")
    out, _ = ran(host, "add", *options(exchange), *given, "--dry-run")
    assert [entry["state"] for entry in request_of(out)["body"]] == [state]


ENTRY_TEXTS = [
    {
        "portfolio": ("FLEX", "portfolio_id", "FLEX"),
        "side": ("sell", "side", "SELL"),
        "quantity": ("9.5", "quantity", Decimal("9.5")),
        "price": ("-0.25", "price", Decimal("-0.25")),
        "delivery-area": ("10YDE-VE-------2", "delivery_area", "10YDE-VE-------2"),
        "contract-id": ("c1", "contractId", "c1"),
        "type": ("iceberg", "type", "I"),
        "display-qty": ("2.5", "displayQty", Decimal("2.5")),
        "ppd": ("0.05", "ppd", Decimal("0.05")),
        "validity-res": ("gtd", "validityRes", "GTD"),
        "validity-date": (GONE_BY_TYPED, "validityDate", GONE_BY),
        "state": ("hibe", "state", "HIBE"),
        "pre-arranged": ("yes", "preArranged", True),
        "pre-arranged-acct": ("OTHER", "preArrangedAcct", "OTHER"),
        "clearing-acct-type": ("p", "clearingAcctType", "P"),
        "location": ("here", "location", "here"),
        "account-id": ("ACC", "account_id", "ACC"),
        "strategy-id": ("S1", "strategy_id", "S1"),
        "unit-id": ("U1", "unit_id", "U1"),
        "expected-net-pos": ("1", "expectedNetPos", 1),
        "expected-min-net-pos": ("-1.5", "expectedMinNetPos", Decimal("-1.5")),
        "expected-max-net-pos": ("2", "expectedMaxNetPos", 2),
        "expected-abs-pos": ("3", "expectedAbsPos", 3),
        "expected-sell-abs-pos": ("4", "expectedSellAbsPos", 4),
        "expected-buy-abs-pos": ("5", "expectedBuyAbsPos", 5),
        "expected-min-net-pos-exposure": ("6", "expected_min_net_pos_exposure", 6),
        "expected-max-net-pos-exposure": ("7", "expected_max_net_pos_exposure", 7),
    },
    {
        "portfolio-id": ("DE1", "portfolio_id", "DE1"),
        "side": ("BUY", "side", "BUY"),
        "quantity": ("1", "quantity", 1),
        "price": ("45.10", "price", Decimal("45.10")),
        "dlvry-start": ("2099-11-22 14:30", "dlvryStart", "2099-11-22T13:30:00Z"),
        "dlvry-end": ("15:30", "dlvryEnd", "2099-11-22T14:30:00Z"),
        "prod": ("XBID_Hour_Power", "prod", "XBID_Hour_Power"),
        "ordr-exe-restriction": ("fok", "ordrExeRestriction", "FOK"),
        "validity-res": ("NON", "validityRes", "NON"),
    },
    {
        "portfolio": ("DE1", "portfolio_id", "DE1"),
        "side": ("BUY", "side", "BUY"),
        "quantity": ("1", "quantity", 1),
        "price": ("1", "price", 1),
        "contract-name": ("20991122 15:00-20991122 16:00", "contractName", "20991122 15:00-20991122 16:00"),
        "txt": ("50 %, ü", "txt", "50 %, ü"),
    },
]


def test_every_field_of_a_new_order_is_an_option(host: Host, exchange: RunningExchange) -> None:
    for texts in ENTRY_TEXTS:
        given = [word for name, (text, _, _) in texts.items() for word in (f"--{name}", text)]
        out, talk = ran(host, "add", *given, "--dry-run")
        ((body,),) = [request_of(out)["body"]]
        if "dlvry-start" in texts:
            assert "delivery start 2099-11-22 14:30, delivery end 2099-11-22 15:30," in talk
        body["txt"] = body["txt"].rpartition("pb#")[0].strip()
        assert body == {"txt": "", **{key: value for _, key, value in texts.values()}}
    named = {name.replace("-", "_") for texts in ENTRY_TEXTS for name in texts} - {"portfolio"}
    assert named == set(ENTRY_FIELDS)
    assert writes(exchange) == []


def test_every_field_of_a_change_is_an_option(host: Host, exchange: RunningExchange) -> None:
    (order,) = resting(exchange)
    wanted = {name: field for name, field in ENTRY_TEXTS[0].items() if name.replace("-", "_") in CHANGE_FIELDS}
    wanted |= {"ppd": ("-0.05", "ppd", Decimal("-0.05")), "txt": ("mine", "txt", "mine")}
    given = [word for name, (text, _, _) in wanted.items() for word in (f"--{name}", text)]
    out, _ = ran(host, "modify", "--order-id", order["order_id"], *given, "--dry-run")
    changes = {"action": "MODI", **{key: value for _, key, value in wanted.values()}}
    item = {"order_id": order["order_id"], "revision_no": 1, "changes": changes}
    assert request_of(out) == {
        "method": "PUT",
        "path": "/orders/list",
        "query": {"include_errors": True},
        "body": [item],
    }
    assert {name.replace("-", "_") for name in wanted} == set(CHANGE_FIELDS) - {"ordr_exe_restriction"}
    out, _ = ran(
        host,
        "modify",
        *("--order-id", order["order_id"], "--ordr-exe-restriction", "IOC", "--validity-res", "NON", "--dry-run"),
    )
    assert request_of(out)["body"][0]["changes"] == {
        "action": "MODI",
        "ordrExeRestriction": "IOC",
        "validityRes": "NON",
    }
    assert writes(exchange) == []


@pytest.mark.parametrize(
    ("given", "query"),
    [
        (["--internal-trading"], {"internal_trading": "true", "include_errors": "true"}),
        (["--no-internal-trading", "--no-include-errors"], {"internal_trading": "false", "include_errors": "false"}),
        (["--fail-on-limit-violations"], {"fail_on_limit_violations": "true", "include_errors": "true"}),
        (["--ignore-order-action-quota"], {"ignore_order_action_quota": "true", "include_errors": "true"}),
    ],
)
def test_every_option_of_a_request(
    host: Host, exchange: RunningExchange, given: list[str], query: dict[str, str]
) -> None:
    (order,) = resting(exchange)
    ran(host, "modify", "--order-id", order["order_id"], "--txt", "x", *given, "--yes")
    ran(host, "add", *options(exchange), *given, "--exec-instruction", "NONE", "--yes")
    changed, added = (request["query"] for request in writes(exchange))
    assert changed == {name: [value] for name, value in query.items()}
    assert added == {"exec_instruction": ["NONE"], **changed}


def test_the_life_of_an_order(host: Host, exchange: RunningExchange) -> None:
    (order,) = resting(exchange)
    order_id = order["order_id"]
    for command, state in (("deactivate", "HIBE"), ("activate", "ACTI"), ("delete", "IACT")):
        out, talk = ran(host, command, "--order-id", order_id, "--yes", "--json")
        (line,) = json.loads(out)["lines"]
        assert line["state"] == "CONFIRMED"
        assert re.fullmatch(rf"▲ BUY 1\.5 MW at -500\.50, .+, AMP, order {order_id}: {command}\n", talk)
        order_id = line["order_id"]
        assert now(exchange, line)["state"] == state
    assert [request["body"][0]["changes"] for request in writes(exchange)] == [
        {"action": "DEAC"},
        {"action": "ACTI"},
        {"action": "DELE"},
    ]


def test_orders_of_a_file_or_of_stdin_are_sent_to_the_last_digit(host: Host, exchange: RunningExchange) -> None:
    file = host.home / "basket.json"
    ends_at = (datetime.now(UTC) + timedelta(hours=2)).replace(microsecond=0).isoformat()
    text = json.dumps([terms(exchange, txt="one"), terms(exchange, validityRes="GTD", validityDate=ends_at)])
    text = text.replace("-500.5,", "-500.50,")
    file.write_text(text)
    consent = ("--yes", "--expect-count", "2")
    out, _ = ran(host, "add", "--from", str(file), *consent, "--exec-instruction", "NONE")
    assert [line.split()[0] for line in out.splitlines()] == ["CONFIRMED"] * 2
    ran(host, "add", "--from", "-", *consent, "--accept-warnings", stdin=text)  # the same orders again
    for request in writes(exchange):
        one, two = request["body"]
        assert (one["price"], one["txt"][:6]) == (-500.5, "one pb")
        assert datetime.fromisoformat(two["validityDate"]) == datetime.fromisoformat(ends_at)


BERLIN_TIME = r"\d\d:\d\d:\d\d CES?T"


def test_moments_of_a_verdict_and_a_warning_are_in_the_zone_of_the_market(
    host: Host, exchange: RunningExchange
) -> None:
    until = f"{datetime.now(ZoneInfo('Europe/Berlin')) + timedelta(days=3):%Y-%m-%d %H:%M}"  # the exchange cuts it
    add = ("add", *options(exchange, validity_res="GTD", validity_date=until), "--yes", "--accept-warnings")
    out, talk = ran(host, *add, code=7)
    assert f"valid until {until}," in talk
    assert re.search(rf"^DIFFERENT .*: valid until [\d-]+ {BERLIN_TIME}, wanted {until}:00 CES?T$", out, re.MULTILINE)
    out, talk = ran(host, *add, "--json", code=7)
    assert re.search(rf"^warning: the same order was sent at {BERLIN_TIME} \(ticket ", talk, re.MULTILINE)
    (line,) = json.loads(out)["lines"]
    assert line["reason"].endswith(":00 UTC"), "what a program reads stays in UTC"
    _, talk = ran(host, *add[:-1], code=2)
    assert "UTC" not in talk


# ---------------------------------------------------------------- who says yes


def test_a_command_without_a_terminal_needs_yes(host: Host, exchange: RunningExchange) -> None:
    _, talk = ran(host, "add", *options(exchange), code=2)
    assert talk.endswith("Error: there is no terminal to ask for confirmation: add --yes; nothing was sent\n")
    assert writes(exchange) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [((), "add --expect-count 2"), (("--expect-count", "3"), "--expect-count is 3, but the command affects 2 orders")],
)
def test_several_orders_are_counted_first(
    host: Host, exchange: RunningExchange, given: tuple[str, ...], message: str
) -> None:
    ids = ",".join(order["order_id"] for order in resting(exchange, 2))
    _, talk = ran(host, "delete", "--order-id", ids, "--yes", *given, code=2)
    assert message in talk
    assert writes(exchange) == []
    out, _ = ran(host, "delete", "--order-id", ids, "--yes", "--expect-count", "2")
    assert [line.split()[0] for line in out.splitlines()] == ["CONFIRMED"] * 2


def test_a_warning_needs_its_own_confirmation(host: Host, exchange: RunningExchange) -> None:
    (order,) = resting(exchange)
    changed = ("modify", "--order-id", order["order_id"], "--price", "-5005.00", "--yes")
    _, talk = ran(host, *changed, code=2)
    assert "warning: price -500.50 -> -5005.00: at least ten times the order's present value\n" in talk
    assert "add --accept-warnings" in talk
    assert writes(exchange) == []
    ran(host, *changed, "--accept-warnings")
    assert len(writes(exchange)) == 1


def test_an_order_beyond_the_limits_is_refused_with_every_option(host: Host, exchange: RunningExchange) -> None:
    _, talk = ran(host, "add", *options(exchange, quantity="100.1"), "--yes", "--accept-warnings", code=2)
    assert "100.1 MW is over this profile's limit of 100.0 MW (max_quantity_mw)" in talk
    assert writes(exchange) == []


def test_a_delivery_without_a_contract_is_a_warning_as_at_the_desk(host: Host, exchange: RunningExchange) -> None:
    contract = exchange.free_contract()
    start = datetime.fromisoformat(contract["delivery_start"]) + timedelta(minutes=7)
    area = area_name(contract["delivery_areas"][0])
    where = ("--delivery-area", area, "--dlvry-start", start.isoformat())
    until = ("--dlvry-end", (start + timedelta(minutes=15)).isoformat())
    order = ("add", "--portfolio", "DE1", "--side", "buy", "--quantity", "1.5", "--price", "-500.50", *where, *until)
    for way, code in (("--yes", 2), ("--dry-run", 0)):
        _, talk = ran(host, *order, way, code=code)
        assert re.search(rf"warning: no contract for .* is known to trade in {area} now", talk), talk
    assert writes(exchange) == []


@pytest.mark.parametrize("condition", [{"status": "FAILURE"}, {"mode": "SAFE"}])
def test_a_closed_market_takes_no_order_and_lets_one_be_withdrawn(
    host: Host, exchange: RunningExchange, condition: dict[str, str]
) -> None:
    (order,) = resting(exchange)
    named = ("--order-id", order["order_id"])
    exchange.market(**condition)
    try:
        for command in (("add", *options(exchange)), ("modify", *named, "--price", "-501")):
            for way in ("--yes", "--dry-run"):
                _, talk = ran(host, *command, way, code=2)
                assert "the market is halted (FAILURE)" in talk or "the server is in SAFE mode" in talk
        assert writes(exchange) == []
        exchange.forget_requests()
        ran(host, "delete", *named, "--yes")
        assert not [each for each in exchange.requests() if each["path"].endswith(("/market", "/contracts"))]
    finally:
        exchange.market()


@pytest.mark.parametrize(("status", "said"), [(404, False), (403, False), (503, True)])
def test_what_can_not_be_read_of_the_market_holds_nothing_up(
    host: Host, exchange: RunningExchange, status: int, said: bool
) -> None:
    order = options(exchange)
    exchange.faults(errors={"value": {str(status): 1}, "paths": ["/market", "/contracts"]})
    _, talk = ran(host, "add", *order, "--yes")
    assert ("not checked: market status not read" in talk) == said
    assert len(writes(exchange)) == 1


def test_a_market_that_does_not_answer_holds_an_order_up_for_a_moment_alone(
    host: Host, exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pbtui.desk.market.polling.single_reads.WITHIN_S", 0.1)
    order = options(exchange)
    exchange.faults(hold={"value": True, "paths": ["/market", "/contracts"]})
    _, talk = ran(host, "add", *order, "--yes")
    assert "not checked: market status not read: no answer within 0.1 s" in talk
    assert len(writes(exchange)) == 1


def test_the_question_at_the_terminal_waits_for_the_trader(host: Host, exchange: RunningExchange) -> None:
    """The feed goes on meanwhile: an answer that comes after many polls finds no stale orders."""
    order, other = resting(exchange, 2)
    with host.pbtui("modify", "--order-id", order["order_id"], "--txt", "asked") as terminal:
        terminal.until_shown("TEST: modify 1 order at desk (epex)? [y/N]:")
        seen = polls(exchange)
        eventually(lambda: polls(exchange) > seen + STALE_AFTER_POLLS)
        terminal.send("y\r")
        terminal.until_shown("CONFIRMED")
        assert terminal.end() == 0
    for answer in ("\r", "\x03"):
        with host.pbtui("delete", "--order-id", other["order_id"]) as terminal:
            terminal.until_shown("[y/N]:")
            terminal.send(answer)
            terminal.until_shown("Error: not confirmed; nothing was sent")
            assert terminal.end() == 2
    (sent,) = writes(exchange)
    assert sent["body"][0]["changes"] == {"action": "MODI", "txt": "asked"}
    assert journal_kinds(host).count("abort") == 2


def test_orders_on_stdin_are_confirmed_at_the_terminal(host: Host, exchange: RunningExchange) -> None:
    """So a copied command runs as it is. Where the question could not be seen, and with --yes, nothing is asked."""
    file = host.home / "basket.json"
    file.write_text(json.dumps([terms(exchange, txt=text) for text in ("asked one", "asked two")]))
    ids = host.home / "ids"
    add = ("add", "--from=-")
    for answer, shown, code in (("n", "Error: not confirmed; nothing was sent", 2), ("y", "CONFIRMED", 0)):
        assert writes(exchange) == []
        with file.open("rb") as stdin, host.pbtui(*add, stdin=stdin) as terminal:
            terminal.until_shown("TEST: add 2 orders at desk (epex)? [y/N]:")
            terminal.send(f"{answer}\r")
            terminal.until_shown(shown)
            assert terminal.end() == code
    asked = [each["order_id"] for each in exchange.orders() if str(each.get("txt")).startswith("asked ")]
    ids.write_text("\n".join(asked))
    with ids.open("rb") as stdin, host.pbtui("delete", "--order-ids-from=-", stdin=stdin) as terminal:
        terminal.until_shown("TEST: delete 2 orders at desk (epex)? [y/N]:")
        terminal.send("y\r")
        assert terminal.end() == 0
    assert [request["method"] for request in writes(exchange)] == ["POST", "PUT"]
    with file.open("rb") as stdin, host.pbtui(*add, "--yes", stdin=stdin) as terminal:
        terminal.until_shown("the command affects 2 orders: add --expect-count 2; nothing was sent")
    with file.open("rb") as stdin, host.pbtui(*add, stdin=stdin, stderr=subprocess.DEVNULL) as terminal:
        assert terminal.end() == 2
    assert len(writes(exchange)) == 2


def test_a_large_batch_needs_its_count_typed_also_with_yes(host: Host, exchange: RunningExchange) -> None:
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False, **{"limits.typed_count_above_mw": 2.5})
    delete = ("delete", "--order-id", ",".join(order["order_id"] for order in resting(exchange, 2)))
    above = "2 orders, 3.0 MW, are above this profile's 2.5 MW (typed_count_above_mw)"
    _, talk = ran(host, *delete, "--yes", code=2)
    assert talk.endswith(f"Error: {above}: add --expect-count 2; nothing was sent\n")
    with host.pbtui(*delete, "--yes") as terminal:
        terminal.until_shown("add --expect-count 2; nothing was sent")
        assert terminal.end() == 2
    for count, shown, code in (("y", "Error: not confirmed; nothing was sent", 2), ("2", "CONFIRMED", 0)):
        assert writes(exchange) == []
        with host.pbtui(*delete) as terminal:
            terminal.until_shown("TEST: delete 2 orders at desk (epex)? [y/N]:")
            terminal.send("y\r")
            terminal.until_shown(f"{above}. Type the number of orders to send:")
            terminal.send(f"{count}\r")
            terminal.until_shown(shown)
            assert terminal.end() == code
    assert len(writes(exchange)) == 1


def test_ctrl_c_while_the_answer_is_on_its_way_prints_what_is_known(host: Host, exchange: RunningExchange) -> None:
    (order,) = resting(exchange)
    exchange.faults(latency={"value": 3600, "methods": ["PUT"], "times": 1})
    with host.pbtui("delete", "--order-id", order["order_id"], "--yes") as terminal:
        eventually(lambda: writes(exchange))
        terminal.send("\x03")
        terminal.until_shown(
            "UNKNOWN  delete: ▲ BUY 1.5 MW", order["order_id"], "The next desk of this profile reads the order again"
        )
        assert terminal.end() == 5
    assert len(writes(exchange)) == 1
    assert journal_kinds(host) == [*JOURNAL_OF_A_REQUEST, "closed"]


def test_a_lost_connection_during_the_request_leaves_one_request_and_one_outcome(
    host: Host, exchange: RunningExchange
) -> None:
    (order,) = resting(exchange)
    exchange.faults(hold={"value": True, "methods": ["PUT"]})
    with host.pbtui("delete", "--order-id", order["order_id"], "--yes") as terminal:
        eventually(lambda: writes(exchange))
        terminal.hang_up()
        exchange.faults()
        terminal.wait()
    assert len(writes(exchange)) == 1
    # Its answer is waited for two seconds; if it comes in time, a read may follow.
    entries = [entry for entry in journal(host) if entry["kind"] != "reconciliation"]
    assert [entry["kind"] for entry in entries] == [*JOURNAL_OF_A_REQUEST, "closed"]
    assert entries[-2]["results"][0]["state"] in ("SENT", "UNKNOWN")


# ---------------------------------------------------------------- how it ends


def test_a_list_is_changed_in_part(host: Host, exchange: RunningExchange) -> None:
    one, two, three = resting(exchange, 3)
    exchange.touch(two["order_id"], txt="theirs")
    changes = [
        {"order_id": order["order_id"], "revision_no": 1, "changes": {"action": "MODI", "txt": "mine"}}
        for order in (one, two, three)
    ]
    out, _ = ran(host, "modify", "--from", "-", "--yes", "--expect-count", "3", code=3, stdin=changes)
    first, second, third = out.splitlines()
    assert re.match(rf"CONFIRMED  text mine: .*, order {one['order_id']}", first)
    assert re.match(rf"CONFLICT  text mine: .*, order {two['order_id']}: ", second)
    assert "is at revision 2" in second
    assert re.match(rf"CONFIRMED  text mine: .*, order {three['order_id']}", third)
    assert [now(exchange, order)["txt"] for order in (one, two, three)] == ["mine", "theirs", "mine"]


def test_a_conflict(host: Host, exchange: RunningExchange) -> None:
    (order,) = resting(exchange)
    exchange.touch(order["order_id"], txt="theirs")
    item = {"order_id": order["order_id"], "revision_no": 1, "changes": {"action": "MODI", "price": -501}}
    out, _ = ran(host, "modify", "--from", "-", "--yes", code=6, stdin=item)
    assert re.match(rf"CONFLICT  .*, order {order['order_id']}: ", out)
    _, talk = ran(host, "delete", "--order-id", order["order_id"], "--revision-no", "1", "--yes", code=2)
    named = rf"▲ BUY 1\.5 MW at -500\.50, .+, order {order['order_id']}"
    assert re.search(rf"{named} is at revision 2, not at 1; nothing was sent", talk)
    assert len(writes(exchange)) == 1
    ran(host, "delete", "--order-id", order["order_id"], "--revision-no", "2", "--yes")


def test_rejected_by_the_server(host: Host, exchange: RunningExchange) -> None:
    out, _ = ran(host, "add", *options(exchange, contract_id="1"), "--yes", code=4)
    assert out.startswith("REJECTED  new ▲ BUY 1.5 MW at -500.50")
    assert "contract '1' is not open for trading" in out


def test_a_write_whose_answer_was_lost_is_confirmed_by_reading(host: Host, exchange: RunningExchange) -> None:
    exchange.faults(drop_after_commit={"value": 1, "methods": ["POST"], "times": 1})
    out, _ = ran(host, "add", *options(exchange, txt="dropped"), "--yes")
    assert out.startswith("CONFIRMED")
    (sent,) = writes(exchange)
    assert len(exchange.orders(txt=sent["body"][0]["txt"])) == 1


def test_a_write_without_evidence_in_time_is_unknown(
    host: Host, exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pbtui.cli.write.desk_run.RECONCILED_WITHIN_S", 0.2)
    exchange.faults(drop_before_commit={"value": 1, "methods": ["POST"], "times": 1})
    out, talk = ran(host, "add", *options(exchange), "--yes", code=5)
    assert out.startswith("UNKNOWN  new ▲ BUY")
    assert "The next desk of this profile reads the order again" in talk
    assert len(writes(exchange)) == 1


def test_a_write_is_not_sent_if_the_journal_can_not_be_written(
    host: Host, exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full from the confirmation on: after the pre-trade limits were asked, before the request left."""
    write, written = os.write, []

    def fills_up(fd: int, data: bytes) -> int:
        written.append(data)
        if len(written) > 2:  # the first line of the journal, and of its head
            raise OSError(28, "No space left on device")
        return write(fd, data)

    monkeypatch.setattr("os.write", fills_up)
    out, _ = ran(host, "add", *options(exchange), "--yes", code=2)
    assert out.startswith("NOT SENT")
    assert "No space left on device" in out
    assert writes(exchange) == []


def test_a_read_only_profile_only_withdraws(host: Host, exchange: RunningExchange) -> None:
    host.adopt(exchange.base_url, exchange.keys["trader"])
    one, two = resting(exchange, 2)
    (asleep,) = resting(exchange, state="HIBE")
    for refused in (
        ["add", *options(exchange)],
        ["modify", "--order-id", one["order_id"], "--txt", "x"],
        ["activate", "--order-id", asleep["order_id"]],
    ):
        out, talk = ran(host, *refused, "--yes", code=2)
        assert (out, talk) == (
            "",
            "Error: nothing was sent:\n"
            "  trading is off: this desk is read-only; switch trading on, or set read_only = false\n",
        )
    assert writes(exchange) == []
    ran(host, "deactivate", "--order-id", one["order_id"], "--yes")
    ran(host, "delete", "--order-id", two["order_id"], "--yes")
    assert [now(exchange, order)["state"] for order in (one, two)] == ["HIBE", "IACT"]


def test_a_key_that_may_only_read(host: Host, exchange: RunningExchange) -> None:
    (order,) = resting(exchange)
    host.adopt(exchange.base_url, exchange.keys["reader"], read_only=False)
    out, _ = ran(host, "delete", "--order-id", order["order_id"], "--yes", code=4)
    assert re.match(rf"REJECTED  .*, order {order['order_id']}: ", out)
    assert "the key has no right to do this (403)" in out
    assert now(exchange, order)["state"] == "ACTI"


# ---------------------------------------------------------------- what is refused here

SLIPS = ["45,10", "1.234,50", "1e5", "１２", "1_000", "--5", "NaN", "45.123", "0x10", "٣", "5.", ".5", "Infinity"]


@pytest.mark.parametrize("slip", SLIPS)
def test_an_invalid_number_is_refused_with_the_name_of_its_option(
    host: Host, exchange: RunningExchange, slip: str
) -> None:
    for name in ("price", "quantity"):
        out, talk = ran(host, "add", *options(exchange, **{name: slip}), "--yes", code=2)
        assert out == ""
        assert f"\n  --{name}: " in talk
    order_id = resting(exchange)[0]["order_id"]
    _, talk = ran(host, "modify", "--order-id", order_id, "--price", slip, "--txt", "x", "--yes", code=2)
    assert "\n  --price: " in talk
    assert writes(exchange) == []


def test_all_problems_are_reported_at_once(host: Host, exchange: RunningExchange) -> None:
    _, talk = ran(host, "add", "--quantity", "0", "--type", "I", "--dry-run", code=2)
    assert [line.split(":")[0].strip() for line in talk.splitlines()[1:]] == [
        "--contract-id",
        "--portfolio-id",
        "--side",
        "--price",
        "--quantity",
    ]


def a_change(**changes: Any) -> dict[str, Any]:
    return {"order_id": "ID", "changes": {"action": "MODI", **changes}}


@pytest.mark.parametrize(
    ("command", "body", "message"),
    [
        ("add", "", "not valid JSON"),
        ("add", b"\xff[]", "not valid JSON"),
        pytest.param("add", "[" * 100_000, "not valid JSON", id="deep"),
        ("add", '[{"price": NaN}]', "not valid JSON"),
        ("add", "[]", "the list is empty"),
        ("add", "[5]", "each order: "),
        ("add", '{"portfolio_id": "DE1", "quantity": 1, "price": "45.10"}', "price: "),
        ("add", '{"portfolio_id": "DE1", "quantity": 1, "price": 45.100000000000000001}', "has more than 17 digits"),
        ("add", '{"portfolio_id": "DE1", "quantity": true, "price": 1}', "quantity: "),
        ("add", '{"portfolio_id": "DE1", "quantity": 1, "price": 1, "prize": 2}', "prize: "),
        ("add", '{"portfolio_id": "DE1", "quantity": 1.25, "price": 1.125}', "--price: at most 2 decimals"),
        ("modify", "[]", "the list is empty"),
        ("modify", [a_change(price=1), a_change(quantity=2)], "the list names an order more than once: ID"),
        ("modify", {"order_id": "ID", "changes": {"action": "DELE", "price": 1}}, "DELE does not accept price"),
        ("modify", [a_change(price=1), {"order_id": "I2", "changes": {"action": "DELE"}}], "several actions"),
        ("modify", a_change(quantity=-1.5), "--quantity: must be above 0"),
        ("modify", a_change(price=45.125), "--price: at most 2 decimals"),
        ("modify", a_change(txt="a\x1b[2J"), "--txt: contains a line break or another character"),
        ("modify", a_change(validityRes="GTD"), "--validity-date: is missing"),
        ("modify", a_change(), "nothing differs from the order"),
    ],
)
def test_the_same_rules_hold_for_a_file(
    host: Host, exchange: RunningExchange, command: str, body: object, message: str
) -> None:
    if not isinstance(body, str | bytes):
        body = json.dumps(body).replace('"ID"', f'"{resting(exchange)[0]["order_id"]}"')
    out, talk = ran(host, command, "--from", "-", "--yes", "--expect-count", "1", code=2, stdin=body)
    assert out == ""
    assert message.replace("ID", "") in talk
    assert writes(exchange) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["modify", "--txt", "x"], "no order was named"),
        (["delete"], "no order was named"),
        (["delete", "--order-id", ""], "an id is empty"),
        (["delete", "--order-id", "a\x1b[2J"], "a character that does not print"),
        (["activate", "--order-id", "12345"], "order 12345: the server does not show it"),
        (["add", "--from", "-", "--price", "5"], "not both"),
        (["modify", "--from", "-", "--order-id", "5"], "not both"),
        (["add", "--exec-instruction", "ALL"], "'ALL' is not one of 'NONE', 'VALID', 'LNKD'"),
        (["add", "--colour", "red"], "No such option"),
        (["--profile", "other", "add"], "no such profile"),
    ],
)
def test_wrong_usage(host: Host, exchange: RunningExchange, arguments: list[str], message: str) -> None:
    out, talk = ran(host, *arguments, "--yes", code=2, stdin="{}")
    assert out == ""
    assert message in talk
    assert writes(exchange) == []
