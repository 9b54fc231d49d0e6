"""Rows of the table of trades: one for each own side, with what the newest reads changed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from pbtui.api.reads.trades import AnyTrade, InternalTrade, Trade
from pbtui.api.structs import replace
from pbtui.desk.market.totals import area_of, contract_key, sides_of

if TYPE_CHECKING:
    from pbtui.api.reads.trades import TradeLeg
    from pbtui.desk.market.reading import Reading
    from pbtui.desk.market.trades import Trades

# The time of the server's last message is not a property of the trade, and a field that can't be read is None.
_NOT_COMPARED = frozenset({"api_timestamp", "unreadable"})
_COMPARED_FIELDS = frozenset(f.name for kind in (Trade, InternalTrade) for f in fields(kind)) - _NOT_COMPARED


@dataclass(frozen=True, slots=True)
class TradeRow:
    """One own side of a trade; `leg` is None if the server names no side as own.

    `changed` holds the fields that read number `changed_in` changed: all fields of a new trade, none of one that the
    first read found.
    """

    key: str
    trade: AnyTrade
    leg: TradeLeg | None
    changed: frozenset[str] = frozenset()
    changed_in: int = 0

    @property
    def is_new(self) -> bool:
        """Return whether the trade itself was news, not a change of it."""
        return self.changed == _COMPARED_FIELDS

    @property
    def side(self) -> str:
        """Own side: BUY or SELL; empty if it is not known."""
        return "" if self.leg is None else str(self.leg.side)

    @property
    def delivery_area(self) -> str:
        """Delivery area of the own side; empty if it is not known."""
        return area_of(self.trade, self.leg) or ""

    @property
    def contract_key(self) -> object:
        """Identity of the contract and area, as in `ContractTotal`."""
        return contract_key(self.trade, self.leg)

    def of_side(self, name: str) -> Any:
        """Return the field of the own side, such as `order_id`; None if there is none."""
        return getattr(self.trade, f"{self.side.lower()}_{name}", None) if self.side else None

    def why_unreadable(self, *names: str) -> str:
        """Return which of these fields could not be read. The fields of a side are named without it."""
        side = self.side.lower()
        return self.trade.why_unreadable(*names, *(f"{side}_{name}" for name in names if side))


@dataclass(frozen=True, slots=True)
class TradeRows:
    """All rows by key after read number `read_no`. Unchanged trades keep their rows.

    The server lists a trade if one of its sides is in the portfolios and delivery areas that were asked for. Only such
    sides are rows; without portfolios or areas, all are.
    """

    portfolios: tuple[str, ...] = ()
    delivery_areas: tuple[str, ...] = ()
    rows: Mapping[str, TradeRow] = field(default_factory=dict)
    read_no: int = 0
    _trades: Trades | None = None
    _requested_s: float | None = None
    _of_trade: Mapping[Hashable, tuple[TradeRow, ...]] = field(default_factory=dict)

    def following(self, reading: Reading[Trades]) -> TradeRows:
        """Return the rows after a read. The mapping of rows stays the same object if no trade changed.

        Nothing is news before a read has ended: until then the trades before the desk's start come page by page.
        """
        trades = reading.value
        is_next_read = reading.requested_s != self._requested_s
        if trades is None or (trades is self._trades and not is_next_read):
            return self
        read_no = self.read_no + is_next_read
        if trades is self._trades:
            return replace(self, read_no=read_no, _requested_s=reading.requested_s)
        is_news = self._requested_s is not None
        of_trade = {key: self._rows_of(key, trade, read_no, is_news=is_news) for key, trade in trades.by_key.items()}
        rows = {row.key: row for of_one in of_trade.values() for row in of_one}
        return replace(
            self, rows=rows, read_no=read_no, _trades=trades, _requested_s=reading.requested_s, _of_trade=of_trade
        )

    def is_marked(self, row: TradeRow) -> bool:
        """Return whether the row changed in this read or the one before."""
        return bool(row.changed) and self.read_no - row.changed_in < 2

    def _rows_of(self, key: Hashable, trade: AnyTrade, read_no: int, *, is_news: bool) -> tuple[TradeRow, ...]:
        known = self._of_trade.get(key, ())
        if known and known[0].trade is trade:
            return known
        changed = _COMPARED_FIELDS
        if not is_news:
            changed = frozenset()
        elif known:
            changed = _changed_fields(known[0].trade, trade)
        name = f"{'internal' if trade.is_internal else 'exchange'} {trade.id or hash(trade)}"
        return tuple(
            TradeRow(f"{name} {leg.side if leg else ''}", trade, leg, changed, read_no)
            for _, leg in sides_of([trade], self._is_in_scope)
        )

    def _is_in_scope(self, leg: TradeLeg) -> bool:
        portfolios, areas = self.portfolios, self.delivery_areas
        is_of_portfolio = not portfolios or not leg.portfolio_id or leg.portfolio_id in portfolios
        return is_of_portfolio and (not areas or not leg.delivery_area or leg.delivery_area in areas)


def _changed_fields(before: AnyTrade, after: AnyTrade) -> frozenset[str]:
    return frozenset(name for name in _COMPARED_FIELDS if getattr(before, name, None) != getattr(after, name, None))
