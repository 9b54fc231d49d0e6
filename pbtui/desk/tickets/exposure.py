"""Exposure of a ticket: quantity, energy and notional, per order and per side.

Notional is price times energy, in the contract's currency. Energy is known only if the delivery times are: a new order
that names its contract by id or name gets them from an order of the same contract, or from the exchange's contracts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import chain
from typing import TYPE_CHECKING

from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry
from pbtui.api.structs import replace
from pbtui.desk.tickets.ticket import TicketLine

if TYPE_CHECKING:
    from pbtui.api.reads.contracts import ContractItem

_SECOND = timedelta(seconds=1)
_WATT_HOUR = Decimal("0.000001")
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Exposure:
    """Exposure of one order after its change; of an order to withdraw, as it is now. None means not known."""

    side: str
    quantity_mw: Decimal | None
    price: Decimal | None
    energy_mwh: Decimal | None

    @property
    def notional(self) -> Decimal | None:
        """Notional: price times energy, rounded to the cent."""
        if self.price is None or self.energy_mwh is None:
            return None
        return (self.price * self.energy_mwh).quantize(_CENT, ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class SideTotal:
    """Sum over the orders of one side. `without_notional` counts the orders whose energy or price is not known."""

    orders: int
    quantity_mw: Decimal
    energy_mwh: Decimal
    notional: Decimal
    without_notional: int


def exposure_of(line: TicketLine) -> Exposure:
    """Return the exposure of one line."""
    request, base = line.request, line.base
    quantity_mw: Decimal | None
    price: Decimal | None
    if isinstance(request, OrderEntry):
        energy_mwh = _energy_mwh(request.quantity, request.dlvry_start, request.dlvry_end)
        return Exposure(request.side or "", request.quantity, request.price, energy_mwh)
    quantity_mw, price = request.changes.quantity, request.changes.price
    if base is None:
        return Exposure("", quantity_mw, price, None)
    if quantity_mw is None:
        quantity_mw = base.open_quantity_mw
    energy_mwh = _energy_mwh(quantity_mw, base.delivery_start, base.delivery_end)
    return Exposure(base.side, quantity_mw, base.price if price is None else price, energy_mwh)


def with_delivery(line: TicketLine, orders: Iterable[Order], contracts: Iterable[ContractItem] = ()) -> TicketLine:
    """Return the line with the delivery of its contract, if one of these orders or contracts has it. For display.

    A name that contracts of different deliveries have says nothing.
    """
    entry = line.request
    if not isinstance(entry, OrderEntry) or (entry.dlvry_start and entry.dlvry_end):
        return line
    everything: Iterable[Order | ContractItem] = chain(orders, contracts)
    deliveries = {
        (known.delivery_start, known.delivery_end)
        for known in everything
        if known.delivery_start and known.delivery_end and is_of_contract(known, entry)
    }
    if len(deliveries) != 1:
        return line
    start, end = deliveries.pop()
    return replace(line, request=entry.model_copy(update={"dlvry_start": start, "dlvry_end": end}))


def is_of_contract(known: Order | ContractItem, entry: OrderEntry) -> bool:
    """Return whether the entry names this contract, or the contract of this order: by id, by name or by delivery."""
    if entry.contract_id:
        return known.contract_id == entry.contract_id
    if entry.contract_name:
        return entry.contract_name == (known.contract_name if isinstance(known, Order) else known.name)
    return entry.dlvry_start is not None and (known.delivery_start, known.delivery_end) == (
        entry.dlvry_start,
        entry.dlvry_end,
    )


def totals(exposures: Iterable[Exposure]) -> Mapping[str, SideTotal]:
    """Return the totals by side."""
    by_side: dict[str, list[Exposure]] = {}
    for exposure in exposures:
        by_side.setdefault(exposure.side, []).append(exposure)
    return {side: _total(of_side) for side, of_side in by_side.items()}


def _total(exposures: list[Exposure]) -> SideTotal:
    values = [exposure.notional for exposure in exposures if exposure.notional is not None]
    return SideTotal(
        orders=len(exposures),
        quantity_mw=sum((exposure.quantity_mw or Decimal(0) for exposure in exposures), Decimal(0)),
        energy_mwh=sum((exposure.energy_mwh or Decimal(0) for exposure in exposures), Decimal(0)),
        notional=sum(values, Decimal(0)),
        without_notional=len(exposures) - len(values),
    )


def _energy_mwh(quantity_mw: Decimal | None, start: datetime | None, end: datetime | None) -> Decimal | None:
    if quantity_mw is None or start is None or end is None:
        return None
    return (quantity_mw * ((end - start) // _SECOND) / 3600).quantize(_WATT_HOUR, ROUND_HALF_EVEN)
