"""A trading day that a test steps through by hand: an exchange without HTTP, and short words for what a trader does."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pbtui.api.codes import ExecutionInstruction, OrderSide
from pbtui.api.requests import OrderEntry, OrderModify, OrderModifyItem
from pbtui.simulator.book.contracts import AREAS, HOURLY, Contract
from pbtui.simulator.book.depth import CrowdOrder, OrderBook
from pbtui.simulator.book.ledger import OrderQuery
from pbtui.simulator.book.own_order import OrderRevision, OwnOrder
from pbtui.simulator.calls.outcomes import ListOptions, ListOutcome
from pbtui.simulator.exchange import Exchange
from pbtui.simulator.rights import ADMIN, TRADER, ApiKey

NOON = datetime(2026, 11, 22, 12, 3, tzinfo=UTC)
AREA = AREAS[0].eic


class Day:
    """One exchange whose market stands still, and the contract and area the test trades in.

    The crowd's own orders are taken out of that one book, so that a test sees nobody it did not put there.
    """

    def __init__(self, **options: Any) -> None:
        self.exchange = Exchange("epex", NOON, **options)
        self.contract = self.contracts(HOURLY.length)[2]
        self.clear_book()

    @property
    def book(self) -> OrderBook:
        """The book the test trades in."""
        return self.exchange.market.books[self.contract.contract_id, AREA]

    def clear_book(self) -> None:
        """Take everybody's orders out of the book."""
        self.exchange.market.books.create((self.contract.contract_id, AREA))
        self.exchange.market.books[self.contract.contract_id, AREA] = OrderBook()

    def contracts(self, length: timedelta) -> list[Contract]:
        """Listed contracts of that length, the next delivery first."""
        listed = self.exchange.market.calendar.listed.values()
        return sorted((c for c in listed if c.product.length == length), key=lambda c: c.delivery_start)

    def pass_by(self, **time: float) -> None:
        """Let so much time go by."""
        self.exchange.step(self.exchange.market.now + timedelta(**time))

    def crowd(self, side: str, price: str, quantity_mw: str) -> None:
        """Somebody else enters an order."""
        market = self.exchange.market
        number = market.ledger.next_number()
        market.trade_crowd(self.book, CrowdOrder(OrderSide(side), Decimal(price), number, Decimal(quantity_mw)))

    def entry(self, side: str = "BUY", price: str = "45.10", quantity_mw: str = "5.0", **terms: Any) -> OrderEntry:
        """A new order of the trader's."""
        placed = {"portfolio_id": "DE1", "delivery_area": AREA, "contract_id": self.contract.contract_id}
        return OrderEntry.model_validate(
            {**placed, "side": side, "price": Decimal(price), "quantity": Decimal(quantity_mw), **terms}
        )

    def add(
        self, *entries: OrderEntry, key: ApiKey = TRADER, exec_instruction: str = "VALID", **options: Any
    ) -> ListOutcome:
        """Send new orders as one list."""
        bound = ListOptions(exec_instruction=ExecutionInstruction(exec_instruction), **options)
        return self.exchange.add_orders(key, entries, bound)

    def enter(self, *args: Any, key: ApiKey = TRADER, **terms: Any) -> OrderRevision:
        """Send one new order."""
        return self.add(self.entry(*args, **terms), key=key).orders[0]

    def modify(self, *items: OrderModifyItem, key: ApiKey = TRADER, **options: Any) -> ListOutcome:
        """Send changes as one list."""
        return self.exchange.modify_orders(key, items, ListOptions(**options))

    def change(self, order: OrderRevision, action: str = "MODI", **changes: Any) -> OrderRevision:
        """Change one order at the revision it was seen in."""
        return self.modify(item(order, action, **changes)).orders[0]

    def found(self, order: OrderRevision) -> OwnOrder:
        """The order under that id."""
        found = self.exchange.market.ledger.get(order.order_id or "")
        assert found is not None
        return found

    def now(self, order: OrderRevision) -> OrderRevision:
        """How the order under that id stands now."""
        return self.found(order).latest

    def history(self, order: OrderRevision) -> list[OrderRevision]:
        """All its revisions."""
        return self.exchange.history(ADMIN, order.order_id or "")

    def history_words(self, order: OrderRevision) -> list[str]:
        """Its history in words: action, open and hidden quantity."""
        return [
            f"{r.action} {r.quantity}" + (f"+{r.hidden_quantity}" if r.display_quantity else "")
            for r in self.history(order)
        ]

    def live(self) -> Sequence[OrderRevision]:
        """Everything of the account that is live."""
        query = OrderQuery(portfolio_ids=ADMIN.portfolio_ids)
        return [order.latest for order in self.exchange.own_orders(query)]


def item(order: OrderRevision, action: str, *, revision_no: int | None = None, **changes: Any) -> OrderModifyItem:
    """A change of the order at the revision it was seen in, or at another one."""
    return OrderModifyItem(
        order_id=order.order_id or "",
        revision_no=order.revision_no if revision_no is None else revision_no,
        changes=OrderModify.model_validate({"action": action, **changes}),
    )
