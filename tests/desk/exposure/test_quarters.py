"""Positions added up by quarter-hour: longer contracts, days of a clock change, blocks, and what is not known."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pbtui.api.reads.limits import PositionLimit, RiskManagementSettings
from pbtui.api.values import UnreadableField
from pbtui.desk.exposure.describe import contract_words, limit_words, outstanding_words, quarter_words
from pbtui.desk.exposure.positions import AreaPositions, Position
from pbtui.desk.exposure.quarters import QUARTER, Quarter, first_quarter, not_placed, quarters_of
from pbtui.desk.formats.time_format import delivery_text
from tests.desk.exposure.positions_by_hand import a_position, figures, figures_in, sums

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 22, 13, tzinfo=UTC)

ADDED_UP = "added up from the contracts that the server lists, without other blocks"
Figures = tuple[float | None, float | None, float | None]


def of(*positions: Position, count: int = 8) -> tuple[Quarter, ...]:
    """The quarter-hours of portfolio P1 with these positions."""
    return quarters_of(AreaPositions(positions), "P1", START, count)


def shown(quarter: Quarter) -> Figures:
    """Net position, buying and selling."""
    net, buying, selling = quarter.net_mw, quarter.buy_mw, quarter.sell_mw
    return tuple(None if mw is None else float(mw) for mw in (net, buying, selling))  # type: ignore[return-value]


def test_longer_contracts_count_in_each_of_their_quarter_hours() -> None:
    hour = a_position(START, 60, figures(5, buying=1))
    half = a_position(START + 2 * QUARTER, 30, figures(-2, selling=3))
    quarter = a_position(START + 3 * QUARTER, 15, figures(0.5))
    found = of(hour, half, quarter)
    assert [shown(each) for each in found[:4]] == [(5, 1, 0), (5, 1, 0), (3, 1, 3), (3.5, 1, 3)]
    assert [each.contract_id for each in found[3].positions] == ["15 13:45", "30 13:30", "60 13:00"]
    assert (found[2].highest_mw, found[2].lowest_mw) == (Decimal(4), Decimal(0))
    assert all(shown(each) == (None, None, None) and not each.positions for each in found[4:])


def test_a_contract_that_began_before_or_ends_after_the_picture_counts_in_it() -> None:
    day = a_position(START - timedelta(hours=13), 24 * 60, figures(2))
    before = a_position(START - timedelta(hours=1), 60, figures(9))
    after = a_position(START + 8 * QUARTER, 60, figures(9))
    assert [shown(each) for each in of(day, before, after)] == [(2, 0, 0)] * 8


def test_the_sums_of_the_server_count_blocks_and_contracts_that_it_does_not_list() -> None:
    quarter = a_position(START, 15, figures(1, buying=1, **sums(net=-4, highest=2, lowest=-7.5)))
    hour = a_position(START, 60, figures(3, **sums(net=9, highest=9, lowest=9)))
    first, second, *_ = of(hour, quarter)
    assert (shown(first), first.is_stated) == ((-4, 6, 3.5), True)
    assert (shown(second), second.is_stated) == ((3, 0, 0), False)
    other = a_position(START, 15, figures(1, buying=1, **sums(net=-3, highest=2, lowest=-7.5)), "local")
    assert (shown(of(quarter, other)[0]), of(quarter, other)[0].is_stated) == ((1, 1, 0), False)


@pytest.mark.parametrize(
    "odd", [sums(1, 0, 0), sums(1, 2, 3), {**sums(1, 1, 1), "net_pos_aggregate": None}], ids=["above", "below", "gap"]
)
def test_sums_of_the_server_that_can_not_be_are_not_taken(odd: dict[str, Any]) -> None:
    (first, *_) = of(a_position(START, 15, figures(2, selling=1, **odd)))
    assert (shown(first), first.is_stated) == ((2, 0, 1), False)


def test_what_is_not_known_is_not_zero() -> None:
    hour, quarter = a_position(START, 60, figures(None)), a_position(START, 15, figures(1))
    assert [shown(each) for each in of(hour, quarter, count=2)] == [(None, None, None)] * 2
    no_orders = figures(1, max_net_pos_buy_with_orders=None)
    (found,) = of(a_position(START, 15, no_orders), count=1)
    assert shown(found) == (1, None, 0)
    assert (found.highest_mw, found.lowest_mw) == (None, Decimal(1))
    assert all(shown(each) == (None, None, None) for each in quarters_of(None, "P1", START))


def test_contracts_of_the_same_delivery_state_the_same_figure_once() -> None:
    one, other = (a_position(START, 15, figures(2, buying=1), contract_id=name) for name in ("xbid", "local"))
    assert shown(of(one, other)[0]) == (2, 1, 0)
    differs = a_position(START, 15, figures(3, buying=1), contract_id="local")
    assert shown(of(one, differs)[0]) == (None, 1, 0)


def test_other_portfolios_do_not_count() -> None:
    other = a_position(START, 15, figures(7, portfolio_id="P2"))
    assert shown(of(a_position(START, 15, figures(1)), other)[0]) == (1, 0, 0)
    area = AreaPositions((a_position(START, 15, figures(1)), other))
    assert area.portfolios == ("P1", "P2")
    assert (figures_in(area, "P2", "15 13:00"), figures_in(area, "P2", "15 13:15")) == (other.figures, None)


def test_positions_without_a_delivery_are_counted_apart() -> None:
    lost = [a_position(None, 15, figures(mw), contract_id="lost") for mw in (0, 1, None)]
    no_period = [a_position(START, minutes, figures(1)) for minutes in (0, -15)]
    area = AreaPositions((a_position(START, 15, figures(1)), *lost, *no_period))
    assert not_placed(area, "P1") == 4
    assert not_placed(area, "P2") == not_placed(None, "P1") == 0
    assert shown(quarters_of(area, "P1", START)[0]) == (1, 0, 0)


@pytest.mark.parametrize(
    ("now", "begins", "ends"),
    [
        ("2026-11-22T12:59:59+00:00", "22 Nov 13:00-13:15", "23 Nov 12:45-13:00"),
        ("2026-10-24T22:10:00+00:00", "25 Oct 00:00-00:15", "25 Oct 22:45-23:00"),
        ("2026-10-25T00:30:00+00:00", "25 Oct 02:00A-02:15A", "26 Oct 00:45-01:00"),
        ("2026-10-25T01:30:00+00:00", "25 Oct 02:00B-02:15B", "26 Oct 01:45-02:00"),
        ("2026-03-28T23:30:00+00:00", "29 Mar 00:00-00:15", "30 Mar 00:45-01:00"),
    ],
)
def test_the_picture_is_24_hours_of_real_time_from_the_present_hour(now: str, begins: str, ends: str) -> None:
    first = first_quarter(datetime.fromisoformat(now), BERLIN)
    found = quarters_of(AreaPositions(), "P1", first)
    assert len(found) == 96
    assert delivery_text(found[0].start, found[0].end, BERLIN) == begins
    assert delivery_text(found[-1].start, found[-1].end, BERLIN) == ends


def test_an_hour_that_occurs_twice_has_eight_quarter_hours() -> None:
    first = first_quarter(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), BERLIN)
    area = AreaPositions((a_position(first, 60, figures(1)), a_position(first + 4 * QUARTER, 60, figures(2))))
    assert [each.net_mw for each in quarters_of(area, "P1", first, 9)] == [1, 1, 1, 1, 2, 2, 2, 2, None]


@pytest.mark.parametrize(
    ("limits", "exceeds"),
    [
        ({}, False),
        ({"min_netpos_limit": -5, "max_netpos_limit": 6}, False),
        ({"max_netpos_limit": 5.9}, True),
        ({"min_netpos_limit": -3.9}, True),
        ({"min_net_pos_exposure_limit": -6, "max_net_pos_exposure_limit": 8}, False),
        ({"max_net_pos_exposure_limit": 7.9}, True),
        ({"min_net_pos_exposure_limit": -0.9}, True),
    ],
)
def test_a_limit_of_a_contract_and_one_of_the_exposure(limits: dict[str, float], exceeds: bool) -> None:
    known: dict[str, Any] = {name: Decimal(str(value)) for name, value in limits.items()}
    limit = PositionLimit(**known)
    hour, quarter = figures(4, buying=2, selling=3), figures(-1, buying=3, selling=3)
    (found,) = of(a_position(START, 60, hour), a_position(START, 15, quarter), count=1)
    assert (found.highest_mw, found.lowest_mw) == (Decimal(8), Decimal(-3))
    assert found.exceeds(limit) is exceeds
    assert not found.exceeds(None)


def test_a_position_alone_can_exceed_a_limit() -> None:
    unknown = {"max_net_pos_buy_with_orders": None, "min_net_pos_sell_with_orders": None}
    (found,) = of(a_position(START, 15, figures(4, **unknown)), count=1)
    assert (found.buy_mw, found.sell_mw) == (None, None)
    assert found.exceeds(PositionLimit(max_netpos_limit=Decimal(3)))
    assert found.exceeds(PositionLimit(max_net_pos_exposure_limit=Decimal(3)))
    assert not found.exceeds(PositionLimit(max_netpos_limit=Decimal(4), min_netpos_limit=Decimal(0)))


def test_a_limit_that_can_not_be_read_is_not_known() -> None:
    (quarter,) = of(a_position(START, 15, figures(5)), count=1)
    whole, part = (
        RiskManagementSettings(id="P1", unreadable=(UnreadableField("position_limits", "x", "is no list"),)),
        PositionLimit(max_netpos_limit=Decimal(6), unreadable=(UnreadableField("min_netpos_limit", "x", "is odd"),)),
    )
    assert limit_words(quarter, part) == "limits: not known to 6.0 MW for a contract"
    assert limit_words(quarter, whole.position_limit("epex", "AMP")).startswith("limits: not known, the")
    assert RiskManagementSettings(id="P1").position_limit("epex", "AMP") is None


def test_the_words_of_a_quarter_hour() -> None:
    hour = a_position(START, 60, figures(5, buying=1), contract_id="c14")
    quarter = a_position(START, 15, figures(0, **sums(net=5, highest=6, lowest=3)))
    first, second, *_, last = of(hour, quarter)
    assert quarter_words(first, BERLIN) == "22 Nov 14:00-14:15: net 5.0 MW long, buying 1.0 MW, selling 2.0 MW"
    assert quarter_words(second, BERLIN).endswith("net 5.0 MW long, buying 1.0 MW, selling 0.0 MW")
    assert quarter_words(second, BERLIN, is_read=False) == "22 Nov 14:15-14:30: not known"
    assert contract_words(second, BERLIN)[1:] == [ADDED_UP]
    assert quarter_words(last, BERLIN) == ("22 Nov 15:45-16:00: not known, the server lists no contract for it")
    assert outstanding_words(first) == ("if all buy orders trade, 6.0 MW long; if all sell orders trade, 3.0 MW long")
    assert outstanding_words(second) == "if all buy orders trade, 6.0 MW long"
    assert outstanding_words(last) == ""
    assert contract_words(first, BERLIN) == ["22 Nov 14:00-15:00 (c14): net 5.0 MW long, buying 1.0 MW, selling 0.0 MW"]
    unknown, _ = contract_words(of(a_position(START, 15, figures(None)))[0], BERLIN)
    assert unknown.endswith("net not known, buying not known, selling not known")
    limit = PositionLimit(min_netpos_limit=Decimal(-3), max_netpos_limit=Decimal(4), max_net_pos_exposure_limit=None)
    assert limit_words(last, limit) == "limits: -3.0 to 4.0 MW for a contract"
    assert limit_words(first, limit).startswith("LIMIT EXCEEDED, orders included; limits: ")
    assert limit_words(first, None) == limit_words(first, PositionLimit()) == ""
