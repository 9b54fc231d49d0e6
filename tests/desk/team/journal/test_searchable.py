"""The words by which a line is found in the store."""

from datetime import UTC, datetime

from pbtui.desk.journal.line import JournalEntry
from pbtui.desk.team.journal.searchable import Searchable, searchable

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)


def test_orders_and_portfolios_are_found_wherever_they_are() -> None:
    facts = {
        "ticket": "7K3QX2",
        "orders": 3,
        "known": ["o5", "", None],
        "lines": [
            {
                "request": {"order_id": "o1", "portfolio_id": "B"},
                "base": {"portfolio_id": "A", "parent_order_id": "o0"},
            },
            {"results": [[{"order_ids": ["o1", "o2"]}]], "order": {"order_id": "o\0" + "x" * 300}},
        ],
    }
    found = searchable(JournalEntry(1, AT, "intent", facts, None))
    orders = ("o0", "o1", "o2", "o5", "o\ufffd" + "x" * 198)
    assert found == Searchable(AT, "intent", "7K3QX2", ("A", "B"), orders)
    assert searchable(JournalEntry(1, AT, "mode", {"ticket": 3}, None)) == Searchable(AT, "mode")
