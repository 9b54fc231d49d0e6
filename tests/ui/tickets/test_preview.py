"""The preview of a ticket: what it shows, and which key sends it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from textual.events import Paste

from pbtui.api.codes import ModifyAction, OrderSide
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.desk.limits import LimitCheck
from pbtui.desk.tickets.ticket import (
    Action,
    Ticket,
    WriteOptions,
    change_line,
    entry_line,
)
from pbtui.ui.dialogs.command_prompt import NO_COMMAND
from pbtui.ui.forms.left_out import LeftOut
from pbtui.ui.terminal import moment
from pbtui.ui.terminal.moment import InputIgnored, TerminalKey
from pbtui.ui.tickets.preview import TicketPreview
from tests.orders import an_order
from tests.ui.dialogs.prompt_under_test import PENDING, SIMULATION, press_rested, prompt_on, rest, send
from tests.ui.tickets.cases import BERLIN, ENTERED, FIRST, REPRICED, RESIZED, TOKEN, a_ticket, modified

pytestmark = pytest.mark.usefixtures("still_clock")


def a_preview(ticket: Ticket, *, check: LimitCheck | None = None, hidden: int = 0, unguarded: int = 0) -> TicketPreview:
    return TicketPreview(
        SIMULATION, ticket, check or LimitCheck(), BERLIN, left_out=LeftOut(hidden), unguarded=unguarded
    )


async def test_the_preview_shows_each_order_and_what_they_amount_to() -> None:
    options = WriteOptions(internal_trading=False)
    ticket = a_ticket(REPRICED, RESIZED, options=options)
    async with prompt_on(lambda: a_preview(ticket, hidden=3, unguarded=1), size=(80, 40)) as pilot:
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
            "Lose their place in the queue: 1 of 2",
            "Sent at any net position: 1 of 2",
        )
        assert '"order_id"' not in pilot.text()
        await pilot.press("J")
        assert '"order_id": "6100000001"' in pilot.text()


async def test_portfolios_that_differ_at_their_end_are_distinct_beside_wide_figures() -> None:
    day = {
        "delivery_start": datetime(2026, 11, 21, 23, tzinfo=UTC),
        "delivery_end": datetime(2026, 11, 22, 23, tzinfo=UTC),
    }
    orders = [
        an_order(str(number), price=Decimal("123.45"), quantity=Decimal(5000), portfolio_id=f"P-0012{number}", **day)
        for number in range(2)
    ]
    ticket = a_ticket(*(change_line(order, OrderModify(action=ModifyAction.DELE)) for order in orders))
    for width in (80, 60, 50):
        async with prompt_on(lambda: a_preview(ticket), size=(width, 40)) as pilot:
            await pilot.until_shown("P-00120", "P-00121")


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
    ticket = a_ticket(entry_line(entry, TOKEN), action=Action.ADD)
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
        await pilot.until_shown("since you saw them: 1", "meanwhile partly filled by the market (PEXE)")
        await pilot.press("y")
        assert pilot.result is PENDING


async def test_a_long_list_is_scrolled_and_the_sums_stay() -> None:
    lines = [modified(an_order(str(number)), price=Decimal("46.00")) for number in range(100, 140)]
    async with prompt_on(lambda: a_preview(a_ticket(*lines))) as pilot:
        await pilot.until_shown("Change 40 orders", "order 100 ")
        await pilot.press(*["pagedown"] * 8)
        await pilot.until_shown("order 139 ", "Change 40 orders", "200.0 MW", "y Send")


async def test_a_terminal_in_which_nothing_of_the_order_is_seen_sends_nothing_and_it_says_so() -> None:
    async with prompt_on(lambda: a_preview(a_ticket(REPRICED))) as pilot:
        for size in ((20, 5), (29, 24), (160, 7)):
            await pilot.pilot.resize_terminal(*size)
            await pilot.until_shown("Too small")
            await press_rested(pilot, "y")
            assert pilot.result is PENDING, size
        await pilot.pilot.resize_terminal(80, 24)
        await pilot.until_shown("times in", "SIMULATION", "this terminal is too small. Enlarge it")
        await press_rested(pilot, "y")
        assert pilot.result is True


# ---------------------------------------------------------------- keys of a terminal


async def test_a_key_of_a_terminal_sends_after_its_moment() -> None:
    async with prompt_on(lambda: a_preview(a_ticket(REPRICED))) as pilot:
        await send(pilot, TerminalKey("y", "y", 1.0))
        await pilot.until(lambda: pilot.result is True)


@pytest.mark.parametrize("word", ["my", "only 5", "today", "yes", "yy"])
async def test_a_key_among_others_sends_nothing_and_it_says_so(word: str) -> None:
    async with prompt_on(lambda: a_preview(a_ticket(REPRICED))) as pilot:
        await send(pilot, *(TerminalKey(letter, letter) for letter in word))
        await send(pilot, *(TerminalKey(letter, letter, 0.001) for letter in word))
        await send(pilot, TerminalKey(word[0], word[0], 1.0), TerminalKey("x", "x", 0.001))
        await send(pilot, TerminalKey("y", "y", 1.0), InputIgnored())
        await pilot.until_shown("The key was ignored: it came together with other input. Press it again")
        assert pilot.result is PENDING
        await pilot.press("down")
        assert "ignored" not in pilot.text()


async def test_a_key_held_since_the_prompt_before_sends_nothing_and_it_says_so() -> None:
    results: list[bool | None] = []
    async with prompt_on(lambda: a_preview(a_ticket(REPRICED))) as pilot:
        await pilot.app.push_screen(a_preview(a_ticket(REPRICED)), results.append)
        await send(pilot, TerminalKey("y", "y", 5.0))
        await pilot.until(lambda: results == [True])
        for gap_s in (0.66, 0.12, 0.25):
            await send(pilot, TerminalKey("y", "y", gap_s))
            await pilot.until_shown("The key was ignored: it may still be held down. Press it again")
        assert pilot.result is PENDING
        await send(pilot, TerminalKey("y", "y", 0.35))
        await pilot.until(lambda: pilot.result is True)


async def test_a_paste_is_ignored_and_it_says_so() -> None:
    async with prompt_on(lambda: a_preview(a_ticket(REPRICED))) as pilot:
        await send(pilot, Paste("y"))
        await pilot.until_shown("Pasted text was ignored: no input field is open")
        assert pilot.result is PENDING


async def test_news_in_the_moment_of_the_key_blocks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moment, "QUIET_S", 0.5)
    async with prompt_on(lambda: a_preview(a_ticket(REPRICED))) as pilot:
        await send(pilot, TerminalKey("y", "y", 1.0))
        pilot.prompt.follow("6100000001", "deleted by user (UDEL)")
        await pilot.until_shown("The key was ignored: it came too soon")
        assert pilot.result is PENDING


@pytest.mark.parametrize(
    ("name", "character", "hint"),
    [
        ("н", "н", "н was ignored. Send: press y on a Latin keyboard layout"),
        ("υ", "υ", "υ was ignored. Send: press y on a Latin keyboard layout"),
        ("Y", "Y", "Y was ignored. Send: press y. Is Caps Lock on?"),
    ],
)
async def test_the_preview_names_the_key_it_wants(name: str, character: str, hint: str) -> None:
    async with prompt_on(lambda: a_preview(a_ticket(REPRICED))) as pilot:
        await send(pilot, TerminalKey(name, character, 1.0))
        await pilot.until_shown(hint)
        assert pilot.result is PENDING


@pytest.mark.parametrize("character", ["н", "Y"])
async def test_a_key_sends_by_its_position_where_the_terminal_reports_it(character: str) -> None:
    async with prompt_on(lambda: a_preview(a_ticket(REPRICED))) as pilot:
        await send(pilot, TerminalKey("y", character, 1.0))
        await pilot.until(lambda: pilot.result is True)


@pytest.mark.parametrize(
    "command", ["", "pbtui --config /desk.toml --profile desk modify --order-id=6100000001 --price=-5"]
)
async def test_the_command_is_in_sight_once_it_is_copied(command: str) -> None:
    ticket = a_ticket(REPRICED, RESIZED)
    preview = TicketPreview(SIMULATION, ticket, LimitCheck(), BERLIN, command=lambda: command)
    async with prompt_on(lambda: preview, size=(80, 24)) as pilot:
        await pilot.press("J", "C")
        await pilot.until_shown(command[:40] or NO_COMMAND[:40])
        assert pilot.app.clipboard == command
