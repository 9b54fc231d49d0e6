"""Drafts: every field of a new order and of a change, every rule beside its field, nothing that was not typed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbtui.api.codes import (
    ClearingAccountType,
    EntryState,
    ExecutionInstruction,
    ExecutionRestriction,
    ModifyAction,
    OrderSide,
    OrderType,
    ValidityRestriction,
)
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.desk.drafts.draft import (
    basket_problems,
    change_texts,
    clone_texts,
    entry_texts,
    order_texts,
    read_changes,
    read_entry,
)
from pbtui.desk.formats.order_fields import STEP_HELP
from pbtui.desk.formats.request_fields import CHANGE_FIELDS, ENTRY_FIELDS
from pbtui.desk.tickets.ticket import entry_line, new_token
from pbtui.settings.areas import AREAS
from tests.orders import an_order

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
"""Noon in Berlin."""

PLAIN = {"portfolio_id": "P1", "side": "buy", "contract_id": "c14", "quantity": "5", "price": "45.10"}
WINDOW = {"dlvry_start": "15:00", "dlvry_end": "16:00"}
ICEBERG = {"type": "iceberg", "display_qty": "1"}
GUARDS = [name for name in ENTRY_FIELDS if name.startswith("expected_")]


def entry_of(texts: Mapping[str, str]) -> OrderEntry:
    reading = read_entry(texts, BERLIN, NOW)
    assert reading.problems == {}
    assert reading.entry is not None
    return reading.entry


def problems_of(texts: Mapping[str, str]) -> Mapping[str, str]:
    reading = read_entry(texts, BERLIN, NOW)
    assert (reading.entry is None) == bool(reading.problems)
    return reading.problems


def changes_of(order: Order, **texts: str) -> dict[str, Any]:
    reading = read_changes(order, texts, BERLIN, NOW)
    assert reading.problems == {}
    assert reading.changes is not None
    assert reading.changes.action is ModifyAction.MODI
    return {name: value for name, value in reading.changes if value is not None and name != "action"}


def change_problems_of(order: Order, **texts: str) -> Mapping[str, str]:
    reading = read_changes(order, texts, BERLIN, NOW)
    assert (reading.changes is None) == bool(reading.problems)
    return reading.problems


# ---------------------------------------------------------------- a new order


def test_a_new_order_needs_five_fields() -> None:
    assert entry_of(PLAIN) == OrderEntry(
        portfolio_id="P1", side=OrderSide.BUY, contract_id="c14", quantity=Decimal(5), price=Decimal("45.10")
    )


def test_every_field_of_a_new_order_is_read() -> None:
    texts = {
        "portfolio_id": " P1 ",
        "side": "Sell",
        "delivery_area": "amp",
        "dlvry_start": "15:00",
        "dlvry_end": "2026-11-22T15:00Z",
        "prod": "XBID_Hour_Power",
        "quantity": "12.5",
        "price": "-3.05",
        "type": "I",
        "display_qty": "2.5",
        "ppd": "0.10",
        "ordr_exe_restriction": "none",
        "validity_res": "gtd",
        "validity_date": "14:55",
        "state": "hibe",
        "txt": "algo 7 über alles",
        "pre_arranged": "yes",
        "pre_arranged_acct": "ACC2",
        "clearing_acct_type": "p",
        "location": "L1",
        "account_id": "A1",
        "strategy_id": "S1",
        "unit_id": "U1",
        **{name: f"{index}.25" for index, name in enumerate(GUARDS)},
    }
    everything = texts.keys() | {"contract_id", "contract_name"}
    assert everything == set(ENTRY_FIELDS)
    assert entry_of(texts) == OrderEntry(
        portfolio_id="P1",
        side=OrderSide.SELL,
        delivery_area="10YDE-RWENET---I",
        dlvry_start=datetime(2026, 11, 22, 14, tzinfo=UTC),
        dlvry_end=datetime(2026, 11, 22, 15, tzinfo=UTC),
        prod="XBID_Hour_Power",
        quantity=Decimal("12.5"),
        price=Decimal("-3.05"),
        type=OrderType.I,
        display_qty=Decimal("2.5"),
        ppd=Decimal("0.10"),
        ordr_exe_restriction=ExecutionRestriction.NON,
        validity_res=ValidityRestriction.GTD,
        validity_date=datetime(2026, 11, 22, 13, 55, tzinfo=UTC),
        state=EntryState.HIBE,
        txt="algo 7 über alles",
        pre_arranged=True,
        pre_arranged_acct="ACC2",
        clearing_acct_type=ClearingAccountType.P,
        location="L1",
        account_id="A1",
        strategy_id="S1",
        unit_id="U1",
        **{name: Decimal(f"{index}.25") for index, name in enumerate(GUARDS)},  # type: ignore[arg-type]
    )


def test_an_empty_text_means_not_given() -> None:
    empty = {name: " \t" for name in ENTRY_FIELDS if name not in PLAIN}
    assert entry_of({**empty, **PLAIN}) == entry_of(PLAIN)
    assert problems_of(dict.fromkeys(ENTRY_FIELDS, "")) == problems_of({})


@pytest.mark.parametrize("name", ["portfolio_id", "side", "quantity", "price"])
def test_a_missing_field_of_a_new_order_is_reported(name: str) -> None:
    assert problems_of({**PLAIN, name: ""}) == {name: "is missing"}


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("side", "long", "must be BUY or SELL"),
        ("quantity", "5,0", "write a decimal point and no comma, such as 45.10"),
        ("quantity", "0", "must be above 0"),
        ("quantity", "5.55", "at most 1 decimal"),
        ("price", "45.101", "at most 2 decimals"),
        ("price", "1e5", "write it out, without an exponent"),
        ("price", "１２", "write it with the plain digits 0 to 9"),
        ("type", "x", "must be O (limit), I (iceberg) or B (block)"),
        ("state", "on", "must be ACTI (active) or HIBE (deactivated)"),
        ("pre_arranged", "maybe", "must be yes or no"),
        ("clearing_acct_type", "x", "must be P or A"),
        ("validity_res", "day", "must be GFS (good for session), GTD (good till date) or NON (none)"),
        ("txt", "a\nb", "contains a line break or another character that does not print"),
        ("txt", "a\u202eb", "contains a line break or another character that does not print"),
        ("portfolio_id", "P\x1b1", "contains a line break or another character that does not print"),
        ("contract_id", "c14\n", "contains a line break or another character that does not print"),
        ("expected_net_pos", "1.234", "at most 2 decimals"),
        ("display_qty", "-1", "must be above 0"),
        ("prize", "5", "there is no such field; did you mean price?"),
        ("nonsense", "5", "there is no such field."),
    ],
)
def test_an_unreadable_text_has_one_reason(name: str, text: str, problem: str) -> None:
    assert problems_of({**PLAIN, name: text}) == {name: problem}


def test_all_problems_are_reported_at_once() -> None:
    texts = {**PLAIN, "price": "45,10", "quantity": "NaN", "side": "", "validity_res": "GTD"}
    assert set(problems_of(texts)) == {"price", "quantity", "side", "validity_date"}


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        ("BUY buy Buy", "side", OrderSide.BUY),
        ("O limit LIMIT", "type", OrderType.O),
        ("B block", "type", OrderType.B),
        ("HIBE deactivated hibernated", "state", EntryState.HIBE),
        ("AU auction", "ordr_exe_restriction", ExecutionRestriction.AU),
        ("no false False", "pre_arranged", False),
        ("gfs good-for-session", "validity_res", ValidityRestriction.GFS),
    ],
)
def test_codes_and_words_are_read_in_either_case(words: str, name: str, value: object) -> None:
    for word in words.split():
        assert getattr(entry_of({**PLAIN, name: word}), name) == value
    assert entry_of({**PLAIN, "validity_res": " Good  till date ", "validity_date": "13:00"}).validity_res == "GTD"


def test_a_text_leaves_room_for_the_token() -> None:
    assert entry_of({**PLAIN, "txt": "x" * 139}).txt == "x" * 139
    assert problems_of({**PLAIN, "txt": "x" * 140}) == {"txt": "has 140 characters, at most 139 are allowed"}


@pytest.mark.parametrize(
    ("naming", "problems"),
    [
        ({}, {"contract_id": "is missing: give its id, its name, or delivery start and end"}),
        ({"contract_name": "20261122 15:00-20261122 16:00"}, {}),
        ({"contract_id": "c14"}, {}),
        (WINDOW, {}),
        ({**WINDOW, "prod": "XBID_Hour_Power"}, {}),
        (
            {"contract_id": "c14", "contract_name": "c"},
            {"contract_name": "must be empty: contract id already names the contract"},
        ),
        ({"contract_id": "c14", **WINDOW}, {"dlvry_start": "must be empty: contract id already names the contract"}),
        ({"contract_name": "c", **WINDOW}, {"dlvry_start": "must be empty: contract name already names the contract"}),
        ({"dlvry_start": "15:00"}, {"dlvry_end": "is missing: give both start and end"}),
        ({"dlvry_end": "15:00"}, {"dlvry_start": "is missing: give both start and end"}),
        (
            {"dlvry_start": "2026-11-22 15:00", "dlvry_end": "2026-11-22 15:00"},
            {"dlvry_end": "must be after the start"},
        ),
        ({"contract_id": "c14", "prod": "XBID_Hour_Power"}, {"prod": "is only allowed with delivery start and end"}),
        ({"dlvry_start": "25:00", "dlvry_end": "16:00"}, {"dlvry_start": "there is no such day or time"}),
    ],
)
def test_a_contract_is_named_in_exactly_one_way(naming: dict[str, str], problems: dict[str, str]) -> None:
    assert problems_of({**PLAIN, "contract_id": "", **naming}) == problems


def test_a_delivery_ends_at_the_next_such_time_after_its_start() -> None:
    entry = entry_of({**PLAIN, "contract_id": "", "dlvry_start": "11:00", "dlvry_end": "12:30"})
    assert entry.dlvry_start == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert entry.dlvry_end == datetime(2026, 11, 23, 11, 30, tzinfo=UTC)


def test_the_hour_that_occurs_twice_needs_its_letter() -> None:
    texts = {**PLAIN, "contract_id": "", "dlvry_start": "2027-10-31 02:15A", "dlvry_end": "2027-10-31 02:15B"}
    entry = entry_of(texts)
    assert entry.dlvry_start is not None
    assert entry.dlvry_end is not None
    assert entry.dlvry_end - entry.dlvry_start == timedelta(hours=1)
    assert "occurs twice" in problems_of({**texts, "dlvry_start": "2027-10-31 02:15"})["dlvry_start"]


@pytest.mark.parametrize(
    ("texts", "problems"),
    [
        ({"validity_res": "GTD"}, {"validity_date": "is missing: GTD needs a date"}),
        ({"validity_res": "GTD", "validity_date": "13:00"}, {}),
        ({"validity_res": "GFS", "validity_date": "13:00"}, {"validity_date": "is only allowed with validity GTD"}),
        ({"validity_date": "13:00"}, {"validity_date": "is only allowed with validity GTD"}),
        ({"validity_res": "GTD", "validity_date": "2026-11-22 12:00"}, {"validity_date": "has passed"}),
        ({"validity_res": "GTD", "validity_date": "2026-11-22 12:01"}, {}),
        ({"ordr_exe_restriction": "FOK"}, {"validity_res": "must be NON with FOK"}),
        ({"ordr_exe_restriction": "IOC", "validity_res": "GFS"}, {"validity_res": "must be NON with IOC"}),
        ({"ordr_exe_restriction": "FOK", "validity_res": "NON"}, {}),
        ({"ordr_exe_restriction": "IOC", "validity_res": "NON"}, {}),
        ({"validity_res": "NON"}, {"validity_res": "NON is only allowed with FOK and IOC"}),
        (
            {"ordr_exe_restriction": "AU", "validity_res": "NON"},
            {"validity_res": "NON is only allowed with FOK and IOC"},
        ),
        ({"ordr_exe_restriction": "FOK", "validity_res": "day"}, None),
        ({"ordr_exe_restriction": "fill", "validity_res": "NON"}, None),
        ({"ordr_exe_restriction": "AON"}, {"ordr_exe_restriction": "AON is only allowed for blocks (type B)"}),
        (
            {"ordr_exe_restriction": "AON", "type": "O"},
            {"ordr_exe_restriction": "AON is only allowed for blocks (type B)"},
        ),
        ({"ordr_exe_restriction": "AON", "type": "B"}, {}),
        ({"ordr_exe_restriction": "AU", "type": "O"}, {}),
        (ICEBERG, {}),
        ({"type": "I"}, {"display_qty": "is missing: an iceberg needs the quantity that it shows"}),
        ({**ICEBERG, "display_qty": "4.9"}, {}),
        ({**ICEBERG, "display_qty": "5.0"}, {"display_qty": "must be less than the quantity"}),
        ({**ICEBERG, "display_qty": "1.25"}, {"display_qty": "at most 1 decimal"}),
        ({**ICEBERG, "quantity": "x"}, {"quantity": "is not a number"}),
        ({"display_qty": "1"}, {"display_qty": "is only allowed for icebergs (type I)"}),
        ({"type": "O", "ppd": "0"}, {"ppd": "is only allowed for icebergs (type I)"}),
        ({**ICEBERG, "ppd": "-0.05"}, {}),
        ({**ICEBERG, "ppd": "0"}, {}),
        ({**ICEBERG, "ppd": "0.05"}, {"ppd": "must not be above 0 for a buy"}),
        ({**ICEBERG, "side": "sell", "ppd": "-0.05"}, {"ppd": "must not be below 0 for a sell"}),
        ({**ICEBERG, "side": "sell", "ppd": "0.05"}, {}),
        ({**ICEBERG, "side": "", "ppd": "0.05"}, {"side": "is missing"}),
        (
            {"pre_arranged": "yes"},
            {"pre_arranged_acct": "is missing: a pre-arranged order needs the other account"},
        ),
        ({"pre_arranged": "yes", "pre_arranged_acct": "A"}, {}),
        ({"pre_arranged": "no"}, {}),
        (
            {"pre_arranged_acct": "A"},
            {"pre_arranged": "must be yes if an account is given; otherwise the whole market sees the order"},
        ),
        ({"expected_net_pos": "-5"}, {}),
        ({"type": "B", "expected_net_pos": "-5"}, {"expected_net_pos": "is not allowed for blocks (type B)"}),
    ],
)
def test_a_broken_rule_is_reported_beside_its_field(texts: dict[str, str], problems: dict[str, str] | None) -> None:
    found = problems_of({**PLAIN, **texts})
    if problems is None:  # a text that can't be read is reported, and no rule is applied to it
        assert [problem[:8] for problem in found.values()] == ["must be "]
        assert len(found) == 1
    else:
        assert found == problems


# ---------------------------------------------------------------- texts of entries, there and back

PRICES = st.integers(-999_900, 999_900).map(lambda cents: Decimal(cents).scaleb(-2))
TENTHS = st.integers(1, 9000).map(lambda tenths: Decimal(tenths).scaleb(-1))
NAMES = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=12)
TEXTS = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=60).filter(lambda text: "pb#" not in text)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def entries(draw: st.DrawFn) -> OrderEntry:
    fields: dict[str, Any] = {
        "portfolio_id": draw(NAMES),
        "side": draw(st.sampled_from(OrderSide)),
        "quantity": draw(TENTHS),
        "price": draw(PRICES),
        "txt": draw(TEXTS) or None,
    }
    fields["delivery_area"] = draw(st.none() | st.sampled_from(list(AREAS)))
    for name in ("location", "account_id", "strategy_id", "unit_id"):
        fields[name] = draw(st.none() | NAMES)
    for name, choices in (("state", EntryState), ("clearing_acct_type", ClearingAccountType)):
        fields[name] = draw(st.none() | st.sampled_from(choices))
    way = draw(st.sampled_from(["id", "name", "window"]))
    if way == "window":
        start = draw(MOMENTS.filter(lambda at: at > NOW))
        fields |= {"dlvry_start": start, "dlvry_end": start + timedelta(minutes=15), "prod": draw(st.none() | NAMES)}
    else:
        fields[f"contract_{way}"] = draw(NAMES)
    fields["type"] = draw(st.none() | st.sampled_from(OrderType))
    if fields["type"] is OrderType.I:
        sign = -1 if fields["side"] is OrderSide.BUY else 1
        fields["quantity"] += 1
        fields["display_qty"] = Decimal("0.5")
        fields["ppd"] = draw(st.none() | PRICES.map(lambda delta: sign * abs(delta)))
    if fields["type"] is not OrderType.B:
        fields |= {name: draw(st.none() | PRICES) for name in GUARDS}
    kind = draw(st.sampled_from(["plain", "immediate", "dated"]))
    if kind == "immediate":
        fields["ordr_exe_restriction"] = draw(st.sampled_from(["FOK", "IOC"]))
        fields["validity_res"] = "NON"
    elif kind == "dated":
        fields |= {
            "validity_res": "GTD",
            "validity_date": NOW + draw(st.timedeltas(timedelta(seconds=1), timedelta(2))),
        }
    fields["pre_arranged"] = draw(st.none() | st.booleans())
    if fields["pre_arranged"]:
        fields["pre_arranged_acct"] = draw(NAMES)
    return OrderEntry(**fields)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(entries(), st.data())
def test_the_texts_of_an_entry_give_that_entry_and_every_input_over_them_an_entry_or_problems(
    entry: OrderEntry, data: st.DataObject
) -> None:
    texts = entry_texts(entry, BERLIN)
    assert entry_of(texts) == entry
    for name in data.draw(st.lists(st.sampled_from(ENTRY_FIELDS), max_size=4)):
        texts[name] = data.draw(
            st.text(max_size=8) | st.sampled_from(["FOK", "B", "I", "0", "-1", "GTD", "NON", "AON"])
        )
    reading = read_entry(texts, BERLIN, NOW)
    assert (reading.entry is None) == bool(reading.problems)
    assert all(reading.problems.values())


def test_the_token_of_an_earlier_ticket_is_removed() -> None:
    for entry in (entry_of(PLAIN), entry_of({**PLAIN, "txt": "algo 7"}), entry_of({**PLAIN, "txt": "x" * 139})):
        sent = entry_line(entry, new_token()).request
        assert isinstance(sent, OrderEntry)
        assert len(sent.txt or "") <= 150
        assert entry_texts(sent, BERLIN).get("txt", "") == (entry.txt or "")
    for txt, kept in (("algo pb#7K3QX2 7", "algo pb#7K3QX2 7"), ("algopb#7K3QX2", "algopb#7K3QX2"), ("pb#7K3QX2", "")):
        assert entry_texts(entry_of({**PLAIN, "txt": txt}), BERLIN)["txt"] == kept
        assert clone_texts(an_order(txt=txt), BERLIN).get("txt", "") == kept


# ---------------------------------------------------------------- clones


def test_a_clone_has_the_open_quantity_of_the_order() -> None:
    order = an_order(
        side="SELL",
        type="I",
        quantity=Decimal(1),
        hidden_quantity=Decimal("3.5"),
        display_quantity=Decimal(1),
        peak_price_delta=Decimal("0.05"),
        initial_quantity=Decimal(9),
        valid_until=NOW + timedelta(hours=1),
        location="L1",
        account_id="A1",
        strategy_id="S1",
        unit_id="U1",
        txt="algo",
    )
    assert entry_of(clone_texts(order, BERLIN)) == OrderEntry(
        portfolio_id="P1",
        side=OrderSide.SELL,
        delivery_area="10YDE-RWENET---I",
        contract_id="c14",
        quantity=Decimal("4.5"),
        price=Decimal("45.10"),
        type=OrderType.I,
        display_qty=Decimal(1),
        ppd=Decimal("0.05"),
        location="L1",
        account_id="A1",
        strategy_id="S1",
        unit_id="U1",
        txt="algo",
    )


def test_a_clone_names_the_contract_as_the_order_does() -> None:
    by_name = an_order(contract_id=None)
    assert entry_of(clone_texts(by_name, BERLIN)).contract_name == "20261122 15:00-20261122 16:00"
    by_window = entry_of(clone_texts(an_order(contract_id=None, contract_name=None), BERLIN))
    assert (by_window.dlvry_start, by_window.dlvry_end) == (by_name.delivery_start, by_name.delivery_end)


def test_a_clone_of_a_pre_arranged_order_is_pre_arranged() -> None:
    clone = entry_of(clone_texts(an_order(pre_arranged=True, pre_arranged_acct="ACC2"), BERLIN))
    assert (clone.pre_arranged, clone.pre_arranged_acct) == (True, "ACC2")


def test_an_unknown_code_in_a_clone_is_reported() -> None:
    assert "must be O (limit)" in problems_of(clone_texts(an_order(type="X"), BERLIN))["type"]


# ---------------------------------------------------------------- changes

RESTING = an_order(txt="algo 7", location="L1", valid_until=NOW + timedelta(hours=2, seconds=5))
ICE = an_order(
    side="SELL",
    type="I",
    quantity=Decimal(1),
    hidden_quantity=Decimal(4),
    display_quantity=Decimal(1),
    peak_price_delta=Decimal("0.05"),
)


def test_a_change_holds_only_fields_that_differ() -> None:
    assert changes_of(RESTING, price="45.20", quantity="5", txt="algo 7", type="limit") == {"price": Decimal("45.20")}


def test_every_field_of_a_change_is_read() -> None:
    texts = {
        "price": "-3.05",
        "quantity": "12.5",
        "display_qty": "2.5",
        "ppd": "-0.10",
        "type": "iceberg",
        "txt": "new",
        "ordr_exe_restriction": "none",
        "validity_res": "GTD",
        "validity_date": "13:00",
        "location": "L2",
        **{name: f"{index}.25" for index, name in enumerate(GUARDS)},
    }
    assert texts.keys() == set(CHANGE_FIELDS)
    assert changes_of(RESTING, **texts) == {
        "price": Decimal("-3.05"),
        "quantity": Decimal("12.5"),
        "display_qty": Decimal("2.5"),
        "ppd": Decimal("-0.10"),
        "type": OrderType.I,
        "txt": "new",
        "ordr_exe_restriction": ExecutionRestriction.NON,
        "validity_res": ValidityRestriction.GTD,
        "validity_date": NOW + timedelta(hours=1),
        "location": "L2",
        **{name: Decimal(f"{index}.25") for index, name in enumerate(GUARDS)},
    }


NOTHING = {"changes": "nothing differs from the order; an emptied field keeps its value"}


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {"price": "", "txt": ""},
        {"price": "45.1", "quantity": "5.0"},
        {"side": "", "portfolio_id": ""},
        {"expected_net_pos": "5"},
        {"validity_res": "GTD", "validity_date": "2026-11-22T13:00:05Z"},
    ],
)
def test_a_change_of_nothing_is_reported(texts: dict[str, str]) -> None:
    assert change_problems_of(RESTING, **texts) == NOTHING


def test_fields_that_an_order_can_not_change_are_reported() -> None:
    assert change_problems_of(RESTING, price="45.20", side="sell", portfolio_id="P2", prise="5") == {
        "side": "can't be changed: delete the order and enter a new one",
        "portfolio_id": "can't be changed: delete the order and enter a new one",
        "prise": "there is no such field; did you mean price?",
    }


@pytest.mark.parametrize(
    ("order", "texts", "problems"),
    [
        (RESTING, {"price": "45,20"}, {"price": "write a decimal point and no comma, such as 45.10"}),
        (RESTING, {"price": "45.20", "quantity": "0"}, {"quantity": "must be above 0"}),
        (RESTING, {"txt": "x" * 151}, {"txt": "has 151 characters, at most 150 are allowed"}),
        (RESTING, {"validity_date": "13:00"}, {"validity_date": "is only allowed with validity GTD"}),
        (RESTING, {"validity_res": "GTD"}, {"validity_date": "is missing: GTD needs a date"}),
        (RESTING, {"validity_res": "NON"}, {"validity_res": "NON is only allowed with FOK and IOC"}),
        (RESTING, {"ordr_exe_restriction": "IOC"}, {"validity_res": "must be NON with IOC"}),
        (RESTING, {"ordr_exe_restriction": "AON"}, {"ordr_exe_restriction": "AON is only allowed for blocks (type B)"}),
        (RESTING, {"display_qty": "1"}, {"display_qty": "is only allowed for icebergs (type I)"}),
        (RESTING, {"ppd": "-1"}, {"ppd": "is only allowed for icebergs (type I)"}),
        (RESTING, {"type": "I"}, {"display_qty": "is missing: an iceberg needs the quantity that it shows"}),
        (ICE, {"quantity": "1"}, {"display_qty": "must be less than the quantity"}),
        (ICE, {"display_qty": "5"}, {"display_qty": "must be less than the quantity"}),
        (ICE, {"display_qty": "x", "quantity": "1"}, {"display_qty": f"write {STEP_HELP}"}),
        (ICE, {"ppd": "-0.05"}, {"ppd": "must not be below 0 for a sell"}),
        (
            an_order(type="B"),
            {"price": "1", "expected_net_pos": "1"},
            {"expected_net_pos": "is not allowed for blocks (type B)"},
        ),
    ],
)
def test_the_rules_hold_for_what_a_change_makes_of_an_order(
    order: Order, texts: dict[str, str], problems: dict[str, str]
) -> None:
    assert change_problems_of(order, **texts) == problems


@pytest.mark.parametrize(
    ("order", "texts", "changed"),
    [
        (ICE, {"quantity": "1.1"}, {"quantity"}),
        (ICE, {"quantity": "1", "display_qty": "0.5"}, {"quantity", "display_qty"}),
        (ICE, {"quantity": "5", "price": "46"}, {"price"}),
        (ICE, {"ppd": "0"}, {"ppd"}),
        (ICE, {"type": "limit"}, {"type"}),
        (replace(ICE, peak_price_delta=None), {"ppd": "0", "price": "46"}, {"price"}),
        # What an order already is, is no business of a change that does not touch it.
        (replace(ICE, quantity=Decimal("0.4"), hidden_quantity=None), {"price": "46"}, {"price"}),
        (replace(RESTING, valid_until=NOW - timedelta(1)), {"price": "46"}, {"price"}),
        (replace(RESTING, price=Decimal("45.125")), {"price": "45.125", "txt": "new"}, {"txt"}),
        (replace(RESTING, txt="a\ue000b"), {"txt": "a\ue000b", "price": "46"}, {"price"}),
        (replace(RESTING, type=None), {"ordr_exe_restriction": "AON"}, {"ordr_exe_restriction"}),
        (an_order(type="B"), {"ordr_exe_restriction": "AON"}, {"ordr_exe_restriction"}),
        (RESTING, {"ordr_exe_restriction": "FOK", "validity_res": "NON"}, {"ordr_exe_restriction", "validity_res"}),
        (RESTING, {"validity_res": "GTD", "validity_date": "13:00"}, {"validity_res", "validity_date"}),
        (RESTING, {"price": "46", "validity_res": "GTD", "validity_date": "2026-11-22 14:00:05"}, {"price"}),
        (RESTING, {"price": "46", "expected_net_pos": "0"}, {"price", "expected_net_pos"}),
        (replace(RESTING, price=None, quantity=None), {"price": "0", "quantity": "1"}, {"price", "quantity"}),
    ],
)
def test_a_change_holds_the_changed_fields(order: Order, texts: dict[str, str], changed: set[str]) -> None:
    assert set(changes_of(order, **texts)) == changed


def test_the_texts_of_an_order_change_nothing() -> None:
    for order in (RESTING, ICE, an_order(), an_order(price=None, quantity=None, type=None, txt=None)):
        assert change_problems_of(order, **order_texts(order, BERLIN)) == NOTHING
    assert order_texts(ICE, BERLIN) == {
        "price": "45.10",
        "quantity": "5.0",
        "display_qty": "1.0",
        "ppd": "0.05",
        "type": "I",
    }
    assert order_texts(RESTING, BERLIN)["validity_date"] == "2026-11-22 14:00:05"


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_change_never_holds_a_field_that_was_not_typed_or_does_not_differ(data: st.DataObject) -> None:
    order = data.draw(st.sampled_from([RESTING, ICE, an_order()]))
    typed = {
        "price": data.draw(PRICES.map(str) | st.sampled_from(["45.1", "45.10", " 45.10", "045.10"])),
        "quantity": data.draw(TENTHS.map(str) | st.sampled_from(["5", "5.0"])),
        "txt": data.draw(st.sampled_from(["algo 7", "algo 7 ", "new", ""])),
        "type": data.draw(st.sampled_from(["O", "limit", "I", "iceberg"])),
        "display_qty": data.draw(st.sampled_from(["1", "1.0", "0.5", ""])),
        "location": data.draw(st.sampled_from(["L1", "L2", ""])),
    }
    names = data.draw(st.sets(st.sampled_from(list(typed))))
    texts = {name: text for name, text in typed.items() if name in names}
    reading = read_changes(order, texts, BERLIN, NOW)
    over_all = read_changes(order, {**order_texts(order, BERLIN), **{n: t for n, t in texts.items() if t}}, BERLIN, NOW)
    assert reading == over_all
    if reading.changes is None:
        return
    present = {**vars_of(order), "quantity": order.open_quantity_mw, "display_qty": order.display_quantity}
    for name, value in reading.changes:
        if value is not None and name != "action":
            assert texts[name].strip()
            assert value != present[name]


def vars_of(order: Order) -> dict[str, Any]:
    return {name: getattr(order, name) for name in ("price", "txt", "type", "location")}


def test_the_texts_of_a_change_put_over_another_order_give_the_same_change() -> None:
    mine = OrderModify(
        action=ModifyAction.MODI,
        price=Decimal("46.10"),
        txt="algo 8 pb#7K3QX2",
        validity_res=ValidityRestriction.GTD,
        validity_date=NOW + timedelta(hours=1),
    )
    theirs = replace(RESTING, price=Decimal("45.50"), quantity=Decimal(3), revision_no=7)
    texts = {**order_texts(theirs, BERLIN), **change_texts(mine, BERLIN)}
    assert read_changes(theirs, texts, BERLIN, NOW).changes == mine


# ---------------------------------------------------------------- baskets


def fok(**texts: str) -> OrderEntry:
    return entry_of({**PLAIN, "ordr_exe_restriction": "FOK", "validity_res": "NON", **texts})


def in_window(start: str, end: str, **texts: str) -> OrderEntry:
    return fok(contract_id="", dlvry_start=start, dlvry_end=end, **texts)


def test_linked_orders_are_all_fok() -> None:
    linked = ExecutionInstruction.LNKD
    assert basket_problems([fok(), fok(contract_id="c15")], linked) == ()
    assert basket_problems([fok(), entry_of(PLAIN)], linked) == (
        "order 2 of the list is not FOK: linked orders (LNKD) must all be FOK",
    )
    for free in (ExecutionInstruction.NONE, ExecutionInstruction.VALID, None):
        assert basket_problems([fok(), entry_of(PLAIN)], free) == ()


def test_linked_orders_are_of_one_product() -> None:
    linked = ExecutionInstruction.LNKD
    hour, next_hour = in_window("15:00", "16:00"), in_window("16:00", "17:00")
    several = ("the list has orders of several products: linked orders (LNKD) must be of one product",)
    assert basket_problems([hour, next_hour], linked) == ()
    assert basket_problems([hour, in_window("15:00", "15:15")], linked) == several
    products = [in_window("15:00", "16:00", prod=name) for name in ("XBID_Hour_Power", "Intraday_Hour_Power")]
    assert basket_problems(products, linked) == several
    assert basket_problems([products[0], products[0], hour], linked) == ()


def test_a_list_without_an_order_is_none() -> None:
    assert basket_problems([], None) == ("the list is empty",)


@pytest.mark.parametrize("typed", ["10YDE-RWENET--I", "10yde-rwenet---i", "10YDE-RVENET---I", "ampp"])
def test_a_mistyped_area_is_refused_with_the_nearest_known_one(typed: str) -> None:
    assert problems_of({"delivery_area": typed})["delivery_area"].endswith("; did you mean AMP (10YDE-RWENET---I)?")
