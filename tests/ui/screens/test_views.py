"""Columns and saved views on the screen, and what the next start brings back."""

import pytest

from pbtui.api.structs import replace
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import views_file
from pbtui.ui.views.file import keep_views, read_views
from pbtui.ui.views.layout import Layout, SavedViews
from tests.canned import a_wire_order, canned_exchange
from tests.ui.desk_under_test import OWNER, DeskPilot, a_desk_app, desk_on

ORDERS = [
    a_wire_order("101", price=10, txt="cheap"),
    a_wire_order("102", price=20, side="SELL", delivery_area="10YFR-RTE------C"),
    a_wire_order("103", price=30, quantity=7.5, portfolio_id="P2"),
]
MUST = ("Side", "Delivery", "Area", "Portf", "Price", "MW")


def titles(desk: DeskPilot) -> list[str]:
    """The headings of the table, as they are on the screen."""
    return list(desk.desk.shown_tab.table.widths)


async def test_a_view_is_saved_switched_and_back_at_the_next_start() -> None:
    with canned_exchange(*ORDERS) as exchange:
        app = a_desk_app(exchange.base_url)
        async with desk_on(app, (80, 24)) as desk:
            await desk.until_shown("[1 Active 3]")
            assert set(MUST) <= set(titles(desk))
            # The price becomes the first column and 20 cells wide, the text is hidden; the six are still there.
            await desk.press("C")
            await desk.until_shown("Columns: space shows or hides", "SIMULATION", "F9")
            assert "SIMULATION" in desk.lines()[0]
            await desk.press(*["j"] * 4, *["K"] * 4, *["l"] * 10, "j", "space", "enter")
            assert titles(desk)[0] == "Price"
            assert desk.desk.table.widths["Price"] == 20
            assert "Side" not in titles(desk)
            assert set(MUST) - {"Side"} <= set(titles(desk))
            await desk.press("slash")
            await desk.paste("mw>1 or mine")
            await desk.press("enter", "S", "V")
            await desk.until_shown("No view is saved yet. Type a name: enter saves", "filter mw>1 or mine")
            assert desk.app.screen.query_one(".prompt").size.height < 6
            await desk.press(*"wide", "enter")
            await desk.until_shown("view wide saved")
            await desk.press("escape", "2", "C", "R")
            assert titles(desk)[0] == "Side"
            await desk.press("V")
            await desk.until_shown("wide           Active · filter mw>1 or mine · sort Delivery ▼")
            await desk.press("enter")
            await desk.until_shown("[1 Active 3]", "filter mw>1 or mine", "view wide")
            assert titles(desk)[0] == "Price"
            assert desk.desk.table.arrangement.is_descending
            await desk.press("3")
            await desk.until(lambda: '"tab": "Recent"' in disk().read(views_file(OWNER)).decode())
        async with desk_on(a_desk_app(exchange.base_url), (80, 24)) as desk:
            await desk.until_shown("[3 Recent 0]", "filter mw>1 or mine")
            await desk.press("1")
            await desk.until_shown("3 of 3")
            assert titles(desk)[0] == "Price"
            # A filter too long for the line is cut: what hides orders, and how many, is said in any case.
            long = " ".join(["mw>1", *["!txt:hedge"] * 8, "price>15"])
            await desk.press("slash", "ctrl+u")
            await desk.paste(long)
            await desk.press("enter", "asterisk")
            await desk.until_shown("[1 Active 3]", "2 marked", "filter mw>1 !t", "… · 2 of 3", "Europe/Berlin")
            await desk.press("plus")
            await desk.until_shown("2 staged", "2 marked", "… · 2 of 3")
            await desk.press("escape")
            await desk.press("escape", "ctrl+p")
            await desk.paste("View: wide")
            await desk.until_shown("View: wide")
            await desk.press("enter")
            await desk.until_shown("filter mw>1 or mine", "view wide")
            await desk.press("ctrl+p")
            await desk.paste("Columns")
            await desk.until_shown("Columns: show, move, size (C)")
            await desk.press("enter")
            await desk.until_shown("Columns: space shows or hides")
            await desk.press("escape", "V", "x")
            await desk.until_shown("x again deletes the view wide")
            await desk.press("x")
            await desk.until_shown("view wide deleted")


def shown_keys(desk: DeskPilot) -> list[str]:
    """The ids of the orders on the screen, from above."""
    arrangement = desk.desk.table.arrangement
    return [arrangement.key_at(index) for index in range(len(arrangement))]


async def test_a_text_that_is_no_filter_neither_hides_nor_replaces_the_one_in_force() -> None:
    with canned_exchange(*ORDERS) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), (160, 48)) as desk:
            await desk.until_shown("[1 Active 3]")
            await desk.press("slash")
            await desk.paste("side:buy")
            await desk.press("enter")
            await desk.until_shown("filter side:buy · 2 of 3")
            await desk.press("slash")
            await desk.paste(" price>")
            await desk.until_shown("filter side:buy · 2 of 3   price>: the value is missing")
            await desk.press("enter")
            await desk.until_shown("price>: the value is missing; the filter side:buy stays in force")
            assert desk.app.focused is desk.desk.filter_input
            await desk.press("tab", "V")
            await desk.until_shown("now: Active · filter side:buy · sort")
            await desk.press("v", "1", "enter")
            await desk.until_shown("view v1 saved")
            await desk.press("escape", "escape", "slash")
            await desk.paste("side:sell")
            await desk.press("enter")
            await desk.until_shown("filter side:sell · 1 of 3")
            await desk.press("V", "enter")
            await desk.until_shown("view v1", "filter side:buy · 2 of 3")
            assert set(shown_keys(desk)) == {"101", "103"}
            await desk.until(lambda: '"filter": "side:buy"' in disk().read(views_file(OWNER)).decode())


@pytest.mark.parametrize("text", ["side:buy price>", "prise>5", "or"])
async def test_a_saved_view_whose_filter_is_none_is_refused_with_the_reason(text: str) -> None:
    bad = Layout(tab="Recent", filter=text)
    keep_views(OWNER, lambda saved: SavedViews(bad, {"bad": bad}))
    with canned_exchange(*ORDERS) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), (160, 48)) as desk:
            await desk.until_shown("the filter of the last desk can't be used, so none is in force", "[3 Recent 0]")
            await desk.press("1", "slash")
            await desk.paste("side:sell")
            await desk.press("enter")
            await desk.until_shown("filter side:sell · 1 of 3")
            await desk.press("V", "enter")
            await desk.until_shown("view bad is not shown, its filter can't be used", "filter side:sell · 1 of 3")
            assert shown_keys(desk) == ["102"]
            assert desk.desk.layout_now.tab == "Active"


async def test_a_filter_of_one_table_does_not_hide_the_one_in_force_in_the_other() -> None:
    with canned_exchange(*ORDERS) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), (160, 48)) as desk:
            await desk.until_shown("[1 Active 3]")
            await desk.press("slash")
            await desk.paste("side:sell")
            await desk.press("enter", "4", "slash")
            await desk.paste(" kind:internal")
            await desk.press("enter")
            assert desk.desk.layout_now.filter == "side:sell kind:internal"
            await desk.press("1")
            await desk.until_shown("filter side:sell · 1 of 3", "unknown field 'kind'")
            assert desk.desk.layout_now.filter == "side:sell"


async def test_a_filter_with_the_contract_under_the_cursor_is_kept_as_one_of_that_contract() -> None:
    orders = [a_wire_order("101", contract_id="c1"), a_wire_order("102", contract_id="c2", side="SELL")]
    with canned_exchange(*orders) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), (160, 48)) as desk:
            await desk.until_shown("[1 Active 2]")
            await desk.press("G", "slash")
            await desk.paste("contract or contract mine " + 14 * "or contract ")
            await desk.press("enter")
            await desk.until(lambda: shown_keys(desk) == ["102"])
            await desk.press("V", *"long", "enter")
            await desk.until_shown("view long saved")
            await desk.press("slash", "ctrl+u")
            await desk.paste("!contract side:buy")
            await desk.press("enter")
            await desk.until(lambda: shown_keys(desk) == ["101"])
            await desk.press("V", "s", "ctrl+u", *"other", "enter")
            await desk.until_shown("view other saved")
            await desk.until(lambda: '"filter": "!contract=c2 side:buy"' in disk().read(views_file(OWNER)).decode())
        async with desk_on(a_desk_app(exchange.base_url), (160, 48)) as desk:
            await desk.until_shown("[1 Active 2]", "filter !contract=c2 side:buy · 1 of 2")
            assert shown_keys(desk) == ["101"]
            await desk.press("escape", "g", "V", "enter")
            await desk.until_shown("view long", "filter contract=c2 or contract=c2 mine")
            await desk.until(lambda: shown_keys(desk) == ["102"])


AT_14_AND_15_UTC = [
    a_wire_order("101", delivery_start="2026-11-22T14:00:00Z", delivery_end="2026-11-22T15:00:00Z"),
    a_wire_order("102", delivery_start="2026-11-22T15:00:00Z", delivery_end="2026-11-22T16:00:00Z"),
]
"""In the market's zone from 15:00 and 16:00."""


@pytest.mark.parametrize("typed", ["delivery:2026-11-22 15:00", "delivery<=2026-11-22 15:00 delivery>2026-11-22 14:59"])
async def test_a_filter_keeps_the_zone_of_its_times_in_force_in_a_view_and_at_the_next_start(typed: str) -> None:
    with canned_exchange(*AT_14_AND_15_UTC) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), (180, 48)) as desk:
            await desk.until_shown("[1 Active 2]")
            await desk.press("slash")
            await desk.paste(typed)
            await desk.press("enter", "V", *"berlin", "enter")
            await desk.until_shown("view berlin saved")
            assert shown_keys(desk) == ["101"]
            await desk.press("u")
            await desk.until_shown(f"filter {typed} in Europe/Berlin · 1 of 2")
            assert shown_keys(desk) == ["101"]
            # More of the same line is in the zone of its beginning; a line that begins anew is in the shown one.
            await desk.press("slash")
            await desk.paste(" side:buy")
            await desk.until_shown(f"filter {typed} side:buy in Europe/Berlin · 1 of 2")
            assert shown_keys(desk) == ["101"]
            await desk.press("ctrl+u")
            await desk.paste(typed)
            await desk.press("enter")
            await desk.until_shown(f"filter {typed} · 1 of 2")
            assert shown_keys(desk) == ["102"]
            await desk.press("V", "s", "ctrl+u", *"utc", "enter")
            await desk.until_shown("view utc saved")
            await desk.press("V", "enter")
            await desk.until_shown("view berlin", f"filter {typed} in Europe/Berlin · 1 of 2")
            assert shown_keys(desk) == ["101"]
            await desk.press("u", "V")
            await desk.until_shown("14:59 in UTC" if "14:59" in typed else f"filter {typed} in UTC")
            await desk.press("j", "enter")
            await desk.until_shown("view utc", f"filter {typed} in UTC · 1 of 2")
            assert shown_keys(desk) == ["102"]
            await desk.until(lambda: read_views(OWNER)[0].last == desk.desk.layout_now)
        async with desk_on(a_desk_app(exchange.base_url), (180, 48)) as desk:
            await desk.until_shown("[1 Active 2]", f"filter {typed} in UTC · 1 of 2")
            assert shown_keys(desk) == ["102"]


async def test_a_view_whose_filter_can_not_be_kept_is_not_saved_without_it() -> None:
    with canned_exchange(*ORDERS) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), (160, 48)) as desk:
            await desk.until_shown("[1 Active 3]")
            await desk.press("slash")
            await desk.paste("!txt:a\u200bb")
            await desk.press("enter", "V", *"odd", "enter")
            await desk.until_shown("view odd is not saved: its filter")
            await desk.press("V")
            await desk.until_shown("No view is saved yet")


async def test_a_view_of_another_desk_is_listed_and_replaced_only_after_a_question() -> None:
    theirs = Layout(filter="side:sell")
    with canned_exchange(*ORDERS) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), (160, 48)) as desk:
            await desk.until_shown("[1 Active 3]")
            await desk.press("S")
            await desk.until(lambda: read_views(OWNER)[0].last is not None)
            keep_views(OWNER, lambda saved: replace(saved, named={"v1": theirs}))
            await desk.press("V")
            await desk.until_shown("v1             Active · filter side:sell", "Views: enter switches")
            await desk.press("ctrl+u", *"v1", "enter")
            await desk.until_shown("enter again replaces the view v1: Active · filter side:sell")
            assert read_views(OWNER)[0].named == {"v1": theirs}
            await desk.press("enter")
            await desk.until_shown("view v1 saved")
            await desk.until(lambda: read_views(OWNER)[0].named == {"v1": desk.desk.layout_now})
            # One that another desk saves while the name is typed was not asked about.
            await desk.press("V", "s", "ctrl+u", *"v2")
            keep_views(OWNER, lambda saved: replace(saved, named={**saved.named, "v2": theirs}))
            await desk.press("enter")
            await desk.until_shown("view v2 is not saved: another desk has saved one of this name meanwhile")
            assert read_views(OWNER)[0].named["v2"] == theirs
            await desk.command("View: v2")
            await desk.until_shown("filter side:sell · 1 of 3")
            keep_views(OWNER, lambda saved: replace(saved, named={}))
            await desk.press("V")
            await desk.until_shown("No view is saved yet")


async def test_a_broken_file_is_set_aside_with_a_word() -> None:
    disk().write_whole(views_file(OWNER), b"{")
    with canned_exchange(*ORDERS) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), (160, 48)) as desk:
            await desk.until_shown("[1 Active 3]", "the saved views can't be read")
            await desk.press("S")
            await desk.until(lambda: disk().has(views_file(OWNER)))


async def test_orders_are_grouped_below_their_sums_which_no_key_acts_on() -> None:
    with canned_exchange(*ORDERS) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), (80, 24)) as desk:
            await desk.until_shown("[1 Active 3]")
            table = desk.desk.table
            await desk.press("B", "B")
            await desk.until_shown(
                "grouped by area",
                " AMP  2 orders   ▲ 12.5 MW 12.5 MWh at 22.00",
                " FR  1 order   ▼ 5.0 MW 5.0 MWh at 20.00",
            )
            await desk.press("g")
            assert table.cursor == "101"
            first = next(number for number, line in enumerate(desk.lines()) if line.startswith(" AMP  2 orders"))
            assert [line[:9].strip() for line in desk.lines()[first + 1 : first + 5]] == [
                "›  ▲ BUY",
                "▲ BUY",
                "FR  1 or",
                "▼ SELL",
            ]
            await desk.press("j", "j")
            assert table.cursor == "102"
            await desk.press("G", "k", "space")
            assert [row.key for row in table.chosen] == ["103"]
            await desk.press("asterisk")
            assert {row.key for row in table.chosen} == {"101", "102", "103"}
            await desk.press("slash")
            await desk.paste("side:sell")
            await desk.press("enter")
            await desk.until(lambda: "AMP  2 orders" not in desk.text())
            assert "2 hidden: not included" in desk.text()
            await desk.press("B", "B")
            await desk.until_shown("orders are not grouped")
            assert "1 order " not in desk.text()
