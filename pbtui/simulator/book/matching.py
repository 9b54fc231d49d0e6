"""Matching: by price, then time, at the resting order's price; and internal trades between own orders.

Two orders of one tenant never trade with each other in the book. If internal trading is allowed, they trade with each
other first, at the resting order's price, even if other participants offer better prices. Otherwise the later order is
refused. Icebergs with a peak price delta never trade internally.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from pbtui.api.codes import OrderSide, OrderState
from pbtui.simulator.book.depth import CrowdOrder, OrderBook, Resting, crosses, opposite
from pbtui.simulator.book.ledger import OrderLedger
from pbtui.simulator.book.own_order import ZERO, OrderAction, OrderTerms, OwnOrder
from pbtui.simulator.book.positions import Positions
from pbtui.simulator.book.trades import OwnTrades
from pbtui.simulator.rejections import ErrorCode, OrderRefused
from pbtui.simulator.rights import PORTFOLIOS

Reserved = dict[int, Decimal]
"""Quantity in MW already reserved for another order, by priority of the resting order."""


class Matching:
    """Matches orders and records the trades of the own ones."""

    def __init__(self, ledger: OrderLedger, positions: Positions, trades: OwnTrades) -> None:
        self._ledger = ledger
        self._positions = positions
        self._trades = trades

    def trade(self, order: OwnOrder, book: OrderBook, at: datetime) -> None:
        """Match a new own order, not yet in the book, with the resting orders."""
        while order.open_mw and (maker := _next_maker(book, order.side, order.price)):
            volume_mw = min(order.open_mw, maker.quantity_mw)
            price = maker.price
            self._trades.record(maker, order, price, volume_mw, at)
            self._fill_maker(maker, volume_mw, book, at)
            order.take_aggressively(volume_mw)
            self._record_fill(order, price, volume_mw, at)

    def trade_crowd(self, order: CrowdOrder, book: OrderBook, at: datetime) -> None:
        """Match another participant's order; the rest of it goes into the book."""
        while order.quantity_mw and (maker := _next_maker(book, order.side, order.price)):
            volume_mw = min(order.quantity_mw, maker.quantity_mw)
            self._trades.record(maker, None, maker.price, volume_mw, at)
            self._fill_maker(maker, volume_mw, book, at)
            order.quantity_mw -= volume_mw
        if order.quantity_mw:
            book.add(order)

    def trade_internally(self, order: OwnOrder, book: OrderBook, at: datetime) -> list[OwnOrder]:
        """Match a new own order with orders of its own tenant; return those it traded with."""
        counterparts: list[OwnOrder] = []
        for maker in list(_own_makers(order.terms, book)):
            if not order.open_mw:
                break
            volume_mw = min(order.open_mw, maker.open_mw)
            price = maker.price
            self._trades.record_internal(maker, order, volume_mw, at)
            maker.take_aggressively(volume_mw)
            if not maker.open_mw:
                book.remove(maker)
            self._record_fill(maker, price, volume_mw, at)
            order.take_aggressively(volume_mw)
            self._record_fill(order, price, volume_mw, at)
            counterparts.append(maker)
        return counterparts

    def require_no_self_trade(self, terms: OrderTerms, book: OrderBook, *, internal_trading: bool) -> None:
        """Raise OrderRefused if the order would trade with an order of its own tenant in the book."""
        for maker in _own_makers(terms, book):
            if not internal_trading or terms.slides or maker.terms.slides:
                raise OrderRefused(
                    ErrorCode.PB_ORDER_SELF_TRADE_UNRESOLVABLE,
                    f"{terms.side} {terms.quantity_mw} MW at {terms.price} would trade with own order "
                    f"{maker.order_id} ({maker.side} at {maker.price})",
                )

    def fill(self, order: OwnOrder, volume_mw: Decimal, book: OrderBook, at: datetime) -> None:
        """Execute a resting own order slice by slice, as if another participant had taken it."""
        while volume_mw and not order.is_gone:
            taken_mw = min(volume_mw, order.quantity_mw)
            self._trades.record(order, None, order.price, taken_mw, at)
            self._fill_maker(order, taken_mw, book, at)
            volume_mw -= taken_mw

    def _fill_maker(self, maker: Resting, volume_mw: Decimal, book: OrderBook, at: datetime) -> None:
        book.statistics.add(maker.price, volume_mw, at)
        if isinstance(maker, CrowdOrder):
            maker.quantity_mw -= volume_mw
            if not maker.quantity_mw:
                book.remove(maker)
        elif isinstance(maker, OwnOrder):
            maker.quantity_mw -= volume_mw
            if not maker.quantity_mw:
                book.remove(maker)
            self._record_fill(maker, maker.price, volume_mw, at)
            if not maker.quantity_mw and maker.hidden_mw:
                maker.show_next_slice(self._ledger.next_number())
                book.add(maker)
                self._ledger.record(maker, OrderAction.IADD, at)

    def _record_fill(self, order: OwnOrder, price: Decimal, volume_mw: Decimal, at: datetime) -> None:
        self._positions.book_trade(order.terms, price, volume_mw)
        if order.open_mw:
            self._ledger.record(order, OrderAction.PEXE, at)
        else:
            order.state = OrderState.IACT
            self._ledger.record(order, OrderAction.FEXE, at)


def executable_mw(terms: OrderTerms, book: OrderBook, reserved: Reserved) -> Decimal:
    """Return the quantity these terms could trade at once, and add it to `reserved`."""
    wanted_mw = terms.quantity_mw
    for maker in book.crossing(terms.side, terms.price):
        free_mw = _reachable_mw(maker, terms.side, terms.price) - reserved.get(maker.priority, ZERO)
        taken_mw = min(wanted_mw, max(free_mw, ZERO))
        reserved[maker.priority] = reserved.get(maker.priority, ZERO) + taken_mw
        wanted_mw -= taken_mw
        if not wanted_mw:
            break
    return terms.quantity_mw - wanted_mw


def _reachable_mw(maker: Resting, side: OrderSide, limit: Decimal) -> Decimal:
    """Return the quantity of the resting order within the limit; later slices of an iceberg may be beyond it."""
    if not isinstance(maker, OwnOrder) or not maker.terms.slides:
        return maker.open_mw
    reachable_mw, price, hidden_mw = maker.quantity_mw, maker.price, maker.hidden_mw
    slice_mw = maker.terms.display_mw or hidden_mw
    while hidden_mw:
        price += maker.terms.peak_price_delta or ZERO
        if not crosses(side, limit, price):
            break
        reachable_mw += min(slice_mw, hidden_mw)
        hidden_mw -= min(slice_mw, hidden_mw)
    return reachable_mw


def _next_maker(book: OrderBook, side: OrderSide, limit: Decimal) -> Resting | None:
    maker = book.best(opposite(side))
    return maker if maker and crosses(side, limit, maker.price) else None


def _own_makers(terms: OrderTerms, book: OrderBook) -> Iterator[OwnOrder]:
    """Yield the resting orders of the same tenant that these terms would trade with, best price first."""
    if _next_maker(book, terms.side, terms.price) is None:
        return
    tenant = PORTFOLIOS[terms.portfolio_id].tenant
    for maker in book.crossing(terms.side, terms.price):
        if isinstance(maker, OwnOrder) and PORTFOLIOS[maker.terms.portfolio_id].tenant == tenant:
            yield maker
