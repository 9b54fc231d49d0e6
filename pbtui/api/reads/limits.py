"""Limits of portfolios and tenants, and how much of their order counts is used, under the vendor's names.

Every field may be missing and is then None, because releases differ. Unknown words of an enumeration are kept as text.
`unreadable` has the fields whose value could not be read; they are None too. Quantities are in MW.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator

from pbtui.api.decoding.field_by_field import Nested
from pbtui.api.structs import replace
from pbtui.api.values import Id, Number, Text, UnreadableField, reply


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class TradingArea:
    """A delivery area of an exchange in which may be traded."""

    exchange: Text | None = None
    delivery_area: Text | None = None
    unreadable: tuple[UnreadableField, ...] = ()


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class PositionLimit:
    """Limits of the position in each delivery period. The minima are 0 or less, the maxima 0 or more."""

    exchange: Text | None = None
    delivery_area: Text | None = None
    min_netpos_limit: Number | None = None
    max_netpos_limit: Number | None = None
    abspos_limit: Number | None = None
    min_net_pos_exposure_limit: Number | None = None
    max_net_pos_exposure_limit: Number | None = None
    unreadable: tuple[UnreadableField, ...] = ()


POSITION_LIMITS = ("min_netpos_limit", "max_netpos_limit", "min_net_pos_exposure_limit", "max_net_pos_exposure_limit")
"""Fields of the limits of a net position."""
_POSITIONS = "position_limits"


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class CashLimit:
    """Limit of the cash position of one local day, over all contracts. `direction` is NEG (spending) or POS."""

    exchange: Text | None = None
    currency: Text | None = None
    direction: Text | None = None
    limit: Number | None = None
    unreadable: tuple[UnreadableField, ...] = ()


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderActionQuotaLimit:
    """Limit of the used fraction of the order actions, 0 to 1."""

    exchange: Text | None = None
    order_quota_limit: Number | None = None
    unreadable: tuple[UnreadableField, ...] = ()


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCountLimit:
    """Number of orders that may be entered or changed in a rolling window."""

    exchange: Text | None = None
    rolling_window_seconds: int | None = None
    allowed_order_count: int | None = None
    unreadable: tuple[UnreadableField, ...] = ()


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveOrderLimit:
    """Number of orders that may be active at once: in each contract and on each side, and in all."""

    exchange: Text | None = None
    max_active_orders_per_contract: int | None = None
    max_active_orders_total: int | None = None
    unreadable: tuple[UnreadableField, ...] = ()


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class RiskManagementSettings:
    """All limits of a portfolio or a tenant; `id` is its id."""

    id: Id | None = None
    trading_areas: Annotated[tuple[TradingArea, ...] | None, BeforeValidator(Nested(TradingArea))] = None
    position_limits: Annotated[tuple[PositionLimit, ...] | None, BeforeValidator(Nested(PositionLimit))] = None
    cash_limits: Annotated[tuple[CashLimit, ...] | None, BeforeValidator(Nested(CashLimit))] = None
    order_action_quota_limit: Annotated[
        tuple[OrderActionQuotaLimit, ...] | None, BeforeValidator(Nested(OrderActionQuotaLimit))
    ] = None
    order_count_limit: Annotated[tuple[OrderCountLimit, ...] | None, BeforeValidator(Nested(OrderCountLimit))] = None
    active_order_limits: Annotated[tuple[ActiveOrderLimit, ...] | None, BeforeValidator(Nested(ActiveOrderLimit))] = (
        None
    )
    unreadable: tuple[UnreadableField, ...] = ()

    def position_limit(self, exchange: str, delivery_area: str | None) -> PositionLimit | None:
        """Return the limits of the position at this exchange in this area; None if there are none.

        If the list can't be read, they are limits of which no field could be read.
        """
        if self.position_limits is None and (whole := [each for each in self.unreadable if each.name == _POSITIONS]):
            return PositionLimit(unreadable=tuple(replace(whole[0], name=name) for name in POSITION_LIMITS))
        of_area = (limit for limit in self.position_limits or () if limit.delivery_area == delivery_area)
        return next((limit for limit in of_area if limit.exchange in (None, exchange)), None)


TenantLimits = Annotated[RiskManagementSettings | None, BeforeValidator(Nested(RiskManagementSettings))]
"""Limits of a tenant, in the answer of another read."""
PortfolioLimits = Annotated[tuple[RiskManagementSettings, ...] | None, BeforeValidator(Nested(RiskManagementSettings))]
"""Limits of portfolios, in the answer of another read."""


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class RollingWindowCount:
    """Number of orders that were entered or changed in a rolling window."""

    rolling_window_seconds: int | None = None
    current_order_count: int | None = None
    unreadable: tuple[UnreadableField, ...] = ()


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioStatus:
    """Use of the order counts that limit a portfolio or its tenant."""

    rolling_window_counts: Annotated[
        tuple[RollingWindowCount, ...] | None, BeforeValidator(Nested(RollingWindowCount))
    ] = None
    unreadable: tuple[UnreadableField, ...] = ()
