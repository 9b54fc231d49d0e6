"""Records of tickets in the journal, also those of other versions."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pbtui.api.clock import steady_s, utc_now
from pbtui.api.codes import ExecutionInstruction, ModifyAction
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import OrderProblem
from pbtui.api.requests import OrderModify
from pbtui.api.structs import replace
from pbtui.desk.earlier_runs import EarlierRuns
from pbtui.desk.journal.chain import read_journal
from pbtui.desk.journal.unfinished import left_over
from pbtui.desk.journal.writer import Journal, Kind, journal_files
from pbtui.desk.storage.places import journal_folder
from pbtui.desk.tickets.evidence import Answer, Leaves, Read, Refusal, Silence
from pbtui.desk.tickets.judging.candidates import may_be
from pbtui.desk.tickets.read_back import known_ids
from pbtui.desk.tickets.record import intent_facts, result_facts, tickets_left_open
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import Action, Ticket, WriteOptions, change_line, new_token
from pbtui.desk.tickets.verdict import judged
from pbtui.settings.limits import Limits
from tests.desk.kill.armed import owner_at, profile_at
from tests.desk.tickets.test_executor import an_add, an_entry, limit_orders, trader
from tests.exchange import RunningExchange
from tests.orders import an_order


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def left_by_a_newer_version(exchange: RunningExchange, **changed: Any) -> str:
    """Leave an intent open that has these facts; return its ticket."""
    ticket = an_add(an_entry(exchange))
    facts = {**intent_facts(ticket, ticket.lines), **changed}
    with Journal.open(profile_at(exchange.base_url)) as journal:
        journal.record(Kind.INTENT, **facts, signed_by="someone")
        journal.record(Kind.REQUEST, ticket=ticket.token, keys=[line.key for line in ticket.lines])
        journal.record(Kind.RECONCILIATION, ticket="OTHER", results=[{"key": "1", "novel": True}])
        journal._write("novel kind", {"ticket": ticket.token})  # type: ignore[arg-type]
    return ticket.token


async def test_an_unknown_option_of_a_newer_version_is_named_and_its_orders_are_read_back(
    exchange: RunningExchange,
) -> None:
    options = {"include_errors": True, "auction": "yes"}
    token = left_by_a_newer_version(exchange, options=options)
    name = journal_files(owner_at(exchange.base_url))[0].name
    async with trader(exchange) as desk:
        assert desk.desk.view.blotter.active
        assert desk.desk.view.notes == (
            f"ticket {token} ({name}, line 2) is of a newer version; its orders are read back without auction",
        )
        ticket = await desk.desk.reconciled(token)
    assert ticket.options == WriteOptions()
    file = journal_files(owner_at(exchange.base_url))[0]
    stored = [entry for entry in read_journal(file).entries if entry.kind == "intent"]
    assert stored[0].facts["options"] == options


@pytest.mark.parametrize("changed", [{"action": "auction"}, {"lines": [{"key": "K"}]}, {"options": 5}])
async def test_an_intent_that_cannot_be_read_is_named_and_the_desk_opens(
    exchange: RunningExchange, changed: dict[str, Any]
) -> None:
    token = left_by_a_newer_version(exchange, **changed)
    async with trader(exchange) as desk:
        assert desk.desk.view.blotter.active
        [note] = desk.desk.view.notes
        file, *_ = journal_files(owner_at(exchange.base_url))
        assert note.startswith(f"ticket {token} ({file.name}, line 2) can't be read by this version")
        assert desk.desk.view.tickets == ()


async def test_a_file_that_cannot_be_read_does_not_stop_the_desk(exchange: RunningExchange) -> None:
    journal_folder(owner_at(exchange.base_url)).mkdir(parents=True)
    (journal_folder(owner_at(exchange.base_url)) / "0.jsonl").symlink_to("nowhere")
    async with trader(exchange) as desk:
        [note] = desk.desk.view.notes
    assert note.startswith("the tickets that earlier runs left open can't be read; check your orders: ")


def test_a_ticket_of_this_version_has_no_note(exchange: RunningExchange) -> None:
    left_by_a_newer_version(exchange)
    [ticket], notes = tickets_left_open(left_over(profile_at(exchange.base_url)).open)
    assert (ticket.action, notes) == (Action.ADD, ())


def recorded(exchange: RunningExchange, name: str) -> list[Any]:
    entries = read_journal(journal_files(owner_at(exchange.base_url))[0]).entries
    return [entry.facts[name] for entry in entries if entry.kind == "outcome" and name in entry.facts]


async def test_internal_trades_of_an_answer_are_recorded(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        sell = next(order for order in limit_orders(exchange) if order.side == "SELL")
        like = {name: getattr(sell, name) for name in ("contract_id", "delivery_area", "price", "quantity")}
        await desk.reconcile(await desk.desk.submit(an_add(an_entry(exchange, **like))))
    assert recorded(exchange, "internal_trades") == [1]
    assert recorded(exchange, "limit_violations") == []


async def test_limit_violations_of_an_answer_are_recorded(exchange: RunningExchange) -> None:
    async with trader(exchange, limits=Limits(max_quantity_mw=Decimal(1000))) as desk:
        entries = an_entry(exchange), an_entry(exchange, quantity=Decimal("900.0"))
        options = WriteOptions(exec_instruction=ExecutionInstruction.NONE, fail_on_limit_violations=False)
        await desk.reconcile(await desk.desk.submit(an_add(*entries, options=options)))
    [violations] = recorded(exchange, "limit_violations")
    assert "POSITION_LIMIT" in violations


def test_every_order_that_an_answer_named_is_known_after_a_crash(exchange: RunningExchange) -> None:
    ticket = an_add(an_entry(exchange))
    [line] = ticket.lines
    named = (UnreadableOrder("no state", "{}", "7"), an_order("8"), an_order("9"))
    lines = [judged(line, Leaves(1), Answer(2, named))]
    with Journal.open(profile_at(exchange.base_url)) as journal:
        journal.record(Kind.INTENT, **intent_facts(ticket, ticket.lines))
        journal.record(Kind.OUTCOME, **result_facts(ticket, lines))
    [left], _ = tickets_left_open(left_over(profile_at(exchange.base_url)).open)
    assert known_ids(left.lines[0]) == {"7", "8", "9"}
    assert (left.lines[0].state, left.lines[0].was_left_over) == (State.SENT, True)


def test_an_acceptance_that_names_no_order_is_known_after_a_crash(exchange: RunningExchange) -> None:
    ticket = an_add(an_entry(exchange))
    [line] = ticket.lines
    with Journal.open(profile_at(exchange.base_url)) as journal:
        journal.record(Kind.INTENT, **intent_facts(ticket, ticket.lines))
        journal.record(Kind.OUTCOME, **result_facts(ticket, [judged(line, Leaves(1), Answer(2))]))
    [left], _ = tickets_left_open(left_over(profile_at(exchange.base_url)).open)
    assert (left.lines[0].state, left.lines[0].was_left_over) == (State.SENT, True)


@pytest.mark.parametrize(
    ("end", "was_shown", "state"),
    [
        (None, False, State.NOT_FOUND),
        (Silence(2, "lost"), False, State.NOT_FOUND),
        (Refusal(2, "refused (400)"), False, State.REJECTED),
        (Refusal(2, "refused (400)"), True, State.REJECTED),
    ],
)
def test_an_order_that_stood_before_is_not_the_one_sent_after_a_crash(
    exchange: RunningExchange, end: Silence | Refusal | None, was_shown: bool, state: State
) -> None:
    ticket = an_add(entry := an_entry(exchange))
    [line] = ticket.lines
    like = {
        name: getattr(entry, name) for name in ("contract_id", "portfolio_id", "delivery_area", "price", "quantity")
    }
    alike = an_order("5", side=entry.side, contract_name=entry.contract_name, **like)
    assert may_be(alike, entry)
    absent = Read(30, (), covers_live=True, covers_ended=True)
    with Journal.open(profile_at(exchange.base_url)) as journal:
        journal.record(Kind.INTENT, **intent_facts(ticket, ticket.lines, {line.key: ["5"]}))
        journal.record(Kind.REQUEST, ticket=ticket.token, keys=[line.key])
        if end is not None:
            line = judged(line, Leaves(1), end)
            journal.record(Kind.OUTCOME, **result_facts(ticket, [line]))
        if was_shown:
            journal.record(Kind.RECONCILIATION, **result_facts(ticket, [judged(line, absent)]))
    [left], _ = tickets_left_open(left_over(profile_at(exchange.base_url)).open)
    assert left.is_open is not was_shown
    found = judged(left.lines[0], replace(absent, requested_s=steady_s() + 30, orders=(alike,)))
    assert found.state is state


async def test_what_a_killed_program_did_not_send_is_said_and_recorded_once(exchange: RunningExchange) -> None:
    ticket = an_add(an_entry(exchange), an_entry(exchange))
    sent, unsent = ticket.lines
    with Journal.open(profile_at(exchange.base_url)) as journal:
        journal.record(Kind.INTENT, **intent_facts(ticket, ticket.lines))
        journal.record(Kind.REQUEST, ticket=ticket.token, keys=[sent.key])
    async with trader(exchange) as desk:
        found = await desk.desk.reconciled(ticket.token)
    assert [(line.state, line.reason) for line in found.lines if line.key == unsent.key] == [
        (State.NOT_SENT, "pbtui ended before it was sent")
    ]
    assert [line.state for line in found.lines if line.key == sent.key] == [State.NOT_FOUND]
    for left in left_over(profile_at(exchange.base_url)).open:
        assert unsent.key not in left.open_keys


async def test_lines_that_were_sent_at_several_times_are_of_one_ticket_after_a_crash(exchange: RunningExchange) -> None:
    orders = limit_orders(exchange)[:2]
    deletion = OrderModify(action=ModifyAction.DELE)
    ticket = Ticket(new_token(), Action.DELETE, tuple(change_line(each, deletion) for each in orders), utc_now())
    with Journal.open(profile_at(exchange.base_url)) as journal:
        for line in ticket.lines:
            journal.record(Kind.INTENT, **intent_facts(ticket, [line]))
    [left], _ = tickets_left_open(left_over(profile_at(exchange.base_url)).open)
    assert {line.key for line in left.lines} == {line.key for line in ticket.lines}
    async with trader(exchange) as desk:
        found = await desk.desk.reconciled(ticket.token)
    assert [line.state for line in found.lines] == [State.NOT_FOUND] * 2


REFUSALS = [
    (Refusal(2, "refused (400): price"), State.REJECTED, "refused (400): price"),
    (Refusal(2, "changed meanwhile (409)", is_conflict=True), State.CONFLICT, "changed meanwhile (409)"),
    (Refusal(2, "refused (400): another order", is_of_list=True), State.CONFIRMED, ""),
    (Answer(2, (an_order("1", errors=(OrderProblem("price", "PB_PRICE"),)),)), State.CONFLICT, "price"),
]


@pytest.mark.parametrize(("said", "state", "why"), REFUSALS)
def test_a_refused_change_is_known_as_refused_after_a_crash(
    exchange: RunningExchange, said: Refusal | Answer, state: State, why: str
) -> None:
    """Somebody else's change to the same values does not confirm it, as it does not before the crash."""
    base, changes = an_order("1", revision_no=1), OrderModify(action=ModifyAction.MODI, price=Decimal(46))
    ticket = Ticket(new_token(), Action.MODIFY, (change_line(base, changes),), utc_now())
    [line] = ticket.lines
    before = judged(line, Leaves(1), said)
    with Journal.open(profile_at(exchange.base_url)) as journal:
        journal.record(Kind.INTENT, **intent_facts(ticket, ticket.lines))
        journal.record(Kind.OUTCOME, **result_facts(ticket, [before]))
    [left], _ = tickets_left_open(left_over(profile_at(exchange.base_url)).open)
    assert (left.lines[0].state, left.lines[0].was_left_over) == (before.state, True)
    theirs = an_order("1", revision_no=2, price=Decimal(46), action="UMOD")
    for each, read_s in ((before, 3), (left.lines[0], steady_s() + 1)):
        found = judged(each, Read(read_s, (theirs,), covers_live=True, covers_ended=True))
        assert (found.state, why in found.reason) == (state, True)


def test_a_refusal_because_of_a_position_is_said_once_after_a_crash(exchange: RunningExchange) -> None:
    ticket = an_add(an_entry(exchange, expected_net_pos=Decimal(0)))
    said, absent = Refusal(2, "refused (400): position", is_of_position=True), Read(3, (), True, True)
    lines = [judged(ticket.lines[0], Leaves(1), said, absent)]
    with Journal.open(profile_at(exchange.base_url)) as journal:
        journal.record(Kind.INTENT, **intent_facts(ticket, ticket.lines))
        journal.record(Kind.OUTCOME, **result_facts(ticket, [judged(ticket.lines[0], Leaves(1), said)]))
        journal.record(Kind.RECONCILIATION, **result_facts(ticket, lines))
    [left], _ = tickets_left_open(left_over(profile_at(exchange.base_url)).open)
    again = judged(left.lines[0], Read(steady_s(), (), True, True))
    assert {line.verdict for line in (*lines, left.lines[0], again)} == {
        Verdict(State.CONFLICT, "refused because the position has changed: refused (400): position")
    }


@pytest.mark.parametrize(
    "odd",
    [
        *({"order": 5}, {"order": {"price": "x"}}, {"answered_ids": 5}, {"answered_ids": [5]}),
        *({"refusal": 5}, {"refusal": {}}, {"refusal": {"why": 5}}),
    ],
)
def test_an_outcome_that_cannot_be_read_hides_no_ticket(exchange: RunningExchange, odd: dict[str, Any]) -> None:
    ticket = an_add(an_entry(exchange))
    with Journal.open(profile_at(exchange.base_url)) as journal:
        journal.record(Kind.INTENT, **intent_facts(ticket, ticket.lines))
        result = {"key": ticket.lines[0].key, "state": "SENT", "is_open": True, **odd}
        journal.record(Kind.OUTCOME, ticket=ticket.token, results=[result])
    [left], notes = tickets_left_open(left_over(profile_at(exchange.base_url)).open)
    assert (left.token, left.is_open, notes) == (ticket.token, True, ())


def test_a_new_order_that_another_program_did_not_find_is_shown_once_and_can_be_corrected(
    exchange: RunningExchange,
) -> None:
    profile, tickets = profile_at(exchange.base_url), [an_add(an_entry(exchange)) for _ in range(2)]
    with Journal.open(profile) as journal:
        for ticket in tickets:
            journal.record(Kind.INTENT, **intent_facts(ticket, ticket.lines))
    with Journal.open(profile) as other:
        for ticket, state in zip(tickets, (State.NOT_FOUND, State.CONFIRMED), strict=True):
            lines = [replace(line, verdict=Verdict(state, "looked for")) for line in ticket.lines]
            other.record(Kind.RECONCILIATION, **result_facts(ticket, lines))
        earlier = EarlierRuns(profile, other)
        earlier.read(reports_ended=True)
    assert [(each.token, each.lines[0].state) for each in earlier.left] == [(tickets[0].token, State.NOT_FOUND)]
    assert [(each.token, each.lines[0].state) for each in earlier.ended] == [(tickets[1].token, State.CONFIRMED)]
