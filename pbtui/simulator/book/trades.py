"""Trades of the account: the two sides of each as they were at that moment, and the filters of the calls on trades.

A trade at the exchange has a buy and a sell side. The side of another participant stays unknown, and so does that of an
own order that the caller's key does not reach. The newest REMEMBERED trades of each kind are kept.

Decisions where the API document is silent:

- in an internal trade, the order that was just sent has no order id: the server matches it before it sends it;
- a trade that was recalled or cancelled no longer counts in the position; the orders stay executed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import count

import msgspec

from pbtui.api.codes import OrderSide
from pbtui.api.reads.trades import TradeState
from pbtui.simulator.book.contracts import Contract
from pbtui.simulator.book.depth import Resting
from pbtui.simulator.book.own_order import OrderTerms, OwnOrder
from pbtui.simulator.rights import ExchangeUser

FIRST_TRADE_NUMBER = 9_400_000_001
FIRST_INTERNAL_NUMBER = 7_100_000_001
REMEMBERED = 50_000


class SelfTrades(StrEnum):
    """Filter for trades between two orders of the account."""

    INCLUDED = "INCLUDED"
    EXCLUDED = "EXCLUDED"
    EXCLUSIVELY = "EXCLUSIVELY"


class TextMatching(StrEnum):
    """Comparison of a filter with the text of an order."""

    EXACT = "EXACT"
    SUBSTRING = "SUBSTRING"
    REGEX = "REGEX"


class TradeSide(msgspec.Struct, frozen=True, gc=False):
    """The own order on one side of a trade, as it was then. `order_id` is None if it had none yet."""

    order_id: str | None
    cl_ordr_id: str
    terms: OrderTerms
    user: ExchangeUser
    was_aggressor: bool


class Trade(msgspec.Struct, kw_only=True):
    """One trade. `buy` and `sell` are None where another participant stands."""

    trade_id: str
    is_internal: bool
    executed_at: datetime
    contract: Contract
    price: Decimal
    quantity_mw: Decimal
    buy: TradeSide | None
    sell: TradeSide | None
    is_self_trade: bool
    state: TradeState = TradeState.ACTI
    changed_at: datetime | None = None

    @property
    def sides(self) -> list[TradeSide]:
        """The sides that are known, the buyer's first."""
        return [side for side in (self.buy, self.sell) if side is not None]

    def seen_with(self, portfolio_ids: frozenset[str]) -> "Trade":
        """Return the trade as a key sees it: without the sides in other portfolios."""
        hidden = {
            name: None
            for name in ("buy", "sell")
            if (side := getattr(self, name)) is not None and side.terms.portfolio_id not in portfolio_ids
        }
        return msgspec.structs.replace(self, **hidden) if hidden else self


@dataclass(frozen=True, kw_only=True)
class TradeQuery:
    """Filters of the calls on trades. An empty filter matches everything; windows include their start only."""

    portfolio_ids: frozenset[str]
    trade_id: str = ""
    order_id: str = ""
    active_only: bool = True
    cl_ordr_id: str = ""
    txt: str = ""
    txt_matching: TextMatching = TextMatching.EXACT
    strategy_ids: frozenset[str] = frozenset()
    contract_ids: frozenset[str] = frozenset()
    delivery_areas: frozenset[str] = frozenset()
    user_code: str = ""
    executed_from: datetime | None = None
    executed_to: datetime | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    delivery_from: datetime | None = None
    delivery_to: datetime | None = None
    self_trades: SelfTrades = SelfTrades.INCLUDED

    def matches(self, trade: Trade, received_at: datetime) -> bool:
        """Return whether the trade, as the key sees it, matches the query."""
        return (
            any(map(self._matches_side, trade.sides))
            and self.trade_id in ("", trade.trade_id)
            and (not self.active_only or trade.state.is_active)
            and (not self.contract_ids or trade.contract.contract_id in self.contract_ids)
            and self._matches_times(trade, received_at)
            and (self.self_trades is SelfTrades.INCLUDED or trade.is_self_trade is self._wants_self_trades)
        )

    @property
    def _wants_self_trades(self) -> bool:
        return self.self_trades is SelfTrades.EXCLUSIVELY

    def _matches_times(self, trade: Trade, received_at: datetime) -> bool:
        contract = trade.contract
        return (
            _is_within(trade.executed_at, self.executed_from, self.executed_to)
            and _is_within(received_at, self.received_from, self.received_to)
            and (self.delivery_from is None or contract.delivery_start >= self.delivery_from)
            and (self.delivery_to is None or contract.delivery_end <= self.delivery_to)
        )

    def _matches_side(self, side: TradeSide) -> bool:
        terms = side.terms
        return (
            terms.portfolio_id in self.portfolio_ids
            and self.order_id in ("", side.order_id)
            and self.cl_ordr_id in ("", side.cl_ordr_id)
            and self.user_code in ("", side.user.code)
            and (not self.delivery_areas or terms.delivery_area in self.delivery_areas)
            and (not self.strategy_ids or terms.strategy_id in self.strategy_ids)
            and self._matches_text(terms.txt or "")
        )

    def _matches_text(self, txt: str) -> bool:
        if not self.txt or self.txt == txt:
            return True
        if self.txt_matching is TextMatching.REGEX:
            return re.search(self.txt, txt) is not None
        return self.txt_matching is TextMatching.SUBSTRING and self.txt in txt


def _is_within(at: datetime, start: datetime | None, end: datetime | None) -> bool:
    return (start is None or at >= start) and (end is None or at < end)


class OwnTrades:
    """All trades of the account, oldest first."""

    def __init__(self) -> None:
        self._external: dict[str, Trade] = {}
        self._internal: dict[str, Trade] = {}
        self._numbers, self._internal_numbers = count(FIRST_TRADE_NUMBER), count(FIRST_INTERNAL_NUMBER)

    def record(self, maker: Resting, taker: OwnOrder | None, price: Decimal, volume_mw: Decimal, at: datetime) -> None:
        """Record a trade at the exchange, before the orders change. `taker` is None for another participant's order.

        A trade between two other participants is not recorded.
        """
        own_maker = maker if isinstance(maker, OwnOrder) else None
        if own_maker is None and taker is None:
            return
        sides = {own.side: _side(own, is_aggressor=own is taker) for own in (own_maker, taker) if own is not None}
        self._keep(_trade(next(self._numbers), sides, price, volume_mw, at))

    def record_internal(self, maker: OwnOrder, taker: OwnOrder, volume_mw: Decimal, at: datetime) -> None:
        """Record an internal trade at the resting order's price, before the orders change."""
        sides = {
            maker.side: _side(maker, is_aggressor=False),
            taker.side: msgspec.structs.replace(_side(taker, is_aggressor=True), order_id=None),
        }
        number = next(self._internal_numbers)
        self._keep(_trade(number, sides, maker.price, volume_mw, at, is_internal=True))

    def external(self, key_portfolio_ids: frozenset[str]) -> Iterator[Trade]:
        """Yield the trades at the exchange as a key sees them."""
        return (trade.seen_with(key_portfolio_ids) for trade in self._external.values())

    def internal(self, key_portfolio_ids: frozenset[str]) -> Iterator[Trade]:
        """Yield the internal trades as a key sees them."""
        return (trade.seen_with(key_portfolio_ids) for trade in self._internal.values())

    def get(self, trade_id: str) -> Trade | None:
        """Return the trade at the exchange with that id."""
        return self._external.get(trade_id)

    def _keep(self, trade: Trade) -> None:
        trades = self._internal if trade.is_internal else self._external
        trades[trade.trade_id] = trade
        if len(trades) > REMEMBERED:
            del trades[next(iter(trades))]


def _side(order: OwnOrder, *, is_aggressor: bool) -> TradeSide:
    return TradeSide(order.order_id, order.cl_ordr_id, order.terms, order.user, is_aggressor)


def _trade(
    number: int,
    sides: Mapping[OrderSide, TradeSide],
    price: Decimal,
    volume_mw: Decimal,
    at: datetime,
    *,
    is_internal: bool = False,
) -> Trade:
    known = next(iter(sides.values()))
    return Trade(
        trade_id=str(number),
        is_internal=is_internal,
        executed_at=at,
        contract=known.terms.contract,
        price=price,
        quantity_mw=volume_mw,
        buy=sides.get(OrderSide.BUY),
        sell=sides.get(OrderSide.SELL),
        is_self_trade=len(sides) == len(OrderSide),
    )
