"""The fills of an order: the trades of which one side is the order, under any id of its chain.

A trade has the id that the order had then. A trade without an id that is known (an internal trade has none of an order
that was just sent) is of the order if the token in its text, the portfolio, the contract and the side say so. Such a
fill is inferred. A text can be copied to another order, by hand or by a bot: where two orders carry the token, such a
trade can't be attributed and counts for neither. A trade that was recalled or cancelled does not count, but the order
stays executed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.formats.order_token import tokens_in

if TYPE_CHECKING:
    from pbtui.api.models import Order
    from pbtui.api.reads.trades import AnyTrade, TradeLeg

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OrderTrace:
    """Facts by which trades name an order: all its known ids, its tokens, and its terms; None where not known.

    `has_all_ids`: it had no other id in the time that counts. A trade of another id is then of an order to which its
    text was copied.
    """

    ids: frozenset[str]
    tokens: frozenset[str] = frozenset()
    side: str | None = None
    portfolio_id: str | None = None
    contract_id: str | None = None
    has_all_ids: bool = False

    def is_side_of(self, trade: AnyTrade, leg: TradeLeg) -> bool:
        """Return whether nothing that is known of this side of a trade says that it is another order's."""
        if self.has_all_ids and leg.order_id and leg.order_id not in self.ids:
            return False
        pairs = (
            (self.side, leg.side),
            (self.portfolio_id, leg.portfolio_id),
            (self.contract_id, trade.contract_id),
        )
        return all(mine is None or its is None or mine == its for mine, its in pairs)


def trace_of(orders: Iterable[Order], ids: Iterable[str] = ()) -> OrderTrace:
    """Return the trace of one order, from its states and from more of its ids."""
    states = list(orders)
    known = {order_id for order in states for order_id in _ids_of(order)} | set(ids)
    newest = states[-1] if states else None
    return OrderTrace(
        ids=frozenset(known),
        tokens=frozenset(token for order in states for token in tokens_in(order.txt)),
        side=None if newest is None else newest.side or None,
        portfolio_id=None if newest is None else newest.portfolio_id,
        contract_id=None if newest is None else newest.contract_id,
    )


def _ids_of(order: Order) -> set[str]:
    return {order_id for order_id in (order.order_id, order.parent_order_id, order.initial_order_id) if order_id}


@dataclass(frozen=True, slots=True)
class Fill:
    """One fill. `order_id` is the id that the order had then; None where the trade has none.

    `counts` is false once the trade was recalled or cancelled. `is_inferred`: only text and terms show that it is of
    the order. MW, price or time are None where they could not be read.
    """

    trade_id: str
    is_internal: bool
    side: str
    quantity_mw: Decimal | None
    price: Decimal | None
    executed_at: datetime | None
    counts: bool = True
    is_inferred: bool = False
    order_id: str | None = None


@dataclass(frozen=True, slots=True)
class Fills:
    """Fills of one order, oldest first.

    `unattributed` are trades that have its token and may be of another order that has it too; they are in no sum.
    """

    each: tuple[Fill, ...] = ()
    unattributed: tuple[Fill, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there is any fill."""
        return bool(self.each)

    @property
    def counted(self) -> Fills:
        """The fills that count: not recalled or cancelled."""
        return Fills(tuple(fill for fill in self.each if fill.counts))

    @property
    def recalled(self) -> Fills:
        """The fills that were recalled or cancelled."""
        return Fills(tuple(fill for fill in self.each if not fill.counts))

    @property
    def quantity_mw(self) -> Decimal | None:
        """Sum of all these fills; None if the MW of one could not be read."""
        quantities = [fill.quantity_mw for fill in self.each]
        known = [quantity for quantity in quantities if quantity is not None]
        return sum(known, Decimal(0)) if len(known) == len(quantities) else None

    @property
    def average_price(self) -> Decimal | None:
        """Average price by MW, in cents; exact if all prices are equal. None without fills, or if one is not known."""
        if not self.each or self.quantity_mw in (None, Decimal(0)) or any(fill.price is None for fill in self.each):
            return None
        prices = [fill.price or Decimal(0) for fill in self.each]
        if len(set(prices)) == 1:
            return prices[0]
        quantities = [fill.quantity_mw or Decimal(0) for fill in self.each]
        notional = sum((price * mw for price, mw in zip(prices, quantities, strict=True)), Decimal(0))
        return round(notional / sum(quantities, Decimal(0)), 2)

    def after(self, at: datetime | None) -> Fills:
        """The fills after this moment; all if it is None. A fill without a time counts as after it."""
        if at is None:
            return self
        return Fills(_after(self.each, at), _after(self.unattributed, at))

    def first(self, quantity_mw: Decimal) -> Fills:
        """The oldest fills that together are not more than this quantity, up to one whose MW is not known."""
        kept: list[Fill] = []
        left_mw = quantity_mw
        for fill in self.each:
            if fill.quantity_mw is None or fill.quantity_mw > left_mw:
                break
            left_mw -= fill.quantity_mw
            kept.append(fill)
        return Fills(tuple(kept))

    def is_sealed(self, executed_mw: Decimal | None) -> bool:
        """Return whether the trades show exactly what the order's own figures say was executed.

        Until then the sums are provisional: trade reports come later than fills. Recalled trades were executed, too.
        """
        return executed_mw is not None and self.quantity_mw == executed_mw


def _after(fills: Iterable[Fill], at: datetime) -> tuple[Fill, ...]:
    return tuple(fill for fill in fills if fill.executed_at is None or fill.executed_at > at)


Side = tuple["AnyTrade", "TradeLeg"]
"""A trade, and one own side of it."""
_SidesByName = Mapping[str, tuple[Side, ...]]


@dataclass(frozen=True, slots=True)
class OwnSides:
    """Own sides of trades, by the id of their order and by each token in their text."""

    by_order_id: _SidesByName = field(default_factory=dict)
    by_token: _SidesByName = field(default_factory=dict)

    @classmethod
    def of(cls, trades: Iterable[AnyTrade]) -> OwnSides:
        """The own sides of these trades."""
        return cls().following((), trades)

    def following(self, gone: Iterable[AnyTrade], come: Iterable[AnyTrade]) -> OwnSides:
        """Return the sides after some trades are gone and others came."""
        left, new = (tuple((trade, leg) for trade in trades for leg in trade.legs) for trades in (gone, come))
        return OwnSides(
            _following(self.by_order_id, left, new, lambda leg: [leg.order_id] if leg.order_id else []),
            _following(self.by_token, left, new, lambda leg: tokens_in(leg.txt)),
        )


def _following(
    known: _SidesByName, left: Iterable[Side], new: Iterable[Side], names_of: Callable[[TradeLeg], Iterable[str]]
) -> _SidesByName:
    """Return the known sides without those that left, and with the new ones. Only the names of these are looked at."""
    trades_left = {id(trade) for trade, _ in left}
    new_by_name = _by_name(new, names_of)
    changed = {
        name: (*(side for side in known.get(name, ()) if id(side[0]) not in trades_left), *new_by_name.get(name, ()))
        for name in _by_name(left, names_of).keys() | new_by_name.keys()
    }
    return {**known, **changed}


def _by_name(sides: Iterable[Side], names_of: Callable[[TradeLeg], Iterable[str]]) -> Mapping[str, list[Side]]:
    named: dict[str, list[Side]] = defaultdict(list)
    for side in sides:
        for name in names_of(side[1]):
            named[name].append(side)
    return named


class FillIndex:
    """The fills of orders, by the own sides of trades.

    `orders` are orders that can carry a token without having traded. They are looked at only if a token decides.
    """

    def __init__(self, sides: OwnSides, orders: Iterable[Order] = ()) -> None:
        self._sides = sides
        self._orders = orders
        self._ids_by_token: dict[str, list[set[str]]] | None = None

    def of(self, trace: OrderTrace) -> Fills:
        """The fills of this order."""
        named = [pair for order_id in trace.ids for pair in self._sides.by_order_id.get(order_id, ())]
        by_text = [
            _fill(trade, leg, is_inferred=True)
            for token in trace.tokens
            for trade, leg in self._sides.by_token.get(token, ())
            if leg.order_id not in trace.ids and trace.is_side_of(trade, leg)
        ]
        is_only_carrier = not by_text or self._carriers(trace) < 2
        found = [*(_fill(*pair) for pair in named), *(by_text if is_only_carrier else ())]
        return Fills(_sorted(found), () if is_only_carrier else _sorted(by_text))

    def _carriers(self, trace: OrderTrace) -> int:
        """Return how many orders have a token of this one, itself included. Ids of one chain are one order."""
        if self._ids_by_token is None:
            self._ids_by_token = defaultdict(list)
            for order in self._orders:
                for token in tokens_in(order.txt):
                    self._ids_by_token[token].append(_ids_of(order))
        apart: list[set[str]] = [set(trace.ids)] if trace.ids else []
        for token in trace.tokens:
            in_trades = ({leg.order_id} for _, leg in self._sides.by_token.get(token, ()) if leg.order_id)
            for ids in (*self._ids_by_token.get(token, ()), *in_trades):
                joined = [group for group in apart if not group.isdisjoint(ids)]
                apart = [group for group in apart if group.isdisjoint(ids)]
                apart.append(ids.union(*joined))
        return len(apart)


def _fill(trade: AnyTrade, leg: TradeLeg, *, is_inferred: bool = False) -> Fill:
    return Fill(
        trade.id,
        trade.is_internal,
        leg.side,
        trade.quantity,
        trade.price,
        trade.exec_time,
        trade.is_active,
        is_inferred,
        leg.order_id,
    )


def _sorted(fills: Iterable[Fill]) -> tuple[Fill, ...]:
    return tuple(sorted(fills, key=_sequence))


def _sequence(fill: Fill) -> tuple[datetime, int, str]:
    return (fill.executed_at or _LONG_AGO, len(fill.trade_id), fill.trade_id)


def unattributed_text(fills: Fills) -> str:
    """Return in words that trades with the order's token may be of another order; empty if there are none."""
    if not fills.unattributed:
        return ""
    quantity_mw = Fills(fills.unattributed).quantity_mw
    mw = "trades" if quantity_mw is None else f"{quantity_text(quantity_mw)} MW"
    ids = sorted({fill.order_id for fill in fills.unattributed if fill.order_id})
    whose = f" of order {', '.join(ids)}" if ids else ""
    return f"{mw}{whose} with the same text cannot be attributed: another order has that text too"
