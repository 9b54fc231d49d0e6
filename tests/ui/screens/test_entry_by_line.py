"""An order typed as one line: what it means is on the screen, and what is sent is what was shown."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from textual.widgets import Input

from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.time_format import delivery_text
from pbtui.settings.profiles import Environment
from pbtui.ui.forms.change_form import ChangeForm
from pbtui.ui.forms.entry_form import EntryForm
from pbtui.ui.forms.line.form import LineForm
from pbtui.ui.forms.line.input import LineInput
from pbtui.ui.tickets.preview import TicketPreview
from tests.exchange import RunningExchange
from tests.ui.screens.trader import Trader, an_order, trader_at

BERLIN = ZoneInfo("Europe/Berlin")


async def test_a_line_is_an_order_like_the_one_under_the_cursor_and_a_basket_is_kept(
    exchange: RunningExchange,
) -> None:
    order = an_order(exchange)
    area = area_name(order["delivery_area"])
    start, end = (datetime.fromisoformat(order[name]) for name in ("delivery_start", "delivery_end"))
    delivery = delivery_text(start, end, BERLIN)
    async with trader_at(exchange) as trader:
        await trader.put_cursor_on(order["order_id"])
        await trader.press("colon")
        await trader.prompt(LineForm)
        await trader.type_into("line", "b 2.5 sideways @ -45,1")
        await trader.until_shown("BUY  2.5 MW", "price ?", "sideways is not understood", delivery, area)
        await trader.until_shown("price: write a decimal point and no comma")
        assert marked(trader) == "sideways-45,1"
        await trader.press("enter")
        assert trader.writes() == []

        await trader.type_into("line", "b 2.5 @ -45.1 #by line")
        await trader.until_shown(
            "BUY  2.5 MW  at -45.10 per MWh", "text by line", "contract id, delivery area, portfolio"
        )
        await trader.until_shown("order book: best bid", "MW ahead")
        await trader.press("escape")
        await trader.until_home()
        other = next(each for each in exchange.orders() if each.get("contract_id") != order["contract_id"])
        await trader.put_cursor_on(other["order_id"])
        await trader.press("colon")
        form = await trader.prompt(LineForm)
        assert form.query_one("#field-line", Input).value == "b 2.5 @ -45.1 #by line"
        await trader.until_shown(delivery, "kept from before, not from the order under the cursor")

        await trader.press("enter")
        await trader.prompt(TicketPreview)
        await trader.press("enter")
        assert trader.writes() == []
        await trader.send()
        await trader.until_shown("CONFIRMED")
        ((entry,),) = trader.bodies()
        terms = {name: entry[name] for name in ("side", "quantity", "price", "contractId", "delivery_area")}
        assert terms == {
            "side": "BUY",
            "quantity": 2.5,
            "price": -45.1,
            "contractId": order["contract_id"],
            "delivery_area": order["delivery_area"],
        }
        assert entry["portfolio_id"] == order["portfolio_id"]
        assert entry["txt"].startswith("by line")

        await trader.press("colon")
        form = await trader.prompt(LineForm)
        assert form.query_one("#field-line", Input).value == ""
        await trader.press("escape")
        await trader.until_home()
        exchange.forget_requests()
        await a_basket_is_kept_until_it_is_sent(trader)


async def a_basket_is_kept_until_it_is_sent(trader: Trader) -> None:
    await trader.put_cursor_on(an_order(trader.exchange)["order_id"])
    await trader.press("c")
    await trader.prompt(EntryForm)
    await trader.type_into("price", "-45.2")
    await trader.press("ctrl+n")
    await trader.until_shown("New orders: a basket of 1")
    await trader.press("ctrl+r")
    await trader.until_shown("A line is one order")
    await trader.press("escape")
    await trader.until_home()
    await trader.press("colon")
    await trader.prompt(LineForm)
    assert line(trader) == ""
    await trader.press("escape")
    await trader.until_home()
    await trader.press("a")
    await trader.prompt(EntryForm)
    await trader.until_shown("New orders: a basket of 1")
    await trader.press("ctrl+s")
    await trader.send()
    await trader.until_confirmed()
    await trader.press("a")
    await trader.prompt(LineForm)
    assert len(trader.writes()) == 1


async def test_the_whole_form_opens_with_what_the_line_says(exchange: RunningExchange) -> None:
    order = an_order(exchange)
    async with trader_at(exchange, position_guard=True) as trader:
        await trader.put_cursor_on(order["order_id"])
        await trader.press("colon")
        await trader.prompt(LineForm)
        await trader.until_shown("side ?", "quantity ?", "The position is guarded: enter opens the form")
        await trader.type_into("line", "sell 1 @ 900 tomorrow h18q2 iceberg 0.5")
        await trader.until_shown("SELL  1.0 MW  at 900.00 per MWh", "17:15-17:30")
        await trader.press("enter")
        form = await trader.prompt(EntryForm)
        texts = form.texts()
        assert (texts["side"], texts["quantity"], texts["price"], texts["display_qty"]) == ("SELL", "1", "900", "0.5")
        assert (texts["contract_id"], texts["portfolio_id"]) == ("", order["portfolio_id"])
        assert texts["dlvry_start"].endswith("17:15")
        await trader.press("escape")
        await trader.until_home()
        await trader.press("colon")
        await trader.prompt(LineForm)
        await trader.press("ctrl+r")
        form = await trader.prompt(EntryForm)
        assert form.texts()["quantity"] == "1"
        assert trader.writes() == []


async def test_a_form_goes_on_as_a_line_that_loses_nothing(exchange: RunningExchange) -> None:
    order = an_order(exchange)
    async with trader_at(exchange, environment=Environment.PRODUCTION) as trader:
        await trader.put_cursor_on(order["order_id"])
        await trader.press("c")
        await trader.prompt(EntryForm)
        for name, text in {"price": "-45.2", "quantity": "1.5", "state": "active", "txt": "by form"}.items():
            await trader.type_into(name, text)
        await trader.press("ctrl+o")
        await trader.type_into("account_id", "P")
        await trader.press("ctrl+r")
        await trader.prompt(LineForm)
        said = f"buy 1.5mw @ -45.2 contract {order['contract_id']} "
        await trader.until_shown("BUY  1.5 MW  at -45.20 per MWh", "state ACTI", "Kept from the form", "account P")
        assert line(trader).replace("1.5mw", "1.5").startswith(said.replace("1.5mw", "1.5"))
        assert line(trader).endswith(" active #by form")

        await trader.press("escape")
        await trader.until_home()
        await trader.press("a")
        await trader.prompt(LineForm)
        await trader.until_shown("ctrl+u empties the line", "account P")
        await trader.press("ctrl+r")
        form = await trader.prompt(EntryForm)
        assert (form.texts()["account_id"], form.texts()["state"]) == ("P", "ACTI")
        await trader.press("escape")
        await trader.until_home()
        await trader.press("a")
        await trader.prompt(LineForm)
        await trader.press("ctrl+u")
        await trader.until_shown("side ?", "state HIBE")
        assert "account P" not in trader.text()
        await trader.press("escape")
        await trader.until_home()
        assert trader.writes() == []


async def test_a_name_of_the_exchange_and_a_completion_are_one_tab_away(exchange: RunningExchange) -> None:
    order = an_order(exchange)
    async with trader_at(exchange, size=(80, 24), presets={"hedge": "sell 5 @ 80"}) as trader:
        await trader.until(lambda: trader.desk.dialogue.view.exchange.contracts.value)
        await trader.put_cursor_on(order["order_id"])
        await trader.press("a")
        await trader.prompt(LineForm)
        await trader.type_into("line", f"contract {order['contract_name']} buy 1 @ 3000")
        await trader.until_shown("at 3000.00 per MWh", "order book: best bid", "trades at once")
        await trader.until_shown(order["portfolio_id"], "notional")
        await trader.type_into("line", "buy 1 @ 3 14:15-14:10")
        await trader.until_shown("The delivery is 23 h 55 min long: it ends on", "at 14:10")
        await trader.type_into("line", "=hedge")
        await trader.until_shown("hedge = sell 5 @ 80", "SELL  5.0 MW  at 80.00")
        await trader.press("tab")
        assert line(trader) == "sell 5 @ 80"
        await trader.type_into("line", "sel")
        await trader.until_shown("→ sell: tab takes it")
        assert marked(trader) == ""
        await trader.press("tab", "tab")
        assert line(trader) == "sell"
        await trader.type_into("line", "sel")
        await trader.press("enter")
        await trader.until_shown("quantity is missing")
        assert "tab takes it" not in trader.text()
        assert marked(trader) == "sel"
        await trader.press("tab")
        assert line(trader) == "sel"
        await trader.press("escape")
        await trader.until_home()
        assert trader.writes() == []


def marked(trader: Trader) -> str:
    """The parts of the line that are drawn as wrong."""
    drawn = trader.app.screen.query_one(LineInput).render_line(0)
    return "".join(segment.text for segment in drawn if segment.style is not None and segment.style.underline)


def line(trader: Trader) -> str:
    """The line that is typed."""
    return trader.app.screen.query_one("#field-line", Input).value


def last_hour(exchange: RunningExchange) -> datetime:
    """The start of the last hour that trades and does not end at midnight, in the market's zone."""
    hours = (contract for contract in exchange.contracts() if "Quarter" not in contract["product"])
    starts = (datetime.fromisoformat(contract["delivery_start"]).astimezone(BERLIN) for contract in hours)
    return max(start for start in starts if start.hour < 23)


async def test_a_kept_line_means_the_same_delivery_when_the_screen_shows_another_zone(
    exchange: RunningExchange,
) -> None:
    order = an_order(exchange)
    place = f"{area_name(order['delivery_area'])} {order['portfolio_id']}"
    start, until = last_hour(exchange), last_hour(exchange) - timedelta(minutes=30)
    begins, ends, valid = (f"{at:%H:%M}" for at in (start, start + timedelta(hours=1), until))
    delivery = f"{begins}-{ends} (Europe/Berlin)"
    async with trader_at(exchange) as trader:
        await trader.press("colon")
        await trader.prompt(LineForm)
        await trader.type_into("line", f"buy 1 @ -45.1 {begins}-{ends} {place} gtd {valid}")
        await trader.until_shown(delivery)
        await trader.press("escape")
        await trader.until_home()
        await trader.press("u", "colon")
        await trader.prompt(LineForm)
        await trader.until_shown(delivery, "read in Europe/Berlin, in which it was typed")
        await trader.type_into("line", line(trader).replace("-45.1", "-45.2"))  # a kept line that is edited
        await trader.until_shown("at -45.20", delivery)
        await trader.press("ctrl+r")
        form = await trader.prompt(EntryForm)
        assert form.texts()["dlvry_start"].endswith(f" {begins}")
        await trader.press("escape")
        await trader.until_home()
        await trader.press("colon")
        await trader.prompt(LineForm)
        await trader.until_shown(delivery, valid)
        await trader.press("enter")
        await trader.prompt(TicketPreview)
        await trader.press("u", "escape")  # the preview, and the desk, show the market's zone again
        await trader.prompt(LineForm)
        await trader.until_shown(delivery)
        await trader.press("enter")
        await trader.send()
        ((entry,),) = trader.bodies()
        times = (datetime.fromisoformat(entry[name]) for name in ("dlvryStart", "dlvryEnd", "validityDate"))
        assert [f"{at.astimezone(BERLIN):%H:%M}" for at in times] == [begins, ends, valid]


async def test_an_emptied_line_is_read_in_the_zone_of_the_screen(exchange: RunningExchange) -> None:
    async with trader_at(exchange) as trader:
        await trader.press("colon")
        await trader.prompt(LineForm)
        await trader.type_into("line", "buy 1 tomorrow 08:00-09:00")
        await trader.press("escape")
        await trader.until_home()
        await trader.press("u", "colon")
        await trader.prompt(LineForm)
        await trader.until_shown("times in Europe/Berlin", "08:00-09:00 (Europe/Berlin)")
        await trader.press("ctrl+u")
        await trader.until_shown("times in UTC")
        await trader.type_into("line", "buy 1 tomorrow 08:00-09:00")
        await trader.until_shown("08:00-09:00 (UTC)")
        assert "Berlin" not in trader.text()


async def test_a_basket_and_a_change_keep_the_zone_in_which_they_were_typed(exchange: RunningExchange) -> None:
    order = an_order(exchange)
    async with trader_at(exchange) as trader:
        await trader.put_cursor_on(order["order_id"])
        await trader.press("c")
        await trader.prompt(EntryForm)
        await trader.type_into("price", "-45.2")
        await trader.press("ctrl+n", "ctrl+o")
        await trader.type_into("validity_date", "2099-01-01 08:00")
        await trader.press("escape")
        await trader.until_home()
        await trader.press("u", "a")
        form = await trader.prompt(EntryForm)
        await trader.until_shown("times in Europe/Berlin")
        assert form.texts()["validity_date"] == "2099-01-01 08:00"
        assert form.values["validity_date"].hour == 7
        await trader.press("escape")
        await trader.until_home()

        await trader.press("e")
        await trader.prompt(ChangeForm)
        await trader.type_into("price", "-45.3")
        await trader.type_into("validity_res", "GTD")
        await trader.type_into("validity_date", "2099-01-01 08:00")
        await trader.press("ctrl+s")
        await trader.prompt(TicketPreview)
        await trader.press("u", "escape")
        form = await trader.prompt(ChangeForm)
        await trader.until_shown("times in UTC")
        assert form.values["validity_date"].hour == 8
