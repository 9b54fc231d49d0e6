"""The command line that the desk copies: a shell and pbtui make the same requests of it."""

import json
import shlex
import subprocess
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from pbtui.api.codes import ExecutionInstruction, ModifyAction
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.api.structs import replace
from pbtui.desk.drafts.command_line import command_line
from pbtui.desk.drafts.draft import first_texts, read_entry
from pbtui.desk.tickets.ticket import Action, Ticket, TicketLine, WriteOptions, change_line, entry_line
from pbtui.settings.file import load_settings
from pbtui.settings.profiles import Profile
from tests.end_to_end.host import Host, invoke
from tests.exchange import RunningExchange

_encode = msgspec.json.Encoder(decimal_format="number").encode
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
PBTUI_OF_THE_SHELL = "pbtui() { printf '%s\\0' \"$@\"; cat; }"
"""Prints the words and the input that a shell gives it."""
OTHER_FILE = "/mnt/an 'other'.toml"
ODD = 'it\'s "5" MW; $(reboot) `id` \\ ü'


def entry(**texts: str) -> OrderEntry:
    given = {"portfolio_id": "DE1", "side": "SELL", "quantity": "5", "price": "-4.5", "delivery_area": "AMP"}
    place = {"dlvry_start": "2099-11-22 14:30", "dlvry_end": "2099-11-22 15:30", "prod": "XBID_Hour_Power"}
    read = read_entry({**given, **place, **texts}, BERLIN, AT)
    assert read.entry, read.problems
    return read.entry


def change(order: dict[str, Any], **fields: Any) -> TicketLine:
    base = Order(
        order_id=order["order_id"],
        revision_no=order["revision_no"],
        state="ACTI",
        action="UADD",
        side="BUY",
        delivery_area=order["delivery_area"],
    )
    return change_line(base, OrderModify(action=ModifyAction.MODI, **fields))


def request_of(host: Host, line: str) -> dict[str, Any]:
    """The request that pbtui would make if this line was typed into a shell."""
    head, *_ = line.split("\n")
    assert head.isprintable()
    shell = ["bash", "-c", f"{PBTUI_OF_THE_SHELL}\n{line}"]
    given = subprocess.run(shell, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
    *arguments, stdin = given.stdout.split(b"\0")
    words = [word.decode() for word in arguments]
    done = invoke(*words, "--dry-run", environment=host.environment, stdin=stdin)
    assert done.returncode == 0, done.stderr.decode()
    request: dict[str, Any] = json.loads(done.stdout)
    return request


def without_tokens(body: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**item, "txt": item["txt"].rpartition("pb#")[0].strip()} if "txt" in item else item for item in body]


def test_every_kind_of_ticket(host: Host, exchange: RunningExchange) -> None:
    one, two = [order for order in exchange.orders() if order["state"] == "ACTI" and order["type"] == "O"][:2]
    options = WriteOptions(exec_instruction=ExecutionInstruction.NONE, internal_trading=False, include_errors=False)
    fok = entry(txt=ODD, ordr_exe_restriction="FOK", validity_res="NON")
    tickets = [
        Ticket("AAAAAA", Action.ADD, (entry_line(fok, "AAAAAA"),), AT),
        Ticket(
            "BBBBBB",
            Action.ADD,
            tuple(entry_line(entry(txt=t), k) for t, k in ((ODD, "BBBBBB"), ("", "CCCCCC"))),
            AT,
            options,
        ),
        Ticket("DDDDDD", Action.MODIFY, (change(one, price=Decimal("-7.10"), txt=ODD),), AT),
        Ticket("EEEEEE", Action.MODIFY, (change(one, quantity=Decimal("1.5")), change(two, txt=ODD)), AT),
    ]
    usual = {"include_errors": True}
    chosen = {"exec_instruction": "NONE", "internal_trading": False, "include_errors": False}
    queries = {"AAAAAA": usual, "BBBBBB": chosen, "DDDDDD": usual, "EEEEEE": usual}
    for ticket in tickets:
        request = request_of(
            host,
            command_line(
                ticket, load_settings(host.home / "xdg_config_home" / "pbtui" / "config.toml").profile("desk")
            ),
        )
        assert without_tokens(request["body"]) == without_tokens(json.loads(_encode(ticket.body())))
        assert request["query"] == queries[ticket.token]
    assert exchange.writes() == []


def test_what_the_profile_fills_in_for_others_is_written_out(host: Host, exchange: RunningExchange) -> None:
    """A field that the preview had empty stays empty, and an option that the server decided does what it decides."""
    key = exchange.keys["trader"]
    host.adopt(exchange.base_url, key, read_only=False, environment="production", position_guard=True)
    profile = load_settings(host.home / "xdg_config_home" / "pbtui" / "config.toml").profile("desk")
    filled = first_texts(profile.environment, guards_position=profile.position_guard)
    assert filled.keys() == {"state", "expected_net_pos"}
    one, two = [order for order in exchange.orders() if order["state"] == "ACTI" and order["type"] == "O"][:2]
    bare, whole = entry(), entry(state="HIBE", expected_net_pos="2.5")
    plain, guarded = change(one, price=Decimal("-7.1")), change(two, txt="x", expected_net_pos=Decimal("1.5"))
    decided = WriteOptions(include_errors=None)
    for action, lines in [
        *((Action.ADD, tuple(entry_line(each, key) for each, key in pairs)) for pairs in _some(bare, whole)),
        *((Action.MODIFY, lines) for lines in ((plain,), (guarded,), (plain, guarded))),
    ]:
        ticket = Ticket("AAAAAA", action, lines, AT, decided)
        request = request_of(host, command_line(ticket, profile))
        wanted = without_tokens(json.loads(_encode(ticket.body())))
        if action is Action.ADD:
            wanted = [{"state": "ACTI", **item} for item in wanted]  # what the API means by none
        assert without_tokens(request["body"]) == wanted
        assert request["query"] == {"include_errors": False}
    assert exchange.writes() == []


def _some(*entries: OrderEntry) -> list[list[tuple[OrderEntry, str]]]:
    """Each entry alone, and all together, with a token for each."""
    tokens = ("BBBBBB", "CCCCCC")
    return [*([(each, "BBBBBB")] for each in entries), list(zip(entries, tokens, strict=True))]


@pytest.mark.parametrize("action", [Action.ACTIVATE, Action.DEACTIVATE, Action.DELETE])
def test_orders_are_named_by_their_ids(action: Action) -> None:
    orders = [{"order_id": order_id, "revision_no": 1, "delivery_area": "A"} for order_id in ("1", "-a b'c")]
    ticket = Ticket("FFFFFF", action, tuple(change(order) for order in orders), AT)
    profile = Profile(name="desk", base_url="https://host.example/acme/epex/v2/api", file=Path(OTHER_FILE))
    words = shlex.split(command_line(ticket, profile))
    begin = ["pbtui", "--config", OTHER_FILE, "--profile", "desk"]
    assert words == [*begin, action.value, "--order-id=1", "--order-id=-a b'c"]
    assert command_line(ticket, replace(profile, name="demo", file=None)) == ""
