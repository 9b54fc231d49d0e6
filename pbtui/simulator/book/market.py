"""Life of single orders: entry, matching, iceberg slices, replacement, expiry. Knows no keys, lists or HTTP.

Own orders and those of the other participants trade in one order book per contract and area, by price, then time, at
the resting order's price. Decisions where the API document is silent:

- every trade, every change and every end of an order is a revision; order ids are increasing numbers;
- a new price, quantity, type or slice size ends the id of a resting order (UDEL) and opens a new id (UADD, revision 1)
  whose parent is the old one. Other changes keep the id (UMOD). A hibernated order keeps its id in every change;
  activation opens a new id, deactivation keeps the id;
- a FOK order that cannot trade at once and the rest of an IOC order end as SDEL; so do orders whose validity ends, and
  all orders of a contract that closes;
- pre-arranged orders wait outside the book for a counterparty that never appears.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from pbtui.api.codes import ExecutionRestriction, OrderSide, OrderState
from pbtui.api.reads.trades import TradeState
from pbtui.simulator.book.conditions import Conditions
from pbtui.simulator.book.contracts import AREAS, Contract, ContractCalendar
from pbtui.simulator.book.depth import CrowdOrder, OrderBook
from pbtui.simulator.book.ledger import OrderLedger
from pbtui.simulator.book.matching import Matching, Reserved, executable_mw
from pbtui.simulator.book.own_order import ZERO, OrderAction, OrderTerms, OwnOrder
from pbtui.simulator.book.positions import OpenQuantity, PositionKey, Positions
from pbtui.simulator.book.risk import OrderCounts, RiskLimits
from pbtui.simulator.book.trades import OwnTrades, Trade
from pbtui.simulator.rights import ExchangeUser

BookKey = tuple[str, str]
"""Contract id and delivery area that identify a book."""


@dataclass
class Entered:
    """Result of an entry: the order, and the own orders it traded with internally."""

    order: OwnOrder
    counterparts: list[OwnOrder] = field(default_factory=list)


class Books(dict[BookKey, OrderBook]):
    """The order books of the listed contracts. Each is created at the first look at it, as most are never needed.

    `fill` then enters the orders of the other participants.
    """

    def __init__(self, calendar: ContractCalendar) -> None:
        super().__init__()
        self._calendar = calendar
        self.fill: Callable[[Contract, str], None] = lambda _contract, _area: None

    def __missing__(self, key: BookKey) -> OrderBook:
        return self.create(key)

    def create(self, key: BookKey) -> OrderBook:
        """Create the book of a listed contract. Raises KeyError if the contract is not listed."""
        contract_id, area = key
        contract = self._calendar.listed[contract_id]
        self[key] = OrderBook()
        self.fill(contract, area)
        return self[key]


class Market:
    """Books, contracts and own orders of one exchange. Callers and the clock change it."""

    def __init__(self, exchange: str, now: datetime) -> None:
        self.exchange = exchange
        self.now = now
        self.calendar = ContractCalendar()
        self.ledger = OrderLedger()
        self.positions = Positions()
        self.trades = OwnTrades()
        self.conditions = Conditions(exchange, now)
        self.order_counts = OrderCounts()
        self.limits: dict[str, RiskLimits] = {}
        """Limits by portfolio, where they are not the usual ones."""
        self.books = Books(self.calendar)
        self._matching = Matching(self.ledger, self.positions, self.trades)
        self._expiries: list[tuple[datetime, int]] = []

    # ------------------------------------------------------------ the clock

    def step(self, now: datetime) -> tuple[Contract, ...]:
        """Move contracts and validities to `now`; return the contracts that closed."""
        self.now = max(now, self.now)
        while self._expiries and self._expiries[0][0] <= self.now:
            order = self.ledger.get(str(heapq.heappop(self._expiries)[1]))
            if order is not None and not order.is_gone and order.terms.valid_until <= self.now:
                self.end(order, OrderAction.SDEL)
        closed = self.calendar.roll(self.now)
        for contract in closed:
            for area in AREAS:
                self.books.pop((contract.contract_id, area.eic), None)
        return closed

    # ------------------------------------------------------------ own orders

    def enter(
        self,
        terms: OrderTerms,
        user: ExchangeUser,
        *,
        parent: OwnOrder | None = None,
        hibernated: bool = False,
        internal_trading: bool = True,
        priority: int | None = None,
    ) -> Entered:
        """Create an order and match it. `priority` is its place in the queue, by default the last one at its price.

        Raises OrderRefused if its area is suspended, or if it would trade with an own order and may not.
        """
        if not hibernated:
            self.conditions.require_area(terms.delivery_area)
            self.require_no_self_trade(terms, internal_trading=internal_trading)
        order = OwnOrder(self.ledger.next_number(), terms, user, exchange=self.exchange, at=self.now, parent=parent)
        order.priority = order.priority if priority is None else priority
        entered = Entered(order)
        order.state = OrderState.HIBE if hibernated else OrderState.ACTI
        self.ledger.record(order, OrderAction.UADD, self.now)
        heapq.heappush(self._expiries, (terms.valid_until, order.number))
        if hibernated or terms.pre_arranged:
            return entered
        if terms.restriction is ExecutionRestriction.FOK and not self.can_execute_fully([terms]):
            self.end(order, OrderAction.SDEL)
            return entered
        book = self.book(terms)
        entered.counterparts = self._matching.trade_internally(order, book, self.now)
        self._matching.trade(order, book, self.now)
        if order.is_live:
            if terms.restriction is ExecutionRestriction.IOC:
                self.end(order, OrderAction.SDEL)
            else:
                book.add(order)
        return entered

    def enter_and_end(self, terms: OrderTerms, user: ExchangeUser) -> OwnOrder:
        """Create an order that the exchange accepts and deletes at once, without a trade."""
        order = OwnOrder(self.ledger.next_number(), terms, user, exchange=self.exchange, at=self.now)
        self.ledger.record(order, OrderAction.UADD, self.now)
        self.end(order, OrderAction.SDEL)
        return order

    def replace(
        self,
        order: OwnOrder,
        terms: OrderTerms,
        user: ExchangeUser,
        *,
        internal_trading: bool = True,
        keeps_place: bool = False,
    ) -> Entered:
        """Replace the order by one with a new id and these terms. If that is refused, nothing changes.

        With `keeps_place` the new one takes the place of the old one in the queue, else the last one at its price.
        """
        self.conditions.require_area(terms.delivery_area)
        self.require_no_self_trade(terms, internal_trading=internal_trading)
        order.user = user
        self.end(order, OrderAction.UDEL)
        place = order.priority if keeps_place else None
        return self.enter(terms, user, parent=order, internal_trading=internal_trading, priority=place)

    def amend(
        self, order: OwnOrder, terms: OrderTerms, user: ExchangeUser, action: OrderAction = OrderAction.UMOD
    ) -> None:
        """Change terms under the same id. A resting order stays in the book and is not matched at its new price."""
        order.user = user
        book = self.book(order.terms)
        rests = order in book
        if rests:
            book.remove(order)
        order.adopt(terms)
        if rests:
            book.add(order)
        heapq.heappush(self._expiries, (terms.valid_until, order.number))
        self.ledger.record(order, action, self.now)

    def hibernate(self, order: OwnOrder, user: ExchangeUser, action: OrderAction = OrderAction.UHIB) -> None:
        """Withdraw a live order from the market and store it."""
        self._leave_book(order)
        order.state = OrderState.HIBE
        order.user = user
        self.ledger.record(order, action, self.now)

    def delete(self, order: OwnOrder, user: ExchangeUser, action: OrderAction = OrderAction.UDEL) -> None:
        """Delete a live or hibernated order."""
        order.user = user
        self.end(order, action)

    def make_state_unknown(self, order: OwnOrder) -> None:
        """Set a live order's state to unknown (UNKW). The order can still trade."""
        order.state = OrderState.UNKW
        self.ledger.record(order, OrderAction.SNAV, self.now)

    def fill(self, order: OwnOrder, volume_mw: Decimal) -> None:
        """Execute that quantity of a resting own order."""
        self._matching.fill(order, volume_mw, self.book(order.terms), self.now)

    def trade_crowd(self, book: OrderBook, order: CrowdOrder) -> None:
        """Match another participant's order; the rest of it goes into the book."""
        self._matching.trade_crowd(order, book, self.now)

    def set_trade_state(self, trade: Trade, state: TradeState) -> None:
        """Change the state of a trade, as market operations do. One that no longer counts leaves the positions."""
        for side in trade.sides:
            counted = state.is_active - trade.state.is_active
            self.positions.book_trade(side.terms, trade.price, counted * trade.quantity_mw)
        trade.state, trade.changed_at = state, self.now

    def end(self, order: OwnOrder, action: OrderAction) -> None:
        """Set the order to its final state."""
        self._leave_book(order)
        order.state = OrderState.IACT
        self.ledger.record(order, action, self.now)

    # ------------------------------------------------------------ queries

    def book(self, terms: OrderTerms) -> OrderBook:
        """Return the order book for these terms."""
        return self.books[terms.contract.contract_id, terms.delivery_area]

    def can_execute_fully(self, orders: Sequence[OrderTerms]) -> bool:
        """Return whether all these orders can trade their full quantity at once."""
        reserved: Reserved = {}
        return all(executable_mw(terms, self.book(terms), reserved) == terms.quantity_mw for terms in orders)

    def require_no_self_trade(self, terms: OrderTerms, *, internal_trading: bool) -> None:
        """Raise OrderRefused if the order would trade with an order of its own tenant in the book."""
        if not terms.pre_arranged:
            self._matching.require_no_self_trade(terms, self.book(terms), internal_trading=internal_trading)

    def limits_of(self, portfolio_id: str) -> RiskLimits:
        """Return the limits of a portfolio."""
        return self.limits.get(portfolio_id, RiskLimits())

    def open_quantity(self, key: PositionKey, without: OwnOrder | None = None) -> OpenQuantity:
        """Return the open quantity of the live orders that count for that position."""
        open_mw = {OrderSide.BUY: ZERO, OrderSide.SELL: ZERO}
        for order in self.ledger.live_in(key.contract_id, key.delivery_area):
            if order.terms.portfolio_id == key.portfolio_id and order is not without:
                open_mw[order.side] += order.open_mw
        return OpenQuantity(buy_mw=open_mw[OrderSide.BUY], sell_mw=open_mw[OrderSide.SELL])

    def _leave_book(self, order: OwnOrder) -> None:
        book = self.book(order.terms)
        if order in book:
            book.remove(order)
