"""The cursor of a table, which is on a row whatever happens around it."""

from pbtui.desk.blotter.own_orders import Row, Tab
from pbtui.ui.table.cursor import Cursor
from pbtui.ui.table.order_columns import COLUMNS
from pbtui.ui.table.sorting.arrangement import Arrangement, every_row
from tests.orders import an_order

PRICE = next(column for column in COLUMNS if column.title == "Price")
NO_ROW: Cursor[Row] = Cursor()


def arranged(keys: str) -> Arrangement[Row]:
    """Return the rows with these keys, sorted as the letters are."""
    rows = {key: Row(key, an_order(key, price=ord(key)), Tab.ACTIVE) for key in keys}
    return Arrangement(PRICE, COLUMNS).following(rows, PRICE, every_row)


def test_the_first_row_gets_the_cursor_and_keeps_it_as_others_come_above() -> None:
    assert NO_ROW.following(arranged("")) is NO_ROW
    cursor = NO_ROW.following(arranged("bc"))
    assert (cursor.key, cursor.index) == ("b", 0)
    cursor = cursor.following(arranged("abc"))
    assert (cursor.key, cursor.index) == ("b", 1)


def test_a_row_that_leaves_keeps_the_cursor_off_all_others() -> None:
    cursor = NO_ROW.put(arranged("abcd"), 1)
    left = arranged("acd")
    assert cursor.following(left) is cursor
    assert cursor.row_in(left) is None


def test_from_the_place_of_a_row_that_left_one_line_leads_to_its_neighbours() -> None:
    cursor, left = NO_ROW.put(arranged("abcd"), 1), arranged("acd")
    assert [cursor.moved(left, lines).key for lines in (-1, 1, 2)] == ["a", "c", "d"]


def test_a_move_ends_at_the_first_and_at_the_last_row() -> None:
    cursor = NO_ROW.put(arranged("abcd"), 1)
    assert [cursor.moved(arranged("abcd"), lines).key for lines in (-9, 9)] == ["a", "d"]
