"""The fields of an order, one row each: what every form, list, command and line of the journal says of a field.

A field goes by its name in OrderEntry and OrderModify; one that no request sets goes by its name in Order.
MW is all that is open, an iceberg's hidden part included; the slice that it shows is a field of its own.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum, StrEnum, auto
from typing import Any

from msgspec import Struct
from msgspec.structs import force_setattr

from pbtui.api.codes import (
    ClearingAccountType,
    EntryState,
    ExecutionInstruction,
    ExecutionRestriction,
    OrderSide,
    OrderType,
    ValidityRestriction,
)
from pbtui.api.models import Order
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.vocabulary import UNREADABLE, order_event, side_word, state_word, type_word


class Kind(Enum):
    """Type of a field's values; it decides how they are typed and shown."""

    TEXT = auto()
    CHOICE = auto()
    AREA = auto()
    PRICE = auto()
    QUANTITY = auto()
    NUMBER = auto()
    TIME = auto()
    DELIVERY = auto()
    """A delivery time, always in the market's zone."""


TEXT, CHOICE, AREA = Kind.TEXT, Kind.CHOICE, Kind.AREA
PRICE, QUANTITY, NUMBER = Kind.PRICE, Kind.QUANTITY, Kind.NUMBER
TIME, DELIVERY = Kind.TIME, Kind.DELIVERY

_MW = ("quantity", "hidden_quantity")
_PARTS: Mapping[str, tuple[str, ...]] = {"open_quantity_mw": _MW, "slice_mw": _MW}
"""The fields of the API from which an attribute is made."""
_UNITS: Mapping[Kind, str] = {PRICE: "per MWh", QUANTITY: "MW"}


class Section(StrEnum):
    """Group of fields in a form; the value is its title."""

    COMMON = ""
    EXECUTION = "execution and validity"
    DELIVERY = "delivery"
    ACCOUNTS = "accounts"
    GUARDS = "position guards: the server refuses the order if one differs"


class Choice(Struct, frozen=True):
    """A value that can be typed as its code or as one of its words. `meaning` explains it; if empty, the first word."""

    value: Any
    words: tuple[str, ...] = ()
    meaning: str = ""

    def __str__(self) -> str:
        if isinstance(self.value, bool):
            return self.words[0]
        return f"{self.value} ({self.words[0]})" if self.words else str(self.value)


class Field(Struct, frozen=True):
    """A field that can be typed. `help` is a short hint what to type."""

    name: str
    label: str
    kind: Kind
    help: str
    choices: tuple[Choice, ...] = ()

    @property
    def unit(self) -> str:
        """Return the unit of the values, or an empty text. The currency of a price is the contract's."""
        return _UNITS.get(self.kind, "")

    def with_unit(self, text: str) -> str:
        """Return a value's text followed by the unit."""
        return f"{text} {self.unit}" if self.unit else text

    def labelled(self, text: str) -> str:
        """Return label, value and unit: `display quantity 5.0 MW`."""
        return self.with_unit(f"{self.label} {text}")

    def meaning(self, value: object) -> str:
        """Return the meaning of a chosen value; empty for a value that is not a choice."""
        found = (choice for choice in self.choices if choice.value == value)
        return next((choice.meaning or "".join(choice.words[:1]) for choice in found), "")


class OrderField(Field, frozen=True):
    """A field of an order.

    `attribute` is its attribute in Order: by default the field's name, None if an order does not show the field.
    `word` returns the trader's word for a code. `section` is the place in a form. `heading` is the title of its column:
    by default the label. `filter_name` is its name in a filter, empty if no filter takes it; fields may share one, and the first has a term with it as an example.
    `change_help` is the hint where an order is changed, `bulk_help` in the form for many orders; by default the one
    before.
    """

    attribute: str | None = ""
    section: Section = Section.COMMON
    word: Callable[[str], str] | None = None
    heading: str = ""
    filter_name: str = ""
    filter_example: str = ""
    change_help: str = ""
    bulk_help: str = ""

    def __post_init__(self) -> None:
        if self.attribute == "":
            force_setattr(self, "attribute", self.name)
        if not self.change_help:
            force_setattr(self, "change_help", self.help)
        if not self.bulk_help:
            force_setattr(self, "bulk_help", self.change_help)
        if not self.heading:
            force_setattr(self, "heading", self.label[:1].upper() + self.label[1:])

    def labelled(self, text: str) -> str:
        """Return label, value and unit; a guard as a condition: `only if net position is 5`."""
        if self.section is Section.GUARDS:
            return f"only if {self.label} is {self.with_unit(text)}"
        return super().labelled(text)

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the fields of the API that its value is made of: mostly its attribute alone."""
        return () if self.attribute is None else _PARTS.get(self.attribute, (self.attribute,))

    def of(self, order: Order) -> Any:
        """Return an order's value of this field, as in a request; None if an order does not show it.

        A missing peak price delta is 0.
        """
        value = self.shown(order)
        is_default = self.name == "ppd" and value is None and not self.why_unreadable(order)
        return Decimal(0) if is_default else value

    def shown(self, order: Order) -> Any:
        """Return the attribute of the order, unchanged; None if an order does not show the field."""
        return None if self.attribute is None else getattr(order, self.attribute)

    def why_unreadable(self, order: Order) -> str:
        """Return why the order's value of this field could not be read; empty if it could, or if there is none."""
        if not order.unreadable or self.attribute is None:
            return ""
        return order.why_unreadable(*self.parts)

    def text(self, order: Order) -> str:
        """Return the attribute in short: the word for a code, a number without its unit; empty if there is no value.

        A value that could not be read is the word UNREADABLE.
        """
        value = self.shown(order)
        if value is None or value == "":
            return UNREADABLE if self.why_unreadable(order) else ""
        if self.word is not None:
            return self.word(value)
        if self.kind is PRICE:
            return price_text(value)
        return quantity_text(value) if self.kind is QUANTITY else str(value)


_YES_OR_NO = (Choice(True, ("yes", "true")), Choice(False, ("no", "false")))
_SIDES = tuple(Choice(side, meaning=side_word(side)) for side in OrderSide)
_TYPES = tuple(Choice(code, (type_word(code),)) for code in (OrderType.O, OrderType.I, OrderType.B))
_ENTRY_STATES = (
    Choice(EntryState.ACTI, ("active",), "active: in the market at once"),
    Choice(EntryState.HIBE, ("deactivated", "hibernated"), "deactivated: not in the market"),
)
_RESTRICTIONS = (
    Choice(ExecutionRestriction.NON, ("none",), "no restriction: the rest stays in the book"),
    Choice(ExecutionRestriction.FOK, ("fill or kill",), "fill or kill: all at once or nothing"),
    Choice(ExecutionRestriction.IOC, ("immediate or cancel",), "trades what it can at once; the rest is cancelled"),
    Choice(ExecutionRestriction.AON, ("all or none",), "all or none, resting in the book"),
    Choice(ExecutionRestriction.AU, ("auction",), "for an auction phase"),
)
_VALIDITIES = (
    Choice(ValidityRestriction.GFS, ("good for session",)),
    Choice(ValidityRestriction.GTD, ("good till date",)),
    Choice(ValidityRestriction.NON, ("none",), "goes with FOK and IOC"),
)
_CLEARING = tuple(Choice(code) for code in ClearingAccountType)
_INSTRUCTIONS = (
    Choice(ExecutionInstruction.NONE, ("independent",), "each order is accepted or refused on its own"),
    Choice(ExecutionInstruction.VALID, ("all valid",), "all are refused if one is not valid"),
    Choice(ExecutionInstruction.LNKD, ("linked",), "all trade or none; one product, all FOK"),
)

STEP_HELP = "45.10, or a step: +1, +-1, +2%, -2%"
_PRICE_STEP_HELP = f"{STEP_HELP} (below 0, +2% lowers)"

_EXECUTION, _DELIVERY, _ACCOUNTS, _GUARDS = Section.EXECUTION, Section.DELIVERY, Section.ACCOUNTS, Section.GUARDS


def _guard(name: str, label: str, text: str) -> OrderField:
    return OrderField(name, label, NUMBER, text, attribute=None, section=_GUARDS)


def _action_word(code: str) -> str:
    return str(order_event(code))


# The table is one row a line, whatever its length.
# fmt: off
# ruff: noqa: E501
ORDER_FIELDS: tuple[OrderField, ...] = (
    OrderField("order_id", "order id", TEXT, "the exchange's id of the order", filter_name="id", filter_example="id:4711"),
    OrderField("parent_order_id", "parent order id", TEXT, "the id before the last change"),
    OrderField("initial_order_id", "first order id", TEXT, "the id the order was entered under", filter_name="id"),
    OrderField("revision_no", "revision", NUMBER, "counts the changes of the order", heading="Rev"),
    OrderField("state", "state", CHOICE, "active, or deactivated (HIBE)", _ENTRY_STATES, section=_EXECUTION, word=state_word, filter_name="state", filter_example="state:active"),
    OrderField("action", "last action", TEXT, "what happened to the order last, and who did it", word=_action_word, filter_name="action", filter_example="action:filled"),
    OrderField("side", "side", CHOICE, "buy or sell", _SIDES, word=side_word, filter_name="side", filter_example="side:buy"),
    OrderField("type", "type", CHOICE, "limit, iceberg or block", _TYPES, word=type_word, filter_name="type", filter_example="type:iceberg"),
    OrderField("exchange", "exchange", TEXT, "the exchange the order is at"),
    OrderField("portfolio_id", "portfolio", TEXT, "the id of the portfolio", heading="Portf", filter_name="portfolio", filter_example="portfolio=DE1"),
    OrderField("contract_name", "contract name", TEXT, "instead of the id", heading="Contract", filter_name="contract", filter_example="contract:1234"),
    OrderField("contract_id", "contract id", TEXT, "the exchange's id of the contract", filter_name="contract"),
    OrderField("contracts", "contracts", TEXT, "the contracts of a block"),
    OrderField("dlvry_start", "delivery start", DELIVERY, "instead of the contract, such as 14:00", attribute="delivery_start", section=_DELIVERY, heading="Delivery"),
    OrderField("dlvry_end", "delivery end", DELIVERY, "15:00 or 2026-11-22 15:00", attribute="delivery_end", section=_DELIVERY),
    OrderField("prod", "product", TEXT, "with delivery start and end only", attribute=None, section=_DELIVERY),
    OrderField("delivery_area", "delivery area", AREA, "such as AMP, or the EIC", word=area_name, heading="Area", filter_name="area", filter_example="area:amp,tng"),
    OrderField("location", "location", TEXT, "for products that require it", section=_DELIVERY),
    OrderField("price", "price", PRICE, "at most 2 decimals; may be below 0", filter_name="price", filter_example="price>50.5", change_help=_PRICE_STEP_HELP),
    OrderField("quantity", "quantity", QUANTITY, "whole quantity, at most 1 decimal", attribute="open_quantity_mw", heading="MW", filter_name="mw", filter_example="mw>=5", change_help=STEP_HELP),
    OrderField("shown_quantity", "shown quantity", QUANTITY, "the slice that an iceberg shows now", attribute="slice_mw", heading="Shown"),
    OrderField("hidden_quantity", "hidden quantity", QUANTITY, "what an iceberg does not show", heading="Hidden"),
    OrderField("display_qty", "display quantity", QUANTITY, "what an iceberg shows at a time", attribute="display_quantity", change_help=STEP_HELP, section=_EXECUTION),
    OrderField("initial_quantity", "entered quantity", QUANTITY, "the quantity the order was entered with"),
    OrderField("ppd", "peak price delta", PRICE, "iceberg: buy at most 0, sell at least 0", attribute="peak_price_delta", change_help=STEP_HELP, section=_EXECUTION),
    OrderField("ordr_exe_restriction", "restriction", CHOICE, "NON, FOK, IOC, AON or AU", _RESTRICTIONS, attribute=None, section=_EXECUTION),
    OrderField("validity_res", "validity", CHOICE, "GFS, GTD, or NON with FOK and IOC", _VALIDITIES, attribute=None, section=_EXECUTION),
    OrderField("validity_date", "valid until", TIME, "14:30 or 2026-11-22 14:30, with GTD", attribute="valid_until", section=_EXECUTION, bulk_help="14:30 or 2026-11-22 14:30"),
    OrderField("txt", "text", TEXT, "sent with the order", filter_name="txt", filter_example="txt~algo", bulk_help="instead of each order's own"),
    OrderField("user_code", "user code", TEXT, "the exchange user who placed the order", heading="User", filter_name="user", filter_example="user:TRD1"),
    OrderField("user_name", "user name", TEXT, "the name of that user", filter_name="user"),
    OrderField("strategy_id", "strategy", TEXT, "the id of the strategy", section=_ACCOUNTS, filter_name="strategy", filter_example="strategy=S1"),
    OrderField("account_id", "account", TEXT, "the exchange account", section=_ACCOUNTS),
    OrderField("clearing_acct_type", "clearing account", CHOICE, "P or A", _CLEARING, attribute=None, section=_ACCOUNTS),
    OrderField("unit_id", "unit", TEXT, "for OMIE and HEnEx", section=_ACCOUNTS),
    OrderField("cl_ordr_id", "client order id", TEXT, "the id given by the client", filter_name="id"),
    OrderField("pre_arranged", "pre-arranged", CHOICE, "yes or no", _YES_OR_NO, section=_ACCOUNTS),
    OrderField("pre_arranged_acct", "other account", TEXT, "of the other side, if pre-arranged", section=_ACCOUNTS),
    OrderField("entry_timestamp", "entered at", TIME, "when the order was entered"),
    OrderField("last_change_timestamp", "changed at", TIME, "when the order changed last"),
    OrderField("api_timestamp", "received by the API at", TIME, "when the API received this revision"),
    OrderField("error_message", "error", TEXT, "why the order failed"),
    OrderField("errors", "errors", TEXT, "all reasons why the order failed"),
    OrderField("buy", "buy", TEXT, "whether the order buys"),
    OrderField("sell", "sell", TEXT, "whether the order sells"),
    OrderField("details", "details", TEXT, "other data from the exchange"),
    _guard("expected_net_pos", "net position", "exactly this, or unchanged: as it is read now"),
    _guard("expected_min_net_pos", "net minus sells", "net position minus open sells"),
    _guard("expected_max_net_pos", "net plus buys", "net position plus open buys"),
    _guard("expected_abs_pos", "abs. position", "exactly this absolute position"),
    _guard("expected_sell_abs_pos", "abs. with sells", "absolute position with open sells"),
    _guard("expected_buy_abs_pos", "abs. with buys", "absolute position with open buys"),
    _guard("expected_min_net_pos_exposure", "min. exposure", "lowest exposure of the net position"),
    _guard("expected_max_net_pos_exposure", "max. exposure", "highest exposure of the net position"),
)
"""All fields, in the sequence of a list."""

REQUEST_OPTIONS: tuple[Field, ...] = (
    Field("exec_instruction", "instruction", CHOICE, "NONE, VALID or LNKD; server's default: VALID", _INSTRUCTIONS),
    Field("internal_trading", "internal trading", CHOICE, "trade with own orders; default: as the market has it", _YES_OR_NO),
    Field("fail_on_limit_violations", "stop at a limit", CHOICE, "one broken limit stops all; server's default: yes", _YES_OR_NO),
    Field("ignore_order_action_quota", "ignore quota", CHOICE, "ignore the action quota; server's default: no", _YES_OR_NO),
    Field("include_errors", "report failures", CHOICE, "report each failed order; set to yes, server's default: no", _YES_OR_NO),
)
"""The options of a request, by their names in WriteOptions."""
# fmt: on

FIELDS: Mapping[str, OrderField] = {field.name: field for field in ORDER_FIELDS}
"""Every field, by its name."""
SHOWN: Mapping[str, OrderField] = {field.attribute: field for field in ORDER_FIELDS if field.attribute is not None}
"""The fields that an order shows, by the attribute of Order."""
GUARDS = tuple(field.name for field in ORDER_FIELDS if field.section is Section.GUARDS)
"""The names of the conditions on the contract's position."""
OPTIONS: Mapping[str, Field] = {option.name: option for option in REQUEST_OPTIONS}
"""The options of a request, by their names."""
