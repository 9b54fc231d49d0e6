"""The other market participants: they fill the books and trade with every tick.

All randomness comes from the seed: the same seed and the same times give the same day. Each book has a fair price that
depends on the hour, the area and noise. It moves, and may be negative at noon.
"""

import random
from collections import deque
from decimal import Decimal

from pbtui.api.codes import OrderSide
from pbtui.simulator.book.contracts import AREAS, MARKET_ZONE, Contract
from pbtui.simulator.book.depth import CrowdOrder, opposite
from pbtui.simulator.book.market import BookKey, Market
from pbtui.simulator.book.own_order import OwnOrder

_FAIR_EUR_BY_HOUR = (
    *(62, 58, 55, 54, 56, 68, 92, 118, 104, 71, 38, 14),
    *(2, -6, 4, 27, 58, 96, 141, 152, 128, 101, 84, 70),
)
_AREA_INDEX = {area.eic: index for index, area in enumerate(AREAS)}
_LEVELS = 4
_MOST_ORDERS_IN_BOOK = 16


class Crowd:
    """All other participants of one market."""

    def __init__(self, market: Market, seed: int) -> None:
        self._market = market
        self._seed = seed
        self._random = random.Random(f"crowd {seed}")  # noqa: S311 - a simulator draws no secrets
        self._fair_cents: dict[BookKey, int] = {}
        self._orders: dict[BookKey, deque[CrowdOrder]] = {}
        market.books.fill = self._fill_book

    def _fill_book(self, contract: Contract, area: str) -> None:
        """Enter the first orders of a book; they do not depend on the time."""
        key = (contract.contract_id, area)
        draw = random.Random(f"{self._seed} {contract.contract_id} {area}")  # noqa: S311
        hour = contract.delivery_start.astimezone(MARKET_ZONE).hour
        self._fair_cents[key] = _FAIR_EUR_BY_HOUR[hour] * 100 + 45 * _AREA_INDEX[area] + draw.randint(-400, 400)
        self._orders[key] = deque()
        for side in OrderSide:
            distance_cents = 0
            for _ in range(_LEVELS):
                distance_cents += draw.randint(10, 120)
                self._quote(key, side, distance_cents, draw)

    def close_books(self, contract: Contract) -> None:
        """Drop the books of a closed contract."""
        for area in AREAS:
            self._fair_cents.pop((contract.contract_id, area.eic), None)
            self._orders.pop((contract.contract_id, area.eic), None)

    def price_near(self, key: BookKey, side: OrderSide, distance_cents: int) -> Decimal:
        """Return a price that far on the passive side of the fair price."""
        away = -distance_cents if side is OrderSide.BUY else distance_cents
        return Decimal(self._fair(key) + away).scaleb(-2)

    def trade_a_little(self) -> None:
        """Move one book by one tick: change its fair price, add a quote, sometimes take the best order."""
        contract_id = self._random.choice(list(self._market.calendar.listed))
        key = (contract_id, self._random.choice(AREAS).eic)
        if not self._market.conditions.is_trading_in(key[1]):
            return
        self._fair_cents[key] = self._fair(key) + self._random.randint(-8, 8)
        side = self._random.choice((OrderSide.BUY, OrderSide.SELL))
        self._quote(key, side, self._random.randint(-5, 200), self._random)
        if self._random.random() < 0.3:
            self._take(key, self._random.choice((OrderSide.BUY, OrderSide.SELL)))

    def take_up_to(self, order: OwnOrder, volume_mw: Decimal) -> None:
        """Take all orders ahead of a resting own order, then `volume_mw` of the order itself, if its area trades."""
        if not self._market.conditions.is_trading_in(order.terms.delivery_area):
            return
        book = self._market.book(order.terms)
        ahead_mw = Decimal(0)
        for maker in book.queue(order.side):
            if maker is order:
                break
            ahead_mw += maker.quantity_mw
        self._market.trade_crowd(
            book,
            CrowdOrder(opposite(order.side), order.price, self._market.ledger.next_number(), ahead_mw + volume_mw),
        )

    def _fair(self, key: BookKey) -> int:
        """The fair price in cents. A book has one from the first look at it."""
        if key not in self._fair_cents:
            self._market.books.create(key)
        return self._fair_cents[key]

    def _quote(self, key: BookKey, side: OrderSide, distance_cents: int, draw: random.Random) -> None:
        price = self.price_near(key, side, distance_cents)
        quantity_mw = Decimal(draw.randint(5, 250)).scaleb(-1)
        order = CrowdOrder(side, price, self._market.ledger.next_number(), quantity_mw)
        book = self._market.books[key]
        self._market.trade_crowd(book, order)
        orders = self._orders[key]
        orders.append(order)
        if len(orders) > _MOST_ORDERS_IN_BOOK and (oldest := orders.popleft()) in book:
            book.remove(oldest)

    def _take(self, key: BookKey, side: OrderSide) -> None:
        book = self._market.books[key]
        best = book.best(opposite(side))
        if best is not None:
            volume_mw = min(best.quantity_mw, Decimal(self._random.randint(1, 60)).scaleb(-1))
            self._market.trade_crowd(book, CrowdOrder(side, best.price, self._market.ledger.next_number(), volume_mw))
