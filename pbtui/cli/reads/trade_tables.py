"""The tables of `pbtui trades`: a line for each own side of a trade, and the totals by contract and area."""

from collections.abc import Callable, Iterable
from zoneinfo import ZoneInfo

from pbtui.api.reads.trades import AnyTrade, TradeLeg
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.market_words import trade_kind, zoned_text
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.formats.vocabulary import UNREADABLE, side_word
from pbtui.desk.market.totals import totals_of
from pbtui.desk.market.trade_rows import TradeRow

_HEADINGS = ["TIME", "SIDE", "MW", "PRICE", "DELIVERY", "AREA", "PORTFOLIO", "ORDER", "KIND", "TRADE", "TEXT"]
_TOTAL_HEADINGS = ["DELIVERY", "AREA", "BOUGHT MW", "AVERAGE", "SOLD MW", "AVERAGE", "NET MW", "CONTRACT"]


def trade_table(rows: Iterable[TradeRow], zone: ZoneInfo) -> list[list[str]]:
    """Return the table of trades, headings first."""
    return [_HEADINGS, *(_line(row, zone) for row in rows)]


def _line(row: TradeRow, zone: ZoneInfo) -> list[str]:
    trade, leg = row.trade, row.leg
    side = "" if leg is None else str(leg.side).lower()
    return [
        _or_unreadable(trade, zoned_text(trade.exec_time, zone), "exec_time"),
        "unknown" if leg is None else side_word(leg.side),
        _or_unreadable(trade, quantity_text(trade.quantity), "quantity"),
        _or_unreadable(trade, price_text(trade.price), "price"),
        _or_unreadable(
            trade, delivery_text(trade.delivery_start, trade.delivery_end, zone), "delivery_start", "delivery_end"
        ),
        _or_unreadable(trade, area_name((leg and leg.delivery_area) or ""), f"{side}_delivery_area"),
        _or_unreadable(trade, (leg and leg.portfolio_id) or "", f"{side}_portfolio_id"),
        _or_unreadable(trade, (leg and leg.order_id) or "-", f"{side}_order_id"),
        trade_kind(trade),
        trade.id or "-",
        _or_unreadable(trade, (leg and leg.txt) or "", f"{side}_txt"),
    ]


def _or_unreadable(trade: AnyTrade, text: str, *names: str) -> str:
    return UNREADABLE if trade.why_unreadable(*names) else text


def totals_table(rows: Iterable[TradeRow], zone: ZoneInfo, counts: Callable[[TradeLeg], bool]) -> list[list[str]]:
    """Return the table of totals by contract and area, headings first, of the sides that count."""
    lines = [_TOTAL_HEADINGS]
    for total in totals_of((row.trade, row.leg) for row in rows if row.leg is None or counts(row.leg)):
        missing = f" ({total.not_counted} not counted: price, quantity or side unknown)" if total.not_counted else ""
        lines.append(
            [
                delivery_text(total.delivery_start, total.delivery_end, zone),
                area_name(total.delivery_area or ""),
                quantity_text(total.bought.quantity_mw),
                price_text(total.bought.average_price),
                quantity_text(total.sold.quantity_mw),
                price_text(total.sold.average_price),
                quantity_text(total.net_mw),
                total.contract + missing,
            ]
        )
    return lines
