"""Matching against a plain model: a list that is sorted by price and time before every trade."""

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from pbtui.api.codes import OrderSide
from pbtui.simulator.book.own_order import OwnOrder
from pbtui.simulator.rights import ADMIN, TRADER
from tests.simulator.day import Day


@dataclass
class Modelled:
    """An order of the model."""

    side: str
    price: int
    quantity: int
    number: int


def trade_by_hand(orders: list[tuple[str, int, int]]) -> list[Modelled]:
    """What rests after all orders came in, the slow and obvious way."""
    resting: list[Modelled] = []
    for number, (side, price, quantity) in enumerate(orders):
        left = quantity
        away = 1 if side == "BUY" else -1
        for maker in sorted(resting, key=lambda m: (away * m.price, m.number)):
            if maker.side != side and away * maker.price <= away * price:
                volume = min(left, maker.quantity)
                left -= volume
                maker.quantity -= volume
        resting = [maker for maker in resting if maker.quantity]
        if left:
            resting.append(Modelled(side, price, left, number))
    return resting


an_order = st.tuples(st.sampled_from(["BUY", "SELL"]), st.integers(40, 45), st.integers(1, 9))


@settings(max_examples=30)
@given(orders=st.lists(an_order, max_size=30), own=st.lists(st.booleans(), min_size=30, max_size=30))
def test_book_holds_what_the_model_holds(orders: list[tuple[str, int, int]], own: list[bool]) -> None:
    day = Day()
    numbers: dict[int, int] = {}
    for number, (side, price, quantity) in enumerate(orders):
        numbers[day.exchange.market.ledger.next_number() + 1] = number
        if own[number]:
            # Buyers and sellers of two tenants, so that none of them meets an order of its own.
            portfolio, key = ("DE1", TRADER) if side == "BUY" else ("HYDRO", ADMIN)
            day.enter(side, str(price), str(quantity), portfolio_id=portfolio, key=key)
        else:
            day.crowd(side, str(price), str(quantity))
    book = day.book
    resting = [order for side in OrderSide for order in book.queue(side)]
    held = sorted((numbers[order.priority], int(order.price), int(order.open_mw)) for order in resting)
    modelled = sorted((m.number, m.price, m.quantity) for m in trade_by_hand(orders))
    assert held == modelled
    live = [order for order in resting if isinstance(order, OwnOrder)]
    assert [order.latest.quantity for order in live] == [Decimal(order.open_mw) for order in live]
