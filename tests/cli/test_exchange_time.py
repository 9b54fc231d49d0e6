"""Times on the command line, in files and filters go by the exchange's clock, whatever that of this host says."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from pbtui.api import clock
from tests.cli.write.test_command import ran
from tests.end_to_end.host import Host
from tests.still_exchange import StillExchange, still_exchange

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""11:00 in Berlin, by the exchange's clock."""
AMP = "10YDE-RWENET---I"


class ClockAhead(clock.Clock):
    """The clock of a host that is so many hours ahead of the exchange's, behind if negative."""

    def __init__(self, hours: float) -> None:
        self._began_s = self.steady_s()
        self._began_at = AT + timedelta(hours=hours)

    def utc_now(self) -> datetime:
        """Return the wall clock time."""
        return self._began_at + timedelta(seconds=self.steady_s() - self._began_s)


@pytest.fixture(scope="module")
def still() -> Iterator[StillExchange]:
    """An exchange for which it is always AT."""
    with still_exchange(AT, orders=20, churn=0.0) as exchange:
        yield exchange


@pytest.fixture
def far(tmp_path: Path, still: StillExchange) -> Host:
    """A host whose desk is at this exchange."""
    host = Host(tmp_path)
    host.adopt(still.base_url, still.api_key, read_only=False)
    return host


@contextmanager
def ahead_by(hours: float) -> Iterator[None]:
    """Let the clock of this host be so far ahead of the exchange's."""
    with clock.use(ClockAhead(hours)):
        yield


def entered(far: Host, *arguments: str) -> dict[str, Any]:
    """The new order that a dry run shows."""
    out, _ = ran(far, "add", *arguments, "--accept-warnings", "--dry-run")
    (entry,) = json.loads(out)["body"]
    assert isinstance(entry, dict)
    return entry


NEXT = [
    (3, "12:00", "2026-11-24T11:00:00Z"),
    (-3, "10:00", "2026-11-25T09:00:00Z"),
    (0, "12:00", "2026-11-24T11:00:00Z"),
]


@pytest.mark.parametrize(("hours", "typed", "begins_at"), NEXT)
def test_a_delivery_is_the_next_one_by_the_clock_of_the_exchange(
    far: Host, hours: int, typed: str, begins_at: str
) -> None:
    with ahead_by(hours):
        entry = entered(far, f"buy 1 @ -500 {typed} amp portfolio DE1")
    assert entry["dlvryStart"] == begins_at


@pytest.mark.parametrize("hours", [14, -14])
def test_today_is_the_day_of_the_exchange(far: Host, hours: int) -> None:
    with ahead_by(hours):
        entry = entered(far, "buy 1 @ -500 today h18 amp portfolio DE1")
    assert entry["dlvryStart"] == "2026-11-24T16:00:00Z"


@pytest.mark.parametrize(("hours", "typed", "until"), NEXT)
def test_a_time_of_an_option_is_the_next_one_by_the_clock_of_the_exchange(
    far: Host, still: StillExchange, hours: int, typed: str, until: str
) -> None:
    validity = ("--validity-res", "GTD", "--validity-date", typed)
    with ahead_by(hours):
        entry = entered(far, "buy 1 @ -500 2026-11-25 h18 amp portfolio DE1", *validity)
        order = resting(still)
        out, _ = ran(far, "modify", "--order-id", order["order_id"], *validity, "--accept-warnings", "--dry-run")
    assert entry["validityDate"] == until
    (item,) = json.loads(out)["body"]
    assert item["changes"]["validityDate"] == until


def resting(still: StillExchange) -> dict[str, Any]:
    """An own order that rests in the market."""
    orders = httpx.get(f"{still.base_url}/orders", headers={"api_key": still.api_key}, trust_env=False).json()
    return next(each for each in orders if each["type"] == "O" and each["state"] == "ACTI" and not each["pre_arranged"])


PASSED = [(3, "2026-11-24 11:30", True), (-3, "2026-11-24 10:30", False), (-3, "2026-11-24 11:30", True)]


@pytest.mark.parametrize(("hours", "typed", "is_sent"), PASSED)
def test_what_has_passed_goes_by_the_clock_of_the_exchange(far: Host, hours: int, typed: str, is_sent: bool) -> None:
    given = ["buy 1 @ -500 2026-11-25 h18 amp portfolio DE1", "--validity-res", "GTD", "--validity-date", typed]
    with ahead_by(hours):
        if is_sent:
            assert entered(far, *given)["validityDate"] == "2026-11-24T10:30:00Z"
        else:
            _, talk = ran(far, "add", *given, "--dry-run", code=2)
            assert "--validity-date: has passed" in talk


def test_an_end_after_the_gate_is_warned_of_before_it_is_sent(far: Host, still: StillExchange) -> None:
    far.adopt(still.base_url, still.api_key, read_only=False)
    entry = "buy 1 @ -500 2026-11-24 h18 amp portfolio DE1 gtd 2026-11-24"
    _, talk = ran(far, "add", f"{entry} 16:50", "--dry-run")
    assert "valid until" not in talk.partition("warning")[2]
    _, talk = ran(far, "add", f"{entry} 17:30", "--dry-run", "--accept-warnings")
    assert "warning: valid until 2026-11-24 17:30 is after the gate in AMP, 2026-11-24 16:55" in talk
    _, talk = ran(far, "add", f"{entry} 17:30", "--yes", code=2)
    assert "there are warnings: add --accept-warnings" in talk
    validity = ("--validity-res", "GTD", "--validity-date", "2026-11-26 12:00")
    order = resting(still)
    _, talk = ran(far, "modify", "--order-id", order["order_id"], *validity, "--accept-warnings", "--dry-run")
    assert "warning: valid until 2026-11-26 12:00 is after the gate in" in talk
    file = far.home / "orders.csv"
    file.write_text(
        "side,quantity,price,delivery,delivery_area,portfolio_id,validity_date\n"
        "BUY,1,-500,2026-11-24 h18,AMP,DE1,2026-11-24T16:30:00Z\n"
    )
    _, talk = ran(far, "apply", str(file), "--dry-run", "--accept-warnings")
    assert "warning: valid until 2026-11-24 17:30 is after the gate in AMP" in talk


@pytest.mark.parametrize("portfolios", [[], ["DE1"]])
def test_a_contract_that_still_trades_is_known_by_its_name(
    far: Host, still: StillExchange, portfolios: list[str]
) -> None:
    far.adopt(still.base_url, still.api_key, read_only=False, portfolios=portfolios)
    asked = httpx.get(f"{still.base_url}/contracts", headers={"api_key": still.api_key}, trust_env=False)
    first = min(asked.json(), key=lambda each: str(each["delivery_start"]))
    with ahead_by(0.9):
        entry = entered(far, f"buy 1 @ -500 {first['name']} amp de1")
    assert entry["contractId"] == first["contract_id"]


@pytest.mark.parametrize("command", ["plan", "apply"])
@pytest.mark.parametrize(("hours", "begins_at", "is_sent"), [(3, "10:30", True), (-3, "09:30", False)])
def test_a_row_of_a_file_has_passed_by_the_clock_of_the_exchange(
    far: Host, command: str, hours: int, begins_at: str, is_sent: bool
) -> None:
    path = far.home / "orders.csv"
    window = f"2026-11-24T{begins_at}:00Z,2026-11-24T{begins_at.replace(':30', ':45')}:00Z"
    path.write_text(
        f"side,quantity,price,dlvry_start,dlvry_end,delivery_area,portfolio_id\nbuy,1,-500,{window},{AMP},DE1\n"
    )
    consent = ("--accept-warnings", "--dry-run") if command == "apply" else ()
    with ahead_by(hours):
        out, talk = ran(far, command, str(path), *consent, code=0 if is_sent else 2)
    if is_sent:
        assert "1 add" in out + talk
    else:
        assert "line 2, dlvry_start: 2026-11-24T09:30:00Z has passed" in talk
        assert "nothing was sent" in talk


@pytest.mark.parametrize("hours", [3, -3, 0])
def test_an_export_is_filtered_by_the_clock_of_the_exchange(far: Host, hours: int) -> None:
    with ahead_by(hours):
        everything, _ = ran(far, "export")
        assert ran(far, "export", "age<1h") == ran(far, "export", "gate<900h") == (everything, "")
        assert ran(far, "export", "age>1h or gate:past")[0].splitlines() == everything.splitlines()[:1]
    assert len(everything.splitlines()) > 5


@pytest.mark.parametrize("hours", [3, -3])
def test_a_hand_over_shows_what_ends_soon_by_the_clock_of_the_exchange(far: Host, hours: int) -> None:
    with ahead_by(0):
        right = json.loads(ran(far, "handover", "--hours", "8", "--json")[0])
    with ahead_by(hours):
        report = json.loads(ran(far, "handover", "--hours", "8", "--json")[0])
    assert datetime.fromisoformat(report["ends_until"]).replace(second=0, microsecond=0) == AT + timedelta(hours=8)
    assert report["ends"] == right["ends"] != []
