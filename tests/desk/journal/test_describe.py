"""Journal entries in words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pbtui.desk.journal.describe import entry_lines, entry_words
from pbtui.desk.journal.line import JournalEntry
from pbtui.desk.journal.writer import Kind

AT = datetime(2026, 11, 22, 13, tzinfo=UTC)


def in_words(kind: str, **facts: Any) -> str:
    return "\n".join(text for _, text in entry_words(JournalEntry(2, AT, kind, facts, None)))


OPENED = {
    "operator": "alice",
    "host": "desk-1",
    "tty": "/dev/pts/0",
    "ssh_client": "192.0.2.7",
    "profile": "desk",
    "environment": "test",
    "exchange": "epex",
    "server": "exchange.test",
    "pid": 7,
    "version": "1.2",
    "run": 3,
    "earlier": {"file": "2026.jsonl", "line": 5, "hash": "00"},
}


@pytest.mark.parametrize(
    ("kind", "facts", "words"),
    [
        (
            Kind.OPENED,
            OPENED,
            "run 3 began, by alice on desk-1, terminal /dev/pts/0, SSH from 192.0.2.7: profile desk, "
            "epex at exchange.test (test); process 7; continues 2026.jsonl, line 5; version 1.2",
        ),
        (
            Kind.CONFIRMATION,
            {"ticket": "A", "by": "key", "warnings": []},
            "ticket A: confirmed with the key, without warnings",
        ),
        (
            Kind.CONFIRMATION,
            {"ticket": "A", "by": "--yes", "warnings": ["the price is far", "large"]},
            "ticket A: confirmed with the option --yes, in spite of: the price is far; large",
        ),
        (
            Kind.ABORT,
            {"ticket": "A", "action": "modify", "reason": "not confirmed"},
            "ticket A: modify cancelled: not confirmed",
        ),
        (Kind.MODE, {"trading": False}, "trading was switched off"),
        (Kind.MODE, {"trading": [1]}, "trading 1"),
        (
            Kind.REQUEST,
            {"ticket": "A", "method": "PUT", "path": "/orders/list"},
            "ticket A: PUT /orders/list is sent",
        ),
        (
            Kind.KILL,
            {
                "action": "deactivate",
                "call": "PUT /x",
                "scope": "all",
                "guard": "terminal",
                "orders": 2,
                "known": ["1"],
            },
            "deactivate was fired, by PUT /x; scope: all; 2 orders were listed before; confirmed: terminal",
        ),
        (
            Kind.KILL_CALL,
            {"method": "PUT", "path": "/x", "about": "AMP", "status": 200, "end": "accepted", "ended_s": 1},
            "PUT /x (AMP): status 200, accepted; ended s 1",
        ),
        (
            Kind.KILL_END,
            {"phase": "VERIFIED", "headline": "no order is active", "counts": {"out": 2}, "report": {}},
            "VERIFIED: no order is active; counts (out 2); report none",
        ),
        (
            Kind.REPORT_UNWRITTEN,
            {"reports": ["1.json", "1.md"], "reason": "No space left on device"},
            "the report of the kill could not be written: No space left on device; reports 1.json, 1.md",
        ),
        (
            Kind.STATUS,
            {"wanted": {"orderModType": "DEAC"}},
            "every order at the exchange is to be changed: (orderModType DEAC)",
        ),
        (Kind.STATUS, {"end": "accepted"}, "the change of every order ended: accepted"),
        (Kind.REARM, {"reason": "checked", "was": "fired"}, "the profile was re-armed: checked; the halt was: fired"),
        (
            Kind.TEAM_REARM,
            {"epoch": 3, "reason": "checked", "was": "fired"},
            "halt 3 of the team is lifted: checked; it was: fired",
        ),
        (
            Kind.REARM_ASKED,
            {"epochs": [3, 4], "reason": "checked", "was": ["fired"]},
            "a second person is asked to lift the halts 3, 4: checked; they were: fired",
        ),
        (
            Kind.REARM_CONFIRMED,
            {"request": 7, "asked": "ben on south", "reason": "checked", "epochs": [3]},
            "the re-arm of the halts 3 is confirmed: request 7 of ben on south (checked)",
        ),
        (
            Kind.REARM_ENDED,
            {"request": 7, "ending": "confirmed", "by": "tess"},
            "request 7 to re-arm ended: confirmed by tess",
        ),
        (Kind.REARM_ENDED, {"request": 7, "ending": "expired", "by": ""}, "request 7 to re-arm ended: expired"),
        (Kind.LONE, {"reason": "store down"}, "this host is cut loose from the team: store down"),
        (Kind.LONE_ENDED, {"was": "cut loose"}, "this host has joined the team again; it was cut loose"),
        (Kind.HALT_VANISHED, {"was": "kill fired"}, "a halt vanished and is put back: kill fired"),
        (
            Kind.GAP,
            {"count": 1, "since": "x", "reason": "disk full", "missing": [{"kind": "intent", "of": "A"}]},
            "1 line could not be written to the journal (intent of ticket A): disk full",
        ),
        (
            Kind.GAP,
            {"missing": [{"of": [1]}]},
            "None lines could not be written to the journal (None of ticket [1]): None",
        ),
        (
            Kind.INTENT,
            {
                "ticket": "A",
                "action": "modify",
                "lines": [
                    {
                        "request": {"order_id": "7", "revision_no": 2, "changes": {"quantity": "30.0"}},
                        "base": {"quantity": "5.0", "hidden_quantity": "24.0"},
                    }
                ],
            },
            "ticket A: modify quantity 29.0 -> 30.0 MW at revision 2",
        ),
        (Kind.CLOSED, {}, "the run ended"),
        ("novel", {"some_fact": [1, None], "other": {"a": True}}, "some fact 1, none; other (a yes)"),
        (
            Kind.OUTCOME,
            {"ticket": "A", "results": [{"key": "1", "state": "SENT"}], "internal_trades": 2, "limit_violations": "P"},
            "ticket A: SENT\nticket A: internal trades: 2; limit violations: P",
        ),
    ],
)
def test_an_entry_is_a_sentence(kind: str, facts: dict[str, Any], words: str) -> None:
    assert in_words(kind, **facts) == words


@pytest.mark.parametrize("kind", [*Kind, "novel"])
@pytest.mark.parametrize("odd", [None, [], {}, "\x1b[2J", 5, [None], {"a": []}])
def test_facts_of_any_form_are_shown_without_control_characters(kind: str, odd: Any) -> None:
    names = [*OPENED, "ticket", "lines", "results", "trading", "by", "warnings", "wanted", "missing", "status", "about"]
    entry = JournalEntry(2, AT, kind, dict.fromkeys(names, odd), None)
    assert "\x1b" not in "".join(entry_lines(entry))
