"""Sentences about a quarter-hour: its figures, the limits, and the contracts that cover it."""

from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from pbtui.api.reads.limits import POSITION_LIMITS, PositionLimit
from pbtui.desk.exposure.positions import Position, is_empty
from pbtui.desk.exposure.quarters import Quarter
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.formats.time_format import delivery_text

_UNKNOWN, _NO_LIMIT = "not known", "no limit"


def mw_words(mw: Decimal | None) -> str:
    """Return a quantity: `5.0 MW`, or that it is not known."""
    return _UNKNOWN if mw is None else f"{quantity_text(mw)} MW"


def net_words(mw: Decimal | None) -> str:
    """Return a net position with its direction: `5.0 MW long`."""
    if not mw:
        return mw_words(mw)
    return f"{mw_words(abs(mw))} {'long' if mw > 0 else 'short'}"


def quarter_words(quarter: Quarter, zone: ZoneInfo, *, is_read: bool = True) -> str:
    """Return the delivery with its net position and orders, in one sentence."""
    delivery = delivery_text(quarter.start, quarter.end, zone)
    if not is_read:
        return f"{delivery}: {_UNKNOWN}"
    if not quarter.positions:
        return f"{delivery}: {_UNKNOWN}, the server lists no contract for it"
    return f"{delivery}: {_figures_text(quarter.net_mw, quarter.buy_mw, quarter.sell_mw)}"


def outstanding_words(quarter: Quarter) -> str:
    """Return the net position if all orders of one side trade; empty if there are none, or they are not known."""
    highest, lowest = quarter.highest_mw, quarter.lowest_mw
    sides = []
    if highest is not None and quarter.buy_mw:
        sides.append(f"if all buy orders trade, {net_words(highest)}")
    if lowest is not None and quarter.sell_mw:
        sides.append(f"if all sell orders trade, {net_words(lowest)}")
    return "; ".join(sides)


def limit_words(quarter: Quarter, limit: PositionLimit | None) -> str:
    """Return the limits of the portfolio in the area, and whether one is exceeded; empty if the server states none."""
    if limit is None:
        return ""
    unreadable = {field.name for field in limit.unreadable}
    if unreadable.issuperset(POSITION_LIMITS):
        return "limits: not known, the server's answer can't be read"
    ends = {name: _end_text(getattr(limit, name), is_readable=name not in unreadable) for name in POSITION_LIMITS}
    low, high, low_of_all, high_of_all = ends.values()
    ranges = ((low, high, "a contract"), (low_of_all, high_of_all, "everything in the quarter-hour"))
    texts = [f"{low} to {high} MW for {what}" for low, high, what in ranges if {low, high} != {_NO_LIMIT}]
    if not texts:
        return ""
    exceeded = "LIMIT EXCEEDED, orders included; " if quarter.exceeds(limit) else ""
    return f"{exceeded}limits: {', '.join(texts)}"


def _end_text(limit_mw: Decimal | None, *, is_readable: bool) -> str:
    if limit_mw is None:
        return _NO_LIMIT if is_readable else _UNKNOWN
    return quantity_text(limit_mw)


def contract_words(quarter: Quarter, zone: ZoneInfo) -> Sequence[str]:
    """Return a line for each contract that has a position or an order, or of which a figure is not known.

    If the server states no sums for the quarter-hour, another line says of which contracts they are.
    """
    lines = [_contract_text(each, zone) for each in quarter.positions if not is_empty(each.figures)]
    if quarter.positions and not quarter.is_stated:
        lines.append("added up from the contracts that the server lists, without other blocks")
    return lines


def _contract_text(position: Position, zone: ZoneInfo) -> str:
    figures = position.figures
    delivery = delivery_text(position.delivery_start, position.delivery_end, zone)
    name = position.contract_id or position.contract_name
    return f"{delivery} ({name}): {_figures_text(figures.net_pos, figures.open_buy_mw, figures.open_sell_mw)}"


def _figures_text(net_mw: Decimal | None, buy_mw: Decimal | None, sell_mw: Decimal | None) -> str:
    return f"net {net_words(net_mw)}, buying {mw_words(buy_mw)}, selling {mw_words(sell_mw)}"
