"""Bodies of the OrdersApi's requests, with their exact JSON keys. Only the fields that were set are sent.

Field names are the vendor's; the alias is the JSON key where it differs. Quantities are in MW, prices in the contract's
currency per MWh, unless the product says otherwise.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from pbtui.api.codes import (
    ClearingAccountType,
    EntryState,
    ExecutionRestriction,
    ModifyAction,
    OrderSide,
    OrderType,
    StatusAction,
    ValidityRestriction,
)
from pbtui.api.sanitize import wire_id
from pbtui.api.values import Id, Moment, Number

_IDS = frozenset({"order_id", "portfolio_id", "contractId", "account_id", "strategy_id", "unit_id"})


class _RequestBody(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        hide_input_in_errors=True,
        defer_build=True,
    )

    def wire(self) -> dict[str, Any]:
        """Return the fields that were set, with their JSON keys, and the ids as they travel."""
        fields = self.model_dump(by_alias=True, exclude_none=True)
        return {key: wire_id(value) if key in _IDS else value for key, value in fields.items()}


class _Guards(_RequestBody):
    """Expected positions: the server refuses the order if the contract's position differs. Not for blocks."""

    expected_net_pos: Number | None = Field(None, alias="expectedNetPos")
    expected_min_net_pos: Number | None = Field(None, alias="expectedMinNetPos")
    expected_max_net_pos: Number | None = Field(None, alias="expectedMaxNetPos")
    expected_abs_pos: Number | None = Field(None, alias="expectedAbsPos")
    expected_sell_abs_pos: Number | None = Field(None, alias="expectedSellAbsPos")
    expected_buy_abs_pos: Number | None = Field(None, alias="expectedBuyAbsPos")
    expected_min_net_pos_exposure: Number | None = None
    expected_max_net_pos_exposure: Number | None = None


class OrderEntry(_Guards):
    """A new order, before it is entered. `quantity` is the full quantity, an iceberg's hidden part included."""

    portfolio_id: Id
    quantity: Number
    price: Number
    side: OrderSide | None = None
    delivery_area: str | None = None
    contract_id: Id | None = Field(None, alias="contractId")
    contract_name: str | None = Field(None, alias="contractName")
    dlvry_start: Moment | None = Field(None, alias="dlvryStart")
    dlvry_end: Moment | None = Field(None, alias="dlvryEnd")
    prod: str | None = None
    type: OrderType | None = None
    display_qty: Number | None = Field(None, alias="displayQty")
    ppd: Number | None = None
    ordr_exe_restriction: ExecutionRestriction | None = Field(None, alias="ordrExeRestriction")
    validity_res: ValidityRestriction | None = Field(None, alias="validityRes")
    validity_date: Moment | None = Field(None, alias="validityDate")
    state: EntryState | None = None
    txt: str | None = None
    pre_arranged: bool | None = Field(None, strict=True, alias="preArranged")
    pre_arranged_acct: str | None = Field(None, alias="preArrangedAcct")
    clearing_acct_type: ClearingAccountType | None = Field(None, alias="clearingAcctType")
    location: str | None = None
    account_id: Id | None = None
    strategy_id: Id | None = None
    unit_id: Id | None = None


class OrderModify(_Guards):
    """Changes to an order. A field that is not set keeps its value."""

    action: ModifyAction
    price: Number | None = None
    quantity: Number | None = None
    display_qty: Number | None = Field(None, alias="displayQty")
    ppd: Number | None = None
    type: OrderType | None = None
    txt: str | None = None
    ordr_exe_restriction: ExecutionRestriction | None = Field(None, alias="ordrExeRestriction")
    validity_res: ValidityRestriction | None = Field(None, alias="validityRes")
    validity_date: Moment | None = Field(None, alias="validityDate")
    location: str | None = None


class OrderModifyItem(_RequestBody):
    """One order in a list of modifications. `revision_no` is optional for DEAC and DELE only."""

    order_id: Id
    changes: OrderModify
    revision_no: int | None = Field(None, strict=True)


class UpdateStatus(_RequestBody):
    """A status change of every order at the exchange, in all portfolios and tenants."""

    order_mod_type: StatusAction = Field(alias="orderModType")
    incl_pre_arranged: bool | None = Field(None, strict=True, alias="inclPreArranged")
    prod_name: tuple[str, ...] | None = Field(None, alias="prodName")
