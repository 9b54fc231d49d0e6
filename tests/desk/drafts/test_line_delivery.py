"""What a delivery's clock times do not show."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from pbtui.desk.drafts.line_delivery import long_words

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2026-11-24T14:15+01:00", "2026-11-24T14:30+01:00", ""),
        ("2026-11-24T00:00+01:00", "2026-11-25T00:00+01:00", ""),
        ("2026-11-24T23:45+01:00", "2026-11-25T00:00+01:00", ""),
        ("2026-11-24T22:00+01:00", "2026-11-25T06:00+01:00", "The delivery is 8 h long: it ends on 25 Nov at 06:00"),
        ("2026-11-24T14:15+01:00", "2026-11-25T14:15+01:00", "The delivery is 24 h long: it ends on 25 Nov at 14:15"),
        ("2026-10-24T20:00+02:00", "2026-10-25T08:15+01:00", "13 h 15 min long"),  # the clock goes back
    ],
)
def test_a_delivery_that_ends_on_a_later_day_says_so(start: str, end: str, words: str) -> None:
    said = long_words(datetime.fromisoformat(start), datetime.fromisoformat(end), BERLIN)
    assert words in said
    assert bool(words) is bool(said)
    assert long_words(None, None, BERLIN) == ""
