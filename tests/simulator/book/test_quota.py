"""The quota of order actions: two windows, and how far it can be bypassed."""

from datetime import UTC, datetime, timedelta

import pytest

from pbtui.simulator.book.quota import BYPASS_FACTOR, LONG, LONG_LIMIT_FACTOR, SHORT, OrderActionQuota
from pbtui.simulator.rejections import OrderRefused

NOW = datetime(2026, 11, 27, 7, tzinfo=UTC)
MOMENT = timedelta(seconds=1)


def a_quota(limit: int, *, is_limited: bool = True) -> OrderActionQuota:
    quota = OrderActionQuota(is_limited=is_limited)
    quota.short_limit = limit
    return quota


def taken(quota: OrderActionQuota, at: datetime, *, is_bypassed: bool = False) -> int:
    """How many actions pass before one is refused."""
    for passed in range(1_000):
        try:
            quota.take(at, is_bypassed=is_bypassed)
        except OrderRefused:
            return passed
    return 1_000


def test_an_action_beyond_the_limit_of_a_minute_is_refused_until_the_minute_has_passed() -> None:
    quota = a_quota(3)
    assert (taken(quota, NOW), quota.used(NOW)) == (3, 1.0)
    assert taken(quota, NOW + SHORT - MOMENT) == 0
    assert quota.used(NOW + SHORT) == pytest.approx(3 / (3 * LONG_LIMIT_FACTOR))
    assert taken(quota, NOW + SHORT) == 3


def test_the_hour_has_a_limit_too() -> None:
    quota = a_quota(3)
    passed = sum(taken(quota, NOW + minute * SHORT) for minute in range(LONG_LIMIT_FACTOR + 5))
    assert passed == 3 * LONG_LIMIT_FACTOR
    assert taken(quota, NOW + LONG) == 3


def test_the_quota_can_be_bypassed_up_to_a_second_limit() -> None:
    quota = a_quota(3)
    assert taken(quota, NOW) == 3
    assert taken(quota, NOW, is_bypassed=True) == 3 * BYPASS_FACTOR - 3
    assert quota.used(NOW) == 1.0


def test_calls_that_name_no_order_count() -> None:
    quota = a_quota(3)
    quota.count(50, NOW)
    assert taken(quota, NOW, is_bypassed=True) == 0


def test_an_exchange_without_a_quota_refuses_nothing() -> None:
    quota = a_quota(1, is_limited=False)
    assert (taken(quota, NOW), quota.used(NOW)) == (1_000, None)
