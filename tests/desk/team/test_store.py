"""The values of the team store as the trader reads them."""

from datetime import UTC, datetime

from pbtui.api.structs import replace
from pbtui.desk.team.store import HaltRecord, StoreUnreachable

NOON = datetime(2026, 11, 27, 12, 0, 5, tzinfo=UTC)


def test_a_halt_says_its_reason_and_who_halted_where_and_when() -> None:
    halt = HaltRecord(
        epoch=3,
        token="k1",
        server="desk.example/epex",
        portfolios=(),
        reason="kill: deactivate-mine",
        operator="tess",
        host="north",
        profile="prod",
        desk="d1",
        action="deactivate-mine",
        halted_at=NOON,
    )
    at = "by profile prod, 2026-11-27 12:00:05Z by tess on north"
    assert halt.words == f"kill: deactivate-mine (no verdict yet) {at}"
    assert halt.warning.startswith("The kill of tess on north has no verdict yet: orders may be active")
    refused = replace(halt, verdict="REFUSED")
    assert refused.words == f"kill: deactivate-mine (REFUSED) {at}"
    assert "ended as REFUSED" in refused.warning
    assert (replace(halt, verdict="VERIFIED").warning, replace(halt, action="").warning) == ("", "")
    assert replace(halt, action="").words == f"kill: deactivate-mine {at}"


def test_an_unreachable_store_says_since_when_and_why() -> None:
    error = StoreUnreachable("no answer within 300 ms", NOON)
    assert str(error) == "The team store is unreachable since 12:00:05Z: no answer within 300 ms"
