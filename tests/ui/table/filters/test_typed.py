"""A typed filter is made anew only when what it compares with has changed."""

from datetime import UTC, datetime, timedelta

from pbtui.desk.blotter.order_terms import ORDER_FILTER
from pbtui.desk.blotter.own_orders import Row, Tab
from pbtui.desk.market.gates import Gates
from pbtui.ui.table.filters.typed import FilterText, TypedFilter
from pbtui.ui.table.sorting.arrangement import every_row
from tests.orders import an_order

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINE, OTHER = (Row(key, an_order(key, txt=f"pb#{key}"), Tab.ACTIVE) for key in ("AAAAAA", "BBBBBB"))


def typed(text: str) -> TypedFilter[Row]:
    """A filter with this text; nothing is made of it yet."""
    found = TypedFilter(ORDER_FILTER)
    found.take(FilterText(text))
    return found


def made(found: TypedFilter[Row], after_s: float = 0) -> bool:
    """Whether the test is another one so many seconds after noon."""
    return found.make(NOON + timedelta(seconds=after_s), Gates())


def test_a_filter_is_made_again_only_if_it_depends_on_what_changed() -> None:
    for text, after_a_second, after_midnight in (
        ("side:buy", False, False),
        ("delivery>18:00", False, True),
        ("delivery:2026-11-22", False, False),
        ("age>5m", True, True),
    ):
        found = typed(text)
        assert made(found)
        assert made(found, 1) is after_a_second, text
        assert made(found, 12 * 3600) is after_midnight, text


def test_another_text_makes_another_test_also_with_the_same_bounds() -> None:
    found = typed("mine")
    found.tokens = frozenset({"AAAAAA"})
    assert made(found)
    assert (found.test(MINE), found.test(OTHER)) == (True, False)
    found.take(FilterText("!mine"))
    assert made(found)
    assert (found.test(MINE), found.test(OTHER)) == (False, True)
    found.tokens = frozenset({"AAAAAA", "BBBBBB"})
    assert made(found)
    assert not found.test(OTHER)
    found.take(FilterText(" "))
    assert made(found)
    assert found.test is every_row


def test_a_fault_keeps_the_test_and_is_looked_at_again() -> None:
    found = typed("side:sell")
    assert made(found)
    before = found.test
    found.take(FilterText("mine"))
    assert not made(found)
    assert found.test is before
    assert "journal" in str(found.error)
    assert (found.in_force.text, found.lasting.text) == ("side:sell", "mine")
    found.tokens = frozenset({"AAAAAA"})
    assert made(found)
    assert found.error is None
    assert found.test(MINE)
    assert found.in_force.text == "mine"


def test_beside_a_text_that_is_no_filter_the_one_in_force_follows_the_time() -> None:
    found = typed("age<1m")
    row = Row("AAAAAA", an_order("AAAAAA", last_change_timestamp=NOON), Tab.ACTIVE)
    assert made(found)
    assert found.test(row)
    found.take(FilterText("age<1m price>"))
    assert not made(found)
    assert (found.in_force.text, found.lasting.text) == ("age<1m", "age<1m")
    assert made(found, 60)
    assert not found.test(row)
    assert found.problem_of(FilterText("side:buy"), NOON, Gates()) is None
    assert "missing" in str(found.problem_of(FilterText("price>"), NOON, Gates()))


def test_only_what_is_not_known_yet_is_waited_for() -> None:
    for text, waits in (("algo", True), ("gate<5m", True), ("contract", False), ("mw>", False)):
        found = typed(text)
        assert not made(found)
        assert found.error is not None
        assert found.error.waits is waits, text
