"""Writing from the screen: what the keys send, what they never send, and what comes back to the trader.

To open a desk takes as long as most of what a trader does at it, so a test is a story of several steps at one desk.
"""

import threading
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from textual.widgets import Input

from pbtui.cli import desk as cli_desk
from pbtui.desk.journal.chain import read_journal
from pbtui.desk.journal.writer import Journal, journal_files
from pbtui.desk.kill.halt import engage, halt_here, read_halt
from pbtui.desk.kill.recovery.rearming import rearm
from pbtui.desk.tickets.executor import TicketExecutor
from pbtui.desk.tickets.state import State
from pbtui.settings.limits import Limits
from pbtui.settings.profiles import Environment
from pbtui.ui.dialogs.prompt import Prompt
from pbtui.ui.dialogs.quit_prompt import QuitPrompt
from pbtui.ui.dialogs.typed_prompt import TypedPrompt
from pbtui.ui.forms.change_form import ChangeForm
from pbtui.ui.forms.entry_form import EntryForm
from pbtui.ui.forms.line.form import LineForm
from pbtui.ui.screens import stepping_screen
from pbtui.ui.terminal.moment import TerminalKey
from pbtui.ui.threads import desk_thread
from pbtui.ui.tickets.conflict_prompt import ConflictPrompt
from pbtui.ui.tickets.preview import TicketPreview
from tests.exchange import RunningExchange, eventually
from tests.raw_server import raw_server, silence
from tests.ui.desk_under_test import OWNER, WITHIN_S, a_desk_app, a_profile, desk_on
from tests.ui.screens.trader import Trader, an_order, in_the_book, trader_at


async def edit_price(trader: Trader, order_id: str, price: str) -> None:
    await trader.put_cursor_on(order_id)
    await trader.press("e")
    await trader.prompt(ChangeForm)
    await trader.type_into("price", price)
    await trader.press("ctrl+s")
    await trader.prompt(TicketPreview)


# ---------------------------------------------------------------- entry


async def test_y_sends_an_entry_once_and_it_is_confirmed(exchange: RunningExchange) -> None:
    sample = an_order(exchange)
    async with trader_at(exchange) as trader:
        await trader.press("a")
        await trader.prompt(LineForm)
        await trader.press("ctrl+r")
        await trader.prompt(EntryForm)
        values = {
            "side": "buy",
            "contract_id": sample["contract_id"],
            "delivery_area": sample["delivery_area"],
            "portfolio_id": sample["portfolio_id"],
            "quantity": "2.5",
            "price": "-45.10",
        }
        for name, text in values.items():
            await trader.type_into(name, text)
        await trader.press("enter", "enter", "ctrl+s")
        await trader.prompt(TicketPreview)
        await trader.until_shown("2.5 MW", '"price": -45.1', "notional")
        await trader.press("enter", "enter")
        assert trader.writes() == []
        await trader.press("y", "y", "y")
        await trader.until_shown("CONFIRMED")
        (body,) = trader.bodies()
    ((entry,), entered) = body, [order for order in exchange.orders() if order["price"] == -45.1]
    assert {name: entry[name] for name in ("quantity", "price", "contractId")} == {
        "quantity": 2.5,
        "price": -45.1,
        "contractId": sample["contract_id"],
    }
    assert [order["txt"] for order in entered] == [entry["txt"]]
    (journal,) = journal_files(OWNER)
    kinds = [entry.kind for entry in read_journal(journal).entries]
    assert kinds == ["opened", "confirmation", "intent", "request", "outcome", "reconciliation", "closed"]


async def test_an_order_that_another_program_has_sent_is_named_in_the_preview(exchange: RunningExchange) -> None:
    sample = an_order(exchange)
    price = f"{sample['price'] / 2:.2f}"
    async with trader_at(exchange) as trader:
        await preview_a_copy(trader, sample["order_id"], price)
        assert "the same order was sent" not in trader.text()
        await trader.send()
        await trader.until(lambda: trader.tickets and trader.tickets[-1].lines[0].state is State.CONFIRMED)
    async with trader_at(exchange) as trader:
        await preview_a_copy(trader, sample["order_id"], price)
        await trader.until_shown("the same order was sent at", "CONFIRMED")


async def preview_a_copy(trader: Trader, order_id: str, price: str) -> None:
    await trader.put_cursor_on(order_id)
    await trader.press("c")
    await trader.prompt(EntryForm)
    await trader.type_into("price", price)
    await trader.press("ctrl+s")
    await trader.prompt(TicketPreview)


async def test_an_entry_that_is_not_found_is_offered_again(
    exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, and with a word of warning; not if it turns up before it is offered."""
    monkeypatch.setitem(cast("Any", TicketExecutor.__init__).__kwdefaults__, "look_after_s", (0.1, 0.3))
    async with trader_at(exchange, poll_seconds=60) as trader:
        await a_lost_entry_is_sent_again(trader)
        await a_lost_entry_turns_up(trader)
    (journal,) = journal_files(OWNER)
    intents = [entry for entry in read_journal(journal).entries if entry.kind == "intent"]
    assert intents[1].facts["resends"] == intents[0].facts["ticket"]


async def lose_an_entry(trader: Trader, price: str) -> None:
    """Enter an order that the exchange never gets, and open the list of tickets on it."""
    trader.exchange.forget_requests()
    trader.exchange.faults(drop_before_commit={"value": 1.0, "methods": ["POST"]})
    await trader.put_cursor_on(an_order(trader.exchange)["order_id"])
    await trader.press("c")
    await trader.prompt(EntryForm)
    await trader.type_into("price", price)
    await trader.press("ctrl+s")
    await trader.send()
    await trader.until(lambda: trader.tickets[-1].lines[0].state is State.NOT_FOUND)
    await trader.until_shown("NOT FOUND")
    trader.exchange.faults()


async def a_lost_entry_is_sent_again(trader: Trader) -> None:
    price = f"{an_order(trader.exchange)['price'] / 2:.2f}"
    await lose_an_entry(trader, price)
    (first,) = trader.bodies()
    await trader.press("t")
    await trader.until_shown("NOT FOUND")
    await trader.press("enter")
    form = await trader.prompt(EntryForm)
    assert form.texts()["price"] == price
    await trader.press("ctrl+r")
    await trader.prompt(LineForm)
    await trader.press("enter")
    preview = await trader.prompt(TicketPreview)
    await trader.until_shown("the same order was sent at", "NOT FOUND")
    await trader.press("y")
    assert trader.app.screen is preview
    await trader.press("exclamation_mark")
    await trader.send()
    await trader.until_shown("CONFIRMED")
    second = trader.bodies()[1]
    assert second[0]["txt"] != first[0]["txt"]
    assert {**second[0], "txt": ""} == {**first[0], "txt": ""}


async def a_lost_entry_turns_up(trader: Trader) -> None:
    await lose_an_entry(trader, f"{an_order(trader.exchange)['price'] / 3:.2f}")
    trader.exchange.call("POST", "/orders/list", json=trader.bodies()[0])
    await trader.press("t")
    await trader.until_shown("Tickets of this run", "NOT FOUND")
    await trader.press("enter")
    await trader.until_home()
    await trader.until_confirmed()
    await trader.until_shown("Nothing of this ticket is left to send again")
    assert len(trader.writes()) == 2  # the lost one, and the one that the test made of it


async def test_previews_show_what_is_sent_and_a_warning_needs_one_more_key(exchange: RunningExchange) -> None:
    async with trader_at(exchange, size=(160, 48), limits=Limits(max_quantity_mw=Decimal(50))) as trader:
        await the_preview_of_a_clone_shows_delivery_and_notional_and_compares_with_its_source(trader)
        await trader.press("escape", "escape")
        await trader.until_home()
        await a_warning_needs_one_more_key_before_sending(trader)


async def the_preview_of_a_clone_shows_delivery_and_notional_and_compares_with_its_source(trader: Trader) -> None:
    order = an_order(trader.exchange)
    await trader.put_cursor_on(order["order_id"])
    await trader.press("c")
    await trader.prompt(EntryForm)
    field = trader.app.screen.query_one("#field-contract_id", Input)
    assert field.value == order["contract_id"], "the clone names its contract by id"
    await trader.type_into("price", str(round(order["price"] * 20, 2)))
    await trader.press("ctrl+s")
    await trader.prompt(TicketPreview)
    start = datetime.fromisoformat(order["delivery_start"]).astimezone(ZoneInfo("Europe/Berlin"))
    await trader.until_shown("at least ten times the nearest price of your orders", f"{start:%d %b %H:%M}-")
    assert "notional unknown" not in trader.text()
    assert " MWh " in trader.text()
    assert trader.writes() == []


async def a_warning_needs_one_more_key_before_sending(trader: Trader) -> None:
    order = an_order(trader.exchange)
    await edit_price(trader, order["order_id"], f"{order['price'] * 10:.2f}")
    await trader.until_shown("ten times the order's present value")
    await trader.press("y")
    assert isinstance(trader.app.screen, TicketPreview)
    await trader.press("exclamation_mark")
    await trader.send()
    await trader.until_shown("FILLED")
    assert len(trader.writes()) == 1


# ---------------------------------------------------------------- edits, undo, deletion


async def test_orders_are_changed_withdrawn_taken_back_and_deleted(
    exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with trader_at(exchange) as trader:
        await an_edit_sends_the_changed_field_and_the_revision_the_trader_saw(trader)
        await a_form_shows_a_change_of_its_order(trader)
        await undo_opens_the_preview_of_the_inverse_and_sends_it_after_y(trader)
        await the_open_list_of_tickets_follows_what_the_desk_learns(trader)
        await a_refused_entry_is_shown_in_the_form_again(trader)
        await a_deletion_is_neither_confirmed_by_x_nor_by_enter(trader)
        await undo_does_not_bring_back_what_came_before_a_kill(trader)
        await a_withdrawal_that_the_journal_could_not_record_is_reported(trader, monkeypatch)


async def an_edit_sends_the_changed_field_and_the_revision_the_trader_saw(trader: Trader) -> None:
    order = an_order(trader.exchange)
    await edit_price(trader, order["order_id"], "33.33")
    await trader.send()
    await trader.until_shown("CONFIRMED")
    changes = {"action": "MODI", "price": 33.33}
    assert trader.bodies() == [
        [{"order_id": order["order_id"], "revision_no": order["revision_no"], "changes": changes}]
    ]


async def a_form_shows_a_change_of_its_order(trader: Trader) -> None:
    order = an_order(trader.exchange)
    await trader.put_cursor_on(order["order_id"])
    await trader.press("e")
    form = await trader.prompt(ChangeForm)
    await trader.type_into("price", "33.33")
    trader.exchange.touch(order["order_id"], txt="hedged")
    await trader.until_shown(f"is now at revision {order['revision_no'] + 1}")
    assert form.texts()["price"] == "33.33"
    await trader.press("escape")
    await trader.until_home()


async def undo_opens_the_preview_of_the_inverse_and_sends_it_after_y(trader: Trader) -> None:
    trader.exchange.forget_requests()
    order_id = an_order(trader.exchange)["order_id"]
    await trader.put_cursor_on(order_id)
    await trader.press("d")
    await trader.send()
    await trader.until_confirmed()
    await trader.press("U")
    await trader.prompt(TicketPreview)
    await trader.until_shown("Activate 1 order", "Undo of ", f": deactivate, order {order_id}")
    assert len(trader.writes()) == 1
    await trader.send()
    await trader.until_shown("CONFIRMED activate: ")
    assert [item["changes"]["action"] for body in trader.bodies() for item in body] == ["DEAC", "ACTI"]
    await trader.until_confirmed()


async def the_open_list_of_tickets_follows_what_the_desk_learns(trader: Trader) -> None:
    trader.exchange.faults(hold={"value": True, "methods": ["PUT"]})
    await trader.put_cursor_on(an_order(trader.exchange)["order_id"])
    await trader.press("d")
    await trader.send()
    await trader.press("t")
    await trader.until_shown("Tickets of this run, newest first: 4", "SENDING")
    trader.exchange.faults()
    await trader.until(lambda: "SENDING" not in trader.text())
    await trader.until_confirmed()
    await trader.until(lambda: trader.text().count("CONFIRMED") >= 4)
    await trader.press("escape")
    await trader.until_home()


async def a_refused_entry_is_shown_in_the_form_again(trader: Trader) -> None:
    trader.exchange.forget_requests()
    sample = an_order(trader.exchange)
    await trader.put_cursor_on(sample["order_id"])
    await trader.press("c")
    await trader.prompt(EntryForm)
    await trader.type_into("contract_id", "1")
    await trader.press("ctrl+s")
    await trader.send_and_stay()
    form = await trader.prompt(EntryForm)
    await trader.until_shown("REJECTED")
    assert form.texts()["contract_id"] == "1"
    assert form.texts()["price"] == f"{sample['price']:.2f}"
    assert len(trader.writes()) == 1
    await trader.press("escape")
    await trader.until_home()


async def a_deletion_is_neither_confirmed_by_x_nor_by_enter(trader: Trader) -> None:
    trader.exchange.forget_requests()
    order_id = an_order(trader.exchange)["order_id"]
    await trader.put_cursor_on(order_id)
    await trader.press("x")
    await trader.prompt(TicketPreview)
    await trader.until_shown("cannot be undone")
    await trader.press("x", "enter", "x", "enter")
    assert trader.writes() == []
    await trader.send()
    await trader.until_confirmed()
    assert order_id not in [each["order_id"] for each in trader.exchange.orders()]


async def undo_does_not_bring_back_what_came_before_a_kill(trader: Trader) -> None:
    await trader.put_cursor_on(an_order(trader.exchange)["order_id"])
    await trader.press("d")
    await trader.send()
    await trader.until_confirmed()
    profile = a_profile(trader.exchange.base_url)
    engage(profile, halt_here("kill fired", action="deactivate-mine"))
    await trader.press("r")
    await trader.until_shown("HALTED")
    with Journal(profile) as journal:
        rearm(profile, journal, "calm", read_halt(profile))
    await trader.press("r")
    await trader.until(lambda: "HALTED" not in trader.text())
    await trader.press("U")
    await trader.pilot.resize_terminal(80, 24)
    await trader.until_shown("no undo: a kill came since. ", "earlier problem")
    await trader.pilot.resize_terminal(120, 36)


async def a_withdrawal_that_the_journal_could_not_record_is_reported(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    trader.exchange.forget_requests()
    await trader.put_cursor_on(an_order(trader.exchange)["order_id"])
    with monkeypatch.context() as disk:
        disk.setattr("os.write", full)
        await trader.press("x")
        await trader.send()
        await trader.until_shown("the journal can't be written", "lines could not be written to the journal")
        await trader.until(lambda: len(trader.writes()) == 1)


# ---------------------------------------------------------------- what somebody else changed meanwhile


async def test_a_change_meets_what_somebody_else_did_to_its_order(exchange: RunningExchange) -> None:
    async with trader_at(exchange, poll_seconds=30) as trader:
        await a_conflict_keeps_what_the_other_side_changed(trader)
        await a_conflict_can_be_edited_with_the_input_kept(trader)
        await a_change_is_not_applied_to_an_order_in_a_final_state(trader)
        await an_order_that_filled_before_it_could_be_taken_out_is_shown(trader)


async def read_orders(trader: Trader) -> None:
    """Read the orders again, as the steps before may have changed them."""
    trader.exchange.forget_requests()
    seen = trader.desk.table._blotter.read_no
    await trader.press("r")
    await trader.until(lambda: trader.desk.table._blotter.read_no > seen)


async def a_conflict_keeps_what_the_other_side_changed(trader: Trader) -> None:
    order = an_order(trader.exchange)
    await edit_price(trader, order["order_id"], "33.33")
    touched = trader.exchange.touch(order["order_id"], quantity=1.5, txt="hedged")
    await trader.send_and_stay()
    await trader.prompt(ConflictPrompt)
    await trader.until_shown("33.33", "hedged", "1.5")
    await trader.press("enter", "y", "m")
    await trader.send()
    await trader.until_shown("CONFIRMED")
    _, second = trader.bodies()
    assert second[0]["changes"] == {"action": "MODI", "price": 33.33}
    assert second[0]["revision_no"] == touched["revision_no"]
    (now,) = [each for each in trader.exchange.orders() if each["initial_order_id"] == touched["initial_order_id"]]
    assert (now["price"], now["quantity"], now["txt"]) == (33.33, 1.5, "hedged")


async def a_conflict_can_be_edited_with_the_input_kept(trader: Trader) -> None:
    await read_orders(trader)
    order = an_order(trader.exchange)
    await edit_price(trader, order["order_id"], "33.33")
    trader.exchange.touch(order["order_id"], price=44.44)
    await trader.send_and_stay()
    await trader.prompt(ConflictPrompt)
    await trader.press("e")
    form = await trader.prompt(ChangeForm)
    await trader.until_shown("44.44")
    assert form.texts()["price"] == "33.33"
    await trader.press("escape")
    await trader.until_home()
    assert len(trader.writes()) == 1


async def a_change_is_not_applied_to_an_order_in_a_final_state(trader: Trader) -> None:
    await read_orders(trader)
    order = an_order(trader.exchange)
    await edit_price(trader, order["order_id"], "33.33")
    trader.exchange.fill(order["order_id"], order["quantity"] + order.get("hidden_quantity", 0))
    await trader.send_and_stay()
    await trader.until_shown("filled")
    await trader.press("m", "e", "escape")
    await trader.until_home()
    assert len(trader.writes()) == 1


async def an_order_that_filled_before_it_could_be_taken_out_is_shown(trader: Trader) -> None:
    await read_orders(trader)
    orders = in_the_book(trader.exchange)[:3]
    for order in orders:
        await trader.put_cursor_on(order["order_id"])
        await trader.press("space")
    trader.exchange.fill(orders[1]["order_id"], orders[1]["quantity"] + orders[1].get("hidden_quantity", 0))
    before = len(trader.tickets)
    await trader.press("d")
    await trader.send_and_stay()
    await trader.until_shown("FILLED")
    await trader.until(lambda: len(trader.tickets) > before)
    await trader.until(lambda: not any(line.is_open for line in trader.tickets[-1].lines))
    assert sorted(line.state for line in trader.tickets[-1].lines) == [State.CONFIRMED, State.CONFIRMED, State.FILLED]
    assert len(trader.writes()) == 1


# ---------------------------------------------------------------- many orders


async def test_large_withdrawals_are_sent_after_their_count_was_typed_and_never_refused(
    exchange: RunningExchange,
) -> None:
    """Not even where trading is off. Marks that a filter hides are never touched."""
    limits = Limits(typed_count_above_orders=3, max_orders_per_action=2)
    buys = {order["order_id"] for order in exchange.orders() if order["side"] == "BUY"}
    async with trader_at(exchange, read_only=True, limits=limits) as trader:
        await trader.press("asterisk", "slash")
        await trader.paste("side:buy")
        await trader.press("enter")
        await trader.until_shown("hidden: not included")
        await withdraw_all_shown(trader, "d", "Deactivate", "hidden")
        await trader.until(lambda: len(trader.desk.table.arrangement) == 0)
        assert {item["order_id"] for body in trader.bodies() for item in body} == buys
        assert {order["side"] for order in exchange.orders(active_only=True)} == {"SELL"}

        await trader.press("escape")
        await trader.until(lambda: len(trader.desk.table.arrangement) > 0)
        if trader.desk.table.marked < len(trader.desk.table.arrangement):
            await trader.press("asterisk")
        exchange.forget_requests()
        await withdraw_all_shown(trader, "x", "Delete", "SELL")
        await trader.until(lambda: not exchange.orders())


async def test_the_desk_says_how_far_a_ticket_of_many_orders_has_come(exchange: RunningExchange) -> None:
    exchange.faults(hold={"value": True, "methods": ["PUT"]})
    limits = Limits(typed_count_above_orders=1000, typed_count_above_mw=Decimal(10_000))
    async with trader_at(exchange, (80, 24), single_order_endpoint=True, limits=limits) as trader:
        await trader.press("asterisk", "d")
        await trader.send()
        ids, count = [line.key for line in trader.tickets[-1].lines], len(trader.tickets[-1].lines)
        ticket = f"open tickets  ticket {trader.tickets[-1].token}"
        await trader.until_shown(f"{ticket}: 0 of {count} answered")
        exchange.touch(ids[0], txt="touched")  # the call for a single order names a revision: this one is refused
        exchange.faults(hold={"value": True, "paths": [f"/order/{ids[-2]}/*"]})
        await trader.until_shown(f"{ticket}: {count - 2} of {count} answered, 1 refused")
        exchange.faults(hold={"value": True, "paths": [f"/order/{ids[-1]}/*"]})
        await trader.until_shown(f"{ticket}: {count - 1} of {count} answered, 1 refused")
        exchange.faults()
        await trader.until(lambda: "open tickets" not in trader.text())
        assert [line.was_answered for line in trader.tickets[-1].lines] == [True] * count


async def withdraw_all_shown(trader: Trader, key: str, title: str, shown: str) -> None:
    """Withdraw what is in the table by this key, once its number was typed."""
    count = len(trader.desk.table.arrangement)
    assert count > 3
    await trader.press(key)
    await trader.prompt(TicketPreview)
    await trader.until_shown(shown)
    await trader.send_and_stay()
    await trader.prompt(TypedPrompt)
    await trader.until_shown(f"{title} {count} orders", "typed_count_above_orders", f"Type {count} and press")
    await trader.until_shown("BUY" if key == "d" else "SELL")
    await trader.press("enter")
    assert trader.writes() == []
    await trader.press(*str(count), "enter")
    await trader.until_home()


async def test_keys_that_come_before_the_first_orders_enter_nothing() -> None:
    async with raw_server(silence) as server, desk_on(a_desk_app(server.base_url, read_only=False)) as desk:
        await desk.press(*"aebAdx")
        await desk.until_shown("no order is under the cursor")
        assert {request.method for request in server.requests} <= {"GET"}


# ---------------------------------------------------------------- steps


async def test_steps_are_staged_dropped_and_sent_once(
    exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with trader_at(exchange, price_step=Decimal("0.05")) as trader:
        await steps_are_staged_dropped_and_sent_by_enter(trader)
        await an_enter_held_since_it_closed_the_filter_sends_by_nothing_but_a_preview(trader)
        await a_step_that_the_table_has_no_column_for_is_sent_by_nothing_but_a_preview(trader)
        await a_step_that_is_not_seen_is_sent_by_nothing_but_a_preview(trader)
        await a_step_among_other_keys_is_asked_about(trader, monkeypatch)
        await q_asks_before_staged_steps_are_discarded(trader)


async def steps_are_staged_dropped_and_sent_by_enter(trader: Trader) -> None:
    order = an_order(trader.exchange)
    await trader.put_cursor_on(order["order_id"])
    await trader.press("plus", "plus", "minus", "plus", "alt+minus")
    await trader.until_shown(f"{order['price']:.2f}→{order['price'] + 0.1:.2f}", "1 staged")
    await trader.press("escape")
    assert "staged" not in trader.text()
    trader.app.set_keymap({"order.far_worse": "f6"})
    await trader.press("right_curly_bracket", "less_than_sign", "right_square_bracket", "f6", "greater_than_sign")
    await trader.until_shown(f"{order['price']:.2f}→{order['price'] + 0.05:.2f}", "1 staged")
    await trader.press("left_curly_bracket")
    await trader.until_shown(f"→{order['price'] + 0.05:.2f}")
    await trader.press("left_square_bracket")
    assert "staged" not in trader.text()
    await trader.press("alt+greater_than_sign")
    await trader.until_shown("→{:.1f}".format(order["quantity"] + 1))
    await trader.press("alt+less_than_sign", "plus")
    await trader.pilot.pause(0.35)
    await trader.press("enter")
    await trader.until_shown("CONFIRMED")
    ((item,),) = trader.bodies()
    assert item["changes"] == {"action": "MODI", "price": pytest.approx(order["price"] + 0.05)}


async def an_enter_held_since_it_closed_the_filter_sends_by_nothing_but_a_preview(trader: Trader) -> None:
    await trader.press("plus", "slash", "a", "backspace")
    await trader.until_shown("1 staged")
    trader.app.post_message(TerminalKey("enter", "\r", 1.0))
    await trader.until(lambda: trader.app.focused is trader.desk.table)
    await trader.pilot.pause(0.35)
    trader.app.post_message(TerminalKey("enter", "\r", 0.42))
    await trader.prompt(TicketPreview)
    await trader.press("escape")
    await trader.until_home()
    await trader.press("escape")
    await trader.until(lambda: not trader.desk.steps)
    assert len(trader.bodies()) == 1


async def a_step_that_the_table_has_no_column_for_is_sent_by_nothing_but_a_preview(trader: Trader) -> None:
    await trader.press("C", *["down"] * 4, "space", "enter", "minus")
    await trader.until_shown("1 staged")
    await trader.pilot.pause(0.35)
    await trader.press("enter")
    await trader.prompt(TicketPreview)
    await trader.press("escape")
    await trader.until_home()
    assert len(trader.bodies()) == 1


async def a_step_that_is_not_seen_is_sent_by_nothing_but_a_preview(trader: Trader) -> None:
    await trader.press("escape", "C", *["down"] * 4, "space", "enter", "minus")
    await trader.until_shown("1 staged")
    await trader.pilot.resize_terminal(120, 7)
    await trader.pilot.pause(0.35)
    await trader.press("enter")
    await trader.prompt(TicketPreview)
    await trader.pilot.resize_terminal(120, 36)
    await trader.press("escape")
    await trader.until_home()
    await trader.press("escape", "C", *["down"] * 4, "space", "enter", "minus")
    await trader.until_shown("1 staged")
    assert len(trader.bodies()) == 1


async def a_step_among_other_keys_is_asked_about(trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    await trader.press("escape", "C", *["down"] * 4, "space", "enter")
    await trader.until_home()
    assert "staged" not in trader.text()
    with monkeypatch.context() as keys_come_together:
        keys_come_together.setattr(stepping_screen, "KEY_REST_S", 3600.0)
        await trader.press("plus", "enter")
    await trader.prompt(TicketPreview)
    await trader.press("escape")
    await trader.until_home()
    assert len(trader.bodies()) == 1


async def q_asks_before_staged_steps_are_discarded(trader: Trader) -> None:
    await trader.until_shown("1 staged")
    await trader.press("q")
    await trader.prompt(QuitPrompt)
    await trader.until_shown("Staged steps for 1 order were not sent")
    await trader.press("enter", "escape")
    await trader.until_home()
    await trader.until_shown("1 staged")
    await trader.press("q")
    await trader.prompt(QuitPrompt)
    await trader.press("y")
    await trader.until(lambda: trader.app.return_code is not None)
    assert len(trader.bodies()) == 1


# ---------------------------------------------------------------- pre-trade limits and modes


async def test_read_only_refuses_to_enter_and_lets_withdraw(exchange: RunningExchange) -> None:
    async with trader_at(exchange, read_only=True) as trader:
        await trader.press("U")
        await trader.until_shown("nothing to undo")
        await trader.press("a")
        await trader.until_shown("no new order: trading is off")
        await trader.press("d")
        await trader.send()
        await trader.until_shown("CONFIRMED")
        await trader.press("w")
        await trader.until_shown("TRADING")
        await trader.press("w")
        await trader.until_shown("READ-ONLY")
        await trader.press("J")
        await trader.until_shown("trading was switched off")


async def test_in_production_trading_is_switched_on_by_name_and_orders_start_deactivated(
    exchange: RunningExchange,
) -> None:
    async with trader_at(exchange, read_only=True, environment=Environment.PRODUCTION) as trader:
        await trading_is_switched_on_by_the_profile_s_name(trader)
        await an_order_starts_deactivated_unless_that_is_changed(trader)


async def trading_is_switched_on_by_the_profile_s_name(trader: Trader) -> None:
    await trader.press("w")
    await trader.until_shown("Switch trading on")
    await trader.until(lambda: isinstance(trader.app.screen, Prompt) and trader.app.screen.has_rested)
    await trader.press(*"tset", "enter", "escape")
    await trader.until_home()
    assert "READ-ONLY" in trader.text()
    await trader.press("w")
    await trader.until(lambda: isinstance(trader.app.screen, Prompt) and trader.app.screen.has_rested)
    await trader.press(*"test")
    await trader.until_shown(" TRADING ")
    await trader.until_home()


async def an_order_starts_deactivated_unless_that_is_changed(trader: Trader) -> None:
    await trader.put_cursor_on(an_order(trader.exchange)["order_id"])
    await trader.press("c")
    await trader.prompt(EntryForm)
    await trader.until_shown("PRODUCTION", "HIBE")
    await trader.press("ctrl+s")
    await trader.send()
    await trader.until_shown("CONFIRMED")
    assert [entry["state"] for (entry,) in trader.bodies()] == ["HIBE"]


async def test_a_read_only_key_is_recognised_by_its_first_refusal(exchange: RunningExchange) -> None:
    """Where the server does not say what the key may do; from then on trading is not switched on."""
    exchange.faults(errors={"value": {"404": 1}, "paths": ["/api-key"]})
    async with trader_at(exchange, key="reader", read_only=True) as trader:
        await trader.press("w")
        await trader.until_shown(" TRADING ")
        await trader.press("d")
        await trader.send()
        await trader.until_shown("REJECTED", "READ-ONLY KEY")
        await trader.press("e")
        await trader.until_shown("this API key is")
        await trader.press("w")
        await trader.until(lambda: not trader.desk.dialogue.view.trading_is_on)
        await trader.press("w")
        await trader.until_shown("trading stays off: this API key is read-only", "READ-ONLY KEY")
        assert not trader.desk.dialogue.view.trading_is_on


# ---------------------------------------------------------------- what nothing stops


async def test_a_desk_that_is_left_meanwhile_records_one_outcome(
    exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_desk, "ANSWERS_WITHIN_S", WITHIN_S)
    monkeypatch.setattr(desk_thread, "STOP_WITHIN_S", 2 * WITHIN_S)
    exchange.faults(hold={"value": True, "methods": ["PUT"]})
    order = an_order(exchange)
    async with trader_at(exchange) as trader:
        app = trader.app

        def answer_once_it_was_left() -> None:
            eventually(lambda: app.return_code is not None)
            exchange.faults()

        await edit_price(trader, order["order_id"], "33.33")
        await trader.press("y")
        await trader.until(lambda: "SENDING" in trader.text())
        answering = threading.Thread(target=answer_once_it_was_left)
        answering.start()
        await trader.press("q")
    answering.join()
    assert eventually(lambda: len([r for r in exchange.requests() if r["method"] == "PUT"])) == 1
    (journal,) = journal_files(OWNER)
    outcomes = [entry for entry in read_journal(journal).entries if entry.kind == "outcome"]
    assert [result["state"] for entry in outcomes for result in entry.facts["results"]] == ["SENT"]
