"""Sorted and filtered rows, kept so as rows come, change and go."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.desk.blotter.groups import GroupBy, RunningSum, key_of
from pbtui.desk.blotter.order_terms import ORDER_FILTER
from pbtui.desk.blotter.own_orders import Row, Tab
from pbtui.desk.formats.filters.terms import Scene
from pbtui.desk.formats.time_format import UTC_ZONE
from pbtui.ui.table.columns import Moment
from pbtui.ui.table.order_columns import COLUMNS
from pbtui.ui.table.sorting import places
from pbtui.ui.table.sorting.arrangement import Arrangement, Grouping
from tests.desk.blotter.test_groups import sum_of
from tests.orders import DELIVERY_START, an_order

ROWS = st.builds(
    lambda key, price, side, portfolio: Row(
        key,
        an_order(key, price=price, side=side, quantity=price and abs(price), portfolio_id=portfolio),
        Tab.ACTIVE,
    ),
    st.sampled_from("abcdefgh"),
    st.none() | st.integers(-3, 3),
    st.sampled_from(["BUY", "SELL"]),
    st.sampled_from(["DE1", "DE2"]),
)
READS = st.lists(ROWS, max_size=8).map(lambda rows: {row.key: row for row in rows})
NOW = Moment(ZoneInfo("Europe/Berlin"), datetime(2026, 11, 22, tzinfo=UTC))
SCENE = Scene(zone=UTC_ZONE, now=DELIVERY_START)
FILTERS = {text: ORDER_FILTER.parse(text, SCENE).test for text in ("", "side:buy", "price>0")}


@pytest.fixture(scope="module", autouse=True)
def _short_runs() -> Iterator[None]:
    """Merge runs of two rows: eight rows then go the way of a hundred thousand."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "_RUN_LENGTH", 2)
        yield


@given(st.lists(st.tuples(READS, st.sampled_from(COLUMNS), st.sampled_from(list(FILTERS)), st.booleans())))
def test_the_arrangement_equals_a_full_sort(steps: list[tuple[dict[str, Row], object, str, bool]]) -> None:
    arrangement = Arrangement(COLUMNS[0], COLUMNS)
    before: dict[str, Row] = {}
    for read, column, text, is_kept in steps:
        assert column in COLUMNS
        rows = {**before, **read} if is_kept else read
        before = rows
        chosen = COLUMNS[COLUMNS.index(column)]
        arrangement = arrangement.following(rows, chosen, FILTERS[text])
        shown = [row for row in rows.values() if FILTERS[text](row)]
        expected = [row.key for row in sorted(shown, key=lambda row: (chosen.sort_key(row), row.key))]
        assert [arrangement.key_at(index) for index in range(len(arrangement))] == expected
        assert [arrangement.index(key) for key in expected] == list(range(len(expected)))
        assert all((key in arrangement) == (key in expected) for key in "abcdefgh")
        for title, spread in arrangement.spreads.items():
            measured = next(c for c in COLUMNS if c.title == title)
            texts = [measured.cell(row, NOW, is_marked=False)[0] for row in shown]
            is_same = measured.gives_way and len(texts) > 1 and len(set(texts)) == 1
            assert (spread.shared is not None) == is_same
            assert spread.shared is None or spread.shared in texts[0]


GROUPINGS: dict[str, Grouping[Row] | None] = {"": None, **{by: Grouping(key_of(by), RunningSum) for by in GroupBy}}


@given(
    st.lists(st.tuples(READS, st.sampled_from(["Price", "Side"]), st.sampled_from(list(FILTERS)), st.booleans())),
    st.lists(st.sampled_from(list(GROUPINGS)), min_size=1, max_size=3),
    st.booleans(),
)
def test_the_groups_of_an_arrangement_are_those_of_a_full_sort(
    steps: list[tuple[dict[str, Row], str, str, bool]], groupings: list[str], is_descending: bool
) -> None:
    arrangement = Arrangement(COLUMNS[0], COLUMNS, is_descending)
    before: dict[str, Row] = {}
    for number, (read, title, text, is_kept) in enumerate(steps):
        column = next(column for column in COLUMNS if column.title == title)
        grouping = GROUPINGS[groupings[number % len(groupings)]]
        rows = {**before, **read} if is_kept else read
        before = rows
        arrangement = arrangement.following(rows, column, FILTERS[text], grouping)
        shown = sorted(filter(FILTERS[text], rows.values()), key=lambda row: (column.sort_key(row), row.key))
        shown = shown[::-1] if is_descending else shown
        by_key: dict[tuple[Any, ...], list[Row]] = {}
        for row in shown:
            by_key.setdefault(() if grouping is None else grouping.key_of(row), []).append(row)
        expected = [row.key for key in sorted(by_key) for row in by_key[key]]
        assert [arrangement.key_at(index) for index in range(len(arrangement))] == expected
        assert [arrangement.index(key) for key in expected] == list(range(len(expected)))
        if grouping is None:
            assert not arrangement.groups
        else:
            assert [(group.key, group.sums) for group in arrangement.groups] == [
                (key, sum_of(by_key[key])) for key in sorted(by_key)
            ]
        for row in rows.values():
            assert 0 <= arrangement.gap(row) <= len(arrangement)
            if row.key in expected:
                at = arrangement.index(row.key)
                assert 0 <= arrangement.group_number(at) < max(len(arrangement.groups), 1) or grouping is None
                assert arrangement.gap(row) == (at + 1 if is_descending else at)


def test_many_rows_are_merged_run_by_run() -> None:
    rows = {str(n): Row(str(n), an_order(str(n), price=(n * 7919) % 10_007), Tab.ACTIVE) for n in range(10_007)}
    price = next(column for column in COLUMNS if column.title == "Price")
    arrangement = Arrangement(price, COLUMNS).following(rows, price, FILTERS[""])
    prices = [price.sort_key(rows[arrangement.key_at(index)]) for index in range(len(arrangement))]
    assert prices == sorted(prices)
    assert len(prices) == 10_007
