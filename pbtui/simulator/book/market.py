"""The life of single orders: entry, matching, slices, replacement, expiry. Knows no keys, lists or HTTP.

Own orders and the crowd's meet in one order book for each contract and area, by price and time, at the resting
order's price. Decisions where the API is silent:

- every trade, every change and every end is a revision of its own; ids are numbers that only grow;
- a new price, quantity, type or slice of a resting order ends its id (UDEL) and begins another (UADD, revision 1) whose
  parent it is; other changes keep the id (UMOD), and so does every change of a hibernated order; activation begins a
  new id, deactivation keeps it;
- an order that could not trade at once under FOK, or the rest of an IOC, ends as SDEL; so do orders whose validity
  ends and all orders of a contract that closes;
- pre-arranged orders wait outside the book for their counterparty, who never comes.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from pbtui.api.models import ExecutionRestriction, OrderSide, OrderState
from pbtui.simulator.book.contracts import AREAS, ContractCalendar, Roll
from pbtui.simulator.book.depth import CrowdOrder, OrderBook
from pbtui.simulator.book.ledger import OrderLedger
from pbtui.simulator.book.matching import Matching, Reserved, executable_mw
from pbtui.simulator.book.own_order import ZERO, OrderAction, OrderTerms, OwnOrder
from pbtui.simulator.book.positions import PositionKey, Positions, Standing
from pbtui.simulator.rights import ExchangeUser

BookKey = tuple[str, str]
"""Contract id and delivery area of a book."""


@dataclass
class Entered:
    """What entering an order brought about: the order, and the own orders it traded with internally."""

    order: OwnOrder
    counterparts: list[OwnOrder] = field(default_factory=list)


class Market:
    """Books, contracts and own orders of one exchange, moved by its callers and by the clock."""

    def __init__(self, exchange: str, now: datetime) -> None:
        self.exchange = exchange
        self.now = now
        self.calendar = ContractCalendar()
        self.ledger = OrderLedger()
        self.positions = Positions()
        self.books: dict[BookKey, OrderBook] = {}
        self._matching = Matching(self.ledger, self.positions)
        self._expiries: list[tuple[datetime, int]] = []

    # ------------------------------------------------------------ the clock

    def step(self, now: datetime) -> Roll:
        """Bring contracts and validities up to `now`; tell which contracts opened and closed."""
        self.now = max(now, self.now)
        while self._expiries and self._expiries[0][0] <= self.now:
            order = self.ledger.get(str(heapq.heappop(self._expiries)[1]))
            if order is not None and not order.is_gone and order.terms.valid_until <= self.now:
                self.end(order, OrderAction.SDEL)
        roll = self.calendar.roll(self.now)
        for contract in roll.closed:
            for area in AREAS:
                self.books.pop((contract.contract_id, area.eic), None)
        for contract in roll.opened:
            for area in AREAS:
                self.books[contract.contract_id, area.eic] = OrderBook()
        return roll

    # ------------------------------------------------------------ own orders

    def enter(
        self,
        terms: OrderTerms,
        user: ExchangeUser,
        *,
        parent: OwnOrder | None = None,
        hibernated: bool = False,
        internal_trading: bool = True,
    ) -> Entered:
        """Bring an order into being and let it trade. Refused if it would meet an own order it may not trade with."""
        if not hibernated:
            self.require_no_self_trade(terms, internal_trading=internal_trading)
        order = OwnOrder(self.ledger.next_number(), terms, user, exchange=self.exchange, at=self.now, parent=parent)
        entered = Entered(order)
        order.state = OrderState.HIBE if hibernated else OrderState.ACTI
        self.ledger.record(order, OrderAction.UADD, self.now)
        heapq.heappush(self._expiries, (terms.valid_until, order.number))
        if hibernated or terms.pre_arranged:
            return entered
        if terms.restriction is ExecutionRestriction.FOK and not self.executes_whole([terms]):
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
        """An order the exchange took and deleted at once, untraded."""
        order = OwnOrder(self.ledger.next_number(), terms, user, exchange=self.exchange, at=self.now)
        self.ledger.record(order, OrderAction.UADD, self.now)
        self.end(order, OrderAction.SDEL)
        return order

    def replace(
        self, order: OwnOrder, terms: OrderTerms, user: ExchangeUser, *, internal_trading: bool = True
    ) -> Entered:
        """End the order's id and go on under another with these terms; nothing is changed when that is refused."""
        self.require_no_self_trade(terms, internal_trading=internal_trading)
        order.user = user
        self.end(order, OrderAction.UDEL)
        return self.enter(terms, user, parent=order, internal_trading=internal_trading)

    def amend(
        self, order: OwnOrder, terms: OrderTerms, user: ExchangeUser, action: OrderAction = OrderAction.UMOD
    ) -> None:
        """Change terms under the same id. A resting order stays in the book, unmatched at its new price."""
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
        """Take a live order out of the market and keep it."""
        self._leave_book(order)
        order.state = OrderState.HIBE
        order.user = user
        self.ledger.record(order, action, self.now)

    def delete(self, order: OwnOrder, user: ExchangeUser, action: OrderAction = OrderAction.UDEL) -> None:
        """Delete a live or hibernated order."""
        order.user = user
        self.end(order, action)

    def lose_sight(self, order: OwnOrder) -> None:
        """Let nobody know any more how a live order stands; it may still trade."""
        order.state = OrderState.UNKW
        self.ledger.record(order, OrderAction.SNAV, self.now)

    def fill(self, order: OwnOrder, volume_mw: Decimal) -> None:
        """Execute that much of a resting own order."""
        self._matching.fill(order, volume_mw, self.book(order.terms), self.now)

    def trade_crowd(self, book: OrderBook, order: CrowdOrder) -> None:
        """Let an order of the crowd trade; what is left of it rests."""
        self._matching.trade_crowd(order, book, self.now)

    def end(self, order: OwnOrder, action: OrderAction) -> None:
        """Let the order be over."""
        self._leave_book(order)
        order.state = OrderState.IACT
        self.ledger.record(order, action, self.now)

    # ------------------------------------------------------------ questions

    def book(self, terms: OrderTerms) -> OrderBook:
        """The book an order with these terms belongs in."""
        return self.books[terms.contract.contract_id, terms.delivery_area]

    def executes_whole(self, orders: Sequence[OrderTerms]) -> bool:
        """Whether all these orders could trade their whole quantity at once."""
        reserved: Reserved = {}
        return all(executable_mw(terms, self.book(terms), reserved) == terms.quantity_mw for terms in orders)

    def require_no_self_trade(self, terms: OrderTerms, *, internal_trading: bool) -> None:
        """Refuse an order that would meet one of its tenant's own in the book."""
        if not terms.pre_arranged:
            self._matching.require_no_self_trade(terms, self.book(terms), internal_trading=internal_trading)

    def standing(self, key: PositionKey, without: OwnOrder | None = None) -> Standing:
        """Open quantity of the live orders that count for that position."""
        open_mw = {OrderSide.BUY: ZERO, OrderSide.SELL: ZERO}
        for order in self.ledger.live_in(key.contract_id, key.delivery_area):
            if order.terms.portfolio_id == key.portfolio_id and order is not without:
                open_mw[order.side] += order.open_mw
        return Standing(buy_mw=open_mw[OrderSide.BUY], sell_mw=open_mw[OrderSide.SELL])

    def _leave_book(self, order: OwnOrder) -> None:
        book = self.book(order.terms)
        if order in book:
            book.remove(order)
