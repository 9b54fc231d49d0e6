"""The fields that a filter of trades can name. They have the names that they have for orders."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.filter_language import FilterFields
from pbtui.desk.formats.market_words import trade_kind
from pbtui.desk.formats.vocabulary import side_word
from pbtui.desk.market.trade_rows import TradeRow

_Read = Callable[[TradeRow], Iterable[object]]


def _state(row: TradeRow) -> Iterable[object]:
    return getattr(row.trade, "state", ""), trade_kind(row.trade)


_TEXTS: Mapping[str, _Read] = {
    "id": lambda row: (row.trade.id, row.of_side("order_id"), row.of_side("cl_order_id")),
    "kind": _state,
    "state": _state,
    "side": lambda row: (side_word(row.side),),
    "portfolio": lambda row: (row.of_side("portfolio_id"),),
    "contract": lambda row: (row.trade.contract_name, row.trade.contract_id),
    "area": lambda row: (row.delivery_area, area_name(row.delivery_area)),
    "txt": lambda row: (row.of_side("txt"),),
    "user": lambda row: (row.of_side("user_code"), row.of_side("user_name")),
    "strategy": lambda row: (row.of_side("strategy_id"),),
}


def _text_of(read: _Read) -> Callable[[TradeRow], str]:
    return lambda row: " ".join(str(part) for part in read(row) if part)


def _price(row: TradeRow) -> Decimal | None:
    return row.trade.price


def _quantity(row: TradeRow) -> Decimal | None:
    return row.trade.quantity


_TEXT_OF = {name: _text_of(read) for name, read in _TEXTS.items()}
TRADE_FILTER: FilterFields[TradeRow] = FilterFields(
    texts=_TEXT_OF,
    numbers={"price": _price, "mw": _quantity},
    deliveries={"delivery": lambda row: ((row.trade.delivery_start, row.trade.delivery_end),)},
    everything=lambda row: (text(row) for text in _TEXT_OF.values()),
)
