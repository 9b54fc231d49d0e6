"""The rows of a file as what is wanted: exact numbers and times, and every problem with its place."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pbtui.api.codes import EntryState, OrderSide
from pbtui.settings.profiles import Environment
from tests.desk.plan.reading import ENTRY, H18, problems, wanted


def test_a_row_without_an_id_is_a_new_order() -> None:
    (row,) = wanted(f"{ENTRY}\n{H18}\n").entries
    entry = row.entry
    assert (entry.side, entry.quantity, entry.price) == (OrderSide.BUY, Decimal(5), Decimal("62.5"))
    assert (entry.dlvry_start, entry.dlvry_end) == (
        datetime(2026, 11, 22, 16, 0, tzinfo=UTC),
        datetime(2026, 11, 22, 17, 0, tzinfo=UTC),
    )
    assert (entry.delivery_area, entry.portfolio_id, entry.state) == ("10YDE-RWENET---I", "P1", None)


def test_a_new_order_starts_deactivated_in_production_unless_its_row_has_a_state() -> None:
    text = f"{ENTRY},label,state\n{H18},1,\n{H18},2,active\n"
    states = [row.entry.state for row in wanted(text, Environment.PRODUCTION).entries]
    assert states == [EntryState.HIBE, EntryState.ACTI]


def test_a_row_with_an_id_is_an_order_that_stands() -> None:
    (row,) = wanted("order_id,revision_no,price,state,validity_date\n7,3,-1.50,deleted,2026-11-22T13:30+01:00\n").orders
    assert (row.order_id, row.revision_no, row.state) == ("7", 3, "deleted")
    until = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
    assert row.values == {"price": Decimal("-1.50"), "validity_date": until}


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        ("price", "62,5", "write a decimal point and no comma"),
        ("price", "1.234,50", "write a decimal point and no comma"),
        ("price", "1e5", "without an exponent"),
        ("price", "+0.5", "write it without +"),
        ("price", "set 5", "is not a number"),
        ("price", "２", "plain digits"),
        ("quantity", "=1+1", "is not a number"),
        ("quantity", "0", "must be above 0"),
        ("quantity", "5 MW", "is not a number"),
        ("dlvry_start", "14:15", "write it with its date and zone"),
        ("dlvry_start", "2026-11-22 14:15", "write it with its date and zone"),
        ("dlvry_start", "22.11.2026 14:15", "write it with its date and zone"),
        ("dlvry_start", "2026-13-01T14:15Z", "there is no such day"),
        ("delivery", "14:15", "its date is missing"),
        ("delivery", "tomorrow h18", "its date is missing"),
        ("delivery", "29.11.2026 18-19", "29.11.2026 is not a date here: write 2026-11-29"),
        ("delivery", "1/2/2027 h18", "1/2/2027 is not a date here: write 2027-02-01"),
        ("delivery", "31.02.2027 h18", "its date is missing"),
        ("delivery", "2026-11-22", "the time of the delivery is missing"),
        ("delivery", "buy 2026-11-22 h18", "a delivery alone"),
        ("delivery", "2026-11-22 h25", "hours are h1 to h24"),
        ("side", "long", "must be BUY or SELL"),
        ("state", "gone", "must be ACTI (active) or HIBE (deactivated)"),
        ("delivery_area", "AMPP", "is not the short name of a known area"),
        ("txt", "a\x1bb", "does not print"),
        ("expected_net_pos", "unchanged", "is not a number"),
    ],
)
@pytest.mark.parametrize("kind", ["entry", "order"])
def test_a_cell_is_read_exactly_or_refused_with_its_place(column: str, text: str, reason: str, kind: str) -> None:
    cells = {"side": "buy", "quantity": "5", "price": "1.5", "portfolio_id": "P1"}
    cells |= {"order_id": "7"} if kind == "order" else {}
    cells = {**cells, column: text}
    found = problems(f"{','.join(cells)}\n" + ",".join(f'"{cell}"' for cell in cells.values()) + "\n")
    (about,) = [each for each in found if each.startswith(f"line 2, {column}: ")]
    assert reason in about
    assert "\x1b" not in about


def test_all_problems_are_found_at_once() -> None:
    found = problems(f"{ENTRY},order_id\nbuy,5,,2026-11-22 h18,AMP,P1,\n,x,y,,,,7\n{H18},\nsell,0,1,h18,AMP,P1,\n")
    assert [each.partition(": ")[0] for each in found] == [
        "line 2, price",
        "line 3, quantity",
        "line 3, price",
        "line 5, delivery",
        "line 5, quantity",
    ]
    assert found[0] == "line 2, price: is missing"
    assert found[1] == 'line 3, quantity: "x": is not a number'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("order_id,price\n7,1\n8,1\n7,2\n", 'line 4, order_id: "7": the order is in line 2 already'),
        (
            f"{ENTRY}\n{H18}\n{H18.replace('62.5', '63')}\n",
            "line 3, label: line 2 is a new order of the same contract, side, portfolio, area and label: "
            "give each a label of its own",
        ),
        (f"revision_no,{ENTRY}\n3,{H18}\n", 'line 2, revision_no: "3": is of an order that stands'),
        (f"dlvry_start,{ENTRY}\n2026-11-22T14:15Z,{H18}\n", "is given twice"),
        ("order_id,revision_no\n7,1_0\n", 'line 2, revision_no: "1_0": is not a whole number'),
        ("order_id,ordr_exe_restriction\n7,IOC\n", "no read shows it, so it can't be compared"),
        ("order_id,validity_res\n7,GFS\n", "no read shows it, so it can't be compared"),
        ("order_id,prod\n7,XBID\n", "no read shows it, so it can't be compared"),
    ],
)
def test_rows_that_contradict_themselves(text: str, reason: str) -> None:
    (about,) = problems(text)
    assert reason in about


def test_the_token_of_a_row_is_that_of_its_order_whatever_its_price() -> None:
    def marks(*rows: str) -> list[str]:
        return [row.mark for row in wanted(f"{ENTRY},label\n" + "".join(f"{row}\n" for row in rows)).entries]

    (mark,) = marks(f"{H18},")
    assert mark == "ZVPTK2", "another version would enter the rows of old files again"
    assert marks(f"{H18.replace('62.5', '63').replace('buy,5', 'BUY,7')},") == [mark]
    others = [f"{H18},a", f"{H18},b", f"{H18.replace('h18', 'h19')},", f"{H18.replace('buy', 'sell')},"]
    assert len({mark, *marks(*others)}) == 5
    assert wanted(
        "dlvry_start,dlvry_end,side,quantity,price,delivery_area,portfolio_id\n"
        "2026-11-22T16:00Z,2026-11-22T18:00+01:00,BUY,5.0,62.50,10YDE-RWENET---I,P1\n"
    ).marks == {mark}


def test_ten_thousand_rows_are_read() -> None:
    rows = "".join(f"{number},2,45.10\n" for number in range(10_000))
    assert len(wanted(f"order_id,revision_no,price\n{rows}").order_ids) == 10_000
