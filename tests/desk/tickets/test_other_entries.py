"""New orders of the last minutes, by the journals of all programs of a profile."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pbtui.api.clock import Clock, use, utc_now
from pbtui.api.codes import OrderSide
from pbtui.api.requests import OrderEntry
from pbtui.api.structs import replace
from pbtui.desk.journal.recent import RECENT
from pbtui.desk.journal.writer import Journal, JournalUnusable, Kind
from pbtui.desk.storage.places import journal_folder, owner_of
from pbtui.desk.tickets.duplicates import earlier_entries
from pbtui.desk.tickets.other_entries import OtherEntries
from pbtui.desk.tickets.record import intent_facts, result_facts
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import Action, Ticket, entry_line, new_token
from pbtui.settings.profiles import Profile

PROFILE = Profile(name="desk", base_url="https://staging.powerbot-trading.com/playground/epex/v2/api")
OWNER = owner_of(PROFILE)
ENTRY = OrderEntry(portfolio_id="P1", side=OrderSide.BUY, quantity=Decimal(5), price=Decimal("45.1"), txt="hedge")


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def intend(journal: Journal) -> Ticket:
    ticket = Ticket(new_token(), Action.ADD, (entry_line(ENTRY, new_token()),), utc_now())
    journal.record(Kind.INTENT, **intent_facts(ticket, ticket.lines))
    return ticket


def end(journal: Journal, ticket: Ticket, state: State, *ids: str, kind: Kind = Kind.OUTCOME) -> None:
    lines = [replace(line, verdict=Verdict(state, "why", order_ids=ids)) for line in ticket.lines]
    journal.record(kind, **result_facts(ticket, lines))


def found(entries: OtherEntries) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {ticket.token: (line.state, line.verdict.order_ids) for ticket in entries.read() for line in ticket.lines}


def test_entries_are_found_with_their_newest_results_whether_their_programs_run_or_not() -> None:
    entries = OtherEntries(OWNER)
    with Journal.open(PROFILE) as first, Journal.open(PROFILE) as second:
        one, two = intend(first), intend(second)
        end(first, one, State.UNKNOWN)
        assert found(entries) == {one.token: (State.UNKNOWN, ()), two.token: (State.SENDING, ())}
        end(first, one, State.NOT_FOUND, kind=Kind.RECONCILIATION)
        assert found(entries)[one.token] == (State.NOT_FOUND, ())
    with Journal.open(PROFILE) as later:
        end(later, one, State.CONFIRMED, "7", kind=Kind.RECONCILIATION)
        assert found(entries) == {one.token: (State.CONFIRMED, ("7",)), two.token: (State.UNKNOWN, ())}
    assert [ticket.lines[0].request for ticket in entries.read()] == [each.lines[0].request for each in (one, two)]


def test_writes_that_enter_no_order_and_what_cannot_be_read_are_left_out() -> None:
    with Journal.open(PROFILE) as journal:
        for facts in ({"action": "delete"}, {"action": "add"}, {"action": "add", "lines": [{"key": "1"}]}):
            journal.record(Kind.INTENT, ticket="AAA", **facts)
        assert found(OtherEntries(OWNER)) == {}


def test_an_entry_whose_result_cannot_be_read_may_be_there() -> None:
    with Journal.open(PROFILE) as journal:
        ticket = intend(journal)
        journal.record(Kind.OUTCOME, ticket=ticket.token, results=[{"key": ticket.lines[0].key, "state": "NOVEL"}])
        assert found(OtherEntries(OWNER)) == {ticket.token: (State.UNKNOWN, ())}


class SetClock(Clock):
    """The clock of this machine, after somebody has set it."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def utc_now(self) -> datetime:
        return super().utc_now() + self._by


class Later(SetClock):
    """The clock of this machine, after some time."""

    def steady_s(self) -> float:
        return super().steady_s() + self._by.total_seconds()


def test_older_entries_are_left_out() -> None:
    with Journal.open(PROFILE) as journal:
        ticket = intend(journal)
    entries = OtherEntries(OWNER)
    with use(Later(RECENT - timedelta(minutes=1))):
        assert found(entries).keys() == {ticket.token}
    with use(Later(RECENT + timedelta(minutes=1))):
        assert found(entries) == {}


@pytest.mark.parametrize("by", [timedelta(minutes=11), timedelta(days=1), timedelta(minutes=-11)])
def test_an_entry_of_just_now_is_found_after_the_clock_was_set(by: timedelta) -> None:
    with Journal.open(PROFILE) as journal:
        ticket = intend(journal)
    with use(SetClock(by)):
        (found_ticket,) = OtherEntries(OWNER).read()
        again = Ticket(new_token(), Action.ADD, (entry_line(ENTRY, new_token()),), utc_now())
        assert [other.token for other, _ in earlier_entries(again, [found_ticket])] == [ticket.token]


def test_an_entry_before_many_lines_is_found() -> None:
    with Journal.open(PROFILE) as journal:
        ticket = intend(journal)
        for _ in range(3):
            journal.record(Kind.MODE, text="x" * 2**20)
        assert found(OtherEntries(OWNER)).keys() == {ticket.token}


def test_an_unreadable_journal_raises_an_error() -> None:
    assert OtherEntries(OWNER).read() == ()
    journal_folder(OWNER).parent.mkdir(parents=True)
    journal_folder(OWNER).write_text("no folder")
    with pytest.raises(JournalUnusable, match="Not a directory"):
        OtherEntries(OWNER).read()
