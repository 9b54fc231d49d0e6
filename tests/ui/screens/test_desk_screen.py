"""What the trader sees of the desk, and what the keys do."""

import json
import re
from datetime import UTC, datetime

import pytest
from textual.command import CommandList, CommandPalette
from textual.widgets.option_list import Option

from pbtui.desk.formats.news import News, Weight
from pbtui.desk.formats.time_format import delivery_text
from pbtui.ui.terminal.output.writer import Writer
from tests.canned import CannedExchange, a_wire_order, canned_exchange
from tests.exchange import RunningExchange
from tests.raw_server import drop, reply
from tests.ui.desk_under_test import DeskPilot, a_desk_app, desk_on
from tests.ui.terminal.screen_text import row_styles

CHEAP = a_wire_order("101", price=10, txt="cheap")
MIDDLE = a_wire_order("102", price=20, side="SELL", txt="middle", delivery_start="2026-11-22T13:00:00Z")
DEAR = a_wire_order("103", price=30, txt="dear", quantity=7.5, delivery_area="10YFR-RTE------C")
LATE = a_wire_order("104", txt="late", delivery_start="2026-11-22T16:00:00Z")


async def test_orders_of_a_lifelike_exchange_are_on_the_screen(exchange: RunningExchange) -> None:
    orders = exchange.orders()
    async with desk_on(a_desk_app(exchange.base_url, exchange.keys["trader"]), (220, 60)) as desk:
        await desk.until_shown("LIVE", f"{len(orders)} orders", "SIMULATION", "epex · playground", "READ-ONLY")
        await desk.until(lambda: len(desk.desk.table.arrangement) == len(orders))
        for order in orders:
            if order["order_id"] in desk.text():
                break
        else:
            raise AssertionError(f"none of the orders is on the screen:\n{desk.text()}")


async def test_tabs_sort_and_filter() -> None:
    hibernated = a_wire_order("201", state="HIBE", action="UHIB", txt="asleep")
    gone = a_wire_order("301", state="IACT", action="FEXE", txt="done")
    with canned_exchange(CHEAP, MIDDLE, DEAR, hibernated, gone) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), (160, 48)) as desk:
            await desk.until_shown("[1 Active 3]", "2 Deactivated 1", "3 Recent 1")
            table = desk.desk.table

            def shown() -> list[str]:
                return [table.arrangement.key_at(index) for index in range(len(table.arrangement))]

            assert shown() == ["102", "101", "103"]
            await desk.press("s", *["down"] * 3, "enter")
            assert table.arrangement.column.title == "Price"
            assert shown() == ["101", "102", "103"]
            await desk.press("S")
            assert shown() == ["103", "102", "101"]
            await desk.press("slash")
            await desk.paste("side:buy")
            await desk.press("enter")
            await desk.until_shown("filter side:buy", "2 of 3")
            assert shown() == ["103", "101"]
            await desk.press("slash")
            await desk.paste(" prise>1")
            await desk.until_shown("unknown field 'prise'")
            await desk.press("escape")
            assert shown() == ["103", "102", "101"]
            await desk.press("2")
            await desk.until_shown("[2 Deactivated 1]", "asleep")
            await desk.press("3")
            await desk.until_shown("[3 Recent 1]", "filled by the market (FEXE)")


async def test_the_status_says_how_old_the_screen_is_where_the_line_to_the_terminal_is_slow() -> None:
    with canned_exchange(CHEAP) as exchange:
        app = a_desk_app(exchange.base_url)
        async with desk_on(app) as desk:
            await desk.until_shown("LIVE")
            assert "SCREEN" not in desk.text()
            app.writer = Writer(-1, app.usage)  # it is not started: nothing is ever written
            app.refresh(layout=True)
            await desk.until_shown(" s OLD ")
            app.writer = None
            await desk.until(lambda: "SCREEN" not in desk.text())


async def test_one_key_switches_every_time_on_the_screen() -> None:
    order = a_wire_order("101", delivery_start="2026-11-22T13:00:00Z", delivery_end="2026-11-22T14:00:00Z")
    order["valid_until"] = "2026-11-22T12:30:00Z"
    with canned_exchange(order) as exchange:
        exchange.history["101"] = [order]
        async with desk_on(a_desk_app(exchange.base_url, read_only=False), (160, 90)) as desk:
            until = "22 Nov 13:30:00.000 (Europe/Berlin)"
            await desk.until_shown(
                "▲   Europe/Berlin", "22 Nov 14:00-15:00", "22 Nov 14:00-15:00 (Europe/Berlin)", until
            )
            assert "(UTC)" not in desk.text()
            await desk.press("u")
            await desk.until_shown(
                "▲   UTC", "22 Nov 13:00-14:00", "22 Nov 13:00-14:00 (UTC)", "22 Nov 12:30:00.000Z (UTC)"
            )
            assert "Berlin" not in desk.text()
            assert "14:00-15:00" not in desk.text()
            await desk.press("e")
            await desk.until_shown("times in UTC", "22 Nov 13:00-14:00")
            await desk.press("escape", "t")
            await desk.until_shown("times in UTC", "No tickets")
            await desk.press("u")
            await desk.until_shown("times in Europe/Berlin", "▲   Europe/Berlin", "22 Nov 14:00-15:00")
            await desk.press("escape")
            halted = "halted at 2026-11-22 12:00:05Z"
            noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
            desk.desk.show_news(
                News(lambda zone: f"staged for {delivery_text(noon, None, zone)}, {halted}", Weight.FINE)
            )
            await desk.press("n")
            await desk.until_shown("staged for 22 Nov 13:00, halted at 2026-11-22 13:00:05 CET")
            await desk.press("u")
            await desk.until_shown("times in UTC", "staged for 22 Nov 12:00, halted at 2026-11-22 12:00:05Z")
            assert "22 Nov 13:00, halted" not in desk.text()
            await desk.press("escape", "u", "f9")
            await desk.until_shown("times in Europe/Berlin", "the kill key was pressed")
            halt = next(line for line in desk.lines() if "the kill key was pressed" in line)
            assert re.search(r"\d\d:\d\d:\d\d CES?T by", halt)
            await desk.press("u")
            await desk.until_shown("times in UTC", "22 Nov 13:00-14:00 (UTC)")
            assert re.search(r"the kill key was pressed, \d\d:\d\d:\d\dZ by", desk.text())
            assert not re.search("CES?T", desk.text())


async def test_the_cursor_never_goes_to_another_order_by_itself() -> None:
    with canned_exchange(CHEAP, MIDDLE, DEAR) as exchange:
        async with desk_on(a_desk_app(exchange.base_url)) as desk:
            await desk.until_shown("cheap")
            await desk.press("j")
            assert desk.desk.table.cursor == "101"
            exchange.orders = [a_wire_order("100", delivery_start="2026-11-22T10:00:00Z"), MIDDLE, DEAR]
            exchange.orders.append({**CHEAP, "state": "IACT", "action": "UDEL"})
            await desk.until_shown("deleted by user (UDEL)")
            assert desk.desk.table.cursor == "101"
            assert not any(line.startswith("›") for line in desk.lines())
            await desk.press("j")
            assert desk.desk.table.cursor == "103"


async def read_counts(exchange: CannedExchange) -> int:
    return sum("active_only=true" in request.target for request in exchange.requests)


async def test_a_server_that_was_never_there_is_offline() -> None:
    with canned_exchange() as exchange:
        address = exchange.base_url
    async with desk_on(a_desk_app(address)) as desk:
        await desk.until_shown("OFFLINE", "Connection refused")


async def test_one_unreadable_order_hides_no_other() -> None:
    orders = [a_wire_order(str(n), txt=f"order {n}") for n in range(500)]
    orders[250]["price"] = "45,10"
    with canned_exchange(*orders) as exchange:
        async with desk_on(a_desk_app(exchange.base_url)) as desk:
            await desk.until_shown("[1 Active 500]", "1 active order has fields that can't be read")
            await desk.press("slash")
            await desk.paste("id=250")
            await desk.press("enter", "g")
            await desk.until_shown("unreadable      5.0", "price", "unreadable: 45,10", "order 250")
            await desk.press("escape")
            exchange.orders = [a_wire_order(str(n), txt=f"order {n}") for n in range(500)]
            exchange.orders[250]["order_id"] = []
            await desk.press("r")
            await desk.until_shown("[1 Active 500]", "1 not counted")
            await desk.press("G")
            await desk.until_shown("unreadable", "order_id []: Input should be a")


async def test_the_bar_goes_on_behind_a_form_and_the_kill_prompt_over_it() -> None:
    with canned_exchange(CHEAP) as exchange:
        app = a_desk_app(exchange.base_url, environment="production", read_only=False, poll_seconds=0.5)
        async with desk_on(app, (80, 24)) as desk:
            await desk.until_shown("LIVE")
            await desk.press("a")
            exchange.trouble = drop
            await desk.until(lambda: "STALE" in desk.lines()[1])
            await desk.press("f9")
            await desk.until(lambda: len(desk.app.screen_stack) == 4)
            exchange.trouble = None
            await desk.until(lambda: "LIVE" in desk.lines()[1])


async def test_a_terminal_that_is_too_small_has_a_card_and_the_kill_key() -> None:
    with canned_exchange(CHEAP) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), (29, 8)) as desk:
            await desk.until_shown("F9 works.", "This terminal has 29", "The desk needs 30 and 8")
            focused = desk.app.focused
            await desk.press("f9")
            await desk.until_shown("DEACTIVATE")
            await desk.press("escape")
            await desk.until_shown("F9 works.")
            await desk.pilot.resize_terminal(80, 24)
            await desk.until_shown("10.00", "LIVE")
            assert "The desk needs" not in desk.text()
            assert desk.app.focused is focused


async def test_changed_cells_and_new_orders_are_marked_for_two_reads() -> None:
    with canned_exchange(CHEAP) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, poll_seconds=60), (160, 48)) as desk:
            await desk.until_shown("10.00")
            exchange.orders = [{**CHEAP, "price": 11.5, "revision_no": 2}, MIDDLE]
            await desk.press("r")
            await desk.until_shown("•    11.50", "•   2", "middle")
            (line,) = [line for line in desk.lines() if "middle" in line and "SELL" in line]
            assert line.count("+") == 1
            assert "•" not in line
            assert "+" not in next(line for line in desk.lines() if "cheap" in line)
            seen = desk.desk.table._blotter.read_no
            await desk.press("r")
            await desk.until(lambda: desk.desk.table._blotter.read_no == seen + 1)
            assert "•    11.50" in desk.text()
            await desk.press("r")
            await desk.until(lambda: "•    11.50" not in desk.text())


async def test_every_problem_is_shown_with_its_reason_and_disappears_by_itself() -> None:
    problems = [
        (reply(b'{"message": "key revoked"}', "401 Unauthorized"), ["UNAUTHORIZED", "key revoked"]),
        (reply(b'{"message": "boom"}', "500 Oops"), ["internal server error (500): boom"]),
        (reply(b"<html>Login</html>", content_type="text/html"), ["not JSON", "<html>Login"]),
        (reply(b'[{"state": "ACTI", "act'), ["not JSON"]),
        (drop, ["no complete answer"]),
    ]
    with canned_exchange(CHEAP) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), (160, 48)) as desk:
            await desk.until_shown("LIVE", "cheap")
            for problem, texts in problems:
                exchange.trouble = problem
                await desk.press("r")
                await desk.until_shown("failing for", "cheap", *texts)
                assert "LIVE" not in desk.lines()[0]
                exchange.trouble = None
                await desk.press("r")
                await desk.until(lambda: "failing for" not in desk.text())
                assert "LIVE" in desk.text()
            exchange.trouble = reply(json.dumps([CHEAP]).encode(), X_Total_Count="2")
            await desk.pilot.resize_terminal(80, 24)
            await desk.press("r")
            await desk.until_shown("GAPS", "the server sent 1 of 2 orders")
            assert "LIVE" not in desk.text(), "a list that is not whole"


async def test_a_server_that_is_gone_leaves_the_rows_dimmed_and_comes_back() -> None:
    with canned_exchange(CHEAP) as exchange:
        app = a_desk_app(exchange.base_url, poll_seconds=0.5)
        async with desk_on(app) as desk:
            await desk.until_shown("LIVE", "cheap")
            exchange.trouble = drop
            await desk.until_shown("STALE", "cheap")
            assert desk.desk.table.has_class("-stale")
            exchange.trouble = None
            await desk.until_shown("LIVE")
            assert not desk.desk.table.has_class("-stale")


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_what_matters_most_is_seen_without_scrolling_and_every_field_where_there_is_room(
    size: tuple[int, int],
) -> None:
    with canned_exchange(DEAR, LATE) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), size) as desk:
            await desk.until_shown("SIMULATION", "LIVE", "READ-ONLY", "Price", "MW", "Delivery", "dear", "30.00")
            if not desk.desk.orders_tab.panes.display:
                await desk.press("enter")
            await desk.until_shown("price", "per MWh", "7.5 MW", "portfolio", "delivery area")
            labels = [line[1:15].strip() for line in desk.lines()]
            first = [label for label in labels[labels.index("price") :] if label]
            assert first[:6] == ["price", "quantity", "delivery", "side", "delivery area", "portfolio"]
            if size == (160, 48):
                await desk.pilot.resize_terminal(160, 90)
                await every_field_is_shown_and_what_is_not_given(desk)


async def every_field_is_shown_and_what_is_not_given(desk: DeskPilot) -> None:
    await desk.until_shown("order id               103")
    for text in (
        "30.00 per MWh",
        "7.5 MW",
        "▲ BUY",
        "limit (O)",
        "FR (10YFR-RTE------C)",
        "22 Nov 15:00-16:00 (Europe/Berlin)",
        "not reported",
        "strategy",
    ):
        assert text in desk.text(), text


# ---------------------------------------------------------------- dialogs


def shows_the_whole_bar(desk: DeskPilot) -> bool:
    """Whether the status bar is on the screen as it is meant: its text, and each of its colours."""
    bar, shown = desk.desk.status.render_line(0), row_styles(desk.app, desk.desk.status.region.y)
    text = "".join(letter for letter, _ in shown).strip("┃")
    meant = {f"{segment.style.color} {segment.style.bgcolor}" for segment in bar if segment.style}
    return "F9" in bar.text and text.startswith(bar.text.rstrip()) and {style for _, style in shown} >= meant


def production_is_shown_as_a_word_and_a_frame(desk: DeskPilot) -> bool:
    frame, *lines, _ = desk.lines()
    return (
        "PRODUCTION" in frame
        and "PRODUCTION" in lines[0]
        and all(line.startswith("┃") and line.endswith("┃") for line in lines)
    )


DIALOGS = ("a", "d", "t", "J", "n", "s", "question_mark", "ctrl+p", "f9")


@pytest.mark.parametrize(
    ("size", "environment", "keys"),
    [
        ((80, 24), "production", DIALOGS),
        ((160, 48), "production", ("a", "b", "ctrl+p", "f9")),
        ((80, 24), "simulation", DIALOGS),
    ],
)
async def test_no_dialog_covers_dims_or_cuts_the_status_bar_with_the_kill_key(
    size: tuple[int, int], environment: str, keys: tuple[str, ...]
) -> None:
    with canned_exchange(*(a_wire_order(str(number)) for number in range(30))) as exchange:
        app = a_desk_app(exchange.base_url, environment=environment, read_only=False, poll_seconds=60)
        async with desk_on(app, size) as desk:
            await desk.until_shown("LIVE")
            assert production_is_shown_as_a_word_and_a_frame(desk) == (environment == "production")
            await desk.press("asterisk")
            for key in keys:
                await desk.press(key)
                await desk.until(lambda: desk.app.screen is not desk.desk)
                await desk.pilot.pause()
                await desk.until(lambda: shows_the_whole_bar(desk))  # its age goes on meanwhile
                bar = desk.lines()[desk.desk.status.region.y]
                assert "LIVE" in bar, key
                assert "F9 → deactivate 30" in bar or size == (80, 24), key
                assert ("HALTED" in bar) == (key == "f9")
                assert environment != "production" or "PRODUCTION" in desk.lines()[0], key
                while desk.app.screen is not desk.desk:
                    await desk.press("escape")
            await desk.until(lambda: "HALTED" not in desk.text())


async def test_dialogs_open_once_and_the_palette_takes_keys_at_any_moment() -> None:
    with canned_exchange(CHEAP) as exchange:
        app = a_desk_app(exchange.base_url)
        app.set_keymap({"desk.filter": "f5"})
        async with desk_on(app) as desk:
            await desk.until_shown("LIVE", "cheap")
            await help_comes_from_the_live_key_map(desk)
            for action, shown in (("sort", "Sort by"), ("app.help", "escape closes")):
                await a_key_pressed_again_before_its_dialog_is_shown_opens_one(desk, action, shown)
            await the_palette_opens_again_while_the_one_before_it_closes(desk)
            await page_keys_while_the_palette_loads_its_results(desk)
            await no_second_palette_opens_over_a_prompt_that_covers_one(desk)


async def help_comes_from_the_live_key_map(desk: DeskPilot) -> None:
    assert "F5 Filter" in desk.text()
    await desk.press("question_mark")
    await desk.until_shown("Keys", "Filter")
    assert any("F5" in line and "Filter" in line for line in desk.lines())
    await desk.press("escape")
    assert "F5 Filter" in desk.text()


async def a_key_pressed_again_before_its_dialog_is_shown_opens_one(desk: DeskPilot, action: str, shown: str) -> None:
    depth = len(desk.app.screen_stack)
    for _ in range(3):
        await desk.desk.run_action(action)
    assert len(desk.app.screen_stack) == depth + 1
    await desk.until_shown(shown)
    await desk.press("escape")
    await desk.until(lambda: desk.app.screen is desk.desk)


async def the_palette_opens_again_while_the_one_before_it_closes(desk: DeskPilot) -> None:
    await desk.press("ctrl+p")
    await desk.until_shown("Search for commands")
    await desk.app.screen.run_action("escape")
    for _ in range(3):  # closed before it is drawn
        await desk.app.run_action("command_palette")
        await desk.app.screen.run_action("escape")
    await desk.app.run_action("command_palette")
    await desk.app.run_action("command_palette")
    await desk.until(lambda: isinstance(desk.app.screen, CommandPalette) and desk.app.focused)
    await desk.press("escape")
    assert desk.app.screen is desk.desk


async def page_keys_while_the_palette_loads_its_results(desk: DeskPilot) -> None:
    await desk.press("ctrl+p")
    await desk.until_shown("Activate (A)", "Clone (c)")
    commands = desk.app.screen.query_one(CommandList)
    commands.display = False  # as before its first layout
    await desk.pilot.pause()
    found = [Option(f"command {number}") for number in range(20)]
    commands.clear_options().add_options(found).highlighted = 5
    await desk.press("pagedown", "pageup")
    assert commands.option_count == len(found)
    await desk.press("escape")
    assert desk.app.screen is desk.desk


async def no_second_palette_opens_over_a_prompt_that_covers_one(desk: DeskPilot) -> None:
    await desk.press("ctrl+p")
    await desk.until_shown("Search for commands")
    await desk.press("f9")
    await desk.until_shown("DEACTIVATE MINE")
    await desk.press("ctrl+p", "ctrl+p")
    await desk.pilot.pause()
    assert sum(isinstance(screen, CommandPalette) for screen in desk.app.screen_stack) == 1
    assert "HALTED" in desk.text()
