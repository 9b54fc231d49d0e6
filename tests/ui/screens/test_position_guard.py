"""Orders that are sent only at the net position on the screen: a fill in between makes the server refuse them."""

import re
from decimal import Decimal
from typing import Any

from pbtui.desk.tickets.state import State
from pbtui.ui.forms.change_form import ChangeForm
from pbtui.ui.forms.entry_form import EntryForm
from pbtui.ui.tickets.conflict_prompt import ConflictPrompt
from pbtui.ui.tickets.overview import TicketList
from pbtui.ui.tickets.preview import TicketPreview
from pbtui.ui.widgets.news_line import NewsLine
from tests.exchange import RunningExchange
from tests.ui.screens.trader import Trader, an_order, trader_at

TENTH = Decimal("0.1")


def a_sibling(exchange: RunningExchange, order: dict[str, Any]) -> str:
    """The id of another buy order of the same position."""
    terms = {name: order[name] for name in ("portfolio_id", "delivery_area", "side")}
    entry = {**terms, "contractId": order["contract_id"], "quantity": 5, "price": order["price"]}
    (entered,) = exchange.call("POST", "/orders/list", json=[entry]).json()
    sibling: str = entered["order_id"]
    return sibling


def net_mw(exchange: RunningExchange, order: dict[str, Any]) -> Decimal:
    """The net position that an order belongs to."""
    wanted = {"portfolio_id": order["portfolio_id"], "contractId": order["contract_id"]}
    books = exchange.call("GET", "/orderbooks", params={**wanted, "delivery_area": order["delivery_area"]}).json()
    return Decimal(str(books["contracts"][0]["portfolio_information"][0]["net_pos"]))


def a_neighbour(trader: Trader, order: dict[str, Any]) -> str:
    """The id of another order in the table."""
    ids = (row.order.order_id for row in trader.desk.table.arrangement.rows.values())
    return next(order_id for order_id in ids if order_id and order_id != order["order_id"])


async def until_confirmed(trader: Trader) -> None:
    """Wait for the verdict of the newest ticket. News of the fill beside it can take its place on the screen."""
    await trader.until(lambda: trader.desk.dialogue.view.tickets[-1].lines[0].state is State.CONFIRMED)


def shown(mw: Decimal) -> str:
    return f"{mw.quantize(TENTH):f} MW"


async def test_a_fill_in_between_is_refused_and_the_trader_goes_on_with_the_new_position(
    exchange: RunningExchange,
) -> None:
    order = an_order(exchange)
    sibling, before = a_sibling(exchange, order), net_mw(exchange, order)
    async with trader_at(exchange, position_guard=True) as trader:
        await trader.put_cursor_on(order["order_id"])
        await trader.press("e")
        await trader.prompt(ChangeForm)
        await trader.type_into("txt", "guarded")
        await trader.until_shown(f"sent only while the net position is {shown(before)}, read at")
        await trader.press("ctrl+s")
        await trader.prompt(TicketPreview)
        await trader.until_shown(f"guarded, only if net position is {before:f}")
        exchange.fill(sibling, 0.1)
        await trader.send_and_stay()
        await trader.prompt(ConflictPrompt)
        now = before + TENTH
        await trader.until_shown(
            "Conflict: your position has changed",
            f"Net position {shown(before)} expected, {shown(now)} now (+0.1 MW)",
        )
        assert "refused because the position has changed" in str(trader.desk.dialogue.view.tickets[-1].lines[0].reason)
        await trader.press("m")
        await trader.send()
        await until_confirmed(trader)
        assert [body[0]["changes"]["expectedNetPos"] for body in trader.bodies()] == [float(before), float(now)]

        await trader.put_cursor_on(order["order_id"])
        await trader.press("c")
        await trader.prompt(EntryForm)
        await trader.until_shown(f"sent only while the net position is {shown(now)}")
        await trader.press("ctrl+s")
        await trader.prompt(TicketPreview)
        exchange.fill(sibling, 0.2)
        await trader.send_and_stay()
        await trader.prompt(EntryForm)
        last = now + 2 * TENTH
        await trader.until_shown(
            "CONFLICT: refused because the position has changed",
            f"expected, {shown(last)} now (+0.2 MW)",
            f"sent only while the net position is {shown(last)}",
        )
        await trader.press("escape")
        await trader.until_home()
        await trader.press("t")
        await trader.prompt(TicketList)
        await trader.press("enter")
        await trader.prompt(EntryForm)
        await trader.until_shown(
            "CONFLICT: refused because the position has changed", f"sent only while the net position is {shown(last)}"
        )
        await trader.press("ctrl+s")
        await trader.send()
        await until_confirmed(trader)
        assert [body[0]["expectedNetPos"] for body in trader.bodies()[2:]] == [float(now), float(last)]


async def test_a_staged_step_says_what_it_does_in_the_queue_and_expects_the_position(exchange: RunningExchange) -> None:
    order = an_order(exchange)
    sibling, before = a_sibling(exchange, order), net_mw(exchange, order)
    guard = f"only if net position is {shown(before)}"
    async with trader_at(exchange, size=(160, 48), position_guard=True) as trader:
        await trader.put_cursor_on(order["order_id"])
        await trader.press("alt+minus")
        await trader.until(lambda: re.search(rf"MW ahead ([0-9.]+) → \1; {guard}", trader.text()))
        await trader.press("alt+plus", "alt+plus")
        lost_place = "MW ahead ([0-9.]+) → ([0-9.]+), loses its place in the queue"
        lost = f"{lost_place}; {guard}"
        await trader.until(lambda: re.search(lost, trader.text()))
        found = re.search(lost, trader.text())
        assert found is not None
        assert Decimal(found[2]) - Decimal(found[1]) >= 5, "behind the other order at its price"
        await trader.press("D")
        await trader.until_shown(f"Staged step: MW ahead {found[1]} → {found[2]}, loses its place in the queue")
        await trader.press("D")
        await trader.until_home()
        a_sibling(exchange, order)
        await trader.until(lambda: (later := re.search(lost_place, trader.text())) and later[2] != found[2])
        exchange.fill(sibling, 0.1)
        await trader.pilot.pause(0.35)
        await trader.press("enter")
        await trader.prompt(ConflictPrompt)
        await trader.until_shown("Conflict: your position has changed", f"{shown(before + TENTH)} now (+0.1 MW)")
        (item,) = trader.bodies()[-1]
        assert item["changes"]["expectedNetPos"] == float(before)
        await trader.press("escape")
        await trader.until_home()


async def test_a_staged_step_is_not_sent_without_a_known_position(exchange: RunningExchange) -> None:
    order = an_order(exchange)
    exchange.faults(errors={"value": {"404": 1}, "paths": ["/orderbooks"]})
    async with trader_at(exchange, position_guard=True) as trader:
        await trader.put_cursor_on(order["order_id"])
        await trader.press("alt+plus")
        await trader.until_shown("loses its place in the queue; net position not known yet", "staged step")
        line = trader.desk.query_one(NewsLine)
        await trader.put_cursor_on(a_neighbour(trader, order))
        await trader.until(lambda: not line.shown_note)
        await trader.put_cursor_on(order["order_id"])
        await trader.until(lambda: "its place" in line.shown_note)
        await trader.pilot.pause(0.35)
        await trader.press("enter")
        await trader.until_shown(f"nothing was sent: the net position of order {order['order_id']} is not known")
        assert trader.writes() == []
