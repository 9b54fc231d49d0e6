"""The difference of the clocks is named, and warned of where it is large and certain."""

from datetime import datetime, timedelta

import pytest

from pbtui.api.clock import utc_now
from pbtui.desk.team.skew import Skew, measure


@pytest.mark.parametrize(
    ("skew", "way", "is_warned"),
    [
        (Skew(0.0042, 0.001), "0.004 s ahead of the store, ± 0.001 s", False),
        (Skew(-2.5, 0.2), "2.500 s behind the store, ± 0.200 s", True),
        (Skew(1.1, 0.2), "1.100 s ahead of the store, ± 0.200 s", False),
    ],
)
def test_a_skew_is_named_and_a_large_one_is_a_warning(skew: Skew, way: str, *, is_warned: bool) -> None:
    assert skew.words == f"this host is {way}"
    assert (skew.words in skew.warning) is is_warned


async def test_a_clock_that_is_behind_is_measured() -> None:
    async def ahead() -> datetime:
        return utc_now() + timedelta(minutes=5)

    skew = await measure(ahead)
    assert abs(skew.ahead_s + 300) <= skew.within_s + 0.01
    assert "behind the store" in skew.warning
