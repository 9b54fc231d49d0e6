"""The texts of a file: what is read as rows, and what is refused before a cell is looked at."""

import pytest

from pbtui.desk.plan.columns import FileRefused, decoded
from pbtui.desk.plan.csv_text import csv_text, read_csv
from pbtui.desk.plan.toml_text import read_toml, toml_text


@pytest.mark.parametrize(
    "content",
    [
        b"order_id,price\n1,2.5\n",
        b"\xef\xbb\xbforder_id,price\r\n1,2.5\r\n",
        b"order_id;price\r\n1;2.5\r\n",
        b"order_id\tprice\n1\t2.5\n\t\n",
        b'\n"order_id","price"\n\n"1","2.5"\n,\n',
    ],
)
def test_one_row_in_the_dialects_of_spreadsheets(content: bytes) -> None:
    (row,) = read_csv(decoded(content)).rows
    assert row.texts == {"order_id": "1", "price": "2.5"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"order_id,price\n1,2.5", "its last line has no end"),
        (b"order_id,txt\n1,\xfc\n", "line 2 is not UTF-8"),
        ("order_id,txt\n1,x\n".encode("utf-16"), "line 1 is not UTF-8"),
        (b"order_id,txt\n1,a\n2,b\0\n", "line 3 contains a NUL"),
    ],
)
def test_bytes_that_are_no_whole_text(content: bytes, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason):
        decoded(content)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("order_id,price;txt\n", "several separators"),
        ("order_id,order_id\n", "the column order_id is there 2 times"),
        ("order_id,Price\n", 'no column "Price"; did you mean price?'),
        ("order_id,prise\n", 'no column "prise"; did you mean price?'),
        ("order_id,\n", "a column has no name"),
        ("order_id,\x1b]52\n", "no column"),
        ('order_id,"price\n', "its header can't be read"),
    ],
)
def test_a_header_that_is_none(text: str, reason: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read_csv(text)
    assert reason in str(refused.value)
    assert "\x1b" not in str(refused.value)


def test_each_line_that_can_not_be_read_is_named() -> None:
    records = read_csv('order_id,price,txt\n1,2.5\n2,3,=HYPERLINK("x"),\n3,4,@x\n4,5,"a\nb"\n5,6,"half')
    assert records.problems == [
        "line 2: it has 2 cells, the header has 3",
        "line 3: it has 4 cells, the header has 3",
        'line 4, txt: "@x": begins like a formula of a spreadsheet; a text that begins so is written with \' before it',
        "line 7: it can't be read: unexpected end of data",
    ]
    assert [row.place for row in records.rows] == ["line 4", "line 5"]


def test_a_negative_price_is_no_formula() -> None:
    records = read_csv("order_id,price\n1,-5\n")
    assert (records.rows[0].texts["price"], records.problems) == ("-5", [])


@pytest.mark.parametrize("text", ["=1+1", "-x", "+x", "@x", "'=x", "''@", "'x", 'a "quoted", text', "a;b"])
def test_a_text_comes_back_from_both_formats(text: str) -> None:
    row = {"order_id": "1", "price": "-2.50", "txt": text}
    columns = ("order_id", "price", "txt")
    written = csv_text(columns, [row])
    assert read_csv(written).rows[0].texts == row
    assert not any(cell.startswith(("=", "+", "-x", "@")) for cell in written.splitlines()[1].split(","))
    assert read_toml(toml_text(columns, [row])).rows[0].texts == row


def test_toml_has_the_same_words() -> None:
    records = read_toml('[[orders]]\norder_id = 7\nprice = 45.10\npre_arranged = true\n[[orders]]\norder_id = "8"\n')
    assert [dict(row.texts) for row in records.rows] == [
        {"order_id": "7", "price": "45.10", "pre_arranged": "yes"},
        {"order_id": "8"},
    ]
    assert read_toml(toml_text(("order_id",), [])).rows == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("price = ", "it is not TOML"),
        ("[[orders]]\nprice = 1\nprice = 2\n", "it is not TOML"),
        ("[[order]]\nprice = 1\n", "order is no table of orders; did you mean orders?"),
        ("orders = 1\n", "is not a list of tables"),
        ("[orders]\nprice = 1\n", "is not a list of tables"),
    ],
)
def test_toml_that_has_no_orders(text: str, reason: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read_toml(text)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("prise = 1", 'there is no column "prise"; did you mean price?'),
        ("price = [1]", "price: it is neither a text, a number nor a time with its date"),
        ("dlvry_start = 2026-11-22T13:30:00", "dlvry_start: the time has no zone"),
        ("dlvry_start = 13:30:00", "dlvry_start: it is neither"),
        (f"quantity = 1{'0' * 40}", "quantity: the number is too long"),
    ],
)
def test_a_value_of_toml_that_could_be_two_things(cell: str, reason: str) -> None:
    (problem,) = read_toml(f"[[orders]]\norder_id = '1'\n[[orders]]\n{cell}\n").problems
    assert problem.startswith("order 2: ")
    assert reason in problem
