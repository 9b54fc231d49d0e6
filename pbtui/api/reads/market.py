"""Status of the market, notifications, delivery areas and downtimes, under the vendor's names.

Every field may be missing and is then None, because releases differ. Unknown words of an enumeration are kept as text.
`unreadable` has the fields whose value could not be read; they are None too.
"""

from dataclasses import dataclass
from enum import StrEnum

from pbtui.api.values import Flag, Id, Moment, Number, Text, UnreadableField, reply


class MarketState(StrEnum):
    """State of the server's connection to the market."""

    OK = "OK"
    WARNING = "WARNING"
    FAILURE = "FAILURE"
    LOGGED_OUT = "LOGGED_OUT"


class MarketMode(StrEnum):
    """Mode of the server; in SAFE mode no order enters the market."""

    NORMAL = "NORMAL"
    SAFE = "SAFE"


class Severity(StrEnum):
    """Severity of a notification, ascending."""

    LOW = "LOW"
    MED = "MED"
    HIG = "HIG"
    ERR = "ERR"
    URG = "URG"


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class MarketOptions:
    """Settings of the server that decide how orders are treated."""

    internal_trading: Text | None = None
    block_potential_self_trades: Text | None = None
    restrict_safe_mode: Flag | None = None
    throttling_user_action: Text | None = None
    show_all_account_orders: Flag | None = None
    default_delivery_area_id: Text | None = None


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class MarketStatus:
    """Status of the market and the server. `order_action_quota` is the used fraction of the order actions, 0 to 1."""

    status: Text | None = None
    mode: Text | None = None
    safe_mode_enabled_since: Moment | None = None
    messages: tuple[Text, ...] | None = None
    exchange: Text | None = None
    exchange_mode: Text | None = None
    exchange_user: Text | None = None
    server_version: Text | None = None
    api_timestamp: Moment | None = None
    heartbeat_as_of: Moment | None = None
    logged_in_since: Moment | None = None
    order_action_quota: Number | None = None
    products: tuple[Text, ...] | None = None
    delivery_area_id: Text | None = None
    available_delivery_area_ids: tuple[Text, ...] | None = None
    inactive_delivery_area_ids: tuple[Text, ...] | None = None
    options: MarketOptions | None = None
    unreadable: tuple[UnreadableField, ...] = ()


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A message of market operations."""

    msg_id: Id | None = None
    type: Text | None = None
    code: int | None = None
    exchange_timestamp: Moment | None = None
    api_timestamp: Moment | None = None
    text: Text | None = None
    severity: Text | None = None
    unreadable: tuple[UnreadableField, ...] = ()


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryArea:
    """A delivery area of the exchange."""

    eic: Text | None = None
    market_eic: Text | None = None
    name: Text | None = None
    long_name: Text | None = None
    state: Text | None = None
    time_zone: Text | None = None
    currency: Text | None = None
    country_code: Text | None = None
    products: tuple[Text, ...] | None = None
    unreadable: tuple[UnreadableField, ...] = ()


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeDowntime:
    """A scheduled downtime of an exchange: in these delivery areas, or in all if none is named. `end` is excluded."""

    exchange: Text | None = None
    start: Moment | None = None
    end: Moment | None = None
    areas: tuple[Text, ...] | None = None
    comment: Text | None = None
    unreadable: tuple[UnreadableField, ...] = ()
