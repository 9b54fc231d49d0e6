"""An own order and its revisions, in the API's wire format."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import msgspec

from pbtui.api.codes import ExecutionRestriction, OrderSide, OrderState, OrderType, ValidityRestriction
from pbtui.simulator.book.contracts import Contract, ContractReference
from pbtui.simulator.rejections import ListedError
from pbtui.simulator.rights import ACCOUNT_ID, ExchangeUser

_JSON = msgspec.json.Encoder(decimal_format="number")
ZERO = Decimal("0.0")
LIVE_STATES = (OrderState.ACTI, OrderState.UNKW)


class OrderAction(StrEnum):
    """Latest action on an order. Contains only the values that every client of API 2.16.1 knows."""

    UADD = "UADD"
    UHIB = "UHIB"
    AHIB = "AHIB"
    UMOD = "UMOD"
    AMOD = "AMOD"
    UDEL = "UDEL"
    ADEL = "ADEL"
    SDEL = "SDEL"
    PEXE = "PEXE"
    FEXE = "FEXE"
    IADD = "IADD"
    SNAV = "SNAV"


class OrderTerms(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Terms of an order. `quantity_mw` is the full quantity, an iceberg's hidden part included."""

    portfolio_id: str
    contract: Contract
    delivery_area: str
    side: OrderSide
    price: Decimal
    quantity_mw: Decimal
    valid_until: datetime
    type: OrderType = OrderType.O
    display_mw: Decimal | None = None
    peak_price_delta: Decimal | None = None
    restriction: ExecutionRestriction = ExecutionRestriction.NON
    validity: ValidityRestriction = ValidityRestriction.GFS
    txt: str | None = None
    pre_arranged: bool = False
    pre_arranged_acct: str | None = None
    location: str | None = None
    strategy_id: str | None = None
    unit_id: str | None = None

    @property
    def slides(self) -> bool:
        """Return whether it is an iceberg whose price moves with every slice. Such orders do not trade internally."""
        return bool(self.peak_price_delta)

    def resized(self, earlier: "OrderTerms") -> bool:
        """Return whether price, quantity, type or slices differ; if so, the order gets another id."""
        return any(getattr(self, name) != getattr(earlier, name) for name in _QUEUEING_TERMS)

    def shrunk(self, earlier: "OrderTerms") -> bool:
        """Return whether the quantity alone differs, and is smaller; if so, the order keeps its place in the queue."""
        others = (name for name in _QUEUEING_TERMS if name != "quantity_mw")
        same = all(getattr(self, name) == getattr(earlier, name) for name in others)
        return same and self.quantity_mw < earlier.quantity_mw


_AS_IT_IS: Mapping[str, str] = MappingProxyType({})
_QUEUEING_TERMS = ("price", "quantity_mw", "type", "display_mw", "peak_price_delta", "restriction")


class OrderRevision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One revision of an own order in wire format; unset fields are left out."""

    order_id: str | None = None
    parent_order_id: str | None = None
    initial_order_id: str | None = None
    revision_no: int | None = None
    api_timestamp: datetime
    entry_timestamp: datetime | None = None
    last_change_timestamp: datetime
    state: OrderState
    action: OrderAction
    exchange: str
    delivery_area: str
    side: OrderSide
    buy: bool
    sell: bool
    contracts: tuple[ContractReference | dict[str, str]]
    contract_id: str | None = None
    contract_name: str | None = None
    delivery_start: datetime | None = None
    delivery_end: datetime | None = None
    cl_ordr_id: str | None = msgspec.field(name="clOrdrId", default=None)
    txt: str | None = None
    portfolio_id: str | None = None
    price: Decimal | None = None
    quantity: Decimal | None = None
    hidden_quantity: Decimal | None = None
    display_quantity: Decimal | None = None
    initial_quantity: Decimal | None = None
    peak_price_delta: Decimal | None = None
    type: OrderType | None = None
    user_code: str | None = None
    user_name: str | None = None
    pre_arranged: bool | None = None
    pre_arranged_acct: str | None = None
    location: str | None = None
    valid_until: datetime | None = None
    account_id: str | None = None
    strategy_id: str | None = None
    unit_id: str | None = None
    error_message: str | None = None
    errors: tuple[ListedError, ...] | None = None

    def encoded(self) -> bytes:
        """Return the revision as a JSON object; prices and quantities are numbers, times end in Z."""
        return _JSON.encode(self)

    def with_errors(self, *errors: ListedError) -> "OrderRevision":
        """Return a copy of this revision with the reasons why a change failed."""
        return msgspec.structs.replace(self, error_message="; ".join(e.message for e in errors), errors=errors)


class OwnOrder:
    """One order id of the account: its terms, its state and all its revisions.

    A change of price or quantity ends this id and opens a new one whose `parent` is this order. `number` increases with
    every order created. `priority` is the place in the queue at the order's price; an iceberg's next slice goes to the
    end of the queue.
    """

    __slots__ = (
        "_encoded",
        "cl_ordr_id",
        "entered_at",
        "exchange",
        "hidden_mw",
        "initial_order_id",
        "number",
        "order_id",
        "parent",
        "price",
        "priority",
        "quantity_mw",
        "revisions",
        "shown",
        "state",
        "terms",
        "user",
    )

    def __init__(
        self,
        number: int,
        terms: OrderTerms,
        user: ExchangeUser,
        *,
        exchange: str,
        at: datetime,
        parent: "OwnOrder | None" = None,
    ) -> None:
        self.number = number
        self.priority = number
        self.order_id = str(number)
        self.exchange = exchange
        self.terms = terms
        self.user = user
        self.parent = parent
        self.initial_order_id: str = parent.initial_order_id if parent else self.order_id
        self.entered_at = at
        self.cl_ordr_id: str = parent.cl_ordr_id if parent else f"pb-{number}"
        self.state = OrderState.ACTI
        self.price = terms.price
        self.quantity_mw, self.hidden_mw = _sliced(terms.quantity_mw, terms.display_mw)
        self.revisions: list[OrderRevision] = []
        self.shown: Mapping[str, str] = _AS_IT_IS
        self._encoded: bytes | None = None

    @property
    def side(self) -> OrderSide:
        """Buy or sell."""
        return self.terms.side

    @property
    def open_mw(self) -> Decimal:
        """Quantity that can still trade, visible and hidden, in MW."""
        return self.quantity_mw + self.hidden_mw

    @property
    def is_live(self) -> bool:
        """Return whether the order is listed as active: exposed to the market, or in an unknown state."""
        return self.state in LIVE_STATES

    @property
    def is_gone(self) -> bool:
        """Return whether the order is deleted or fully executed."""
        return self.state is OrderState.IACT

    @property
    def latest(self) -> OrderRevision:
        """The current revision."""
        return self.revisions[-1]

    @property
    def encoded(self) -> bytes:
        """The current revision as JSON. It is encoded once per revision and then reused."""
        if self._encoded is None:
            self._encoded = self.latest.encoded()
        return self._encoded

    def take_aggressively(self, volume_mw: Decimal) -> None:
        """Execute that quantity at entry, an iceberg's hidden part included, and slice the rest again."""
        self.quantity_mw, self.hidden_mw = _sliced(self.open_mw - volume_mw, self.terms.display_mw)

    def show_next_slice(self, priority: int) -> None:
        """Show the iceberg's next slice, with its price moved by the peak price delta."""
        self.quantity_mw, self.hidden_mw = _sliced(self.hidden_mw, self.terms.display_mw)
        self.price += self.terms.peak_price_delta or ZERO
        self.priority = priority

    def adopt(self, terms: OrderTerms) -> None:
        """Replace the terms; if price or size changed, the new quantity is what is open."""
        if terms.resized(self.terms):
            self.price = terms.price
            self.quantity_mw, self.hidden_mw = _sliced(terms.quantity_mw, terms.display_mw)
        self.terms = terms

    def revise(self, action: OrderAction, at: datetime) -> None:
        """Record the order's current state as its next revision."""
        terms = self.terms
        revision = OrderRevision(
            order_id=self.order_id,
            parent_order_id=self.parent.order_id if self.parent else None,
            initial_order_id=self.initial_order_id,
            revision_no=len(self.revisions) + 1,
            api_timestamp=at,
            entry_timestamp=self.entered_at,
            last_change_timestamp=at,
            state=self.state,
            action=action,
            exchange=self.exchange,
            cl_ordr_id=self.cl_ordr_id,
            price=self.price,
            quantity=self.quantity_mw,
            hidden_quantity=self.hidden_mw if terms.type is OrderType.I else None,
            user_code=self.user.code,
            user_name=self.user.name,
            account_id=ACCOUNT_ID,
            **_contract_fields(terms.contract),
            **_term_fields(terms),
        )
        self.revisions.append(msgspec.structs.replace(revision, **self.shown) if self.shown else revision)
        self._encoded = None


def _contract_fields(contract: Contract) -> dict[str, Any]:
    return {
        "contracts": (contract.reference,),
        "contract_id": contract.contract_id,
        "contract_name": contract.name,
        "delivery_start": contract.delivery_start,
        "delivery_end": contract.delivery_end,
    }


def _term_fields(terms: OrderTerms) -> dict[str, Any]:
    return {
        "delivery_area": terms.delivery_area,
        "side": terms.side,
        "buy": terms.side is OrderSide.BUY,
        "sell": terms.side is OrderSide.SELL,
        "txt": terms.txt,
        "portfolio_id": terms.portfolio_id,
        "display_quantity": terms.display_mw,
        "initial_quantity": terms.quantity_mw,
        "peak_price_delta": terms.peak_price_delta if terms.type is OrderType.I else None,
        "type": terms.type,
        "pre_arranged": terms.pre_arranged,
        "pre_arranged_acct": terms.pre_arranged_acct,
        "location": terms.location,
        "valid_until": terms.valid_until,
        "strategy_id": terms.strategy_id,
        "unit_id": terms.unit_id,
    }


def _sliced(open_mw: Decimal, display_mw: Decimal | None) -> tuple[Decimal, Decimal]:
    if display_mw is None or open_mw <= display_mw:
        return open_mw, ZERO
    return display_mw, open_mw - display_mw
