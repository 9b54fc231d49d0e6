"""Lists of orders in a plain session: pages, numbers that stay, filters, and what is said of old orders."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.api.values import UnreadableField
from pbtui.cli.plain.lists import PAGE, Lists
from pbtui.cli.plain.numbers import NoSuchOrder, Numbers
from pbtui.cli.plain.sentences import change_question, detail_lines
from pbtui.cli.plain.words import WordsRefused
from pbtui.desk.blotter.link import Link
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.view import DeskView
from tests.orders import an_order

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def view_of(orders: Iterable[Order | UnreadableOrder], *, read_s: float | None = 0.0) -> DeskView:
    return DeskView(Link(1.0, read_s=read_s), Blotter().apply(orders))


def said(lists: Lists, text: str, view: DeskView, now_s: float = 0.5) -> list[str]:
    return list(lists.begin(text, view, NOW, now_s))


def test_a_long_list_is_said_in_pages_and_each_order_keeps_its_number() -> None:
    numbers = Numbers()
    lists = Lists(numbers, ZONE)
    orders = [an_order(str(100 + number), price=number) for number in range(PAGE + 2)]
    view = view_of(orders)
    first = said(lists, "", view)
    assert (first[0], first[-1]) == ("12 active orders", "2 more; write more")
    assert first[1].startswith("1: ")
    assert first[1].endswith("order 100")
    assert [line.partition(":")[0] for line in lists.more(view)] == ["11", "12"]
    assert list(lists.more(view)) == ["That is all; list begins again"]
    # The first order is gone and a new one is there: nobody gets its number.
    later = view_of([*orders[1:], an_order("99", price=-1)])
    assert [line.partition(":")[0] for line in said(lists, "", later)[1:3]] == ["13", "2"]
    assert numbers.order_id(13, later) == "99"
    with pytest.raises(NoSuchOrder, match="Order 1 is not among the orders any more"):
        numbers.order_id(1, later)


def test_a_filter_chooses_and_a_wrong_one_is_refused() -> None:
    lists = Lists(Numbers(), ZONE)
    view = view_of([an_order("1", price=5), an_order("2", price=50)])
    assert said(lists, "price>10", view)[0] == "1 active order that matches"
    assert said(lists, "price>100", view) == ["0 active orders that match"]
    assert said(lists, "deactivated", view) == ["0 deactivated orders"]
    with pytest.raises(WordsRefused, match="The filter is not valid: price>x"):
        said(lists, "price>x", view)


def test_orders_that_are_old_or_were_never_read_are_said_to_be() -> None:
    lists = Lists(Numbers(), ZONE)
    assert said(lists, "", view_of([]), now_s=40.0)[0] == "Link STALE, read 40 s ago"
    assert said(lists, "", view_of([], read_s=None))[0] == "Link CONNECTING, not read yet"


def test_an_order_that_can_not_be_read_has_a_number_too() -> None:
    numbers = Numbers()
    view = view_of([UnreadableOrder(raw="{}", reason="price: is no number", order_id="7")])
    assert said(Lists(numbers, ZONE), "", view)[1] == "1: unreadable: price: is no number, order 7"
    assert numbers.order_id(1, view) == "7"
    comma = view_of([an_order("1,2")])
    said(Lists(numbers, ZONE), "", comma)
    with pytest.raises(NoSuchOrder, match="has no id that a command can name"):
        numbers.order_id(2, comma)


def test_the_present_value_of_a_question_is_what_the_answer_replaces() -> None:
    iceberg = an_order("3", type="I", side="SELL", quantity=Decimal(5), hidden_quantity=Decimal("23.8"))
    hidden = UnreadableField("hidden_quantity", "x", "is no number")
    part = an_order("4", type="I", hidden_quantity=None, unreadable=(hidden,))
    (line,) = said(Lists(Numbers(), ZONE), "", view_of([iceberg]))[1:]
    assert "SELL 28.8 MW" in line
    assert change_question(iceberg, "quantity", ZONE) == "New quantity, now 28.8 MW; Enter keeps it:"
    assert change_question(iceberg, "price", ZONE) == "New price, now 45.10 per MWh; Enter keeps it:"
    assert change_question(part, "quantity", ZONE) == "New quantity, not known now; Enter keeps it:"
    assert change_question(an_order(price=None), "price", ZONE) == "New price, not known now; Enter keeps it:"


def test_an_iceberg_is_read_out_with_all_its_mw_first_and_its_slice_by_name() -> None:
    iceberg = an_order("3", type="I", quantity=Decimal(5), hidden_quantity=Decimal(24))
    view = view_of([iceberg])
    lines = list(detail_lines(view.blotter.active["3"], view, ZONE, NOW))
    assert [line for line in lines if " quantity: " in f" {line}"] == [
        "quantity: 29.0 MW",
        "shown quantity: 5.0 MW",
        "hidden quantity: 24.0 MW",
    ]
    plain = view_of([an_order("4")])
    lines = list(detail_lines(plain.blotter.active["4"], plain, ZONE, NOW))
    assert "quantity: 5.0 MW" in lines
    assert not any(line.startswith("shown quantity") for line in lines)
