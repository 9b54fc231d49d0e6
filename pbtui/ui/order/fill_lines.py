"""Trades of the order under the cursor, and the price of each fill in its history, as texts."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from pbtui.api.models import Order
from pbtui.desk.blotter.history import Revision
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.blotter.traded_quantity import FILLED, PART_FILLED
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.time_format import moment_text
from pbtui.desk.market.fills import Fill, FillIndex, Fills, OwnSides, trace_of, unattributed_text
from pbtui.desk.market.reading import Reading
from pbtui.desk.market.trades import Trades

_TRADED = FILLED | PART_FILLED


class OrderTrades:
    """The trades by order, as last read."""

    def __init__(self) -> None:
        self._trades: Trades | None = None
        self._index = FillIndex(OwnSides())
        self.problem = ""

    def take(self, reading: Reading[Trades], blotter: Blotter) -> bool:
        """Take in a newer reading; return whether it shows anything else. `problem` says why trades may be missing.

        The orders of the blotter may have the text of another one.
        """
        before = self._trades, self.problem
        self.problem = reading.problem or ("" if reading.value is None else reading.value.gap)
        if reading.value is not self._trades:
            self._trades = reading.value
            sides = OwnSides() if reading.value is None else reading.value.sides
            self._index = FillIndex(sides, blotter.readable)
        return before[0] is not self._trades or before[1] != self.problem

    def of(self, states: Sequence[Order]) -> Fills:
        """The fills of the order that had these states, the newest one last."""
        return self._index.of(trace_of(states))


def trade_texts(fills: Fills, zone: ZoneInfo) -> Iterator[str]:
    """Yield the sum of the trades that count, then each trade, the newest first: time, MW and price."""
    counted = fills.counted
    if counted.quantity_mw is not None:
        price = counted.average_price
        yield f"{quantity_text(counted.quantity_mw)} MW" + (f" at {_price(counted)}" if price is not None else "")
    for fill in reversed(fills.each):
        yield _fill_text(fill, zone)
    if fills.unattributed:
        yield unattributed_text(fills)


def _fill_text(fill: Fill, zone: ZoneInfo) -> str:
    mw = "MW not known" if fill.quantity_mw is None else f"{quantity_text(fill.quantity_mw)} MW"
    price = "price not known" if fill.price is None else price_text(fill.price)
    at = f"{moment_text(fill.executed_at, zone, fraction=True)} ({zone.key})" if fill.executed_at else "time not known"
    notes = {
        "internal": fill.is_internal,
        "found by its text": fill.is_inferred,
        "RECALLED, does not count": not fill.counts,
    }
    return ", ".join([f"{at}: {mw} at {price}", *(note for note, holds in notes.items() if holds)])


def _price(fills: Fills) -> str:
    on_average = " on average" if len({fill.price for fill in fills.each}) > 1 else ""
    return f"{price_text(fills.average_price)}{on_average}"


def revision_prices(revisions: Sequence[Revision], fills: Fills) -> Mapping[int, str]:
    """Return the price of each revision that traded, by its place: `2.0 MW at 44.95`.

    Under each id, what the revisions took one after another is compared with the trades. From the first fill on that no
    trade shows yet, no price is shown under that id.
    """
    prices: dict[int, str] = {}
    left = {order_id: Fills(tuple(_under(order_id, fills))) for order_id in {each.order.order_id for each in revisions}}
    open_mw: dict[str | None, Decimal | None] = {}
    for place, revision in enumerate(revisions):
        order = revision.order
        before_mw = open_mw.get(order.order_id, order.initial_quantity)
        after_mw = Decimal(0) if order.action in FILLED else order.open_quantity_mw
        open_mw[order.order_id] = order.open_quantity_mw
        if order.action not in _TRADED or before_mw is None or after_mw is None or after_mw >= before_mw:
            continue
        rest = left[order.order_id]
        taken = rest.first(before_mw - after_mw)
        if taken.quantity_mw != before_mw - after_mw or taken.average_price is None:
            left[order.order_id] = Fills()
            continue
        left[order.order_id] = Fills(rest.each[len(taken.each) :])
        recalled = ", recalled" if taken.recalled else ""
        prices[place] = f"{quantity_text(taken.quantity_mw)} MW at {_price(taken)}{recalled}"
    return prices


def _under(order_id: str | None, fills: Fills) -> Iterator[Fill]:
    """The fills under this id. A fill without an id may be of any, so then none are known."""
    if all(fill.order_id for fill in fills.each):
        yield from (fill for fill in fills.each if fill.order_id == order_id)
