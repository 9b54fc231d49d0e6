"""What the trader types as a filter."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.api.decoding.snapshot import UnreadableOrder
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
    holds = ORDER_FILTER.parse(text)
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
    ],
)
def test_an_invalid_filter_is_refused_with_the_reason(text: str, what: str) -> None:
    with pytest.raises(FilterError, match=what):
        ORDER_FILTER.parse(text)


@given(st.text(max_size=20))
def test_any_text_is_a_filter_or_an_error(text: str) -> None:
    try:
        holds = ORDER_FILTER.parse(text)
    except FilterError:
        return
    for row in (BUY, SELL, UNREADABLE):
        assert holds(row) in (True, False)
