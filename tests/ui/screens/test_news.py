"""The news line, the list of all news, and that nothing covers the news."""

import ast
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import pbtui.ui
from pbtui.desk.formats.news import News, Weight
from pbtui.desk.formats.time_format import UTC_ZONE
from pbtui.settings.alerts import AlertSettings, Way
from pbtui.ui.app import DeskApp
from pbtui.ui.dialogs.quit_prompt import QuitPrompt
from pbtui.ui.widgets.news_line import NewsLine
from tests.canned import a_wire_order, canned_exchange
from tests.exchange import RunningExchange
from tests.ui.desk_under_test import DeskPilot, a_desk_app, desk_on
from tests.ui.dialogs.prompt_under_test import SIMULATION

UI = sorted(Path(pbtui.ui.__file__).parent.rglob("*.py"))
AT = datetime(2026, 11, 22, 12, 5, 9, tzinfo=UTC)
TOASTS = {"notify", "clear_notifications", "Toast", "ToastRack", "Notification", "SeverityLevel"}


def toasts_in(tree: ast.AST) -> list[str]:
    """Names that have to do with Textual's toasts, read or imported in this syntax tree."""
    found = [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    found += [alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names]
    return [name for name in found if name in TOASTS]


def test_no_module_of_the_ui_shows_a_toast() -> None:
    assert {file.name: names for file in UI if (names := toasts_in(ast.parse(file.read_text())))} == {}


@pytest.mark.parametrize("line", ["self.notify('x')", "app.clear_notifications()", "from textual.x import Toast"])
def test_the_scan_finds_a_toast(line: str) -> None:
    assert toasts_in(ast.parse(line))


def news_row(desk: DeskPilot) -> str:
    """The row above the key hints."""
    return desk.lines()[-2]


def hints_row(desk: DeskPilot) -> str:
    return desk.lines()[-1]


async def listed(desk: DeskPilot) -> int:
    """The number of news in their list."""
    await desk.press("n")
    await desk.until_shown("News and alerts of this run, newest first: ")
    found = re.search(r"newest first: (\d+)", desk.text())
    await desk.press("escape")
    assert found is not None
    return int(found[1])


async def test_the_news_line_and_the_list_of_news() -> None:
    with canned_exchange(a_wire_order("7")) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), (80, 24)) as desk:
            await desk.until_shown("LIVE")
            await of_one_moment_the_gravest_stays_and_the_others_are_read_with_n(desk)
            await desk.press("u")
            for size in ((80, 24), (160, 48)):
                await desk.pilot.resize_terminal(*size)
                await the_newest_news_is_above_the_key_hints_with_time_zone_and_mark(desk)
            await the_steps_of_a_batch_are_one_piece_of_news(desk)
            await a_note_on_a_key_is_shown_until_the_next_key_and_is_no_news(desk)
            await what_textual_reports_by_itself_is_news(desk)
            await a_note_for_a_prompt_that_was_just_opened_is_shown_in_it(desk)
            await a_note_for_a_prompt_that_is_being_closed_is_shown_on_the_desk(desk)


async def of_one_moment_the_gravest_stays_and_the_others_are_read_with_n(desk: DeskPilot) -> None:
    desk.desk.show_news(News("gone wrong", Weight.GRAVE), News("went well", Weight.FINE))
    await desk.pilot.pause()
    assert "gone wrong" in news_row(desk)
    assert "went well" not in desk.text()
    desk.desk.show_news(News("went well again", Weight.FINE))
    await desk.pilot.pause()
    assert "went well again" in news_row(desk)
    assert "1 earlier problem: n" in news_row(desk)
    await desk.press("n")
    await desk.until_shown("News and alerts of this run, newest first: 3")
    lines = [line for line in desk.lines() if "went" in line or "gone wrong" in line]
    assert ["again" in lines[0], "gone wrong" in lines[1], "went well" in lines[2]] == [True] * 3
    await desk.press("escape")
    assert "earlier problem" not in desk.text()


async def the_newest_news_is_above_the_key_hints_with_time_zone_and_mark(desk: DeskPilot) -> None:
    desk.desk.show_news(News("an order was sent", Weight.NOTABLE, AT))
    desk.desk.show_news(News("an order was confirmed", Weight.FINE, AT))
    await desk.pilot.pause()
    newest = ["12:05:09", "UTC", "✓", "an", "order", "was", "confirmed"]
    assert news_row(desk).split()[: len(newest)] == newest
    assert "F9 KILL" in hints_row(desk)
    desk.desk.show_news(News("word " * 60, Weight.GRAVE, AT))
    await desk.pilot.pause()
    assert news_row(desk).split()[2] == "!"
    assert news_row(desk).rstrip().endswith(" word …"), "cut between words"
    await listed(desk)  # they are read then


async def the_steps_of_a_batch_are_one_piece_of_news(desk: DeskPilot) -> None:
    before = await listed(desk)
    for text in ("1 deactivated, 2 still open", "3 deactivated"):
        desk.desk.show_news(News(text, Weight.FINE, about="7K3QX2"))
    await desk.pilot.pause()
    assert "3 deactivated" in news_row(desk)
    assert await listed(desk) == before + 1


async def a_note_on_a_key_is_shown_until_the_next_key_and_is_no_news(desk: DeskPilot) -> None:
    desk.desk.show_news(News("an order was filled", Weight.NOTABLE, AT))
    before = await listed(desk)
    await desk.press("y")
    assert "Order id 7 copied" in news_row(desk)
    await desk.press("j")
    assert "an order was filled" in news_row(desk)
    assert await listed(desk) == before


async def what_textual_reports_by_itself_is_news(desk: DeskPilot) -> None:
    desk.app.notify("reported by Textual")
    await desk.pilot.pause()
    assert "reported by Textual" in news_row(desk)


async def a_note_for_a_prompt_that_was_just_opened_is_shown_in_it(desk: DeskPilot) -> None:
    assert isinstance(desk.app, DeskApp)
    prompt = QuitPrompt(SIMULATION, 1)
    prompt.zone = UTC_ZONE
    desk.app.push_screen(prompt)
    desk.app.show_ignored("3 bytes were ignored")
    desk.app.action_toggle_utc()
    await desk.until_shown("Quit, discard the steps", "3 bytes were ignored")
    await desk.press("escape")
    await desk.until(lambda: desk.app.screen is desk.desk)


async def a_note_for_a_prompt_that_is_being_closed_is_shown_on_the_desk(desk: DeskPilot) -> None:
    assert isinstance(desk.app, DeskApp)
    prompt = QuitPrompt(SIMULATION, 1)
    await desk.app.push_screen(prompt)
    await prompt.query(NewsLine).remove()  # as Textual does first when a screen is closed
    desk.app.show_ignored("4 bytes were ignored")
    await desk.until_shown("4 bytes were ignored")


async def test_alerts_go_the_ways_of_their_rules_and_the_log_can_be_narrowed_to_them(tmp_path: Path) -> None:
    read = tmp_path / "read"
    command = ("/bin/sh", "-c", 'cat > "$1.new"; mv "$1.new" "$1"', "sh", str(read))
    alerts = AlertSettings(foreign_order=(Way.LOG, Way.COMMAND), command=command)
    with canned_exchange(a_wire_order("7")) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, alerts=alerts), (80, 24)) as desk:
            await desk.until_shown("LIVE", "1 Active 1")
            desk.desk.show_news(News("gone wrong", Weight.GRAVE, AT))
            exchange.orders.append(a_wire_order("8"))
            await desk.until_shown("1 Active 2")
            await desk.press("L")
            await desk.until_shown(
                "News and alerts of this run, newest first: 2", "NEW ORDER by TRD001, not entered", "gone wrong"
            )
            await desk.press("f")
            await desk.until_shown("Only alerts: 1 of 2", "NEW ORDER by TRD001, not entered")
            assert desk.text().count("gone wrong") == 1, "in the line alone"
            await desk.press("f")
            await desk.until_shown("Only problems: 1 of 2", "22 Nov 13:05:09", "times in Europe/Berlin")
            await desk.press("escape")
            await desk.until_shown("1 Active 2")
            assert "gone wrong" in news_row(desk), "orders of others are in the log alone"
            await desk.until(read.exists)
            (alert,) = json.loads(read.read_text())["alerts"]
            assert (alert["kind"], [each["order_id"] for each in alert["orders"]]) == ("foreign_order", ["8"])


async def test_a_dialog_shows_the_news_that_arrives_directly_above_its_keys() -> None:
    with canned_exchange(*(a_wire_order(str(number)) for number in range(40))) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, read_only=False), (80, 24)) as desk:
            await desk.until_shown("LIVE")
            desk.desk.show_news(News("before it", Weight.NOTABLE, AT))
            await desk.press("asterisk")
            for key in ("a", "d", "t", "J", "n", "f9"):
                await it_shows_the_news_that_arrives(desk, key)
            await desk.pilot.resize_terminal(160, 48)
            for key in ("a", "t", "f9"):
                await it_shows_the_news_that_arrives(desk, key)


async def it_shows_the_news_that_arrives(desk: DeskPilot, key: str) -> None:
    await desk.press(key)
    await desk.until(lambda: desk.app.screen is not desk.desk)
    await desk.pilot.pause()
    line = desk.app.screen.query_one(NewsLine)
    assert not line.display, key
    desk.desk.show_news(News("an order was filled", Weight.NOTABLE, AT))
    await desk.pilot.pause()
    assert "an order was filled" in desk.lines()[line.region.y], key
    assert "esc Back" in desk.lines()[line.region.y + 1], key
    while desk.app.screen is not desk.desk:
        await desk.press("escape")


async def test_what_happened_to_own_orders_is_news_with_mw_and_price_and_in_the_journal(
    exchange: RunningExchange,
) -> None:
    orders = [each for each in exchange.orders() if each["type"] == "O" and not each.get("pre_arranged")]
    traded, deactivated = orders[:2]
    async with desk_on(a_desk_app(exchange.base_url, exchange.keys["trader"]), (160, 48)) as desk:
        await desk.until_shown("LIVE", "[1 Active")
        exchange.touch(deactivated["order_id"], action="DEAC", by="market_operations")
        await desk.until(lambda: "DEACTIVATED by market operations" in news_row(desk))
        assert f"{deactivated['quantity']:.1f} MW at {deactivated['price']:.2f}" in news_row(desk)
        exchange.fill(traded["order_id"], traded["quantity"])
        await desk.until(lambda: " FILLED " in news_row(desk))
        await desk.until(lambda: f"{traded['quantity']:.1f} MW at {traded['price']:.2f}, " in news_row(desk))
        await desk.press("3")  # the order is under the cursor there: its detail and its history name the trade
        price = f"{traded['quantity']:.1f} MW at {traded['price']:.2f}"
        await desk.until_shown(f"(Europe/Berlin): {price}", f"filled by the market (FEXE): {price}")
        await desk.press("1")
        await desk.press("J")
        await desk.until_shown("order event", "filled by the market (FEXE)", "deactivated by market operations (AHIB)")
        await desk.press("escape")
        await desk.pilot.resize_terminal(80, 24)
        await recent_orders_stand_newest_first_with_what_traded(desk, exchange, orders[2:])


async def recent_orders_stand_newest_first_with_what_traded(
    desk: DeskPilot, exchange: RunningExchange, orders: list[dict[str, Any]]
) -> None:
    first, second = (end(orders, key=lambda each: each["delivery_start"]) for end in (min, max))
    for number, order in enumerate((first, second), 2):
        exchange.fill(order["order_id"], order["quantity"])
        await desk.until_shown(f"3 Recent {number}")
        await desk.until(lambda: " FILLED " in news_row(desk))
    await desk.press("3")
    await desk.until_shown("Traded")
    heading = next(y for y, line in enumerate(desk.lines()) if "Traded" in line)
    rows = desk.lines()[heading + 1 : heading + 3]
    for row, order in zip(rows, (second, first), strict=True):
        assert f" {order['quantity']:.1f} " in row
        assert f" {order['price']:.2f} " in row
    await desk.press("S", "1", "3")
    assert desk.lines()[heading + 1].split()[2:4] != rows[0].split()[2:4], "each tab keeps its sort"
