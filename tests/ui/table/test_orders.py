"""The table of orders: the cursor is on an order, and only what changed is painted."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult

import pbtui.ui
from pbtui.api.clock import utc_now
from pbtui.api.models import Order
from pbtui.api.reads.contracts import ContractItem, DeliveryAreaState
from pbtui.api.structs import replace
from pbtui.desk.blotter.own_orders import Blotter, Row, Tab
from pbtui.ui.table.columns import Column, Moment, columns_for, middle_cut
from pbtui.ui.table.filters.typed import FilterText
from pbtui.ui.table.order_columns import COLUMNS
from pbtui.ui.table.orders import OrderTable
from pbtui.ui.table.staged import Staged
from pbtui.ui.themes import load_themes
from tests.desk.blotter.clocks import clock_behind_host
from tests.orders import an_order
from tests.ui.terminal.screen_text import screen_lines

TITLES = [column.title for column in COLUMNS]
KEYS = "abcdefghij"

STEPS = st.one_of(
    st.tuples(st.just("read"), st.dictionaries(st.sampled_from(KEYS), st.integers(-3, 3), max_size=len(KEYS))),
    st.tuples(st.just("sort"), st.tuples(st.sampled_from(COLUMNS), st.booleans())),
    st.tuples(st.just("filter"), st.sampled_from(["", "price>0", "price<0"])),
    st.tuples(st.just("key"), st.sampled_from(["j", "k", "g", "G", "pagedown"])),
)


class TableApp(App[None]):
    """The table alone."""

    CSS_PATH = Path(pbtui.ui.__file__).parent / "app.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(load_themes()["night"])
        self.theme = "night"

    def compose(self) -> ComposeResult:
        yield OrderTable(ZoneInfo("Europe/Berlin"))


async def follow(steps: list[tuple[str, object]]) -> None:
    app = TableApp()
    async with app.run_test(size=(100, 8)) as pilot:
        table = app.query_one(OrderTable)
        table.focus()
        blotter = Blotter()
        for what, how in steps:
            before = table.cursor
            if what == "key":
                await pilot.press(str(how))
                continue
            if what == "read":
                assert isinstance(how, dict)
                blotter = blotter.apply([an_order(key, price=price) for key, price in how.items()])
                table.show(blotter, Tab.ACTIVE)
            elif what == "sort":
                assert isinstance(how, tuple)
                table.sort(how[0], is_descending=how[1])
            else:
                table.filter_by(FilterText(str(how)))
            assert table.cursor == before or before is None
            await pilot.pause()
            shown = screen_lines(app)
            marked = [line for line in shown if line.startswith("›")]
            # What is painted piece by piece is what painting all anew would show.
            table.refresh()
            await pilot.pause()
            assert screen_lines(app) == shown
            if table.cursor is not None and table.cursor in table.arrangement:
                assert len(marked) == 1
                index = table.arrangement.index(table.cursor)
                assert table.arrangement.key_at(index) == table.cursor
                assert shown[1 + index - table.top] == marked[0]
            else:
                assert not marked


@given(st.lists(STEPS, max_size=8))
@settings(max_examples=12)
def test_the_cursor_stays_on_its_order_whatever_happens_around_it(steps: list[tuple[str, object]]) -> None:
    asyncio.run(follow(steps))


IDENTIFYING = {"Side", "Delivery", "Area", "Portf", "Price", "MW"}


def test_columns_are_dropped_by_rank_and_what_identifies_an_order_stays() -> None:
    for width in range(50, 240):
        columns = columns_for(COLUMNS, width)
        assert sum(column.width for column in columns) <= width
        titles = [column.title for column in columns]
        assert titles == sorted(titles, key=TITLES.index)
        if width >= 59:
            assert set(titles) >= IDENTIFYING
    assert [column.title for column in columns_for(COLUMNS, 240)] == TITLES


def test_a_text_that_all_rows_share_gives_way_to_the_columns_that_differ() -> None:
    same = {"State": "active", "Portf": "DE1", "Text": "", "Shown": "", "Hidden": "", "User": "ALG001"}
    for width in range(60, 240):
        columns = {column.title: column.width for column in columns_for(COLUMNS, width, {}, same)}
        assert not {"Text", "Shown", "Hidden"} & columns.keys(), "a column without any text is a gap"
        room = width - sum(columns[title] for title in columns.keys() - same.keys())
        for column in COLUMNS:
            if column.title not in same and column.title not in columns:
                assert column.width > room, column.title
    assert {"State", "Portf", "User"} <= {column.title for column in columns_for(COLUMNS, 240, {}, same)}


def test_a_column_is_no_wider_than_its_texts_need() -> None:
    widths = {column.title: column.width for column in columns_for(COLUMNS, 400, {"Text": 8, "Area": 17, "Portf": 99})}
    assert (widths["Text"], widths["Area"], widths["Portf"]) == (8, 17, 14)


@given(st.text("abc0123456789", min_size=12, max_size=20), st.text("abc", min_size=2, max_size=2))
def test_an_id_that_is_cut_keeps_its_end(start: str, end: str) -> None:
    cut = middle_cut(start + end, 9)
    assert cell_len(cut) == 9
    assert cut.endswith(end)
    assert cut.startswith(start[:4])


@given(st.text("ab電力", min_size=20), st.integers(1, 20))
def test_an_id_of_wide_characters_is_cut_to_its_room(text: str, room: int) -> None:
    cut = middle_cut(text, room)
    assert cell_len(cut) == room
    assert text.endswith(cut.rpartition("…")[2])


async def shown_at(orders: list[Order], size: tuple[int, int], states: dict[str, str] | None = None) -> list[str]:
    app = TableApp()
    async with app.run_test(size=size) as pilot:
        table = app.query_one(OrderTable)
        table.show(Blotter().apply(orders), Tab.ACTIVE, states)
        await pilot.pause()
        return [*screen_lines(app), ", ".join(f"{title} {text}" for title, text in table.said_once)]


@pytest.mark.parametrize("width", [80, 100, 160])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"delivery_area": "10YDE-VE-------2"}, {"delivery_area": "10YDE-RWENET---I"}),
        ({"delivery_area": "10Y1001A1001A999"}, {"delivery_area": "10Y1001A1001A998"}),
        ({"portfolio_id": "DE1"}, {"portfolio_id": "DE2"}),
        ({"portfolio_id": "TRADING-DESK-NORTH-1"}, {"portfolio_id": "TRADING-DESK-NORTH-2"}),
        ({"portfolio_id": "PORTFOLIO-N1-OF-TEAM-A"}, {"portfolio_id": "PORTFOLIO-S1-OF-TEAM-A"}),
        ({"side": "BUY"}, {"side": "SELL"}),
        ({"price": 12345.67}, {"price": 12345.66}),
        ({"quantity": 999.9}, {"quantity": 999.8}),
        ({"state": "ACTI"}, {"state": "UNKW"}),
        ({"delivery_end": "2026-11-22T14:15:00Z"}, {"delivery_end": "2026-11-22T14:30:00Z"}),
        ({"delivery_end": "2026-11-23T14:00:00Z"}, {"delivery_end": "2026-11-24T14:00:00Z"}),
        ({"delivery_end": "2026-11-22T15:00:00Z"}, {"delivery_end": "2026-11-24T15:00:00Z"}),
    ],
)
async def test_two_orders_that_differ_look_different(width: int, one: dict[str, Any], other: dict[str, Any]) -> None:
    orders = [an_order("101", **one), an_order("102", **other)]
    _, first, second, *_ = await shown_at(orders, (width, 8))
    assert first[2:].replace("101", "") != second[2:].replace("102", "")


@pytest.mark.parametrize(
    ("ids", "cut"),
    [
        (("HYDRO-NORTH-01", "HYDRO-NORTH-02"), ("HYDRO-…TH-01", "HYDRO-…TH-02")),
        (("HYDRO-NORTH-01", "HYDRO-SOUTH-01"), ("HYDRO-N…H-01", "HYDRO-S…H-01")),
        (
            ("A-NORTH-OF-THE-ALPS", "B-NORTH-OF-THE-ALPS", "B-NORTH-OF-THE-ALP2"),
            ("A-NORT…-ALPS", "B-NORT…-ALPS", "B-NORT…-ALP2"),
        ),
        (("PORTFOLIO-N1-OF-TEAM-A", "PORTFOLIO-S1-OF-TEAM-A"), ("PORTFOLIO-N…", "PORTFOLIO-S…")),
    ],
)
def test_ids_are_cut_where_they_do_not_differ(ids: tuple[str, ...], cut: tuple[str, ...]) -> None:
    (portfolio,) = (column for column in COLUMNS if column.title == "Portf")
    column = replace(portfolio, width=13).distinguishing(frozenset(ids))
    rows = Blotter().apply([an_order(name, portfolio_id=name) for name in ids]).active
    moment = Moment(ZoneInfo("UTC"), utc_now())
    assert tuple(column.cell(rows[name], moment, is_marked=False)[0].strip() for name in ids) == cut


async def test_an_id_is_cut_in_its_middle_until_that_makes_two_alike() -> None:
    ids = ["HYDRO-NORTH-01", "HYDRO-NORTH-02"]
    _, first, second, *_ = await shown_at([an_order(name, portfolio_id=name) for name in ids], (80, 8))
    assert (first.split()[7], second.split()[6]) == ("HYDRO-…RTH-01", "HYDRO-…RTH-02"), first


@pytest.mark.parametrize("width", [100, 160])
async def test_a_figure_is_shown_in_full_where_there_is_room(width: int) -> None:
    orders = [an_order("1", price=123456789.125, quantity=12345.678), an_order("2")]
    _, first, *_ = await shown_at(orders, (width, 8))
    assert "123456789.125" in first
    assert "12345.678" in first


def test_no_figure_grows_into_the_room_of_what_an_order_is_known_by() -> None:
    needed = dict.fromkeys(TITLES, 99)
    for width in range(59, 240):
        columns = columns_for(COLUMNS, width, needed)
        assert {column.title for column in columns} >= IDENTIFYING
        assert sum(column.width for column in columns) <= width


async def test_an_order_with_a_staged_step_is_whole_only_if_its_row_shows_it() -> None:
    order = an_order("1", price=45.1, portfolio_id="HYDRO-01")
    for width, price, is_whole in ((80, "45.11", True), (62, "45.11", False), (80, "45.1234567891234567891", False)):
        app = TableApp()
        async with app.run_test(size=(width, 8)) as pilot:
            table = app.query_one(OrderTable)
            table.show(Blotter().apply([order, an_order("2", price=1, portfolio_id="HYDRO-01")]), Tab.ACTIVE)
            table.action_move_to(0)
            table.show_staged({"1": Staged(order, price=Decimal(price)), "2": Staged(order, price=Decimal(price))})
            await pilot.pause()
            assert table.has_whole_orders is is_whole
            assert ("HYDRO-01" in screen_lines(app)[1]) is (width == 80)
            await pilot.resize_terminal(width, 1)
            await pilot.pause()
            assert not table.has_whole_orders, "only the heading has a row"


async def test_a_shared_text_is_said_once_and_comes_back_when_the_values_differ() -> None:
    alike = [an_order(str(n), state="ACTI", portfolio_id="DE1", price=n) for n in range(3)]
    heading, *rows, said = await shown_at(alike, (60, 8))
    assert "State" not in heading
    assert "Portf DE1" in said
    assert "active" not in "".join(rows)
    heading, *_, said = await shown_at([*alike, an_order("9", state="ACTI", portfolio_id="DE2")], (80, 8))
    assert "Portf" in heading
    assert "Portf" not in said


async def test_an_open_ticket_brings_the_state_back() -> None:
    alike = [an_order(str(n), state="ACTI", price=n) for n in range(3)]
    heading, *rows, _ = await shown_at(alike, (80, 8), {"1": "SENDING"})
    assert "State" in heading
    assert "SENDING" in "".join(rows)


def a_gate(contract_id: str, left: timedelta) -> ContractItem:
    """A contract whose gate closes after so much time from now."""
    state = DeliveryAreaState(delivery_area="10YDE-RWENET---I", trading_end=utc_now() + left)
    return ContractItem(contract_id=contract_id, delivery_area_states=(state,))


async def test_a_past_gate_is_a_word_and_grey_in_80_columns_and_an_unknown_one_is_nothing() -> None:
    orders = [an_order(name, contract_id=name, price=1, state="ACTI") for name in ("open", "over", "unknown")]
    gates = [a_gate("open", timedelta(minutes=14, seconds=30)), a_gate("over", timedelta(seconds=-1))]
    app = TableApp()
    async with app.run_test(size=(80, 8)) as pilot:
        table = app.query_one(OrderTable)
        table.show(Blotter().apply(orders), Tab.ACTIVE)
        await pilot.pause()
        assert "Gate" not in screen_lines(app)[0]
        table.show(Blotter().apply(orders), Tab.ACTIVE, {}, gates)
        await pilot.pause()
        heading, *shown = screen_lines(app)[:4]
        start = heading.index("Gate") - 2
        assert [line[start : start + 6].strip() for line in shown] == ["14m", "past", ""]
        assert {role for _, role in table.line(1)[1:]} == {"dim"}
        assert "buy" in {role for _, role in table.line(0)}
        (over,) = (row for row in table.arrangement.rows.values() if row.key == "over")
        assert table.gate_words(over).startswith("past: trading ended at")


async def test_gates_and_ages_are_by_the_clock_of_the_exchange() -> None:
    changed = an_order("open", contract_id="open", price=1, state="ACTI", last_change_timestamp=utc_now())
    app = TableApp()
    async with app.run_test(size=(160, 8)) as pilot:
        table = app.query_one(OrderTable)
        texts = []
        for ahead_s in (0, 420, -420):
            table.exchange_clock = clock_behind_host(ahead_s)
            blotter = Blotter().apply([changed])
            table.show(blotter, Tab.ACTIVE, {}, [a_gate("open", timedelta(minutes=5, seconds=30))])
            await pilot.pause()
            heading, shown = screen_lines(app)[:2]
            texts.append([shown[: heading.index(title) + len(title)].split()[-1] for title in ("Gate", "Age")])
            grey = {role for _, role in table.line(0)[1:]} == {"dim"}
            table.filter_by(FilterText("gate<6m"))
            await pilot.pause()
            texts[-1] += [str(grey), str("open" in table.arrangement)]
            table.filter_by(FilterText())
        assert texts == [
            ["5m", "<1m", "False", "True"],
            ["12m", "<1m", "False", "False"],
            ["past", "7m", "True", "False"],
        ]


@given(st.dictionaries(st.sampled_from(TITLES), st.integers(4, 80)), st.permutations(COLUMNS))
@settings(max_examples=50)
def test_no_width_that_the_trader_chose_hides_what_an_order_is_known_by(
    chosen: dict[str, int], columns: list[Column[Row]]
) -> None:
    sized = [column.sized(chosen[column.title]) if column.title in chosen else column for column in columns]
    shown = columns_for(sized, 77)
    assert {"Side", "Delivery", "Area", "Portf", "Price", "MW"} <= {column.title for column in shown}
    assert sum(column.width for column in shown) <= 77
    assert [column.title for column in shown] == [
        column.title for column in columns if column.title in {each.title for each in shown}
    ]
    for column in shown:
        usual = next(each for each in COLUMNS if each.title == column.title)
        if column.title in chosen and column.align == "right":
            assert column.width >= usual.width
