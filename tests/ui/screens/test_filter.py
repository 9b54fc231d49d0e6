"""The filter on the screen: help while it is typed, and rows that leave as time passes."""

from datetime import datetime, timedelta

import pytest
from textual.events import Paste

from pbtui.api.clock import Clock, use, utc_now
from pbtui.ui.table.order_columns import COLUMNS
from pbtui.ui.table.orders import OrderTable
from tests.canned import a_wire_order, canned_exchange
from tests.ui.desk_under_test import a_desk_app, desk_on


class LaterClock(Clock):
    """A wall clock that can be moved on."""

    by = timedelta()

    def utc_now(self) -> datetime:
        return super().utc_now() + self.by


def keys_of(table: OrderTable) -> list[str]:
    return list(map(table.arrangement.key_at, range(len(table.arrangement))))


async def test_help_names_terms_and_faults_and_marked_rows_that_leave_are_hidden_marks() -> None:
    young, old = utc_now().isoformat(), (utc_now() - timedelta(hours=2)).isoformat()
    orders = [
        a_wire_order("101", last_change_timestamp=young, contract_id="c1"),
        a_wire_order("102", last_change_timestamp=young, contract_id="c2"),
        a_wire_order("103", last_change_timestamp=old, contract_id="c1"),
    ]
    clock = LaterClock()
    with use(clock), canned_exchange(*orders) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), (80, 24)) as desk:
            await desk.until_shown("[1 Active 3]")
            table = desk.desk.table
            await desk.press("slash")
            await desk.until_shown("side:buy   ")
            await desk.press(*"side:buy prise>5")
            await desk.until_shown("^ unknown field 'prise'; did you mean price?")
            (line,) = [line for line in desk.lines() if line.strip().startswith("^ unknown")]
            (typed,) = [line for line in desk.lines() if line.strip().startswith("side:buy prise>5")]
            assert line.index("^") == typed.index("prise")
            await desk.press("escape", "slash", *"contract age<1h", "enter")
            await desk.until(lambda: list(map(table.arrangement.key_at, range(len(table.arrangement)))) == ["101"])
            await desk.press("asterisk")
            await desk.until_shown("✓ 1 marked")
            clock.by = timedelta(hours=1)
            await desk.until_shown("1 hidden: not included", "No active order matches")
            assert not table.chosen
            await desk.press("x")
            await desk.until_shown("the filter hides the marked order")


@pytest.mark.parametrize(("text", "said"), [("side:buy\nx", "1 more line"), ("\nside:buy\nx\n\ny", "2 more lines")])
async def test_a_paste_of_several_lines_is_a_filter_of_one_and_says_what_it_left_out(text: str, said: str) -> None:
    with canned_exchange(a_wire_order("1"), a_wire_order("2", side="SELL")) as exchange:
        async with desk_on(a_desk_app(exchange.base_url)) as desk:
            await desk.until_shown("[1 Active 2]")
            await desk.press("slash")
            desk.app.post_message(Paste(text))
            await desk.until_shown(f"{said} of the paste were ignored", "1 of 2")
            assert desk.desk.filter_input.value == "side:buy"


async def test_a_long_filter_hides_neither_what_all_orders_share_nor_the_zone() -> None:
    hours = [f"2026-11-22T{hour}:00:00Z" for hour in (14, 15, 16, 17)]
    orders = [
        a_wire_order(str(n), price=40 + n, portfolio_id="HYDRO-01", delivery_start=hours[n], delivery_end=hours[n + 1])
        for n in range(3)
    ]
    with canned_exchange(*orders) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, read_only=False), (80, 24)) as desk:
            await desk.until_shown("[1 Active 3]", "42.00")
            await desk.press("slash")
            await desk.paste("side:buy price>39 price<99 mw>1")
            await desk.press("enter")
            await desk.until_shown("filter side", "… · 3 of 3", "HYDRO-01", "Europe/Berlin")
            await desk.press("plus")
            await desk.until_shown("1 staged", "filter side:buy", "… · 3 of 3", "Europe/Berlin")
            (row,) = [line for line in desk.lines() if "40.00→40.01" in line]
            assert "HYDRO-01" in row
            assert desk.desk.table.has_whole_orders


async def test_mw_is_the_whole_iceberg_in_row_pane_filter_and_sorting() -> None:
    orders = [
        a_wire_order("101", quantity=6, price=41),
        a_wire_order("102", quantity=5, hidden_quantity=24, display_quantity=5, type="I", price=42),
        a_wire_order("103", quantity=12.5, price=43),
    ]
    with canned_exchange(*orders) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), (80, 24)) as desk:
            await desk.until_shown("[1 Active 3]", "42.00")
            table = desk.desk.table
            table.sort(next(column for column in COLUMNS if column.title == "MW"), is_descending=True)
            await desk.until(lambda: keys_of(table) == ["102", "103", "101"])
            (row,) = [line for line in desk.lines() if " 42.00 " in line]
            assert " 29.0 " in row
            await desk.press("slash", *"mw>20", "enter")
            await desk.until(lambda: keys_of(table) == ["102"])
            await desk.press("g", "enter")
            await desk.until_shown(" quantity      29.0 MW", "shown quantity 5.0 MW")
            await desk.press("escape", "slash", *"mw=5", "enter")
            await desk.until(lambda: not keys_of(table))
