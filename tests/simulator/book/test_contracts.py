"""Contracts that roll with the clock, and their names."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pbtui.simulator.book.contracts import (
    AREAS,
    CLOSES_BEFORE_DELIVERY,
    HOURLY,
    PRODUCTS,
    QUARTER_HOURLY,
    Contract,
    ContractCalendar,
)

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(start=moments, steps=st.lists(st.integers(0, 7200), max_size=8))
def test_the_listed_contracts_can_be_traded_after_any_move_of_the_clock(start: datetime, steps: list[int]) -> None:
    calendar = ContractCalendar()
    known: set[str] = set()
    now = start
    for step_s in [0, *steps]:
        now += timedelta(seconds=step_s)
        closed = {contract.contract_id for contract in calendar.roll(now)}
        fresh = ContractCalendar()
        assert not fresh.roll(now)
        assert set(calendar.listed) == set(fresh.listed)
        assert closed == known - set(calendar.listed)
        known = set(calendar.listed)
        assert all(contract.opens_at <= now < contract.closes_at for contract in calendar.listed.values())
        assert {contract.product for contract in calendar.listed.values()} == set(PRODUCTS)


def test_quarters_tile_the_hour() -> None:
    calendar = ContractCalendar()
    calendar.roll(datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    hour = calendar.delivering(datetime(2026, 11, 22, 15, tzinfo=UTC), datetime(2026, 11, 22, 16, tzinfo=UTC))
    assert hour
    assert hour.product is HOURLY
    assert hour.closes_at == hour.delivery_start - CLOSES_BEFORE_DELIVERY
    quarters = [
        contract
        for contract in calendar.listed.values()
        if contract.product is QUARTER_HOURLY and hour.delivery_start <= contract.delivery_start < hour.delivery_end
    ]
    assert len(quarters) == 4
    assert len({contract.contract_id for contract in calendar.listed.values()}) == len(calendar.listed)


def test_name_contains_the_local_delivery() -> None:
    contract = Contract.of(HOURLY, datetime(2026, 7, 1, 22, tzinfo=UTC))
    assert contract.name == "20260702 00:00-20260702 01:00"


def test_hour_the_autumn_clock_change_repeats_has_two_names() -> None:
    first = Contract.of(QUARTER_HOURLY, datetime(2026, 10, 25, 0, 15, tzinfo=UTC))
    second = Contract.of(QUARTER_HOURLY, datetime(2026, 10, 25, 1, 15, tzinfo=UTC))
    assert first.name == "20261025 02:15A-20261025 02:30A"
    assert second.name == "20261025 02:15B-20261025 02:30B"


def test_area_codes_have_the_length_of_an_eic() -> None:
    assert {len(area.eic) for area in AREAS} == {16}
    assert len({area.eic for area in AREAS}) == len(AREAS)
