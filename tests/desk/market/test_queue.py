"""The MW ahead of each order: by price, then in the server's sequence, and unknown behind what is not known.

So is the place of an order that is changed: a new price and a larger quantity lose it.
"""

from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.codes import OrderSide
from pbtui.api.reads.depth import OrderBookEntry, Orders
from pbtui.api.values import UnreadableField
from pbtui.desk.market.queue import LOSES_PLACE, loses_place, place_after, place_of_new, queue_of, top_words
from tests.orders import an_order


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


# ---------------------------------------------------------------- a changed order

OWN = an_order("c", price=Decimal(41), quantity=Decimal(3))
BIDS = tuple(BOOK)
ASKS = (entry("x", "44", "1"), entry("y", "43", "2"))


@pytest.mark.parametrize(
    ("price", "mw", "words"),
    [
        (None, None, "MW ahead 2.5 → 2.5"),
        (None, "2", "MW ahead 2.5 → 2.5"),
        (None, "3", "MW ahead 2.5 → 2.5"),
        (None, "4", "MW ahead 2.5 → 2.5, loses its place in the queue"),
        ("41", "2", "MW ahead 2.5 → 2.5"),
        ("41.5", None, "MW ahead 2.5 → 0.5, loses its place in the queue"),
        ("42", "1", "MW ahead 2.5 → 0.5, loses its place in the queue"),
        ("40", None, "MW ahead 2.5 → 3.5, loses its place in the queue"),
        ("43", None, "trades at once, MW ahead 2.5 → 0.0, loses its place in the queue"),
    ],
)
def test_a_new_price_and_a_larger_quantity_lose_the_place(price: str | None, mw: str | None, words: str) -> None:
    book = Orders(bid=BIDS, ask=ASKS)
    new = [None if each is None else Decimal(each) for each in (price, mw)]
    assert str(place_after(book, OWN, *new)) == words
    behind = Orders(bid=(*BIDS, entry("e", "41", "7")), ask=())
    place = place_after(behind, OWN, *new)
    assert place is not None
    assert place.is_lost == loses_place(OWN, *new) == ("loses" in words)
    assert place.now_mw == Decimal("2.5")


def test_a_sell_order_stands_behind_lower_prices() -> None:
    book, order = Orders(bid=ASKS, ask=BIDS), an_order("c", side="SELL", price=Decimal(41), quantity=Decimal(3))
    assert str(place_after(book, order, Decimal("41.5"), None)) == f"trades at once, MW ahead 3.0 → 3.0, {LOSES_PLACE}"
    assert "MW ahead 3.0 → 3.5" in str(place_after(book, order, Decimal(42), None))
    assert "trades" in str(place_after(book, order, Decimal(44), None))
    assert "trades" not in str(place_after(book, order, Decimal(45), None))


def test_an_order_of_the_other_side_that_is_not_known_can_be_met() -> None:
    unread = UnreadableField("ask", "x", "is no list")
    for book, words in (
        (Orders(bid=BIDS, unreadable=(unread,)), "may trade at once, MW ahead 2.5 → 0.5, loses"),
        (
            Orders(bid=BIDS, ask=(entry("x", "45", "1"), entry("y", None, "1"))),
            "may trade at once, MW ahead 2.5 → 0.5, loses",
        ),
        (Orders(bid=BIDS, ask=(entry("x", None, "1"), entry("y", "42", "1"))), "trades at once, MW ahead 2.5"),
        (Orders(bid=BIDS), "MW ahead 2.5 → 0.5"),
    ):
        assert str(place_after(book, OWN, Decimal(42), None)).startswith(words)


@pytest.mark.parametrize(
    ("book", "order", "words"),
    [
        (Orders(bid=(entry("a", "41", "2"),)), {}, "MW ahead unknown → unknown, loses its place in the queue"),
        (Orders(bid=(*BIDS, entry("z", None, "1"))), {}, "MW ahead 2.5 → unknown, loses its place in the queue"),
        (Orders(bid=(*BIDS, entry("z", "42", None))), {}, "MW ahead unknown → unknown, loses its place in the queue"),
        (Orders(), {}, "None"),
        (Orders(ask=ASKS, unreadable=(UnreadableField("bid", "x", "is no list"),)), {}, "None"),
        (Orders(bid=BIDS), {"state": "HIBE"}, "None"),
        (Orders(bid=BIDS), {"side": "?"}, "None"),
    ],
)
def test_nothing_is_said_of_a_place_that_is_not_known(book: Orders, order: dict[str, Any], words: str) -> None:
    own = an_order("c", **{"price": Decimal(41), "quantity": Decimal(3), **order})
    assert str(place_after(book, own, Decimal("40.5"), None)) == words


def test_an_order_that_is_not_in_the_market_has_no_place_to_lose() -> None:
    assert not loses_place(an_order("c", state="HIBE"), Decimal(1), Decimal(99))
    assert loses_place(an_order("c", quantity=None), None, Decimal(1))


# ---------------------------------------------------------------- a new order


@pytest.mark.parametrize(
    ("side", "price", "words"),
    [
        ("BUY", "41", "MW ahead 5.5"),
        ("BUY", "41.5", "MW ahead 0.5"),
        ("BUY", "43", "MW ahead 0.0"),
        ("BUY", "44", "trades at once, MW ahead 0.0"),
        ("SELL", "45", "MW ahead 4.0"),
        ("SELL", "42", "trades at once, MW ahead 0.0"),
        ("SELL", "-10", "trades at once, MW ahead 0.0"),
    ],
)
def test_a_new_order_is_last_at_its_price(side: str, price: str, words: str) -> None:
    book = Orders(bid=BIDS, ask=(entry("y", "44", "4"), entry("z", "46", "1")))
    assert str(place_of_new(book, side, Decimal(price))) == words


UNREADABLE_BIDS = Orders(ask=(entry("y", "44", "4"),), unreadable=(UnreadableField("bid", "x", "y"),))


@pytest.mark.parametrize(
    ("book", "side", "place", "top"),
    [
        (Orders(), "BUY", "None", "best bid unknown, best offer unknown"),
        (Orders(bid=()), "BUY", "MW ahead 0.0", "best bid none, best offer none"),
        (Orders(bid=BIDS, ask=()), "SWAP", "None", "best bid 42.00, best offer none"),
        (UNREADABLE_BIDS, "BUY", "None", "best bid unknown, best offer 44.00"),
        (UNREADABLE_BIDS, "SELL", "may trade at once, MW ahead 0.0", "best bid unknown, best offer 44.00"),
        (Orders(bid=(entry("x", "41", None),), ask=()), "BUY", "MW ahead unknown", "best bid 41.00, best offer none"),
    ],
)
def test_of_a_book_that_is_not_whole_only_what_is_known_is_said(book: Orders, side: str, place: str, top: str) -> None:
    assert str(place_of_new(book, side, Decimal(40))) == place
    assert top_words(book) == top
