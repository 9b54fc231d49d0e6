"""A bot that re-enters removed orders: a foreign one, as a fault of the fault plan, or an algorithm of the account."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from pbtui.simulator.book.market import Market
from pbtui.simulator.book.own_order import OrderTerms, OwnOrder
from pbtui.simulator.book.rules import terms_as_they_stand
from pbtui.simulator.rejections import OrderRefused
from pbtui.simulator.rights import ExchangeUser

BOT_USER = ExchangeUser("ALG666", "Phoenix algo")
STRATEGY_ID = "phoenix"
TXT = "phoenix: back in the market"


class ReturningBot:
    """Re-enters the removed orders, one at a time, as new orders of its own, until none is left or it is stopped.

    Its orders name the user and the strategy.
    """

    def __init__(self, market: Market, user: ExchangeUser = BOT_USER, strategy_id: str = STRATEGY_ID) -> None:
        self._market = market
        self._user = user
        self._strategy_id = strategy_id
        self._txt = f"{strategy_id}: back in the market"
        self._waiting: deque[OrderTerms] = deque()
        self._pause = timedelta()
        self._next_at: datetime | None = None

    def start(self, removed: Sequence[OwnOrder], every_s: float) -> None:
        """Start to re-enter these orders too, the first after `every_s` seconds."""
        self._pause = timedelta(seconds=every_s)
        self._waiting += [
            msgspec.structs.replace(terms_as_they_stand(order), txt=self._txt, strategy_id=self._strategy_id)
            for order in removed
        ]
        if self._waiting and self._next_at is None:
            self._next_at = self._market.now + self._pause

    def stop(self) -> None:
        """Stop and drop the orders that are not re-entered yet."""
        self._waiting.clear()
        self._next_at = None

    def step(self) -> None:
        """Re-enter the orders that are due at the market's present time."""
        while self._next_at is not None and self._next_at <= self._market.now:
            self._put_back(self._waiting.popleft())
            self._next_at = self._next_at + self._pause if self._waiting else None

    def _put_back(self, terms: OrderTerms) -> None:
        if terms.valid_until <= self._market.now:
            return
        try:
            self._market.enter(terms, self._user)
        except OrderRefused:  # it would trade with an own order by now, so it is left out
            return
