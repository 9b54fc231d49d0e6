"""The terms that a filter of trades can have. They have the names that they have for orders."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from decimal import Decimal

from pbtui.desk.formats.filters.area_field import AreaField, words_of_area
from pbtui.desk.formats.filters.language import FilterFields, in_any
from pbtui.desk.formats.filters.terms import NotKnownYet, NumberField, Scene, Term, TermRefused, TextField, Word
from pbtui.desk.formats.filters.times import DeliveryField, SpanField
from pbtui.desk.formats.market_words import trade_kind
from pbtui.desk.formats.order_token import tokens_in
from pbtui.desk.formats.vocabulary import side_word
from pbtui.desk.market.trade_rows import TradeRow

_Read = Callable[[TradeRow], tuple[Hashable, ...]]


def _state(row: TradeRow) -> tuple[Hashable, ...]:
    return getattr(row.trade, "state", ""), trade_kind(row.trade)


_TEXTS: Mapping[str, tuple[str, str, _Read]] = {
    "id": (
        "id:4711",
        "trade id, order id, client order id",
        lambda row: (row.trade.id, row.of_side("order_id"), row.of_side("cl_order_id")),
    ),
    "kind": ("kind:internal", "internal, recalled, cancelled", _state),
    "state": ("state:recalled", "as kind", _state),
    "side": ("side:buy", "buy or sell", lambda row: (side_word(row.side),)),
    "portfolio": ("portfolio=DE1", "portfolio", lambda row: (row.of_side("portfolio_id"),)),
    "contract": (
        "contract:1234",
        "contract, by name or id; alone: that of the cursor",
        lambda row: (row.trade.contract_name, row.trade.contract_id),
    ),
    "txt": ("txt~algo", "text of the order", lambda row: (row.of_side("txt"),)),
    "user": (
        "user:TRD1",
        "exchange user, by code or name",
        lambda row: (row.of_side("user_code"), row.of_side("user_name")),
    ),
    "strategy": ("strategy=S1", "strategy", lambda row: (row.of_side("strategy_id"),)),
}


def _words(values: Sequence[object]) -> Sequence[str]:
    return [str(value) for value in values if value]


def _price(row: TradeRow) -> Decimal | None:
    return row.trade.price


def _quantity(row: TradeRow) -> Decimal | None:
    return row.trade.quantity


def contract_of(row: TradeRow) -> str:
    """Return the contract of a trade as `contract` in a filter knows it; empty if it is not known."""
    return row.trade.contract_id or row.trade.contract_name or ""


def _is_of_contract(scene: Scene) -> Term[TradeRow]:
    wanted = scene.contract
    if not wanted:
        raise TermRefused("the contract under the cursor is not known")
    return Term(lambda row: wanted == contract_of(row))


def _is_mine(scene: Scene) -> Term[TradeRow]:
    own = scene.tokens
    if own is None:
        raise NotKnownYet("the journal of this profile was not read yet")
    return Term(lambda row: not own.isdisjoint(tokens_in(row.of_side("txt"))), (own,))


def _is_of_algorithm(scene: Scene) -> Term[TradeRow]:
    is_algorithm = scene.is_algorithm
    if is_algorithm is None:
        raise NotKnownYet("the algorithms of the server are not known")
    names = ("strategy_id", "user_name", "user_code")
    return Term(
        lambda row: is_algorithm([row.of_side(name) for name in names], row.of_side("portfolio_id")), (is_algorithm,)
    )


_AREA: AreaField[TradeRow] = AreaField(
    "area:amp,tng", "delivery area, by short name or EIC", lambda row: row.delivery_area, words_of_area
)
_TEXT_FIELDS = {
    **{name: TextField(example, about, read, _words) for name, (example, about, read) in _TEXTS.items()},
    "area": _AREA,
}
TRADE_FILTER: FilterFields[TradeRow] = FilterFields(
    fields={
        **_TEXT_FIELDS,
        "price": NumberField("price>50.5", "price", _price),
        "mw": NumberField("mw>=5", "MW", _quantity),
        "delivery": DeliveryField(
            "delivery:14:15",
            "delivers then; < and > compare its start",
            lambda row: ((row.trade.delivery_start, row.trade.delivery_end),),
        ),
        "age": SpanField("age<5m", "time since the trade", lambda scene: lambda row: row.trade.exec_time),
    },
    words={
        "mine": Word("of an order that this profile entered on this host", _is_mine),
        "algo": Word("its strategy or user names an algorithm of the server", _is_of_algorithm),
        "contract": Word("the contract under the cursor", _is_of_contract),
    },
    any_text=in_any(_TEXT_FIELDS.values()),
)
