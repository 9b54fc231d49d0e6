"""Data of the exchange besides orders: one immutable value, part of the view of the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from pbtui.api.structs import replace
from pbtui.desk.market.reading import Reading

if TYPE_CHECKING:
    from pbtui.api.reads.algorithms import AlgoDetails
    from pbtui.api.reads.contracts import ContractItem
    from pbtui.api.reads.identity import ApiKeyDetails
    from pbtui.api.reads.market import DeliveryArea, ExchangeDowntime, MarketStatus, Notification
    from pbtui.desk.exposure.positions import AreaPositions
    from pbtui.desk.market.trades import Trades

_INACTIVE = {"SUSP": "suspended", "DELE": "deleted"}


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """The newest readings. A reading that the desk does not make stays empty: without a value and without a problem.

    `positions` are by delivery area, one reading each.
    """

    trades: Reading[Trades] = field(default_factory=Reading)
    status: Reading[MarketStatus] = field(default_factory=Reading)
    notifications: Reading[tuple[Notification, ...]] = field(default_factory=Reading)
    algorithms: Reading[tuple[AlgoDetails, ...]] = field(default_factory=Reading)
    key: Reading[ApiKeyDetails] = field(default_factory=Reading)
    areas: Reading[tuple[DeliveryArea, ...]] = field(default_factory=Reading)
    contracts: Reading[tuple[ContractItem, ...]] = field(default_factory=Reading)
    downtimes: Reading[tuple[ExchangeDowntime, ...]] = field(default_factory=Reading)
    positions: Mapping[str, Reading[AreaPositions]] = field(default_factory=dict)

    @property
    def readings(self) -> Mapping[str, Reading[Any]]:
        """Every reading by its name; those of positions by `positions` and the delivery area."""
        alone = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "positions"}
        return {**alone, **{f"positions {area}": reading for area, reading in self.positions.items()}}

    @property
    def stated_inactive(self) -> tuple[str, ...]:
        """The delivery areas that the market's status names as inactive."""
        return (self.status.value and self.status.value.inactive_delivery_area_ids) or ()

    @property
    def inactive_areas(self) -> Mapping[str, str]:
        """The state in words of each delivery area that the server lists as suspended or deleted.

        An area without a state, or with one that is not known, counts as active. So does one that is listed twice, and
        active in one place.
        """
        areas = self.areas.value or ()
        active = {area.eic for area in areas if area.state not in _INACTIVE}
        inactive = ((area.eic, area.state) for area in areas if area.eic not in active)
        return {eic: _INACTIVE[state] for eic, state in inactive if eic and state}


def differs(before: ExchangeView, after: ExchangeView) -> bool:
    """Return whether there is more to show than newer times of the same values."""
    if _status_shown(before.status.value) != _status_shown(after.status.value):
        return True
    earlier = before.readings
    for name, reading in after.readings.items():
        known = earlier.get(name, Reading())
        if known.problem != reading.problem:
            return True
        if name != "status" and known.value is not reading.value and known.value != reading.value:
            return True
    return False


def _status_shown(status: MarketStatus | None) -> MarketStatus | None:
    return None if status is None else replace(status, api_timestamp=None, heartbeat_as_of=None)
