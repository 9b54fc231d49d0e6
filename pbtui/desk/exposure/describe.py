"""Sentences about a quarter-hour: its figures, the limits, and the contracts that cover it."""

from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from pbtui.api.reads.limits import PositionLimit
from pbtui.desk.exposure.positions import Position, is_empty
from pbtui.desk.exposure.quarters import Quarter
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.formats.time_format import delivery_text

_UNKNOWN = "not known"


def mw_words(mw: Decimal | None) -> str:
    """Return a quantity: `5.0 MW`, or that it is not known."""
    return _UNKNOWN if mw is None else f"{quantity_text(mw)} MW"


def net_words(mw: Decimal | None) -> str:
    """Return a net position with its direction: `5.0 MW long`."""
    if not mw:
        return mw_words(mw)
    return f"{quantity_text(abs(mw))} MW {'long' if mw > 0 else 'short'}"


def quarter_words(quarter: Quarter, zone: ZoneInfo) -> str:
    """Return the delivery with its net position and orders, in one sentence."""
    delivery = delivery_text(quarter.start, quarter.end, zone)
    if not quarter.positions:
        return f"{delivery}: not known, the server lists no contract of this portfolio that covers it"
    figures = f"net {net_words(quarter.net_mw)}, buying {mw_words(quarter.buy_mw)}, selling {mw_words(quarter.sell_mw)}"
    return f"{delivery}: {figures}" + ("" if quarter.is_stated else "; blocks that are not listed do not count")


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
    ranges = (
        ("a contract", limit.min_netpos_limit, limit.max_netpos_limit),
        ("everything in the quarter-hour", limit.min_net_pos_exposure_limit, limit.max_net_pos_exposure_limit),
    )
    texts = [
        f"{_range_text(low, high)} for {what}" for what, low, high in ranges if low is not None or high is not None
    ]
    if not texts:
        return ""
    exceeded = "LIMIT EXCEEDED, now or if all orders of one side trade. " if quarter.exceeds(limit) else ""
    return f"{exceeded}limits: {', '.join(texts)}"


def _range_text(low: Decimal | None, high: Decimal | None) -> str:
    ends = ("no limit" if end is None else quantity_text(end) for end in (low, high))
    return f"{' to '.join(ends)} MW"


def contract_words(quarter: Quarter, zone: ZoneInfo) -> Sequence[str]:
    """Return a line for each contract that has a position or an order, or of which a figure is not known."""
    return [_contract_text(each, zone) for each in quarter.positions if not is_empty(each.figures)]


def _contract_text(position: Position, zone: ZoneInfo) -> str:
    figures = position.figures
    delivery = delivery_text(position.delivery_start, position.delivery_end, zone)
    name = position.contract_name or position.contract_id
    orders = f"buying {mw_words(figures.open_buy_mw)}, selling {mw_words(figures.open_sell_mw)}"
    return f"contract {delivery} ({name}): net {net_words(figures.net_pos)}, {orders}"
