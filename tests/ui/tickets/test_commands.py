"""Commands of the trader, from the first key to what is left after conflicts and refusals."""

from pbtui.ui.forms.bulk_form import BulkForm
from pbtui.ui.forms.change_form import ChangeForm
from pbtui.ui.tickets.conflict_prompt import ConflictPrompt
from pbtui.ui.tickets.overview import TicketList
from pbtui.ui.tickets.preview import TicketPreview
from pbtui.ui.widgets.key_names import OwnKeysApp
from tests.exchange import RunningExchange
from tests.ui.screens.trader import Trader, an_order, in_the_book, trader_at


async def change_price(trader: Trader, order_id: str, price: str) -> None:
    """Open the preview of a change."""
    await trader.put_cursor_on(order_id)
    await trader.press("e")
    await trader.prompt(ChangeForm)
    await trader.type_into("price", price)
    await trader.press("ctrl+s")
    await trader.prompt(TicketPreview)


# ---------------------------------------------------------------- a change that is refused after it was re-applied


async def test_a_re_applied_change_that_is_refused_goes_on_from_the_order_as_it_is_now(
    exchange: RunningExchange,
) -> None:
    async with trader_at(exchange, poll_seconds=30) as trader:
        await the_form_comes_back_on_the_new_revision_with_the_new_reason(trader)
        await so_does_a_change_that_is_offered_again(trader)


REFUSES_CHANGES = {"errors": {"value": {"400": 1}, "methods": ["PUT"]}}


async def re_apply_in_vain(trader: Trader) -> ChangeForm:
    """Re-apply the change of the conflict while the server refuses all changes, and return the form that opens."""
    await trader.prompt(ConflictPrompt)
    await trader.press("m")
    await trader.prompt(TicketPreview)
    trader.exchange.faults(**REFUSES_CHANGES)
    await trader.send_and_stay()
    form: ChangeForm = await trader.prompt(ChangeForm)
    trader.exchange.faults()
    return form


async def the_form_comes_back_on_the_new_revision_with_the_new_reason(trader: Trader) -> None:
    order = an_order(trader.exchange)
    await change_price(trader, order["order_id"], "33.33")
    trader.exchange.touch(order["order_id"], txt="theirs")
    await trader.send_and_stay()
    form = await re_apply_in_vain(trader)
    assert form.order.revision_no == order["revision_no"] + 1
    await trader.until_shown("REJECTED: ", f"revision {order['revision_no'] + 1}")
    assert "CONFLICT: " not in trader.text()
    assert (form.texts()["price"], form.texts()["txt"]) == ("33.33", "theirs")
    await trader.press("ctrl+s")
    await trader.send()
    await trader.until_confirmed()
    changes = [body[0]["changes"] for body in trader.bodies()]
    assert changes == [{"action": "MODI", "price": 33.33}] * 3


async def so_does_a_change_that_is_offered_again(trader: Trader) -> None:
    trader.exchange.forget_requests()
    order = an_order(trader.exchange)
    await trader.put_cursor_on(order["order_id"])
    trader.exchange.faults(**REFUSES_CHANGES)
    await change_price(trader, order["order_id"], "22.22")
    await trader.send_and_stay()
    await trader.prompt(ChangeForm)
    await trader.press("escape")
    await trader.until_home()
    trader.exchange.faults()
    trader.exchange.touch(order["order_id"], quantity=1.5)
    await trader.press("t")
    await trader.prompt(TicketList)
    await trader.press("enter")
    form = await re_apply_in_vain(trader)
    await trader.until_shown("REJECTED: ")
    assert (form.texts()["price"], form.texts()["quantity"]) == ("22.22", "1.5")
    await trader.press("ctrl+s")
    await trader.send()
    await trader.until_confirmed()


# ---------------------------------------------------------------- a change of many orders


async def test_after_the_conflicts_of_many_orders_only_those_left_to_do_are_marked(exchange: RunningExchange) -> None:
    orders = [order for order in in_the_book(exchange) if order["quantity"] > 1][:4]
    re_applied, left, edited, deleted = ids = [order["order_id"] for order in orders]
    async with trader_at(exchange, poll_seconds=30) as trader:
        for order_id in ids:
            await trader.put_cursor_on(order_id)
            await trader.press("space")
        await trader.press("b")
        await trader.prompt(BulkForm)
        await trader.type_into("txt", "mine")
        await trader.press("ctrl+s")
        await trader.prompt(TicketPreview)
        for order in orders[:3]:
            exchange.touch(order["order_id"], quantity=order["quantity"] + 0.1)
        exchange.touch(deleted, action="DELE")
        await trader.send_and_stay()
        await trader.prompt(ConflictPrompt)
        for number in range(1, 5):
            await trader.until_shown(f"Conflict {number} of 4: order ")
            assert trader.desk.table.hidden_marks == 0
            order_id = trader.text().partition(f"Conflict {number} of 4: order ")[2][:10]
            prompt = await trader.prompt(ConflictPrompt)
            if order_id == re_applied:
                await trader.press("m")
                await trader.send_and_stay()
            elif order_id == edited:
                await trader.press("e")
                await trader.prompt(ChangeForm)
                await trader.press("ctrl+s")
                await trader.send_and_stay()
            else:
                await trader.press("escape")
            await trader.until(lambda: trader.app.screen is not prompt)  # noqa: B023 - it is waited for here
        await trader.until_home()
        await trader.until_shown("✓ 1 marked")
        assert [row.key for row in trader.desk.table.chosen] == [orders[ids.index(left)]["initial_order_id"]]


# ---------------------------------------------------------------- activations


async def test_an_activation_that_meets_another_change_is_re_applied_or_left(exchange: RunningExchange) -> None:
    async with trader_at(exchange, poll_seconds=30) as trader:
        await trader.press("2")
        await trader.until(lambda: len(trader.desk.table.arrangement) >= 2)
        first, second = (row.order.order_id for row in list(trader.desk.table.arrangement.rows.values())[:2])
        await preview_of_an_activation(trader, str(first))
        touched = exchange.touch(str(first), txt="theirs")
        await trader.send_and_stay()
        await trader.prompt(ConflictPrompt)
        await trader.until_shown("Re-applying would activate the order as it is now")
        assert "m Re-apply mine  e Edit" not in trader.text()
        await trader.press("e", "m")
        await trader.send()
        await trader.until_confirmed()
        active = {order["initial_order_id"]: order.get("txt") for order in exchange.orders(active_only=True)}
        assert active[touched["initial_order_id"]] == "theirs"

        await preview_of_an_activation(trader, str(second))
        exchange.touch(str(second), action="ACTI")
        before = len(trader.writes())
        await trader.send_and_stay()
        await trader.prompt(ConflictPrompt)
        await trader.until_shown("The order already is as you wanted it")
        await trader.press("m", "e", "escape")
        await trader.until_home()
        assert len(trader.writes()) == before + 1


async def preview_of_an_activation(trader: Trader, order_id: str) -> None:
    await trader.put_cursor_on(order_id)
    await trader.press("A")
    await trader.prompt(TicketPreview)


# ---------------------------------------------------------------- undo


async def test_an_undo_names_the_orders_that_it_leaves_out(exchange: RunningExchange) -> None:
    orders = in_the_book(exchange)[:3]
    async with trader_at(exchange, poll_seconds=30) as trader:
        assert isinstance(trader.app, OwnKeysApp)
        trader.app.take_keys({"desk.tickets": ["T"], "desk.news": ["N"]})
        for order in orders:
            await trader.put_cursor_on(order["order_id"])
            await trader.press("space")
        await trader.press("d")
        await trader.send()
        await trader.until_confirmed()
        for order in orders[:2]:
            exchange.touch(order["order_id"], action="DELE")
        trader.desk.action_read_now()
        await trader.until(lambda: len(trader.desk.dialogue.view.blotter.recent) >= 2)
        await trader.press("U")
        await trader.prompt(TicketPreview)
        shown = " ".join(trader.text().replace("│", " ").split())
        assert "Activate 1 order" in shown
        assert "Left out, can't be put back: 2, see below" in shown
        for order in orders[:2]:
            assert f"(order {order['order_id']})" in shown
        await trader.press("escape")
        await trader.until_home()

        exchange.touch(orders[2]["order_id"], action="DELE")
        trader.desk.action_read_now()
        await trader.until(lambda: len(trader.desk.dialogue.view.blotter.recent) >= 3)
        await trader.press("U")
        await trader.until_shown("no undo: ")
        said = trader.desk.board.news[-1].text(trader.desk.zone)
        assert all(f"(order {order['order_id']})" in said for order in orders)
        trader.desk.dialogue.say("another problem")
        await trader.until_shown("another problem", "earlier problem", ": N")
        assert ": n " not in trader.text()
