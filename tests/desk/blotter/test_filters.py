"""What the trader types as a filter."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import ContractReference
from pbtui.desk.blotter.filters import ORDER_FILTER
from pbtui.desk.blotter.own_orders import Row, Tab
from pbtui.desk.formats.filter_language import FilterError
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


def parsed(text: str) -> Callable[[Row], bool]:
    """A filter typed at noon in Berlin."""
    return ORDER_FILTER.parse(text, BERLIN, NOON)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", "123"),
        ("  ", "123"),
        ("side:buy", "1"),
        ("SIDE:Sell", "2"),
        ("algo", "13"),
        ("!algo", "2"),
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


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("prise>5", "unknown field 'prise'"),
        ("price>4,5", "needs a number"),
        ("price>１２", "needs a number"),
        ("price>1e3", "needs a number"),
        ("price~5", "needs a number"),
        ("side>buy", "is a text"),
        ("txt~(", "is not a valid pattern"),
        ("side:", "is missing"),
        ("side:buy !", "is missing"),
        ("delivery:25:00", "no such day or time"),
        ("delivery:soon", "delivery needs a time, such as delivery:14:15"),
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

    def found(text: str) -> str:
        return "".join(row.key for row in rows if parsed(text)(row))

    assert found("delivery:14:15") == found("delivery=2026-11-22T13:15Z") == "h1b"
    assert found("delivery:2026-11-22T14:15+01:00") == found("delivery:14:29:59") == "h1b"
    assert found("delivery:15:00") == ""
    assert found("delivery>=14:30 delivery<2026-11-23T00:00") == "23"
    assert found("delivery<=14:00") == "h0b"
    assert found("delivery>2026-11-23T00:00") == "t"
    assert found("!delivery:14:15") == "023nt3"


def test_the_hour_that_occurs_twice_is_two_times() -> None:
    first = datetime(2026, 10, 25, 0, 15, tzinfo=UTC)
    rows = [
        Row(key, an_order(key, delivery_start=at, delivery_end=at + timedelta(minutes=15)), Tab.ACTIVE)
        for key, at in (("A", first), ("B", first + timedelta(hours=1)))
    ]
    for key in "AB":
        holds = parsed(f"delivery:2026-10-25T02:15{key}")
        assert [row.key for row in rows if holds(row)] == [key]
