"""The prompts: what each shows, which key returns what, and that other keys return nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from textual.events import Paste

from pbtui.api.models import ExecutionRestriction, ModifyAction, Order, OrderEntry, OrderModify, OrderSide
from pbtui.desk.blotter.history import history_of
from pbtui.desk.limits import LimitCheck
from pbtui.desk.tickets.conflict import Conflict
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import (
    Action,
    Ticket,
    TicketLine,
    WriteOptions,
    change_line,
    entry_line,
)
from pbtui.ui.dialogs.prompt import KEY_REST_S
from pbtui.ui.dialogs.typed_prompt import TypedPrompt
from pbtui.ui.forms.bulk_form import BulkDraft, BulkForm
from pbtui.ui.order.field_values import Zones
from pbtui.ui.tickets.conflict_prompt import ConflictChoice, ConflictPrompt
from pbtui.ui.tickets.journal_pane import JournalPane
from pbtui.ui.tickets.overview import TicketList
from pbtui.ui.tickets.preview import TicketPreview
from tests.orders import an_order
from tests.ui.dialogs.prompt_under_test import PENDING, PRODUCTION, SIMULATION, PromptPilot, prompt_on

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = Zones(BERLIN, BERLIN)
NOW = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
_TOKEN = "7K3QX2"
CENT, TENTH = Decimal("0.01"), Decimal("0.1")

FIRST = an_order("6100000001", price=Decimal("5.00"), revision_no=3)
SECOND = an_order(
    "6100000002",
    side="SELL",
    price=Decimal("81.07"),
    quantity=Decimal("12.5"),
    txt="wind",
    delivery_end=datetime(2026, 11, 22, 14, 15, tzinfo=UTC),
)


def modified(order: Order, **changes: Any) -> TicketLine:
    return change_line(order, OrderModify(action=ModifyAction.MODI, **changes))


def a_ticket(*lines: TicketLine, token: str = _TOKEN, action: Action = Action.MODIFY, **fields: Any) -> Ticket:
    return Ticket(token, action, lines, NOW, **fields)


REPRICED = modified(FIRST, price=Decimal("-5.00"))
RESIZED = modified(SECOND, quantity=Decimal(10), txt="sun")
ENTERED = entry_line(
    OrderEntry(
        portfolio_id="P1",
        side=OrderSide.BUY,
        quantity=Decimal("2.5"),
        price=Decimal("45.10"),
        dlvry_start=FIRST.delivery_start,
        dlvry_end=FIRST.delivery_end,
        txt="hedge",
    ),
    _TOKEN,
)


_clock_s = [1_000.0]


@pytest.fixture(autouse=True)
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk's steady clock stands, so that no prompt has rested before a test lets it."""
    monkeypatch.setattr("time.clock_gettime", lambda clock_id: _clock_s[0])


async def rest(pilot: PromptPilot) -> None:
    """Let the time pass after which a key counts."""

    def has_rested() -> bool:
        _clock_s[0] += KEY_REST_S
        return pilot.prompt.has_rested

    await pilot.until(has_rested)


async def press_rested(pilot: PromptPilot, *keys: str) -> None:
    """Press these keys, each after a rest."""
    for key in keys:
        await rest(pilot)
        await pilot.press(key)


# ---------------------------------------------------------------- the preview


def a_preview(ticket: Ticket, *, check: LimitCheck | None = None, hidden: int = 0) -> TicketPreview:
    return TicketPreview(SIMULATION, ticket, check or LimitCheck(), BERLIN, hidden=hidden)


async def test_the_preview_shows_each_order_and_what_they_amount_to() -> None:
    options = WriteOptions(internal_trading=False)
    async with prompt_on(lambda: a_preview(a_ticket(REPRICED, RESIZED, options=options), hidden=3)) as pilot:
        await pilot.until_shown(
            "Change 2 orders",
            "▲ BUY     5.0 MW      5.0 MWh   notional     -25.00",
            # A quarter of an hour: 10 MW are 2.5 MWh, at 81.07 each.
            "▼ SELL   10.0 MW      2.5 MWh   notional     202.68",
            "▲ BUY     5.0      5.0    -5.00     -25.00  22 Nov 15:00-16:00  AMP  P1",
            "order 6100000001 revision 3: price 5.00 → -5.00",
            "! the price changes its sign",
            "order 6100000002 revision 1: quantity 12.5 → 10.0 MW, text wind → sun",
            "internal trading no",
            "Not included: 3 marked orders hidden by the filter",
        )
        assert '"order_id"' not in pilot.text()
        await pilot.press("J")
        assert '"order_id": "6100000001"' in pilot.text()


async def test_a_single_order_is_shown_with_its_exact_body() -> None:
    async with prompt_on(lambda: a_preview(a_ticket(ENTERED, action=Action.ADD)), size=(100, 40)) as pilot:
        await pilot.until_shown("Enter 1 new order", "new: text hedge pb#7K3QX2")
        lines = [line.strip(" │") for line in pilot.lines()]
        body = "".join(lines[lines.index("[") : lines.index("]") + 1])
        assert body == (
            '[{"portfolio_id": "P1","quantity": 2.5,"price": 45.10,"side": "BUY",'
            '"dlvryStart": "2026-11-22T14:00:00Z","dlvryEnd": "2026-11-22T15:00:00Z","txt": "hedge pb#7K3QX2"}]'
        )


async def test_unknown_values_of_an_order_are_shown_as_unknown() -> None:
    entry = OrderEntry(portfolio_id="P1", side=OrderSide.SELL, quantity=Decimal(1), price=Decimal(0), contract_id="c9")
    ticket = a_ticket(entry_line(entry, _TOKEN), action=Action.ADD)
    async with prompt_on(lambda: a_preview(ticket)) as pilot:
        await pilot.until_shown("▼ SELL    1.0 MW   MWh and notional unknown for 1 of 1", "! the price is zero")
        await pilot.until_shown("▼ SELL    1.0        ?     0.00          ?  contract c9  P1")


async def test_one_key_sends_and_neither_enter_nor_the_key_that_asked() -> None:
    deletion = change_line(FIRST, OrderModify(action=ModifyAction.DELE))
    async with prompt_on(lambda: a_preview(a_ticket(deletion, action=Action.DELETE))) as pilot:
        await pilot.until_shown("Delete 1 order: cannot be undone", "y Delete")
        await press_rested(pilot, "x", "enter", "d", "space")
        assert pilot.result is PENDING
        await press_rested(pilot, "y")
        assert pilot.result is True


async def test_a_key_before_the_end_of_the_pause_sends_nothing() -> None:
    async with prompt_on(lambda: a_preview(a_ticket(REPRICED))) as pilot:
        await pilot.press("y")
        assert pilot.result is PENDING
        await press_rested(pilot, "y")
        assert pilot.result is True


async def test_warnings_are_accepted_first_and_by_a_key_of_their_own() -> None:
    check = LimitCheck(warnings=("the sign differs from the order's present value",))
    async with prompt_on(lambda: a_preview(a_ticket(REPRICED), check=check)) as pilot:
        await rest(pilot)
        assert "y Send" not in pilot.text()
        await pilot.press("y")
        await pilot.until_shown("! the sign differs from the order", "! Accept warnings")
        await pilot.press("exclamation_mark", "y")
        await pilot.until_shown("! Warnings accepted", "y Send")
        assert pilot.result is PENDING
        await press_rested(pilot, "y")
        assert pilot.result is True


async def test_a_refused_order_can_not_be_sent() -> None:
    check = LimitCheck(("trading is off: this desk is read-only",))
    async with prompt_on(lambda: a_preview(a_ticket(REPRICED), check=check)) as pilot:
        await pilot.until_shown("✗ trading is off", "it can't be sent")
        await press_rested(pilot, "exclamation_mark", "y")
        assert pilot.result is PENDING
        assert "y Send" not in pilot.text()
        await pilot.press("escape")
        assert pilot.result is None


async def test_it_shows_changes_of_its_orders_and_blocks_its_keys_again() -> None:
    async with prompt_on(lambda: a_preview(a_ticket(REPRICED, RESIZED))) as pilot:
        await rest(pilot)
        pilot.prompt.follow("6100000009", "deleted by user (UDEL)")
        assert pilot.prompt.has_rested
        pilot.prompt.follow("6100000002", "partly filled by the market (PEXE)")
        await pilot.until_shown("since this opened: 1", "meanwhile partly filled by the market (PEXE)")
        await pilot.press("y")
        assert pilot.result is PENDING


async def test_a_long_list_is_scrolled_and_the_sums_stay() -> None:
    lines = [modified(an_order(str(number)), price=Decimal("46.00")) for number in range(100, 140)]
    async with prompt_on(lambda: a_preview(a_ticket(*lines))) as pilot:
        await pilot.until_shown("Change 40 orders", "order 100 ")
        await pilot.press(*["pagedown"] * 8)
        await pilot.until_shown("order 139 ", "Change 40 orders", "200.0 MW", "y Send")


# ---------------------------------------------------------------- the conflict

SEEN = an_order("6100000001", revision_no=3, txt="hedge", api_timestamp=NOW)
FILLED = replace(SEEN, action="PEXE", revision_no=4, quantity=Decimal(3), api_timestamp=NOW + timedelta(seconds=5))
MODIFIED = replace(
    FILLED,
    action="UMOD",
    revision_no=5,
    price=Decimal("46.00"),
    user_code="TRD002",
    api_timestamp=NOW + timedelta(seconds=7),
)
GONE = replace(
    MODIFIED, action="FEXE", state="IACT", revision_no=6, quantity=Decimal(0), api_timestamp=NOW + timedelta(seconds=9)
)
MINE = OrderModify(action=ModifyAction.MODI, price=Decimal("47.00"), ordr_exe_restriction=ExecutionRestriction.AON)


def a_conflict(*since: Order, mine: OrderModify = MINE, in_a_row: int = 1) -> Conflict:
    revisions = history_of("6100000001", [SEEN, *since]).revisions[1:]
    return Conflict(SEEN.key, SEEN, mine, since[-1] if since else None, revisions, in_a_row)


def a_conflict_prompt(conflict: Conflict, position: tuple[int, int] = (1, 1)) -> ConflictPrompt:
    return ConflictPrompt(PRODUCTION, conflict, ZONES, position=position)


@pytest.mark.parametrize(
    ("key", "choice"),
    [("m", ConflictChoice.REAPPLY), ("e", ConflictChoice.EDIT), ("escape", ConflictChoice.LEAVE)],
)
async def test_a_conflict_shows_the_three_versions_and_who_changed_what_when(key: str, choice: object) -> None:
    conflict = a_conflict(FILLED, MODIFIED)
    async with prompt_on(lambda: a_conflict_prompt(conflict, (2, 3))) as pilot:
        await pilot.until_shown(
            "PRODUCTION  house",
            "Conflict 2 of 3: order 6100000001",
            "Executed since you saw it: 2.0 MW",
            "Both changed to different values: price",
            "Re-applying would change: price 46.00 → 47.00",
            "price              45.10 per MWh    ≠ 46.00 per MWh    ≠ 47.00 per MWh",
            "quantity           5.0 MW           ≠ 3.0 MW             –",
            "restriction        not shown          not shown        ≠ AON",
            "22 Nov 13:05:07.000  modified by user (UMOD) · TRD002",
            "22 Nov 13:05:05.000  partly filled by the market (PEXE) · TRD001",
            "m Re-apply mine",
        )
        assert "text  " not in pilot.text()
        await press_rested(pilot, "enter", "y")
        assert pilot.result is PENDING
        await press_rested(pilot, key)
        assert pilot.result is choice


@pytest.mark.parametrize(
    ("since", "message"),
    [
        ((FILLED, MODIFIED, GONE), "The order ended: filled by the market (FEXE)"),
        ((), "The order was not found"),
    ],
)
async def test_a_change_is_not_re_applied_to_an_order_in_a_final_state(since: Sequence[Order], message: str) -> None:
    async with prompt_on(lambda: a_conflict_prompt(a_conflict(*since))) as pilot:
        await pilot.until_shown(message, "esc Leave it")
        assert not any(hint in pilot.text() for hint in ("m Re-apply", "e Edit", "Re-applying would"))
        await press_rested(pilot, "m", "e")
        assert pilot.result is PENDING


async def test_an_order_with_repeated_conflicts_can_be_edited_or_left() -> None:
    async with prompt_on(lambda: a_conflict_prompt(a_conflict(FILLED, in_a_row=3))) as pilot:
        await pilot.until_shown("3 conflicts in a row", "e Edit")
        assert "m Re-apply" not in pilot.text()
        await press_rested(pilot, "m")
        assert pilot.result is PENDING
        await press_rested(pilot, "e")
        assert pilot.result is ConflictChoice.EDIT


async def test_a_quantity_that_ignores_what_was_executed_is_pointed_out() -> None:
    mine = OrderModify(action=ModifyAction.MODI, quantity=Decimal(6))
    async with prompt_on(lambda: a_conflict_prompt(a_conflict(FILLED, mine=mine))) as pilot:
        await pilot.until_shown("Re-applying opens your full 6.0 MW again")


async def test_a_change_that_the_order_already_has_is_not_re_applied() -> None:
    mine = OrderModify(action=ModifyAction.MODI, price=Decimal("46.00"))
    async with prompt_on(lambda: a_conflict_prompt(a_conflict(FILLED, MODIFIED, mine=mine))) as pilot:
        await pilot.until_shown("The order already is as you wanted it")
        await press_rested(pilot, "m")
        assert pilot.result is PENDING


# ---------------------------------------------------------------- the typed word


def a_typed_prompt() -> TypedPrompt:
    return TypedPrompt(PRODUCTION, "Switch trading on", [("Real orders, real money.", "warning")], "eq-1")


async def test_the_word_is_typed_letter_by_letter_and_needs_no_enter() -> None:
    async with prompt_on(a_typed_prompt) as pilot:
        await pilot.until_shown("Switch trading on", "Real orders, real money.", "Type eq-1 to continue")
        pilot.app.post_message(Paste("eq-1"))
        await press_rested(pilot, "enter")
        assert "› ▁" in pilot.text()
        await pilot.press("e", "q", "minus", "2")
        await pilot.until_shown("eq-2", "Press backspace")
        await pilot.press("enter")
        assert pilot.result is PENDING
        await pilot.press("backspace", "1")
        assert pilot.result is True


async def test_letters_before_the_pause_is_over_do_not_count() -> None:
    async with prompt_on(a_typed_prompt) as pilot:
        await pilot.press("e", "q")
        await rest(pilot)
        await pilot.press("minus", "1")
        assert pilot.result is PENDING
        await pilot.press("backspace", "backspace", "e", "q", "minus", "1")
        assert pilot.result is True


async def test_escape_closes_the_typed_prompt() -> None:
    async with prompt_on(a_typed_prompt) as pilot:
        await pilot.press("e", "escape")
        assert pilot.result is None


# ---------------------------------------------------------------- one change of many orders


def a_bulk_form(**texts: str) -> BulkForm:
    priceless = an_order("6100000003", price=None)
    return BulkForm(SIMULATION, BERLIN, [FIRST, SECOND, priceless], CENT, TENTH, hidden=2, texts=texts)


async def test_one_change_is_shown_for_each_order_while_it_is_typed() -> None:
    async with prompt_on(a_bulk_form, size=(120, 40)) as pilot:
        await pilot.until_shown("Change 3 orders", "left out because the filter hides them: 2")
        await pilot.press(*"add", "space", "minus", *"10%")
        await pilot.until_shown(
            "-10 %, rounded to 0.01",
            "6100000001  price 5.00 → 4.50",
            "6100000002  price 81.07 → 72.96",
            "6100000003  ✗ left out: price is not known",
            "✗ Left out for the reasons above: 1",
            "2 of 3 orders will be changed",
        )
        assert pilot.text().index("6100000003") < pilot.text().index("6100000001")
        await press_rested(pilot, "ctrl+s")
        assert pilot.result == BulkDraft(
            (
                (FIRST, OrderModify(action=ModifyAction.MODI, price=Decimal("4.50"))),
                (SECOND, OrderModify(action=ModifyAction.MODI, price=Decimal("72.96"))),
            ),
            {"price": "add -10%", "quantity": "", "validity_date": "", "txt": ""},
        )


async def test_a_change_of_sign_is_pointed_out() -> None:
    async with prompt_on(lambda: a_bulk_form(price="add -6")) as pilot:
        await pilot.until_shown("price 5.00 → -1.00", "! the price changes its sign", "change sign: 1")


async def test_a_change_that_can_be_made_to_no_order_returns_nothing() -> None:
    async with prompt_on(a_bulk_form) as pilot:
        assert isinstance(pilot.prompt, BulkForm)
        for texts in ({"price": "-5"}, {"price": "set 45,10"}, {"quantity": "add -99"}, {}):
            pilot.prompt.fill(texts)
            await press_rested(pilot, "ctrl+s")
            assert pilot.result is PENDING


# ---------------------------------------------------------------- tickets and journal

CONFIRMED = replace(REPRICED, verdict=Verdict(State.CONFIRMED, is_done=True))
REJECTED = replace(RESIZED, verdict=Verdict(State.REJECTED, "over a limit"))
UNKNOWN = replace(ENTERED, verdict=Verdict(State.UNKNOWN, "no answer within 10 s"))
NOT_FOUND = replace(UNKNOWN, verdict=Verdict(State.NOT_FOUND, "looked for until 20 s after it"))
TICKETS = [
    a_ticket(CONFIRMED, REJECTED, token="REJECT", internal_trades=2),
    a_ticket(NOT_FOUND, token="NOTFND", action=Action.ADD),
    a_ticket(UNKNOWN, token="UNKNWN", action=Action.ADD, resends="NOTFND"),
    a_ticket(CONFIRMED, token="CONFRM"),
]


async def test_the_tickets_show_the_state_of_each_order_newest_first() -> None:
    async with prompt_on(lambda: TicketList(SIMULATION, TICKETS, ZONES), size=(120, 40)) as pilot:
        await pilot.until_shown(
            "› CONFRM  22 Nov 13:05:00  modify 1 order",
            "UNKNWN  22 Nov 13:05:00  add 1 order  resends NOTFND",
            "UNKNOWN      new ▲ BUY 2.5 MW at 45.10, 22 Nov 15:00-16:00 (no answer within 10 s)",
            "modify 2 orders  1 CONFIRMED, 1 REJECTED",
            "REJECTED     ▼ SELL 12.5 MW at 81.07, 22 Nov 15:00-15:15, AMP, order 6100000002: quantity 12.5 → 10.0 MW",
            "wind → sun (over a limit)",
            "internal trades: 2",
        )
        tokens = [token for line in pilot.lines() for token in line.split() if token in ("CONFRM", "UNKNWN", "REJECT")]
        assert tokens == ["CONFRM", "UNKNWN", "REJECT"]


async def test_a_draft_is_offered_again_if_it_was_certainly_not_done() -> None:
    async with prompt_on(lambda: TicketList(SIMULATION, TICKETS, ZONES)) as pilot:
        offers = []
        for key in ("k", "j", "down", "j", "k"):
            await pilot.press(key)
            offers.append("Open the draft again" in pilot.text())
            if not offers[-1]:
                await pilot.press("enter")
                assert pilot.result is PENDING
        assert offers == [False, False, True, True, True]
        await pilot.press("enter")
        assert pilot.result == "NOTFND"


async def test_the_cursor_stays_on_its_ticket_when_others_come() -> None:
    async with prompt_on(lambda: TicketList(SIMULATION, TICKETS[:2], ZONES)) as pilot:
        assert isinstance(pilot.prompt, TicketList)
        await pilot.until_shown("› NOTFND")
        pilot.prompt.show(TICKETS)
        await pilot.until_shown("› NOTFND", "CONFRM")
        await pilot.press("enter")
        assert pilot.result == "NOTFND"


async def test_the_journal_is_shown_newest_first_and_keeps_its_place() -> None:
    lines = [f"line {number} of the journal [bold]" for number in range(100, 150)]
    async with prompt_on(lambda: JournalPane(SIMULATION, lines)) as pilot:
        assert isinstance(pilot.prompt, JournalPane)
        await pilot.until_shown("newest first: 50 lines", "line 149 of the journal [bold]")
        await pilot.press("pagedown")
        read = pilot.lines()[6]
        assert "line 149" not in pilot.text()
        pilot.prompt.show([*lines, "line 150", "line 151"])
        await pilot.until_shown("52 lines")
        assert pilot.lines()[6] == read
        await pilot.press("end")
        await pilot.until_shown("line 100 of")
        await pilot.press("g")
        await pilot.until_shown("line 151")
