"""Two desks that edit the same orders at once: no change is lost, made twice or made without a report."""

from pbtui.desk.journal.audit import audit
from pbtui.desk.journal.chain import read_journal
from pbtui.desk.journal.writer import journal_files
from pbtui.desk.tickets.state import State
from tests.desk.kill.armed import owner_at
from tests.desk.tickets.two_desks import HANDS, edit_on_two_desks, made
from tests.exchange import RunningExchange

EDITS = 30
"""Of each hand: what two traders who never rest do in a minute. For the minute itself: tests/benchmarks/two_desks.py"""


async def test_each_change_is_made_exactly_once(exchange: RunningExchange) -> None:
    edits, orders = await edit_on_two_desks(exchange, lambda number: number < EDITS)
    assert len(edits.tickets) == 2 * HANDS * EDITS
    assert made(exchange, orders) == edits.confirmed()
    ended = edits.ended()
    assert ended.keys() >= {"CONFIRMED", "CONFLICT"}, ended
    assert ended.keys() <= {"CONFIRMED", "CONFLICT", "NOT FOUND", "NOT SENT"}, ended

    assert not any(audit(owner_at(exchange.base_url)).problems.values())
    kinds: dict[str, list[str]] = {}
    for entry in (entry for file in journal_files(owner_at(exchange.base_url)) for entry in read_journal(file).entries):
        kinds.setdefault(str(entry.facts.get("ticket")), []).append(entry.kind)
    for ticket in (ticket for tickets in edits.tickets.values() for ticket in tickets):
        was_sent = ticket.lines[0].state is not State.NOT_SENT
        assert kinds.get(ticket.token, []) == (
            ["intent", "request", "outcome", "reconciliation"] if was_sent else ["outcome"]
        ), ticket
