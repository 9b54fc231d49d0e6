"""Orders for tests that need one without an exchange."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from pbtui.api.models import Order

_order = TypeAdapter(Order)

DELIVERY_START = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
DELIVERY_END = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


def an_order(order_id: str = "1", **fields: Any) -> Order:
    """A plausible resting order; any field can be given."""
    return _order.validate_python(
        {
            "order_id": order_id,
            "initial_order_id": order_id,
            "revision_no": 1,
            "state": "ACTI",
            "action": "UADD",
            "side": "BUY",
            "delivery_area": "10YDE-RWENET---I",
            "portfolio_id": "P1",
            "contract_id": "c14",
            "contract_name": "20261122 15:00-20261122 16:00",
            "delivery_start": DELIVERY_START,
            "delivery_end": DELIVERY_END,
            "price": Decimal("45.10"),
            "quantity": Decimal(5),
            "hidden_quantity": Decimal(0),
            "type": "O",
            "txt": "",
            "user_code": "TRD001",
            **fields,
        }
    )
