"""Trades for tests that need some without an exchange."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pbtui.api.reads.trades import InternalTrade, Trade
from tests.orders import DELIVERY_END, DELIVERY_START

EXECUTED_AT = datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)


def a_trade(trade_id: str = "1", **fields: Any) -> Trade:
    """A plausible sale at the exchange; any field can be given."""
    return Trade(**{"trade_id": trade_id, "state": "ACTI", "sell": True, **_usual(), **fields})


def an_internal_trade(trade_id: str = "1", **fields: Any) -> InternalTrade:
    """A plausible internal sale; the other side is another tenant's. Any field can be given."""
    return InternalTrade(**{"internal_trade_id": trade_id, **_usual(), **fields})


def _usual() -> dict[str, Any]:
    return {
        "exec_time": EXECUTED_AT,
        "contract_id": "c14",
        "contract_name": "20261122 15:00-20261122 16:00",
        "delivery_start": DELIVERY_START,
        "delivery_end": DELIVERY_END,
        "price": Decimal("45.10"),
        "quantity": Decimal(2),
        "sell_order_id": "101",
        "sell_portfolio_id": "P1",
        "sell_delivery_area": "10YDE-RWENET---I",
    }
