"""The books of the listed contracts are filled when they are first looked at."""

from datetime import timedelta

import pytest

from pbtui.api.codes import OrderSide
from pbtui.simulator.book.contracts import AREAS
from pbtui.simulator.book.own_order import OwnOrder
from pbtui.simulator.exchange import Exchange
from tests.simulator.day import NOON


def prices(exchange: Exchange, contract_id: str, area: str) -> list[list[str]]:
    book = exchange.market.books[contract_id, area]
    assert not any(isinstance(order, OwnOrder) for side in OrderSide for order in book.queue(side))
    return [[f"{order.quantity_mw} @ {order.price}" for order in book.queue(side)] for side in OrderSide]


def test_a_book_has_the_same_orders_whenever_it_is_first_looked_at() -> None:
    early, late = Exchange("epex", NOON), Exchange("epex", NOON)
    keys = [(contract_id, area.eic) for contract_id in early.market.calendar.listed for area in AREAS]
    seen = {key: prices(early, *key) for key in keys}
    late.step(NOON + timedelta(minutes=5))
    still_listed = [key for key in reversed(keys) if key[0] in late.market.calendar.listed]
    assert {key: prices(late, *key) for key in still_listed} == {key: seen[key] for key in still_listed}
    assert all(len(side) == 4 for sides in seen.values() for side in sides)


def test_a_contract_that_has_closed_has_no_book() -> None:
    exchange = Exchange("epex", NOON)
    first = min(exchange.market.calendar.listed.values(), key=lambda contract: contract.closes_at)
    key = (first.contract_id, AREAS[0].eic)
    assert list(exchange.market.books[key].queue(OrderSide.BUY))
    exchange.step(first.closes_at)
    with pytest.raises(KeyError):
        exchange.market.books[key]
