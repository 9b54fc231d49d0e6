"""Data of the exchange besides orders: one immutable value, part of the view of the desk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pbtui.desk.market.reading import Reading

if TYPE_CHECKING:
    from pbtui.api.reads.identity import ApiKeyDetails
    from pbtui.api.reads.market import DeliveryArea, MarketStatus, Notification
    from pbtui.desk.market.trades import Trades


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """The newest readings. A reading that the desk does not make stays empty: without a value and without a problem."""

    trades: Reading[Trades] = field(default_factory=Reading)
    status: Reading[MarketStatus] = field(default_factory=Reading)
    notifications: Reading[tuple[Notification, ...]] = field(default_factory=Reading)
    key: Reading[ApiKeyDetails] = field(default_factory=Reading)
    areas: Reading[tuple[DeliveryArea, ...]] = field(default_factory=Reading)
