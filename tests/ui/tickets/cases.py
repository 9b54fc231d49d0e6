"""Orders, and tickets about them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pbtui.api.codes import ModifyAction, OrderSide
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.desk.tickets.ticket import (
    Action,
    Ticket,
    TicketLine,
    change_line,
    entry_line,
)
from tests.orders import an_order

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
TOKEN = "7K3QX2"

FIRST = an_order("6100000001", price=Decimal("5.00"), revision_no=3)
SECOND = an_order(
    "6100000002",
    side="SELL",
    price=Decimal("81.07"),
    quantity=Decimal("12.5"),
    txt="wind",
    delivery_end=datetime(2026, 11, 22, 14, 15, tzinfo=UTC),
)


def modified(order: Order, **changes: Any) -> TicketLine:
    return change_line(order, OrderModify(action=ModifyAction.MODI, **changes))


def a_ticket(*lines: TicketLine, token: str = TOKEN, action: Action = Action.MODIFY, **fields: Any) -> Ticket:
    return Ticket(token, action, lines, NOW, **fields)


REPRICED = modified(FIRST, price=Decimal("-5.00"))
RESIZED = modified(SECOND, quantity=Decimal(10), txt="sun")
ENTERED = entry_line(
    OrderEntry(
        portfolio_id="P1",
        side=OrderSide.BUY,
        quantity=Decimal("2.5"),
        price=Decimal("45.10"),
        dlvry_start=FIRST.delivery_start,
        dlvry_end=FIRST.delivery_end,
        txt="hedge",
    ),
    TOKEN,
)
