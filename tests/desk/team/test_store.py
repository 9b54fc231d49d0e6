"""The values of the team store as the trader reads them."""

from datetime import UTC, datetime

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
    assert halt.words == "kill: deactivate-mine by profile prod, 2026-11-27 12:00:05Z by tess on north"


def test_an_unreachable_store_says_since_when_and_why() -> None:
    error = StoreUnreachable("no answer within 300 ms", NOON)
    assert str(error) == "The team store is unreachable since 12:00:05Z: no answer within 300 ms"
