"""The report of a shift, from lines and answers: when it began, what is open, what ends, and what was not read."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pbtui.api.errors import UnknownOutcome
from pbtui.api.reads.contracts import ContractItem, DeliveryAreaState
from pbtui.api.structs import replace
from pbtui.desk.handover.changes import NO_ANSWER, changes_of, unfinished_of
from pbtui.desk.handover.expiries import expiries_of, unknown_ends
from pbtui.desk.handover.report import Answers, Journals, Part, Report, report_of
from pbtui.desk.handover.shift import Recorded, Shift, notes_of, shift_of
from pbtui.desk.handover.words import report_text, sections_of, summary_of
from pbtui.desk.journal.line import JournalEntry
from pbtui.desk.journal.writer import Kind
from pbtui.desk.market.gates import Gates
from pbtui.settings.profiles import Profile
from tests.orders import an_order

NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
PROFILE = Profile(name="desk", base_url="https://staging.powerbot-trading.com/playground/epex/v2/api")
HOSTILE = "look\x1b]52;c;ZXZpbA==\x07 here"


def line(hours_ago: float, kind: str, who: str = "tess", **facts: Any) -> Recorded:
    return Recorded(JournalEntry(1, NOW - timedelta(hours=hours_ago), kind, facts, None), who, "north", "run")


def intent(hours_ago: float, ticket: str, key: str) -> Recorded:
    return line(hours_ago, Kind.INTENT, ticket=ticket, action="deactivate", lines=[{"key": key, "request": {}}])


def result(hours_ago: float, ticket: str, key: str, state: str, *, is_open: bool) -> Recorded:
    found = {"key": key, "state": state, "is_open": is_open}
    return line(hours_ago, Kind.RECONCILIATION, ticket=ticket, results=[found])


def taken(hours_ago: float, name: str) -> Recorded:
    return line(hours_ago, Kind.TAKE_OVER, name=name)


@pytest.mark.parametrize(
    ("lines", "since", "hours", "name"),
    [
        ([], None, 8, None),
        ([taken(20, "Ann"), taken(3, "Ben")], None, 3, "Ben"),
        ([taken(3, "Ben"), taken(20, "Ann")], None, 3, "Ben"),
        ([taken(3, "Ben")], NOW - timedelta(hours=5), 5, "Ben"),
    ],
)
def test_a_shift_begins_with_the_last_take_over(
    lines: list[Recorded], since: datetime | None, hours: int, name: str | None
) -> None:
    shift = shift_of(lines, NOW, since)
    assert shift.since == NOW - timedelta(hours=hours)
    assert (shift.last and shift.last.name) == name


def test_the_notes_that_were_handed_over_are_still_shown() -> None:
    lines = [line(hours, Kind.NOTE, text=f"{hours}") for hours in (21, 19, 4, 1)]
    lines += [taken(20, "Ann"), taken(3, "Ben")]
    assert [note.text for note in notes_of(lines, shift_of(lines, NOW))] == ["19", "4", "1"]


def test_a_write_is_shown_with_its_newest_state_if_either_was_in_the_shift() -> None:
    lines = [
        intent(30, "OLD", "1"),
        result(29, "OLD", "1", "CONFIRMED", is_open=False),
        intent(9, "A", "2"),
        result(7, "A", "2", "UNKNOWN", is_open=True),
        result(6, "A", "2", "CONFIRMED", is_open=False),
        intent(5, "B", "3"),
        line(4, Kind.ORDER_EVENT, events=[{"order_id": "7", "what": "expired"}, {"order_id": "8", "traded_mw": 1}]),
        line(4, "of a later version", fact="kept"),
        line(4, Kind.OPENED, operator="tess"),
    ]
    found = [(change.order, change.words) for change in changes_of(lines, shift_of(lines, NOW))]
    assert found[:2] == [("2", "deactivate: CONFIRMED"), ("3", f"deactivate: {NO_ANSWER}")]
    assert [order for order, _ in found[2:]] == ["7", ""]
    assert found[3][1] == "fact kept"


def test_what_has_no_known_end_is_shown_however_old_it_is() -> None:
    lines = [
        intent(100, "OLD", "1"),
        result(99, "OLD", "1", "UNKNOWN", is_open=True),
        intent(5, "A", "2"),
        result(4, "A", "2", "CONFIRMED", is_open=False),
        intent(1, "B", "3"),
    ]
    assert [(each.ticket, each.state) for each in unfinished_of(lines, NOW)] == [("OLD", "UNKNOWN"), ("B", NO_ANSWER)]


def test_an_order_ends_at_its_gate_or_before() -> None:
    gate = NOW + timedelta(hours=2)
    states = (DeliveryAreaState(delivery_area="A", trading_end=gate),)
    gates = Gates.of([ContractItem(contract_id="c1", delivery_area_states=states)])

    def order(order_id: str, contract_id: str, hours: float | None) -> Any:
        valid_until = None if hours is None else NOW + timedelta(hours=hours)
        return replace(
            an_order(order_id), contract_id=contract_id, delivery_area="A", valid_until=valid_until, contracts=None
        )

    orders = [order("at gate", "c1", 2), order("before", "c1", 1), order("no gate", "c2", None), order("far", "c2", 9)]
    found = expiries_of(orders, gates, NOW + timedelta(hours=8))
    assert [(each.order.order_id, each.why) for each in found] == [
        ("before", "order expires"),
        ("at gate", "gate closes"),
    ]
    assert [each.order.order_id for each in expiries_of(orders, None, gate)] == ["before", "at gate"]
    assert unknown_ends(orders, gates) == ("the gate closure of 2 orders: the exchange does not state it",)


def unread() -> Report:
    """A report of which nothing could be read."""
    failure = UnknownOutcome("GET", "no answer")
    answers = Answers(failure, failure, failure, failure)
    journals = Journals((), ("journal: the disk is gone",))
    shift = Shift(NOW - timedelta(hours=8), NOW, notes_since=NOW)
    return report_of(
        PROFILE, shift, journals, answers, Part((), ("halts of the team: no answer since 2026-11-22 13:00:00Z",)), NOW
    )


def test_nothing_that_could_not_be_read_is_none() -> None:
    report = unread()
    for section in sections_of(report, ZONE):
        assert section.all_lines
        assert all(text.startswith("NOT READ: ") for text in section.all_lines), section.title
    text = report_text(report, ZONE)
    assert "Open orders: not known" in text
    assert "Traded: not known" in text
    assert "; another take-over may be in a journal that was not read\n" in text
    assert "no answer since 2026-11-22 14:00:00 CET" in text
    assert summary_of(report).count("not all read") == 7


def test_an_iceberg_counts_whole() -> None:
    order = replace(an_order("1"), quantity=Decimal(5), hidden_quantity=Decimal(24))
    assert "BUY 29.0 MW (24.0 MW hidden) at 45.10" in report_text(replace(unread(), orders=Part((order,))), ZONE)


def test_no_text_of_others_is_a_command_of_the_terminal() -> None:
    order = replace(an_order("1"), txt=HOSTILE, price=Decimal("8.5"))
    lines = [line(1, Kind.NOTE, HOSTILE, text=HOSTILE), taken(2, HOSTILE)]
    shift = shift_of(lines, NOW)
    report = replace(unread(), notes=Part(notes_of(lines, shift)), orders=Part((order,)), shift=shift)
    assert "\x1b" not in report_text(report, ZONE)
    assert "look" in report_text(report, ZONE)
