"""Trades at the exchange and internal trades, under the vendor's names.

Every field may be missing and is then None, because releases differ. Unknown words of an enumeration are kept as text.
`unreadable` has the fields whose value could not be read; they are None too. Quantities are in
MW, prices in the contract's currency per MWh.
"""

from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct

from pbtui.api.codes import OrderSide
from pbtui.api.values import Flag, Id, Moment, Number, Text, UnreadableField, reply


class TradeState(StrEnum):
    """State of a trade at the exchange."""

    ACTI = "ACTI"
    """Active."""
    RREQ = "RREQ"
    """A recall was asked for."""
    RGRA = "RGRA"
    """The recall was granted."""
    RREJ = "RREJ"
    """The recall was refused."""
    CREQ = "CREQ"
    """A cancellation was asked for."""
    CREJ = "CREJ"
    """The cancellation was refused."""
    CNCL = "CNCL"
    """Cancelled by market operations."""
    RSFA = "RSFA"
    """Sent for approval."""

    @property
    def is_active(self) -> bool:
        """Return whether the trade still counts."""
        return self not in (TradeState.RGRA, TradeState.CNCL)


class TradeLeg(Struct, frozen=True):
    """One side of a trade that belongs to the key. `order_id` is the id that the order had then."""

    side: OrderSide
    order_id: str | None
    cl_order_id: str | None
    txt: str | None
    portfolio_id: str | None
    delivery_area: str | None
    aggressor_indicator: str | None

    @property
    def is_named(self) -> bool:
        """Return whether the server names its portfolio or order, which it does for own sides only."""
        return bool(self.portfolio_id or self.order_id or self.cl_order_id)


_KEYS = {"buy_cl_order_id": "buy_clOrderId", "sell_cl_order_id": "sell_clOrderId"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _TwoLegs:
    """Fields that trades at the exchange and internal trades share."""

    exchange: Text | None = None
    api_timestamp: Moment | None = None
    exec_time: Moment | None = None
    contract_id: Id | None = None
    contract_name: Text | None = None
    delivery_start: Moment | None = None
    delivery_end: Moment | None = None
    price: Number | None = None
    quantity: Number | None = None
    prod: Text | None = None
    buy_order_id: Id | None = None
    buy_cl_order_id: Text | None = None
    buy_txt: Text | None = None
    buy_aggressor_indicator: Text | None = None
    buy_portfolio_id: Id | None = None
    buy_delivery_area: Text | None = None
    buy_strategy_id: Id | None = None
    buy_user_name: Text | None = None
    sell_order_id: Id | None = None
    sell_cl_order_id: Text | None = None
    sell_txt: Text | None = None
    sell_aggressor_indicator: Text | None = None
    sell_portfolio_id: Id | None = None
    sell_delivery_area: Text | None = None
    sell_strategy_id: Id | None = None
    sell_user_name: Text | None = None
    unreadable: tuple[UnreadableField, ...] = ()

    @property
    def legs(self) -> tuple[TradeLeg, ...]:
        """The sides that belong to the key, the buyer's first. The side of another participant has no such fields."""
        return tuple(leg for leg in (self._buy_leg(), self._sell_leg()) if leg.is_named)

    def why_unreadable(self, *names: str) -> str:
        """Return which of these fields could not be read, with the reasons; empty if none."""
        return "; ".join(str(field) for field in self.unreadable if field.name in names)

    def _buy_leg(self) -> TradeLeg:
        return TradeLeg(
            OrderSide.BUY,
            self.buy_order_id or None,
            self.buy_cl_order_id or None,
            self.buy_txt,
            self.buy_portfolio_id,
            self.buy_delivery_area,
            self.buy_aggressor_indicator,
        )

    def _sell_leg(self) -> TradeLeg:
        return TradeLeg(
            OrderSide.SELL,
            self.sell_order_id or None,
            self.sell_cl_order_id or None,
            self.sell_txt,
            self.sell_portfolio_id,
            self.sell_delivery_area,
            self.sell_aggressor_indicator,
        )


@reply(**_KEYS)
@dataclass(frozen=True, slots=True, kw_only=True)
class Trade(_TwoLegs):
    """A trade at the exchange. `buy` and `sell` say which side is the key's own; both are in a cross trade."""

    trade_id: Id | None = None
    remote_trade_id: Id | None = None
    state: Text | None = None
    delivery_area: Text | None = None
    buy: Flag | None = None
    sell: Flag | None = None
    buy_user_code: Text | None = None
    buy_member_id: Text | None = None
    buy_account_id: Id | None = None
    buy_unit_id: Id | None = None
    buy_clearing_account_type: Text | None = None
    sell_user_code: Text | None = None
    sell_member_id: Text | None = None
    sell_account_id: Id | None = None
    sell_unit_id: Id | None = None
    sell_clearing_account_type: Text | None = None
    self_trade: Flag | None = None
    pre_arranged: Flag | None = None
    pre_arrange_type: Text | None = None
    location: Text | None = None

    @property
    def legs(self) -> tuple[TradeLeg, ...]:
        """The own sides, the buyer first. `buy` and `sell` decide; a side without its flag is own if it is named."""
        sides = ((self.buy, self._buy_leg()), (self.sell, self._sell_leg()))
        return tuple(leg for is_own, leg in sides if (leg.is_named if is_own is None else is_own))

    @property
    def id(self) -> str:
        """Id of the trade; empty if it could not be read."""
        return self.trade_id or ""

    @property
    def is_internal(self) -> bool:
        """Return False: the exchange matched it."""
        return False

    @property
    def is_active(self) -> bool:
        """Return whether the trade counts: not recalled or cancelled. An unknown state counts."""
        state = self.state or ""
        return state not in TradeState.__members__ or TradeState(state).is_active


@reply(**_KEYS)
@dataclass(frozen=True, slots=True, kw_only=True)
class InternalTrade(_TwoLegs):
    """A trade between two own orders, made by the server. The order that was just sent has no order id."""

    internal_trade_id: Id | None = None

    @property
    def id(self) -> str:
        """Id of the trade; empty if it could not be read."""
        return self.internal_trade_id or ""

    @property
    def is_internal(self) -> bool:
        """Return True: the server matched it."""
        return True

    @property
    def is_active(self) -> bool:
        """Return True: an internal trade has no state."""
        return True


AnyTrade = Trade | InternalTrade
