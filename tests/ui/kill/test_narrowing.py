"""Names of products in a field: each name stays whole, also one with a comma."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.desk.kill.plan import products_text
from pbtui.ui.kill.narrowing import products_of, products_problem

NAMES = st.text(st.sampled_from("aB_,\"; '\n\u00a0\u00e9"), min_size=1, max_size=8)


@given(st.lists(NAMES.filter(str.strip), unique=True, max_size=4).map(tuple))
def test_a_field_names_the_products_it_was_filled_with(products: tuple[str, ...]) -> None:
    assert products_of(products_text(products)) == products
    assert products_problem(products_text(products)) == ""


@given(st.text(st.sampled_from('a", \n'), max_size=9))
def test_a_field_that_is_not_empty_never_means_all_products(text: str) -> None:
    assert products_problem(text) or products_of(text) or not text.strip()


@pytest.mark.parametrize(
    ("text", "products"),
    [
        ("", ()),
        ("  ", ()),
        ("XBID_Hour_Power", ("XBID_Hour_Power",)),
        ("  a ,b,, a", ("a", "b")),
        ('a, "Hour, Power" , b', ("a", "Hour, Power", "b")),
        ('"say ""x"""', ('say "x"',)),
    ],
)
def test_a_field_is_read_as_it_is_typed(text: str, products: tuple[str, ...]) -> None:
    assert products_of(text) == products


@pytest.mark.parametrize("text", ['"Hour, Power', 'A "Hour, Power"', '"A" B', 'x", "y', '"', '""', '"",'])
def test_a_name_that_is_written_in_part_with_quotation_marks_is_refused(text: str) -> None:
    assert products_problem(text) == 'write a name with a comma or a quotation mark as "Hour, Power"'


@pytest.mark.parametrize("text", ["all", "a, all", ",", " , ,"])
def test_what_names_no_product_is_refused(text: str) -> None:
    assert products_problem(text) == "name the products, or leave it empty for all"


def test_a_long_paste_is_read_at_once() -> None:
    assert products_problem(200_000 * " " + '"') != ""
    assert len(products_of(200_000 * "a,")) == 1
