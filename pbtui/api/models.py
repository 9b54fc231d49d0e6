"""Bodies of the OrdersApi's replies, with their exact JSON keys.

They are read tolerantly where the API may grow: unknown fields are dropped, unknown enum values are kept as text.
Prices and quantities are read strictly: one that is not a finite JSON number is not known. Field names are those of the
vendor. Quantities are in MW, prices in the contract's currency per MWh, unless the product says otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated

from pbtui.api.codes import OrderState
from pbtui.api.values import Before, Id, JsonText, Moment, Number, Text, UnreadableField, reply

_OUT_OF_MARKET = (OrderState.HIBE, OrderState.IACT)
"""Looked up once: Python 3.11 takes longer to name a member of an enumeration than to compare it."""


def _or_empty(value: object) -> object:
    return "" if value is None else value


_Message = Annotated[Text, Before(_or_empty)]


@reply()
@dataclass(frozen=True, slots=True)
class OrderProblem:
    """One error in the server's list of errors (API 2.29.4 and later). A message that is null is empty here."""

    message: _Message
    code: Text | None = None
    variables: Mapping[Text, JsonText] = field(default_factory=dict)


@reply()
@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """Body of every error answer. The codes of its errors count without a message too."""

    message: _Message
    errors: tuple[OrderProblem, ...] = ()


@reply()
@dataclass(frozen=True, slots=True)
class ContractReference:
    """The contract an order belongs to, in the older of the API's two formats."""

    contract_id: Id | None = None
    name: Text | None = None
    delivery_start: Moment | None = None
    delivery_end: Moment | None = None


@reply(cl_ordr_id="clOrdrId")
@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One own order in the state the server last reported ("OwnOrder" in the API document).

    The API always gives the four fields that have no default. `quantity` is the visible open quantity (for an iceberg
    the visible slice), `hidden_quantity` is the iceberg's hidden rest, both in MW. `unreadable` has the fields whose
    value could not be read; they are None here, or empty if they have no default.
    """

    state: Text
    action: Text
    side: Text
    delivery_area: Text
    order_id: Id | None = None
    parent_order_id: Id | None = None
    initial_order_id: Id | None = None
    revision_no: int | None = None
    exchange: Text | None = None
    portfolio_id: Id | None = None
    contract_id: Id | None = None
    contract_name: Text | None = None
    contracts: tuple[ContractReference, ...] | None = None
    delivery_start: Moment | None = None
    delivery_end: Moment | None = None
    price: Number | None = None
    quantity: Number | None = None
    hidden_quantity: Number | None = None
    display_quantity: Number | None = None
    initial_quantity: Number | None = None
    peak_price_delta: Number | None = None
    type: Text | None = None
    txt: Text | None = None
    cl_ordr_id: Text | None = None
    user_code: Text | None = None
    user_name: Text | None = None
    api_timestamp: Moment | None = None
    entry_timestamp: Moment | None = None
    last_change_timestamp: Moment | None = None
    valid_until: Moment | None = None
    pre_arranged: bool | None = None
    pre_arranged_acct: Text | None = None
    location: Text | None = None
    account_id: Id | None = None
    strategy_id: Id | None = None
    unit_id: Id | None = None
    buy: bool | None = None
    sell: bool | None = None
    error_message: Text | None = None
    errors: tuple[OrderProblem, ...] | None = None
    details: JsonText | None = None
    unreadable: tuple[UnreadableField, ...] = ()

    def why_unreadable(self, *names: str) -> str:
        """Return which of these fields could not be read, with the reasons; empty if none."""
        return "; ".join(str(field) for field in self.unreadable if field.name in names)

    @property
    def key(self) -> str:
        """Identity of the order across modifications: the first id of the chain, else the id.

        An order that never got an id (refused before it reached the exchange) uses its client order id.
        """
        return self.initial_order_id or self.order_id or self.cl_ordr_id or ""

    @property
    def is_live(self) -> bool:
        """Return whether the order may trade: any state except hibernated and inactive. Unknown counts as live."""
        return self.state not in _OUT_OF_MARKET

    @property
    def open_quantity_mw(self) -> Decimal | None:
        """Quantity that can still trade, visible and hidden, in MW; None if it is not known."""
        if self.quantity is None or (self.unreadable and self.why_unreadable("hidden_quantity")):
            return None
        return self.quantity + self.hidden_quantity if self.hidden_quantity else self.quantity

    @property
    def slice_mw(self) -> Decimal | None:
        """The part that an iceberg shows, in MW; None if it hides none, or if it is not known."""
        return None if self.quantity == self.open_quantity_mw else self.quantity
