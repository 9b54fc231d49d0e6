"""Prompts that follow another: what each shows of its orders when it opens."""

from pbtui.ui.forms.bulk_form import BulkForm
from pbtui.ui.forms.change_form import ChangeForm
from pbtui.ui.tickets.conflict_prompt import ConflictPrompt
from pbtui.ui.tickets.preview import TicketPreview
from tests.exchange import RunningExchange
from tests.ui.screens.trader import Trader, an_order, in_the_book, trader_at

NO_MORE_READS_S = 60
"""A poll that does not come: after the reads that a test asks for, no view shows anything else of an order."""


async def read_now(trader: Trader) -> None:
    """Read the orders while a prompt has the keys."""
    seen = trader.desk.dialogue.view.blotter.read_no
    trader.desk.action_read_now()
    await trader.until(lambda: trader.desk.dialogue.view.blotter.read_no > seen)


async def preview_of_a_form(trader: Trader) -> None:
    """Submit the open form."""
    await trader.press("ctrl+s")
    await trader.prompt(TicketPreview)


async def test_a_prompt_opens_with_what_the_desk_already_shows_of_its_orders(exchange: RunningExchange) -> None:
    async with trader_at(exchange, poll_seconds=NO_MORE_READS_S) as trader:
        await a_preview_names_the_change_that_its_form_has_named(trader)
        await so_does_the_form_that_opens_again(trader)
        await an_order_that_only_the_conflict_has_read_is_not_said_to_have_changed(trader)
        await an_order_that_filled_is_named_in_the_preview_of_many(trader)


async def a_preview_names_the_change_that_its_form_has_named(trader: Trader) -> None:
    """Also of an order that got another id before."""
    order_id = an_order(trader.exchange)["order_id"]
    order = trader.exchange.touch(order_id, price=22.22)
    assert order["order_id"] != order_id
    await read_now(trader)
    await trader.put_cursor_on(order["order_id"])
    await trader.press("e")
    await trader.prompt(ChangeForm)
    await trader.type_into("price", "33.33")
    later = trader.exchange.touch(order["order_id"], price=44.44)
    await read_now(trader)
    what = f"order {order['order_id']} was replaced by order {later['order_id']}"
    await trader.until_shown(f"Meanwhile: {what}")
    await preview_of_a_form(trader)
    assert "Changed or left since you saw them: 1" in trader.text()
    assert f"meanwhile {what}" in " ".join(trader.text().split())


async def so_does_the_form_that_opens_again(trader: Trader) -> None:
    await trader.press("escape")
    await trader.prompt(ChangeForm)
    assert "Meanwhile: order" in trader.text()
    await trader.press("escape")
    await trader.until_home()


async def an_order_that_only_the_conflict_has_read_is_not_said_to_have_changed(trader: Trader) -> None:
    trader.exchange.forget_requests()
    order = an_order(trader.exchange)
    await trader.put_cursor_on(order["order_id"])
    await trader.press("e")
    await trader.prompt(ChangeForm)
    await trader.type_into("price", "33.33")
    await preview_of_a_form(trader)
    order = trader.exchange.touch(order["order_id"], price=44.44)
    await trader.send_and_stay()
    await trader.prompt(ConflictPrompt)
    await trader.press("m")
    await trader.prompt(TicketPreview)
    order = trader.exchange.touch(order["order_id"], price=44.45)
    await trader.press("escape")
    await trader.prompt(ConflictPrompt)
    await trader.press("m")
    await trader.prompt(TicketPreview)
    row = trader.desk.dialogue.view.blotter.find(order["initial_order_id"])
    assert row is not None
    assert row.order.order_id != order["order_id"]
    assert "Changed or left" not in trader.text()
    await trader.press("escape")
    await trader.prompt(ConflictPrompt)
    await trader.press("escape")
    await trader.until_home()


async def an_order_that_filled_is_named_in_the_preview_of_many(trader: Trader) -> None:
    orders = in_the_book(trader.exchange)[:2]
    for order in orders:
        await trader.put_cursor_on(order["order_id"])
        await trader.press("space")
    await trader.press("b")
    await trader.prompt(BulkForm)
    await trader.type_into("quantity", "+0.1")
    trader.exchange.fill(orders[0]["order_id"], orders[0]["quantity"] + orders[0].get("hidden_quantity", 0))
    await read_now(trader)
    await trader.until_shown("Orders that changed since you saw them: 1", "revision 2: filled")
    await preview_of_a_form(trader)
    assert "Changed or left since you saw them: 1" in trader.text()
    await trader.press("escape")
    await trader.prompt(BulkForm)
    assert "Orders that changed since you saw them: 1" in trader.text()
    await trader.press("escape")
    await trader.until_home()
