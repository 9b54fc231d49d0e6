"""`pbtui handover` on a simulator: the report, and what a failed read makes of it."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from pbtui.api import clock
from tests.cli.reads.conftest import Ran
from tests.exchange import RunningExchange

Enter = Callable[..., dict[str, Any]]


def section(report: str, title: str) -> list[str]:
    """The lines of a section, without their indent."""
    [found] = [part for part in report.split("\n\n") if part.startswith(title)]
    return [line.strip() for line in found.splitlines()[1:]]


def test_it_shows_the_shift_and_a_read_that_failed_is_never_none(
    ran: Ran, enter: Enter, exchange: RunningExchange
) -> None:
    mine = enter(price=8000)
    exchange.fill(mine["order_id"], 2)
    ran("deactivate", "--order-id", enter(price=9000)["order_id"], "--yes")
    exchange.forget_requests()
    report, talk = ran("handover", "--hours", "48")
    assert talk == ""
    assert {request["method"] for request in exchange.requests()} == {"GET"}
    assert report.startswith("Hand-over of profile desk, epex at 127.0.0.1\nShift: ")
    assert "the last 8 hours, because no take-over is recorded\nJournals: this host\n" in report
    for empty in ("Notes", "Halt", "Not known how it ended"):
        assert section(report, empty) == ["none"]
    assert "1 active (buy 0.0 MW, sell 3.0 MW), 1 deactivated" in report
    assert re.search(r"sold 2\.0 MW at 8000\.00 on average, net -2\.0 MW", section(report, "Traded: 1 trade")[0])
    assert len(section(report, "Ends until")) == 2
    [change] = section(report, "Changed")
    assert re.search(r"deactivate: CONFIRMED  order \d+$", change)
    assert re.search(r"SELL 3\.0 MW at 8000\.00  .* order \d+$", section(report, "Open orders")[0])

    exchange.faults(errors={"value": {"403": 1}, "paths": ["/trades", "/contracts"]})
    report, talk = ran("handover", code=4)
    assert section(report, "Traded: not known")[0].startswith("NOT READ: trades: ")
    assert section(report, "Ends until")[0].startswith("NOT READ: gate closures: ")
    assert "GET /trades" in talk
    exchange.faults(errors={"value": {"500": 1}, "paths": ["/orders"]})
    found = json.loads(ran("handover", "--json", code=5)[0])
    assert found["orders"] == []
    assert set(found["not_read"]) == {"orders", "ends"}
    assert "Open orders: not known" in ran("handover", code=5)[0]


def test_who_takes_over_is_recorded_with_the_report_and_begins_the_next_shift(ran: Ran, enter: Enter) -> None:
    ran("deactivate", "--order-id", enter()["order_id"], "--yes")
    ran("handover", "--note", "  watch the 18-19, \x1b[31mFrank\u2019s\x1b[0m", code=2)
    ran("handover", "--note", "watch the 18-19")
    ran("handover", "--take", code=2)
    report, talk = ran("handover", "--take", "--name", "Ann B")
    assert "watch the 18-19" in section(report, "Notes (1)")[0]
    assert len(section(report, "Changed (1)")) == 1
    assert re.search(r"^Ann B took over from \S+ on \S+\.$", talk, re.MULTILINE)
    assert sha256(report.encode()).hexdigest() in talk

    after, talk = ran("handover", "--take", "--name", "Ben")
    assert "since Ann B took over (" in after
    assert section(after, "Changed") == ["none"]
    assert "watch the 18-19" in section(after, "Notes (1)")[0]
    assert "Ben took over from Ann B." in talk
    kept = [json.loads(line) for line in ran("journal", "show", "--json")[0].splitlines()]
    first, second = (line for line in kept if line["kind"] == "take-over")
    assert (second["name"], second["from"]) == ("Ben", "Ann B")
    assert first["report_sha256"] == sha256(report.encode()).hexdigest()
    assert "changes 1," in first["summary"]
    assert "Ben took over from Ann B; the report since " in ran("journal", "show")[0]


class ClockAhead(clock.Clock):
    """The clock of a host that is so many hours ahead of the exchange's."""

    def __init__(self, hours: int) -> None:
        self._hours = hours

    def utc_now(self) -> datetime:
        """Return the wall clock time."""
        return super().utc_now() + timedelta(hours=self._hours)


@pytest.mark.parametrize("hours", [3, -3])
def test_the_trades_of_a_shift_are_those_since_it_began_by_the_clock_of_the_exchange(
    ran: Ran, exchange: RunningExchange, hours: int
) -> None:
    exchange.forget_requests()
    begin = datetime.now(UTC) - timedelta(hours=8)
    with clock.use(ClockAhead(hours)):
        ran("handover")
        ran("handover", "--since", "2026-11-22T06:00:00Z")
    asked = [
        datetime.fromisoformat(request["query"]["from_execution_time"][0])
        for request in exchange.requests()
        if "trades" in request["path"]
    ]
    assert [abs(at - begin) < timedelta(minutes=5) for at in asked] == [True, True, False, False]
    assert asked[2:] == [datetime(2026, 11, 22, 6, tzinfo=UTC)] * 2
