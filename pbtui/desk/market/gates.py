"""Gate closures: the time at which trading of a contract ends in a delivery area, and the areas where it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pbtui.desk.formats.time_format import moment_text

if TYPE_CHECKING:
    from pbtui.api.models import Order
    from pbtui.api.reads.contracts import ContractItem, DeliveryAreaState

_ACTIVE = "ACTIVE"


@dataclass(frozen=True, slots=True)
class Gates:
    """Gate closures by contract and delivery area, as far as the exchange states them."""

    _by_contract: Mapping[tuple[str, str], datetime] = field(default_factory=dict)

    @classmethod
    def of(cls, contracts: Iterable[ContractItem]) -> Gates:
        """Return the gate closures that these contracts state."""
        return cls(
            {
                (contract.contract_id, state.delivery_area): state.trading_end
                for contract in contracts
                for state in contract.delivery_area_states or ()
                if contract.contract_id and state.delivery_area and state.trading_end
            }
        )

    def __bool__(self) -> bool:
        """Return whether any is known."""
        return bool(self._by_contract)

    def contracts_where(self, is_meant: Callable[[datetime], bool]) -> frozenset[str]:
        """Return the contracts that have a gate which closes at a time that is meant."""
        return frozenset(contract for (contract, _), closes_at in self._by_contract.items() if is_meant(closes_at))

    def closes_at(self, order: Order) -> datetime | None:
        """Return the gate closure of an order; None if it is not known.

        That of a block is the first of its contracts, and known only if all of them are.
        """
        ids = [order.contract_id] if order.contract_id else [each.contract_id for each in order.contracts or ()]
        known = [self._by_contract.get((contract_id or "", order.delivery_area)) for contract_id in ids]
        closures = [closes_at for closes_at in known if closes_at is not None]
        return min(closures) if closures and len(closures) == len(known) else None


def trading_areas(contract: ContractItem, now: datetime) -> tuple[str, ...] | None:
    """Return the codes of the areas in which a contract trades; None if the exchange does not state its areas."""
    states = contract.delivery_area_states
    areas = contract.delivery_areas or () if states is None else [_open_area(state, now) for state in states]
    return tuple(area for area in areas if area) if areas else None


def _open_area(state: DeliveryAreaState, now: datetime) -> str:
    is_over = state.trading_end is not None and state.trading_end <= now
    return "" if is_over or state.state not in (None, _ACTIVE) else state.delivery_area or ""


def gate_text(closes_at: datetime | None, now: datetime) -> str:
    """Return the time to gate closure in at most four characters: `14m`, `3h`, `past`; empty if it is not known."""
    if closes_at is None:
        return ""
    if closes_at <= now:
        return "past"
    minutes = _minutes(closes_at, now)
    if minutes < 120:
        return f"{minutes}m" if minutes else "<1m"
    return f"{minutes // 60}h" if minutes < 48 * 60 else f"{minutes // (24 * 60)}d"


def gate_words(closes_at: datetime | None, now: datetime, zone: ZoneInfo) -> str:
    """Return the time to gate closure in words: `14 min (22 Nov 14:25:00, Europe/Berlin)`; empty if not known."""
    if closes_at is None:
        return ""
    minutes = _minutes(closes_at, now)
    left = f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
    at = f"{moment_text(closes_at, zone)}, {zone.key}"
    if closes_at <= now:
        return f"past: trading ended at {at}"
    return f"{left if minutes else 'less than 1 min'} ({at})"


def _minutes(closes_at: datetime, now: datetime) -> int:
    return int((closes_at - now).total_seconds() // 60)
