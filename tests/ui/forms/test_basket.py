"""The basket of new orders: the last of them are shown, and each comes back as it was put in."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from pbtui.api.codes import OrderSide
from pbtui.api.requests import OrderEntry
from pbtui.desk.drafts.position import GUARD
from pbtui.ui.forms.basket import Basket
from pbtui.ui.forms.seen_values import SeenValues
from tests.orders import an_order

BERLIN = ZoneInfo("Europe/Berlin")
SEEN = SeenValues([an_order("1")], BERLIN)


def an_entry(number: int, expected_mw: str | None = None) -> OrderEntry:
    return OrderEntry(
        side=OrderSide.BUY,
        portfolio_id="P1",
        contract_id="c14",
        quantity=Decimal(number),
        price=Decimal("45.1"),
        expected_net_pos=None if expected_mw is None else Decimal(expected_mw),
    )


def test_the_last_orders_of_a_basket_are_shown_and_the_others_counted() -> None:
    basket = Basket([an_entry(1)], SEEN, BERLIN)
    for number in range(2, 5):
        basket.add(an_entry(number), "")
    texts = [text for text, _ in basket.lines("the order below")]
    assert texts[0] == "New orders: a basket of 4"
    assert [text[:14] for text in texts[1:-1]] == [f"{number}  ▲ BUY {number}.0 M" for number in (1, 2, 3, 4)]
    assert texts[1].endswith(" at 45.10 · 22 Nov 15:00-16:00 · P1")
    assert texts[-1] == "5  the order below"
    basket.add(an_entry(5), "")
    title, earlier, first, *_ = basket.lines("no order")
    assert (title[0], earlier[0], first[0][:8]) == ("New orders: a basket of 5", "… 1 before these", "2  ▲ BUY")


def test_the_last_order_comes_back_with_its_guard_as_it_was_typed() -> None:
    basket = Basket([an_entry(1, "3")], SEEN, BERLIN)
    basket.add(an_entry(2, "7"), "unchanged")
    last, first = basket.take_last(), basket.take_last()
    assert (last["quantity"], last[GUARD]) == ("2.0", "unchanged")
    assert (first["quantity"], first["price"], first[GUARD]) == ("1.0", "45.10", "3")
    assert (len(basket), basket.entries) == (0, ())
