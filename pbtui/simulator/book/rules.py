"""Validation: turns entries and modifications into order terms, or refuses them.

Where the API document sets no bounds, those of the German intraday market apply: steps of 0.1 MW and 0.01 EUR/MWh, up
to 999.9 MW and ±9999.99 EUR/MWh. The length of `txt` is not limited. Defaults: without `type` an order is a limit
order; without `validityRes` it is valid until its contract closes (NON for FOK and IOC); without `delivery_area` it
goes to the market's default area. User-defined blocks, AON and AU are not supported. A GTD time after the contract's
close is moved to the close.
"""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from pbtui.api.codes import ExecutionRestriction, ModifyAction, OrderSide, OrderType, ValidityRestriction
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.simulator.book.contracts import AREA_BY_EIC, DEFAULT_AREA, Contract, ContractCalendar
from pbtui.simulator.book.own_order import OrderTerms, OwnOrder
from pbtui.simulator.rejections import ErrorCode, OrderRefused
from pbtui.simulator.rights import ACCOUNT_ID

QUANTITY_STEP_MW = Decimal("0.1")
LARGEST_QUANTITY_MW = Decimal("999.9")
PRICE_STEP = Decimal("0.01")
LARGEST_PRICE = Decimal("9999.99")

_IMMEDIATE = (ExecutionRestriction.FOK, ExecutionRestriction.IOC)


def terms_of_entry(entry: OrderEntry, calendar: ContractCalendar, now: datetime) -> OrderTerms:
    """Validate a new order and return its terms."""
    contract = _contract_of(entry, calendar)
    _require(entry.side is not None, "side is missing")
    _require(entry.account_id in (None, ACCOUNT_ID), f"account {entry.account_id!r} is not available")
    area = entry.delivery_area or DEFAULT_AREA.eic
    _require(area in AREA_BY_EIC, f"delivery area {area!r} is not known")
    restriction = entry.ordr_exe_restriction or ExecutionRestriction.NON
    validity = entry.validity_res or _default_validity(restriction)
    _require(
        entry.state is None or entry.state == "ACTI" or restriction not in _IMMEDIATE,
        f"an order with {restriction} cannot be entered as hibernated",
    )
    quantity_mw = _quantity(entry.quantity, "quantity")
    terms = OrderTerms(
        portfolio_id=entry.portfolio_id,
        contract=contract,
        delivery_area=area,
        side=entry.side or OrderSide.BUY,
        price=_price(entry.price),
        quantity_mw=quantity_mw,
        valid_until=_valid_until(validity, entry.validity_date, contract, now),
        type=entry.type or OrderType.O,
        display_mw=_display(entry.display_qty, quantity_mw),
        peak_price_delta=entry.ppd,
        restriction=restriction,
        validity=validity,
        txt=entry.txt,
        pre_arranged=bool(entry.pre_arranged),
        pre_arranged_acct=entry.pre_arranged_acct,
        location=entry.location,
        strategy_id=entry.strategy_id,
        unit_id=entry.unit_id,
    )
    _check(terms)
    return terms


def terms_as_they_stand(order: OwnOrder) -> OrderTerms:
    """Return the current terms of a resting order: the price of the present slice and the open quantity."""
    return msgspec.structs.replace(order.terms, price=order.price, quantity_mw=order.open_mw)


def terms_of_change(order: OwnOrder, changes: OrderModify, now: datetime) -> OrderTerms:
    """Validate a MODI and return the new terms; fields it does not name keep their value."""
    present = terms_as_they_stand(order)
    restriction = changes.ordr_exe_restriction or present.restriction
    validity = changes.validity_res or (present.validity if restriction not in _IMMEDIATE else ValidityRestriction.NON)
    same_validity = changes.validity_res is None and changes.validity_date is None
    kind = changes.type or present.type
    carried = present if kind is OrderType.I else None
    quantity_mw = present.quantity_mw if changes.quantity is None else _quantity(changes.quantity, "quantity")
    display_mw = _display(changes.display_qty, quantity_mw)
    terms = msgspec.structs.replace(
        present,
        price=present.price if changes.price is None else _price(changes.price),
        quantity_mw=quantity_mw,
        type=kind,
        display_mw=carried.display_mw if carried and display_mw is None else display_mw,
        peak_price_delta=carried.peak_price_delta if carried and changes.ppd is None else changes.ppd,
        restriction=restriction,
        validity=validity,
        valid_until=present.valid_until
        if same_validity
        else _valid_until(validity, changes.validity_date, present.contract, now),
        txt=present.txt if changes.txt is None else changes.txt,
        location=present.location if changes.location is None else changes.location,
    )
    _check(terms)
    return terms


def require_no_changes(changes: OrderModify) -> None:
    """Raise OrderRefused if an ACTI, DEAC or DELE names a price or another field that it would ignore.

    `ordrExeRestriction: NON` is allowed, because one client family sends it with every action.
    """
    named = {name for name, value in changes if value is not None and not name.startswith("expected_")} - {"action"}
    if changes.ordr_exe_restriction is ExecutionRestriction.NON:
        named.discard("ordr_exe_restriction")
    _require(not named, f"{changes.action} does not accept {', '.join(sorted(named))}; use {ModifyAction.MODI}")


def _contract_of(entry: OrderEntry, calendar: ContractCalendar) -> Contract:
    """Return the contract by id, else by name, else by delivery; the first one given decides."""
    if entry.contract_id:
        named, contract = f"contract {entry.contract_id!r}", calendar.listed.get(entry.contract_id)
    elif entry.contract_name:
        named, contract = f"contract {entry.contract_name!r}", calendar.named(entry.contract_name)
    elif entry.dlvry_start and entry.dlvry_end:
        named = f"a contract from {entry.dlvry_start.isoformat()} to {entry.dlvry_end.isoformat()}"
        contract = calendar.delivering(entry.dlvry_start, entry.dlvry_end)
    else:
        raise OrderRefused(
            ErrorCode.PB_REQUEST_INVALID,
            "no contract: contractId, contractName, or dlvryStart and dlvryEnd must be given",
        )
    if contract is None:
        raise OrderRefused(ErrorCode.PX_ORDER_REJECTED, f"{named} is not open for trading")
    _require(entry.prod in (None, contract.product.name), f"{named} does not belong to product {entry.prod!r}")
    return contract


def _check(terms: OrderTerms) -> None:
    """Check the rules that involve more than one term."""
    if terms.type is OrderType.B or terms.restriction in (ExecutionRestriction.AON, ExecutionRestriction.AU):
        raise OrderRefused(
            ErrorCode.PX_UNSUPPORTED, f"type {terms.type} with restriction {terms.restriction} is not traded here"
        )
    immediate = terms.restriction in _IMMEDIATE
    _require(
        not immediate or terms.validity is ValidityRestriction.NON,
        f"{terms.restriction} needs validityRes NON, not {terms.validity}",
    )
    if terms.type is OrderType.I:
        _require(terms.display_mw is not None, "an iceberg needs displayQty")
        _require(not immediate, f"an iceberg cannot be {terms.restriction}")
        delta = terms.peak_price_delta or Decimal(0)
        _require(delta == delta.quantize(PRICE_STEP), f"ppd {delta} is not a multiple of {PRICE_STEP}")
        rightly_signed = delta <= 0 if terms.side is OrderSide.BUY else delta >= 0
        _require(
            rightly_signed, f"ppd {delta} has the wrong sign for {terms.side}: at most 0 to buy, at least 0 to sell"
        )
    else:
        _require(
            terms.display_mw is None and not terms.peak_price_delta, "displayQty and ppd are allowed for icebergs only"
        )
    _require(not terms.pre_arranged or bool(terms.pre_arranged_acct), "a pre-arranged order needs preArrangedAcct")


def _default_validity(restriction: ExecutionRestriction) -> ValidityRestriction:
    return ValidityRestriction.NON if restriction in _IMMEDIATE else ValidityRestriction.GFS


def _valid_until(
    validity: ValidityRestriction, validity_date: datetime | None, contract: Contract, now: datetime
) -> datetime:
    if validity is not ValidityRestriction.GTD:
        _require(validity_date is None, f"validityDate is allowed with GTD only, not with {validity}")
        return contract.closes_at
    if validity_date is None:
        raise OrderRefused(ErrorCode.PB_REQUEST_INVALID, "GTD needs validityDate")
    _require(validity_date > now, f"validityDate {validity_date.isoformat()} has passed")
    return min(validity_date.astimezone(UTC), contract.closes_at)


def _price(price: Decimal) -> Decimal:
    _require(abs(price) <= LARGEST_PRICE, f"price {price} is beyond ±{LARGEST_PRICE}")
    stepped = price.quantize(PRICE_STEP)
    _require(stepped == price, f"price {price} is not a multiple of {PRICE_STEP}")
    return stepped


def _quantity(quantity_mw: Decimal, name: str) -> Decimal:
    _require(0 < quantity_mw <= LARGEST_QUANTITY_MW, f"{name} {quantity_mw} is not 0.1 to {LARGEST_QUANTITY_MW} MW")
    stepped = quantity_mw.quantize(QUANTITY_STEP_MW)
    _require(stepped == quantity_mw, f"{name} {quantity_mw} is not a multiple of {QUANTITY_STEP_MW} MW")
    return stepped


def _display(display_mw: Decimal | None, quantity_mw: Decimal) -> Decimal | None:
    if display_mw is None:
        return None
    _require(display_mw <= quantity_mw, f"displayQty {display_mw} is larger than quantity {quantity_mw}")
    return _quantity(display_mw, "displayQty")


def _require(fulfilled: bool, otherwise: str) -> None:
    if not fulfilled:
        raise OrderRefused(ErrorCode.PB_REQUEST_INVALID, otherwise)
