"""Order books, best prices and positions of the contracts in a delivery area, under the vendor's names.

Every field may be missing and is then None, because releases differ. Unknown words of an enumeration are kept as text.
`unreadable` has the fields whose value could not be read; they are None too. Quantities are in MW, prices in the
contract's currency per MWh.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator

from pbtui.api.decoding.field_by_field import Nested
from pbtui.api.reads.limits import PortfolioLimits, TenantLimits
from pbtui.api.reads.positions import Positions
from pbtui.api.values import Flag, Id, Moment, Number, Text, UnreadableField, reply


class ContractType(StrEnum):
    """Kind of contract: listed by the exchange, or made by a block order."""

    ALL = "ALL"
    PDC = "PDC"
    UDC = "UDC"


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBookEntry:
    """An order in the book, with its visible quantity. The meaning of `own_order` is the exchange user's."""

    order_id: Id | None = None
    delivery_area: Text | None = None
    contract_id: Id | None = None
    order_entry_time: Moment | None = None
    order_update_time: Moment | None = None
    price: Number | None = None
    quantity: Number | None = None
    own_order: Flag | None = None
    unreadable: tuple[UnreadableField, ...] = ()


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """The whole book of a contract in a delivery area. With `delta`, only what changed since the last revision."""

    contract_id: Id | None = None
    product: Text | None = None
    delivery_area: Text | None = None
    revision_no: int | None = None
    delta: Flag | None = None
    bid: Annotated[tuple[OrderBookEntry, ...] | None, BeforeValidator(Nested(OrderBookEntry))] = None
    ask: Annotated[tuple[OrderBookEntry, ...] | None, BeforeValidator(Nested(OrderBookEntry))] = None
    unreadable: tuple[UnreadableField, ...] = ()


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductInformation:
    """A product and its units."""

    product_name: Text | None = None
    delivery_area: Text | None = None
    price_currency: Text | None = None
    quantity_unit: Text | None = None
    duration_minutes: int | None = None
    location_required: Flag | None = None
    unreadable: tuple[UnreadableField, ...] = ()


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A contract in one delivery area: best and last prices, and the positions of the portfolios.

    `active_since` starts again after an outage of the market. `total_quantity` and `vwap` count both sides of a trade
    in the same area. `avwa` and `bvwa` are the average prices of all asks and bids, weighted by quantity.
    """

    product: Text | None = None
    contract_id: Id | None = None
    type: Text | None = None
    state: Text | None = None
    active_since: Moment | None = None
    name: Text | None = None
    revision_no: int | None = None
    delivery_start: Moment | None = None
    delivery_end: Moment | None = None
    best_bid_price: Number | None = None
    best_bid_quantity: Number | None = None
    best_ask_price: Number | None = None
    best_ask_quantity: Number | None = None
    last_price: Number | None = None
    last_quantity: Number | None = None
    last_trade_time: Moment | None = None
    total_quantity: Number | None = None
    auction_price: Number | None = None
    high: Number | None = None
    low: Number | None = None
    vwap: Number | None = None
    avwa: Number | None = None
    bvwa: Number | None = None
    trading_start: Moment | None = None
    trading_end: Moment | None = None
    order_action_quota: Number | None = None
    portfolio_information: Positions = None
    unreadable: tuple[UnreadableField, ...] = ()


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBooks:
    """The contracts of one delivery area. `orders` has their books, if they were asked for."""

    delivery_area: Text | None = None
    delivery_area_state: Text | None = None
    market_area_state: Text | None = None
    portfolios: tuple[Id, ...] | None = None
    products: Annotated[tuple[ProductInformation, ...] | None, BeforeValidator(Nested(ProductInformation))] = None
    contracts: Annotated[tuple[Contract, ...] | None, BeforeValidator(Nested(Contract))] = None
    orders: Annotated[tuple[Orders, ...] | None, BeforeValidator(Nested(Orders))] = None
    portfolio_risk_settings: PortfolioLimits = None
    tenant_risk_settings: TenantLimits = None
    unreadable: tuple[UnreadableField, ...] = ()
