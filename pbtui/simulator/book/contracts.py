"""Contracts that can be traded: hours and quarter-hours of the next hours, in several delivery areas.

A contract is the same in every area and has one order book per area. It is listed `LISTED_AHEAD` before delivery and
closes `CLOSES_BEFORE_DELIVERY` before delivery. Ids are derived from product and delivery, so simulators started in the
same hour list the same contracts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

LISTED_AHEAD = timedelta(hours=12)
CLOSES_BEFORE_DELIVERY = timedelta(minutes=5)
MARKET_ZONE = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True)
class DeliveryArea:
    """A grid area where power is delivered. `eic` is its 16-character code."""

    eic: str
    name: str
    country_code: str
    time_zone: str


AREAS = (
    DeliveryArea("10YDE-RWENET---I", "Amprion", "DE", "Europe/Berlin"),
    DeliveryArea("10YDE-EON------1", "TenneT DE", "DE", "Europe/Berlin"),
    DeliveryArea("10YDE-VE-------2", "50Hertz", "DE", "Europe/Berlin"),
    DeliveryArea("10YDE-ENBW-----N", "TransnetBW", "DE", "Europe/Berlin"),
    DeliveryArea("10YAT-APG------L", "APG", "AT", "Europe/Vienna"),
    DeliveryArea("10YFR-RTE------C", "RTE", "FR", "Europe/Paris"),
    DeliveryArea("10YNL----------L", "TenneT NL", "NL", "Europe/Amsterdam"),
    DeliveryArea("10YBE----------2", "Elia", "BE", "Europe/Brussels"),
)
DEFAULT_AREA = AREAS[0]
AREA_BY_EIC = {area.eic: area for area in AREAS}


@dataclass(frozen=True)
class Product:
    """A kind of contract: its name on the wire and the length of its delivery."""

    name: str
    length: timedelta
    id_prefix: str


HOURLY = Product("XBID_Hour_Power", timedelta(hours=1), "6")
QUARTER_HOURLY = Product("XBID_Quarter_Hour_Power", timedelta(minutes=15), "4")
PRODUCTS = (HOURLY, QUARTER_HOURLY)
QUARTER = QUARTER_HOURLY.length


class ContractReference(msgspec.Struct, frozen=True, kw_only=True):
    """The contract inside an order, in its wire format."""

    contract_id: str
    name: str
    delivery_start: datetime
    delivery_end: datetime


@dataclass(frozen=True)
class Contract:
    """One delivery period, tradable until `closes_at`. `delivery_day` is the day of the market's zone."""

    contract_id: str
    name: str
    product: Product
    delivery_start: datetime
    delivery_end: datetime
    opens_at: datetime
    closes_at: datetime
    delivery_day: date
    reference: ContractReference

    @property
    def hours(self) -> Decimal:
        """Length of the delivery in hours: 1 MW delivers so many MWh."""
        return Decimal(self.product.length // timedelta(minutes=1)) / 60

    @property
    def quarters(self) -> list[datetime]:
        """Start of each quarter-hour of the delivery."""
        return [self.delivery_start + n * QUARTER_HOURLY.length for n in range(self.product.length // QUARTER)]

    @classmethod
    @lru_cache(1024)
    def of(cls, product: Product, delivery_start: datetime) -> "Contract":
        """Return the product's contract whose delivery starts at that time."""
        delivery_end = delivery_start + product.length
        contract_id = f"{product.id_prefix}{int(delivery_start.timestamp()) // 900}"
        name = f"{_local_text(delivery_start)}-{_local_text(delivery_end)}"
        return cls(
            contract_id=contract_id,
            name=name,
            product=product,
            delivery_start=delivery_start,
            delivery_end=delivery_end,
            opens_at=delivery_start - LISTED_AHEAD,
            closes_at=delivery_start - CLOSES_BEFORE_DELIVERY,
            delivery_day=delivery_start.astimezone(MARKET_ZONE).date(),
            reference=ContractReference(
                contract_id=contract_id, name=name, delivery_start=delivery_start, delivery_end=delivery_end
            ),
        )


def _local_text(moment: datetime) -> str:
    """Return local date and time, with A or B for the two passes of the hour repeated by the autumn clock change."""
    local = moment.astimezone(MARKET_ZONE)
    repeated = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return local.strftime("%Y%m%d %H:%M") + ("AB"[local.fold] if repeated else "")


class ContractCalendar:
    """The contracts that can be traded now. The list moves with the clock."""

    def __init__(self) -> None:
        self.listed: dict[str, Contract] = {}
        self._next_roll_at = datetime.min.replace(tzinfo=UTC)

    def roll(self, now: datetime) -> tuple[Contract, ...]:
        """Update the list to `now`; return the contracts that closed."""
        if now < self._next_roll_at:
            return ()
        tradable = {contract.contract_id: contract for contract in _tradable(now)}
        closed = tuple(contract for key, contract in self.listed.items() if key not in tradable)
        self.listed = tradable
        first_close = min(contract.closes_at for contract in tradable.values())
        self._next_roll_at = min(first_close, _floor(now, QUARTER_HOURLY) + QUARTER_HOURLY.length)
        return closed

    def named(self, name: str) -> Contract | None:
        """Return the listed contract with that name."""
        return next((contract for contract in self.listed.values() if contract.name == name), None)

    def delivering(self, start: datetime, end: datetime) -> Contract | None:
        """Return the listed contract with exactly that delivery."""
        matching = (c for c in self.listed.values() if c.delivery_start == start and c.delivery_end == end)
        return next(matching, None)


def covering(start: datetime, length: timedelta) -> list[Contract]:
    """Return the contracts, listed or not, whose delivery covers a period that begins and ends on quarter-hours."""
    return [Contract.of(product, _floor(start, product)) for product in PRODUCTS if product.length >= length]


def _tradable(now: datetime) -> Iterator[Contract]:
    for product in PRODUCTS:
        start = _floor(now, product)
        while start <= now + LISTED_AHEAD:
            contract = Contract.of(product, start)
            if contract.closes_at > now:
                yield contract
            start += product.length


def _floor(now: datetime, product: Product) -> datetime:
    seconds = int(now.timestamp())
    return datetime.fromtimestamp(seconds - seconds % int(product.length.total_seconds()), UTC)
