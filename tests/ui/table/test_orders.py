"""The table of orders: the cursor is on an order, and only what changed is painted."""

import asyncio
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult

import pbtui.ui
from pbtui.desk.blotter.filters import parse_filter
from pbtui.desk.blotter.own_orders import Blotter, Tab
from pbtui.ui.table.columns import COLUMNS, columns_for
from pbtui.ui.table.orders import OrderTable
from pbtui.ui.themes import load_themes
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
                table.filter(parse_filter(str(how)))
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
@settings(max_examples=12, deadline=None)
def test_the_cursor_stays_on_its_order_whatever_happens_around_it(steps: list[tuple[str, object]]) -> None:
    asyncio.run(follow(steps))


def test_columns_are_dropped_by_rank_and_the_figures_always_stay() -> None:
    for width in range(50, 240):
        columns = columns_for(width)
        assert sum(column.width for column in columns) <= width
        titles = [column.title for column in columns]
        assert titles == sorted(titles, key=TITLES.index)
        if width >= 47:
            assert {"Side", "Delivery", "Price", "MW"} <= set(titles)
    assert [column.title for column in columns_for(240)] == TITLES
