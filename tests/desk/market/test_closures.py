"""When the exchange takes no orders: only what was read lately and is known counts."""

from datetime import UTC, datetime, timedelta

import pytest

from pbtui.api.reads.market import DeliveryArea, ExchangeDowntime, MarketStatus
from pbtui.desk.market.closures import (
    AREAS_COUNT_FOR_S,
    COUNTS_FOR_S,
    next_downtime,
    warning_of,
    why_area_closed,
    why_market_closed,
)
from pbtui.desk.market.exchange import ExchangeView
from pbtui.desk.market.reading import Reading

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
AREA = "10YDE-RWENET---I"


def a_view(state: str | None = None, **status: object) -> ExchangeView:
    """A view with this status and this state of the area, both read at second 0."""
    return ExchangeView(
        status=Reading(MarketStatus(**status), NOW, 0.0),  # type: ignore[arg-type]
        areas=Reading((DeliveryArea(eic=AREA, state=state),), NOW, 0.0),
    )


@pytest.mark.parametrize(
    ("view", "reason"),
    [
        (a_view(status="OK", mode="NORMAL"), ""),
        (a_view(status="WARNING"), ""),
        (a_view(status="a new word", mode="a new mode"), ""),
        (a_view(), ""),
        (ExchangeView(), ""),
        (a_view(status="OK", mode="SAFE"), "the server is in SAFE mode, which stops trading"),
        (
            a_view(status="FAILURE", messages=("no connection",)),
            "the market is halted (FAILURE): the market, or the connection to it, has failed; no connection",
        ),
        (
            a_view(status="LOGGED_OUT"),
            "the market is halted (LOGGED_OUT): the server is not logged in at the exchange",
        ),
    ],
)
def test_a_market_is_closed_only_by_a_word_that_is_known(view: ExchangeView, reason: str) -> None:
    assert why_market_closed(view, COUNTS_FOR_S) == reason
    assert why_market_closed(view, COUNTS_FOR_S + 1) == "", "a status that was not read lately closes nothing"


def test_an_area_is_closed_by_its_state_or_by_the_status_of_the_market() -> None:
    assert why_area_closed(a_view("SUSP"), AREA, 1.0) == "its state is suspended"
    assert why_area_closed(a_view("SUSP"), AREA, AREAS_COUNT_FOR_S + 1) == ""
    assert why_area_closed(a_view("ACTI", inactive_delivery_area_ids=(AREA,)), AREA, 1.0)
    for open_view in (a_view("ACTI"), a_view(None), a_view("a new word"), ExchangeView()):
        assert why_area_closed(open_view, AREA, 1.0) == ""
    assert why_area_closed(a_view("SUSP"), None, 1.0) == ""


def test_an_area_that_is_listed_twice_is_open_if_it_is_active_in_one_place() -> None:
    twice = tuple(DeliveryArea(eic=AREA, state=state) for state in ("DELE", "ACTI"))
    assert why_area_closed(ExchangeView(areas=Reading(twice, NOW, 0.0)), AREA, 1.0) == ""


def test_a_warning_is_named_with_its_messages_unless_the_market_is_closed() -> None:
    assert warning_of(a_view(status="WARNING", messages=("slow",)), 1.0) == "market WARNING: slow"
    assert warning_of(a_view(status="OK", messages=("slow",)), 1.0) == ""
    assert warning_of(a_view(status="FAILURE"), 1.0) == ""


def a_downtime(starts_in_min: float | None, minutes: float | None = 60) -> ExchangeDowntime:
    """A downtime that begins so many minutes from now."""
    start = None if starts_in_min is None else NOW + timedelta(minutes=starts_in_min)
    end = None if start is None or minutes is None else start + timedelta(minutes=minutes)
    return ExchangeDowntime(exchange="epex", start=start, end=end)


@pytest.mark.parametrize(
    ("downtimes", "next_one"),
    [
        ([], None),
        ([a_downtime(None)], None),
        ([a_downtime(-60)], None),
        ([a_downtime(24 * 60 + 1)], None),
        ([a_downtime(24 * 60)], 0),
        ([a_downtime(300), a_downtime(45), a_downtime(-61)], 1),
        ([a_downtime(45), a_downtime(-59)], 1),
        ([a_downtime(-6_000, None), a_downtime(45)], 0),
    ],
)
def test_the_next_downtime_has_begun_or_begins_within_a_day(
    downtimes: list[ExchangeDowntime], next_one: int | None
) -> None:
    view = ExchangeView(downtimes=Reading(tuple(downtimes), NOW, 0.0))
    assert next_downtime(view, NOW) is (None if next_one is None else downtimes[next_one])
