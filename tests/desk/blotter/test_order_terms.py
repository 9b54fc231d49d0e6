"""What the trader types as a filter."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import ContractReference, Order
from pbtui.api.structs import replace
from pbtui.desk.blotter.order_terms import ORDER_FILTER
from pbtui.desk.blotter.own_orders import Row, Tab
from pbtui.desk.formats.filters.language import FilterError, pieces_of, quoted
from pbtui.desk.formats.filters.terms import Scene
from pbtui.desk.formats.order_fields import ORDER_FIELDS, Kind
from pbtui.desk.kill.conditions.algorithms import Algorithm, NamedAlgorithms
from pbtui.settings.areas import AREAS
from tests.orders import an_order

BUY = Row("1", an_order("1", txt="Algo 7", price=Decimal("45.10"), portfolio_id="P1"), Tab.ACTIVE)
SELL = Row(
    "2",
    an_order(
        "2", side="SELL", price=Decimal(-3), quantity=Decimal("0.5"), delivery_area="10YFR-RTE------C", action="PEXE"
    ),
    Tab.ACTIVE,
)
UNREADABLE = Row("3", UnreadableOrder(reason="price", raw='{"txt": "ALGO 9"}', order_id="3"), Tab.ACTIVE)
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 22, 11, tzinfo=UTC)


SCENE = Scene(zone=BERLIN, now=NOON)


def parsed(text: str, scene: Scene = SCENE) -> Callable[[Row], bool]:
    """A filter typed at noon in Berlin."""
    return ORDER_FILTER.parse(text, scene).test


def found(text: str, rows: Iterable[Row], scene: Scene = SCENE) -> str:
    """The keys of the rows that the filter selects."""
    holds = parsed(text, scene)
    return "".join(row.key for row in rows if holds(row))


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", "123"),
        ("  ", "123"),
        ("side:buy", "1"),
        ("SIDE:Sell", "2"),
        ("lgo", "13"),
        ("!lgo", "2"),
        ("~ag", "13"),
        ("~AG", "13"),
        ("~ga", ""),
        ("!~ag", "2"),
        ("~a7", ""),
        ('"~ag"', ""),
        ("~ap", "1"),
        ("~{:", "3"),
        ("~^", ""),
        ('~"a g"', "13"),
        ("~ag or area:fr", "123"),
        ('"algo 7"', "1"),
        ('txt:"go 7"', "1"),
        ('txt="algo 7"', "1"),
        ('"or"', ""),
        ("area:fr,amp", "12"),
        ("!area:fr,amp", "3"),
        ("portfolio=p1,p2", "12"),
        ("side:buy or area:fr", "12"),
        ("price<0 side:buy or price>45 side:buy", "1"),
        ("side:buy price<0 or id=3 or price<0", "2"),
        ("SIDE:BUY OR SIDE:SELL", "12"),
        ("txt~algo.*7", "1"),
        ("txt~^7", ""),
        ("txt=algo", "1"),
        ("txt=alg", ""),
        ("price>45", "1"),
        ("price>=45.1", "1"),
        ("price<0", "2"),
        ("price=-3", "2"),
        ("price:45.10", "1"),
        ("mw<=0.5", "2"),
        ("area:fr", "2"),
        ("area=amp", "1"),
        ("!area:fr", "13"),
        ("action:partly", "2"),
        ("state:active", "12"),
        ("portfolio=P1 side:buy price>50", ""),
        ("portfolio=P1 side:buy price<50", "1"),
        ("type=limit", "12"),
        ("id=2", "2"),
    ],
)
def test_a_filter_selects_orders(text: str, keys: str) -> None:
    holds = parsed(text)
    assert "".join(row.key for row in (BUY, SELL, UNREADABLE) if holds(row)) == keys


TEXTS = [
    str(field.attribute)
    for field in ORDER_FIELDS
    if field.filter_name and field.kind not in (Kind.PRICE, Kind.QUANTITY)
]


@pytest.mark.parametrize("attribute", TEXTS)
def test_a_bare_word_is_searched_in_each_text_of_an_order(attribute: str) -> None:
    text: dict[str, Any] = {attribute: "ZebrA 7"}
    with_it = Row("1", replace(an_order("1"), **text), Tab.ACTIVE)
    assert found("zebra", [with_it, SELL, UNREADABLE]) == "1"
    assert found("~zbr", [with_it, SELL, UNREADABLE]) == "1"


def test_a_bare_word_is_not_found_across_two_texts() -> None:
    row = Row("1", an_order("1", txt="zeb", cl_ordr_id="ra", user_code="ze", user_name="bra"), Tab.ACTIVE)
    assert [found(word, [row]) for word in ("zebra", "~zra", "zeb")] == ["", "", "1"]


def test_mw_counts_what_an_iceberg_hides() -> None:
    iceberg = Row("1", an_order(quantity=Decimal(5), hidden_quantity=Decimal(24), type="I"), Tab.ACTIVE)
    texts = ("mw>20", "mw=29", "mw=5", "mw<=5")
    assert [parsed(text)(iceberg) for text in texts] == [True, True, False, False]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("prise>5", "unknown field 'prise'; did you mean price"),
        ("price>4,5", "needs a number"),
        ("price:4,5", "needs a number"),
        ("price>１２", "needs a number"),
        ("price>1e3", "needs a number"),
        ("price~5", "needs a number"),
        ("side>buy", "is a text"),
        ("txt~(", "is not a valid pattern"),
        ("side:", "is missing"),
        ("side:buy !", "is missing"),
        ("side:buy ~", "is missing"),
        ("delivery:25:00", "no such day or time"),
        ("delivery:soon", "needs a time, such as 14:15 or tomorrow 14:15"),
        ("delivery>14:15,14:30", "one value, not a list"),
        ("area:amp,", "a value of the list is missing"),
        ('txt:"a', "closing quote is missing"),
        ('txt:"a"b"', "closing quote is missing"),
        ("or side:buy", "a term before it and one after it"),
        ("side:buy or", "a term before it and one after it"),
        ("side:buy or or side:sell", "a term before it and one after it"),
        ("side:buy and mw>5", "leave it out"),
        ("(side:buy or side:sell)", "no parentheses"),
        ("gate<30", "needs < or > and a number of s, m or h, such as gate<30m or gate:past"),
        ("gate:30m", "needs < or >"),
        ("age>5d", "such as age>5m"),
        ("age>-5m", "such as age>5m"),
        ("mine", "journal of this profile was not read"),
        ("algo", "algorithms of the server are not known"),
        ("contract", "contract under the cursor is not known"),
        ("delivery:2026-10-25T02:15", "occurs twice"),
        ("delivery~14", "needs a time"),
        ("delivery~14:15", "can't be compared with ~"),
    ],
)
def test_an_invalid_filter_is_refused_with_the_reason(text: str, what: str) -> None:
    with pytest.raises(FilterError, match=what):
        parsed(text)


@given(st.text(max_size=20))
def test_any_text_is_a_filter_or_an_error(text: str) -> None:
    try:
        holds = parsed(text)
    except FilterError:
        return
    for row in (BUY, SELL, UNREADABLE):
        assert holds(row) in (True, False)


IN_EVERY_AREA = [Row(name, an_order(name, delivery_area=eic), Tab.ACTIVE) for eic, name in AREAS.items()]


@pytest.mark.parametrize("name", AREAS.values())
def test_a_short_name_is_that_area_and_no_other_whose_code_or_name_contains_it(name: str) -> None:
    others = "".join(row.key for row in IN_EVERY_AREA if row.key != name)
    for text in (name, name.lower()):
        assert found(f"area:{text}", IN_EVERY_AREA) == name
        assert found(f"!area:{text}", IN_EVERY_AREA) == others
        assert found(text, IN_EVERY_AREA) == name


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("area:no", "NO1NO2NO3NO4NO5"),
        ("area:fi,no", "NO1NO2NO3NO4NO5FI"),
        ("area:10ydk", "DK1DK2"),
        ("area:10YCS-SERBIATSOV", "RS"),
        ("area:serbia", ""),
        ("area~serbia", "RS"),
        ("area=10ycs-serbiatsov", "RS"),
        ("10ycs", "RS"),
    ],
)
def test_other_texts_are_a_part_of_a_short_name_or_the_beginning_of_a_code(text: str, keys: str) -> None:
    assert found(text, IN_EVERY_AREA) == keys


def test_a_code_without_a_short_name_is_found_by_its_beginning() -> None:
    rows = [Row("1", an_order("1", delivery_area="10YXX-AT-------0"), Tab.ACTIVE)]
    assert [found(text, rows) for text in ("area:10yxx", "area:at", "area:xx")] == ["1", "", ""]


def test_a_time_selects_the_orders_that_deliver_then() -> None:
    def at(key: str, start: datetime, length: timedelta) -> Row:
        return Row(key, an_order(key, delivery_start=start, delivery_end=start + length), Tab.ACTIVE)

    hour, quarter = timedelta(hours=1), timedelta(minutes=15)
    start = datetime(2026, 11, 22, 13, tzinfo=UTC)
    parts = (ContractReference(delivery_start=start, delivery_end=start + hour), ContractReference())
    rows = [
        at("h", start, hour),
        *(at(str(number), start + number * quarter, quarter) for number in range(4)),
        Row("b", an_order("b", contracts=parts, delivery_start=None, delivery_end=None), Tab.ACTIVE),
        Row("n", an_order("n", delivery_start=None, delivery_end=None), Tab.ACTIVE),
        Row("t", an_order("t", delivery_start=start + 24 * hour, delivery_end=start + 25 * hour), Tab.ACTIVE),
        UNREADABLE,
    ]

    for text, keys in (
        ("delivery:14:15", "h1b"),
        ("delivery=2026-11-22T13:15Z", "h1b"),
        ("delivery:2026-11-22T14:15+01:00", "h1b"),
        ("delivery:2026-11-22 14:15", "h1b"),
        ("delivery:14:29:59", "h1b"),
        ("delivery:14:15,14:45", "h13b"),
        ("delivery:15:00", ""),
        ("delivery:10:00", ""),
        ("delivery>10:00", "h0123bt"),
        ("delivery>=14:30 delivery<2026-11-23T00:00", "23"),
        ("delivery<=14:00", "h0b"),
        ("delivery>2026-11-23T00:00", "t"),
        ("!delivery:14:15", "023nt3"),
        ("delivery:today", "h0123b"),
        ("delivery:tomorrow", "t"),
        ("delivery:2026-11-23", "t"),
        ("delivery>today", "t"),
        ("delivery<=today", "h0123b"),
        ("delivery>=tomorrow 14:00", "t"),
        ("delivery>tomorrow 14:00 or delivery:14:15", "h1b"),
    ):
        assert found(text, rows) == keys, text
    after_midnight = Scene(zone=BERLIN, now=datetime(2026, 11, 22, 23, tzinfo=UTC))
    assert found("delivery:today", rows, after_midnight) == "t"


def test_the_hour_that_occurs_twice_is_two_times() -> None:
    first = datetime(2026, 10, 25, 0, 15, tzinfo=UTC)
    rows = [
        Row(key, an_order(key, delivery_start=at, delivery_end=at + timedelta(minutes=15)), Tab.ACTIVE)
        for key, at in (("A", first), ("B", first + timedelta(hours=1)))
    ]
    for key in "AB":
        holds = parsed(f"delivery:2026-10-25T02:15{key}")
        assert [row.key for row in rows if holds(row)] == [key]


def test_lengths_of_time_follow_the_time() -> None:
    def at(key: str, changed_before_s: int | None, closes_after_s: int | None) -> Row:
        changed_at = None if changed_before_s is None else NOON - timedelta(seconds=changed_before_s)
        order = an_order(key, last_change_timestamp=changed_at, contract_id=str(closes_after_s))
        return Row(key, order, Tab.ACTIVE)

    def closes_at(order: Order) -> datetime | None:
        return None if order.contract_id == "None" else NOON + timedelta(seconds=int(order.contract_id or 0))

    rows = [at("a", 20, 100), at("b", 300, 1800), at("c", 301, -1), at("d", None, None), UNREADABLE]
    scene = Scene(zone=BERLIN, now=NOON, closes_at=closes_at)
    later = Scene(zone=BERLIN, now=NOON + timedelta(seconds=100), closes_at=closes_at)
    for text, keys, keys_later in (
        ("age>5m", "c", "bc"),
        ("age>=300s", "bc", "bc"),
        ("age<1m", "a", ""),
        ("!age<1H", "d3", "d3"),
        ("gate<30m", "a", "b"),
        ("gate<=30m", "ab", "b"),
        ("gate>1m", "ab", "b"),
        ("gate:past", "c", "ac"),
        ("gate=past or age<1m", "ac", "ac"),
    ):
        assert found(text, rows, scene) == keys, text
        assert found(text, rows, later) == keys_later, text
    before = ORDER_FILTER.parse("age>5m", scene).bounds
    assert before != ORDER_FILTER.parse("age>5m", later).bounds
    for text in ("delivery>14:00", "delivery:today", "side:buy"):
        assert ORDER_FILTER.parse(text, scene).bounds == ORDER_FILTER.parse(text, later).bounds, text
    with pytest.raises(FilterError, match="is not known here"):
        parsed("gate<30m")


def test_words_that_stand_alone() -> None:
    rows = [
        Row("a", an_order("a", txt="grid pb#ABC123", strategy_id="Bot"), Tab.ACTIVE),
        Row("b", an_order("b", txt="grid pb#OTHER1", contract_id="c15"), Tab.ACTIVE),
        Row("c", an_order("c", txt="ABC123", contract_id=None, contract_name=None, user_name="BOT"), Tab.ACTIVE),
        UNREADABLE,
    ]
    bot = Algorithm(algo_id="bot", instance_id="1", name="Spread", portfolio_ids=("P1",))
    scene = Scene(
        zone=BERLIN, now=NOON, contract="c14", tokens=frozenset({"ABC123"}), is_algorithm=NamedAlgorithms((bot,))
    )
    for text, keys in (
        ("mine", "a"),
        ("!mine", "bc3"),
        ("algo", "ac"),
        ("contract", "a"),
        ("contract or !algo", "ab3"),
        ("contract:c15", "b"),
        ('"mine"', ""),
    ):
        assert found(text, rows, scene) == keys, text
    elsewhere = an_order("d", strategy_id="Bot", portfolio_id="P2")
    assert found("algo", [Row("d", elsewhere, Tab.ACTIVE)], scene) == ""


@pytest.mark.parametrize("text", ["side:buy  prise>5 mw>2", "(a", "mw>1 or", "delivery>tomorrow 25:00 mw>1", 'mw>1 "a'])
def test_an_error_names_the_place(text: str) -> None:
    with pytest.raises(FilterError) as refused:
        parsed(text)
    word = text[refused.value.start : refused.value.end]
    assert word in [piece.word for piece in pieces_of(text)]
    assert str(refused.value) == f"{word}: {refused.value.reason}"


@given(st.text(st.characters(codec="utf-8", exclude_characters='"'), min_size=1, max_size=12))
def test_a_quoted_value_finds_its_order_and_no_part_of_it_is_lost(value: str) -> None:
    row = Row("1", an_order("1", portfolio_id="P", txt=value), Tab.ACTIVE)
    txt = row.order.txt if isinstance(row.order, Order) else None
    if txt and '"' not in txt:
        assert found(f"txt={quoted(txt)} side:buy", [row]) == "1"


@given(st.lists(st.sampled_from(["side:buy", "mw>5", "!area:fr", "age>5m", "delivery:today"]), max_size=4))
def test_the_sequence_of_terms_does_not_matter(terms: list[str]) -> None:
    for row in (BUY, SELL, UNREADABLE):
        assert parsed(" ".join(terms))(row) == parsed(" ".join(reversed(terms)))(row)
        assert parsed(" or ".join(terms))(row) == parsed(" or ".join(reversed(terms)))(row)
