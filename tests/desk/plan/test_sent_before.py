"""New orders that the journal has: the newest result of each, of the last ticket that may have entered it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pbtui.desk.journal.line import JournalEntry
from pbtui.desk.plan.sent_before import newest_results

AT = datetime(2026, 11, 22, tzinfo=UTC)


def entry(kind: str, ticket: str, **facts: Any) -> JournalEntry:
    return JournalEntry(1, AT, kind, {"ticket": ticket, **facts}, None)


def intent(ticket: str, *keys: str) -> JournalEntry:
    return entry("intent", ticket, lines=[{"key": key} for key in keys])


def result(kind: str, ticket: str, state: str) -> JournalEntry:
    return entry(kind, ticket, results=[{"key": "AAAAAA", "state": state}])


T1, T2 = intent("T1", "AAAAAA"), intent("T2", "AAAAAA")


@pytest.mark.parametrize(
    ("entries", "state"),
    [
        ([T1], "UNKNOWN"),
        ([T1, result("outcome", "T1", "SENT")], "SENT"),
        ([T1, result("outcome", "T1", "SENT"), result("reconciliation", "T1", "CONFIRMED")], "CONFIRMED"),
        ([T1, result("outcome", "T1", "REJECTED"), T2], "UNKNOWN"),
        ([T1, T2, result("outcome", "T2", "NOT SENT")], "UNKNOWN"),
        ([T1, result("outcome", "T1", "odd"), entry("outcome", "T1", results="odd")], "odd"),
    ],
)
def test_the_newest_result_of_a_row(entries: list[JournalEntry], state: str) -> None:
    found = newest_results([intent("T0", "BBBBBB"), *entries], {"AAAAAA"})
    assert {mark: sent.state for mark, sent in found.items()} == {"AAAAAA": state}


def test_a_result_without_its_intent_says_nothing() -> None:
    assert newest_results([result("outcome", "T1", "CONFIRMED")], {"AAAAAA"}) == {}
