"""Position guard: the server takes an order only if the net position is still the one that was read.

The API's field is `expectedNetPos`, of new orders and of changes. The server refuses an order of another position with
PB_ORDER_EXPECTED_VALUE_MISMATCH. The API has no guard for blocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from pbtui.api.codes import ModifyAction, OrderType
from pbtui.api.errors import OrdersApiError
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModifyItem
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.market.reading import Reading, reading_of

if TYPE_CHECKING:
    from pbtui.api.reads.client import ReadsClient
    from pbtui.api.reads.depth import Contract, OrderBooks


class PositionRef(Struct, frozen=True):
    """Names the net position of one portfolio in one contract and delivery area.

    Without an area it is the one that the server takes by default. The contract is named as in a new order: by its id,
    its name or its delivery.
    """

    portfolio_id: str
    delivery_area: str | None = None
    contract_id: str | None = None
    contract_name: str | None = None
    dlvry_start: datetime | None = None
    dlvry_end: datetime | None = None
    prod: str | None = None

    @property
    def names_a_contract(self) -> bool:
        """Return whether it names a contract."""
        by_window = self.dlvry_start is not None and self.dlvry_end is not None
        return bool(self.contract_id or self.contract_name or by_window)


def position_of_values(values: Mapping[str, Any]) -> PositionRef | None:
    """Return the position that a new order with these values changes; None if they do not name it yet."""
    portfolio_id, *others = (values.get(name) for name in PositionRef.__struct_fields__)
    if not portfolio_id:
        return None
    found = PositionRef(portfolio_id, *others)
    return found if found.names_a_contract else None


def position_of_order(order: Order) -> PositionRef | None:
    """Return the position that an order changes; None if the order does not name it."""
    if not order.portfolio_id:
        return None
    found = PositionRef(
        order.portfolio_id, order.delivery_area, order.contract_id, None if order.contract_id else order.contract_name
    )
    return found if found.names_a_contract else None


# ---------------------------------------------------------------- requests

_Request = OrderEntry | OrderModifyItem


def position_of_request(request: _Request, base: Order | None) -> PositionRef | None:
    """Return the position that a request changes; None if it is not named. `base` is the order that it changes."""
    if isinstance(request, OrderEntry):
        return position_of_values(dict(request))
    return None if base is None else position_of_order(base)


def takes_guard(request: _Request, base: Order | None) -> bool:
    """Return whether the API has a guard for the order: for all but blocks."""
    if isinstance(request, OrderEntry):
        return request.type != OrderType.B
    return OrderType.B not in (request.changes.type, None if base is None else base.type)


def is_unguarded(request: _Request, base: Order | None) -> bool:
    """Return whether a new order or a change could have the guard and has none."""
    is_edit = isinstance(request, OrderEntry) or request.changes.action is ModifyAction.MODI
    return is_edit and takes_guard(request, base) and expected_mw(request) is None


def expected_mw(request: _Request) -> Decimal | None:
    """Return the net position that a request expects, in MW; None if it expects none."""
    return (request if isinstance(request, OrderEntry) else request.changes).expected_net_pos


def with_expected(request: _Request, position_mw: Decimal) -> _Request:
    """Return the same request, which expects this net position."""
    update: dict[str, object] = {"expected_net_pos": position_mw}
    if isinstance(request, OrderModifyItem):
        update = {"changes": request.changes.model_copy(update=update)}
    return request.model_copy(update=update)


# ---------------------------------------------------------------- the position now


async def read_net_position(reads: ReadsClient, ref: PositionRef) -> Reading[Decimal]:
    """Read a net position in MW. Raises nothing: if it is not known, the reading's problem says why."""
    try:
        found = await reads.get_order_books(
            portfolio_id=[ref.portfolio_id],
            products=[ref.prod] if ref.prod else (),
            contract_id=[ref.contract_id] if ref.contract_id else (),
            contract_name=ref.contract_name,
            delivery_start=ref.dlvry_start,
            delivery_end=ref.dlvry_end,
            delivery_area=ref.delivery_area,
            with_portfolio_information=True,
        )
    except OrdersApiError as error:
        return Reading(problem=str(error))
    books: Reading[OrderBooks] = reading_of(found)
    if books.value is None:
        return Reading(problem=books.problem)
    position = net_position_in(books.value, ref)
    if isinstance(position, str):
        return Reading(problem=position)
    return Reading(position, books.read_at, books.requested_s)


def net_position_in(books: OrderBooks, ref: PositionRef) -> Decimal | str:
    """Return the net position in MW that these order books show, or why they don't."""
    contracts = [contract for contract in books.contracts or () if _is_meant(contract, ref)]
    if len(contracts) != 1:
        return "the server lists several such contracts" if contracts else "the server does not list the contract"
    positions = [each for each in contracts[0].portfolio_information or () if each.portfolio_id == ref.portfolio_id]
    if len(positions) != 1 or positions[0].net_pos is None:
        return f"the server does not show the net position of portfolio {ref.portfolio_id}"
    return positions[0].net_pos


def _is_meant(contract: Contract, ref: PositionRef) -> bool:
    wanted = (
        (ref.contract_id, contract.contract_id),
        (None if ref.contract_id else ref.contract_name, contract.name),
        (ref.dlvry_start, contract.delivery_start),
        (ref.dlvry_end, contract.delivery_end),
    )
    return all(asked is None or asked == shown for asked, shown in wanted)


# ---------------------------------------------------------------- then and now


class PositionChange(Struct, frozen=True):
    """Net position that an order expected, and the one that was read after the server refused the order."""

    expected_mw: Decimal
    now: Reading[Decimal]

    @property
    def has_changed(self) -> bool:
        """Return whether the position is known to be another one."""
        return self.now.value is not None and self.now.value != self.expected_mw

    def __str__(self) -> str:
        expected = f"net position {quantity_text(self.expected_mw)} MW expected"
        if self.now.value is None:
            return f"{expected}; now not known: {self.now.problem}"
        difference = self.now.value - self.expected_mw
        sign = "+" if difference > 0 else ""
        return f"{expected}, {quantity_text(self.now.value)} MW now ({sign}{quantity_text(difference)} MW)"
