"""The MW ahead of each order: by price, then in the server's sequence, and unknown behind what is not known."""

from decimal import Decimal

from pbtui.api.codes import OrderSide
from pbtui.api.reads.depth import OrderBookEntry
from pbtui.desk.market.queue import queue_of


def entry(order_id: str, price: str | None, mw: str | None, *, own: bool | None = False) -> OrderBookEntry:
    prices = [None if each is None else Decimal(each) for each in (price, mw)]
    return OrderBookEntry(order_id=order_id, price=prices[0], quantity=prices[1], own_order=own)


BOOK = [entry("a", "41", "2"), entry("b", "42", "0.5"), entry("c", "41", "3", own=True), entry("d", "40", "1")]


def test_the_best_price_trades_first_and_then_who_was_there_first() -> None:
    for side, wanted in (
        (OrderSide.BUY, [("b", "0"), ("a", "0.5"), ("c", "2.5"), ("d", "5.5")]),
        (OrderSide.SELL, [("d", "0"), ("a", "1"), ("c", "3"), ("b", "6")]),
    ):
        found = [(place.entry.order_id, place.ahead_mw) for place in queue_of(BOOK, side)]
        assert found == [(order_id, Decimal(mw)) for order_id, mw in wanted]


def test_an_order_is_own_by_its_mark_or_its_id() -> None:
    places = queue_of([*BOOK, entry("e", "39", "1", own=None)], OrderSide.BUY, {"a", "e"})
    assert [place.entry.order_id for place in places if place.is_own] == ["a", "c", "e"]


def test_behind_a_quantity_or_a_price_that_is_not_known_nothing_is_known() -> None:
    book = [entry("x", "42", None), *BOOK]
    assert [place.ahead_mw for place in queue_of(book, OrderSide.BUY)] == [0, None, None, None, None]
    places = queue_of([entry("x", None, "1"), *BOOK], OrderSide.SELL)
    assert [(place.entry.order_id, place.ahead_mw) for place in places][-2:] == [("b", 6), ("x", None)]
