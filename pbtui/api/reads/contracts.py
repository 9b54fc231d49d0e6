"""Contracts and their states in the delivery areas, under the vendor's names.

Every field may be missing and is then None, because releases differ. Unknown words of an enumeration are kept as text.
`unreadable` has the fields whose value could not be read; they are None too.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator

from pbtui.api.decoding.field_by_field import Nested
from pbtui.api.values import Id, Moment, Text, UnreadableField, reply


class AreaState(StrEnum):
    """State of a contract in a delivery area."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    HIBERNATE = "HIBERNATE"
    STANDBY = "STANDBY"


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryAreaState:
    """State and trading times of a contract in one delivery area."""

    delivery_area: Text | None = None
    state: Text | None = None
    trading_start: Moment | None = None
    trading_end: Moment | None = None
    unreadable: tuple[UnreadableField, ...] = ()


_States = Annotated[tuple[DeliveryAreaState, ...] | None, BeforeValidator(Nested(DeliveryAreaState))]


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class ContractItem:
    """A contract. Servers may not know the delivery areas of an expired one."""

    exchange: Text | None = None
    product: Text | None = None
    contract_id: Id | None = None
    type: Text | None = None
    revision_no: int | None = None
    state: Text | None = None
    name: Text | None = None
    delivery_start: Moment | None = None
    delivery_end: Moment | None = None
    delivery_areas: tuple[Text, ...] | None = None
    delivery_area_states: _States = None
    unreadable: tuple[UnreadableField, ...] = ()
