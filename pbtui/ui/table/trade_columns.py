"""Columns of the table of trades."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.market_words import trade_note
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.formats.time_format import delivery_text, local_time, moment_text
from pbtui.desk.formats.vocabulary import UNREADABLE, side_word
from pbtui.desk.market.trade_rows import TradeRow
from pbtui.ui.table.columns import PERIOD_WIDTH, Column, Moment

_WEEK = timedelta(days=7)
_NUMBER_WIDTH = 24


def _column(
    title: str,
    names: tuple[str, ...],
    width: int,
    rank: int,
    text: Callable[[TradeRow, Moment], str],
    sort_value: Callable[[TradeRow], str | float | None],
    *,
    role: Callable[[TradeRow], str] = lambda row: "text",
    is_number: bool = False,
    compared: Callable[[TradeRow], object] | None = None,
    gives_way: bool = True,
    grows_to: int = 0,
    takes_rest: bool = False,
    is_id: bool = False,
) -> Column[TradeRow]:
    """Return a column of these fields; those of a side are named without it. A trade that does not count is dim."""

    def row_text(row: TradeRow, moment: Moment) -> str:
        return UNREADABLE if row.trade.unreadable and row.why_unreadable(*names) else text(row, moment)

    def row_role(row: TradeRow) -> str:
        if row.trade.unreadable and row.why_unreadable(*names):
            return "bad"
        return role(row) if row.trade.is_active else "dim"

    return Column(
        title,
        width,
        rank,
        text=row_text,
        sort_value=sort_value,
        role=row_role,
        fields=frozenset(names),
        align="right" if is_number else "left",
        compared=compared,
        gives_way=gives_way and not is_number,
        grows_to=grows_to,
        takes_rest=takes_rest,
        is_id=is_id,
    )


def _text_column(
    title: str,
    name: str,
    width: int,
    rank: int,
    value_of: Callable[[TradeRow], str],
    *,
    grows_to: int = 0,
    takes_rest: bool = False,
    is_id: bool = True,
) -> Column[TradeRow]:
    """Return a column of one text. It gives way while the text is the same in every row."""
    return _column(
        title,
        (name,),
        width,
        rank,
        text=lambda row, moment: value_of(row),
        sort_value=lambda row: value_of(row) or None,
        compared=lambda row: (value_of(row), bool(row.trade.unreadable) and row.why_unreadable(name)),
        grows_to=grows_to,
        takes_rest=takes_rest,
        is_id=is_id,
    )


def _own(name: str) -> Callable[[TradeRow], str]:
    return lambda row: row.of_side(name) or ""


def _time(row: TradeRow, moment: Moment) -> str:
    """Return the time of day, of an earlier day with the weekday in place of the seconds, or the day."""
    at = row.trade.exec_time
    if at is None:
        return ""
    if local_time(at, moment.zone).date() == local_time(moment.now, moment.zone).date():
        return moment_text(at, moment.zone)[len("22 Nov ") :]
    local = local_time(at, moment.zone)
    return f"{local:%a %H:%M}" if moment.now - at < _WEEK else f"{local:%d %b}"


def _period(row: TradeRow) -> object:
    trade = row.trade
    why_unreadable = bool(trade.unreadable) and row.why_unreadable("delivery_start", "delivery_end")
    return trade.delivery_start, trade.delivery_end, why_unreadable


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _side_role(row: TradeRow) -> str:
    return {"BUY": "buy", "SELL": "sell"}.get(row.side, "warning")


TIME = _column(
    "Time",
    ("exec_time",),
    10,
    0,
    text=_time,
    sort_value=lambda row: None if row.trade.exec_time is None else row.trade.exec_time.timestamp(),
)
_KIND = _column(
    "Kind",
    ("state",),
    11,
    0,
    text=lambda row, moment: trade_note(row.trade),
    sort_value=lambda row: trade_note(row.trade) or None,
    role=lambda row: "label" if row.trade.is_internal else "warning",
    compared=lambda row: trade_note(row.trade),
    takes_rest=True,
)

# Every column that distinguishes two trades has room in 80 cells.
COLUMNS: tuple[Column[TradeRow], ...] = (
    TIME,
    _column(
        FIELDS["side"].heading,
        ("side",),
        7,
        0,
        text=lambda row, moment: side_word(row.side) or "unknown",
        sort_value=lambda row: row.side or None,
        role=_side_role,
    ),
    _column(
        FIELDS["dlvry_start"].heading,
        ("delivery_start", "delivery_end"),
        21,
        0,
        text=lambda row, moment: delivery_text(row.trade.delivery_start, row.trade.delivery_end, moment.zone),
        sort_value=lambda row: None if row.trade.delivery_start is None else row.trade.delivery_start.timestamp(),
        compared=_period,
        gives_way=False,
        grows_to=PERIOD_WIDTH,
    ),
    _text_column(
        FIELDS["delivery_area"].heading, "delivery_area", 5, 1, lambda row: area_name(row.delivery_area), grows_to=17
    ),
    _text_column(FIELDS["portfolio_id"].heading, "portfolio_id", 7, 1, _own("portfolio_id"), grows_to=14),
    _column(
        FIELDS["price"].heading,
        ("price",),
        9,
        0,
        text=lambda row, moment: price_text(row.trade.price),
        sort_value=lambda row: _number(row.trade.price),
        role=_side_role,
        is_number=True,
        compared=lambda row: (row.trade.price, bool(row.trade.unreadable) and row.why_unreadable("price")),
        grows_to=_NUMBER_WIDTH,
    ),
    _column(
        FIELDS["quantity"].heading,
        ("quantity",),
        7,
        0,
        text=lambda row, moment: quantity_text(row.trade.quantity),
        sort_value=lambda row: _number(row.trade.quantity),
        role=_side_role,
        is_number=True,
        compared=lambda row: (row.trade.quantity, bool(row.trade.unreadable) and row.why_unreadable("quantity")),
        grows_to=_NUMBER_WIDTH,
    ),
    _KIND,
    _text_column(FIELDS["txt"].heading, "txt", 11, 3, _own("txt"), takes_rest=True, is_id=False),
    _text_column("Order", "order_id", 14, 4, _own("order_id")),
    _text_column("Trade", "trade_id", 14, 5, lambda row: row.trade.id),
    _text_column(FIELDS["user_code"].heading, "user_code", 10, 9, _own("user_code")),
    _text_column(FIELDS["contract_name"].heading, "contract_name", 30, 10, lambda row: row.trade.contract_name or ""),
)

SAID_IF_SHARED = frozenset({FIELDS["delivery_area"].heading, FIELDS["portfolio_id"].heading, _KIND.title})
"""Titles of the columns whose shared text is said wherever the column is hidden, even if there is no room for it."""
