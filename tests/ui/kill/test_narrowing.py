"""Names of products in a field: each name stays whole, also one with a comma."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.ui.kill.narrowing import products_of, products_problem, products_text

NAMES = st.text(st.sampled_from("aB_,\"; '\u00e9"), min_size=1, max_size=8).map(str.strip).filter(bool)


@given(st.lists(NAMES, unique=True, max_size=4).map(tuple))
def test_a_field_names_the_products_it_was_filled_with(products: tuple[str, ...]) -> None:
    assert products_of(products_text(products)) == products
    assert products_problem(products_text(products)) == ("leave it empty for all" if "all" in products else "")


@pytest.mark.parametrize(
    ("text", "products"),
    [
        ("", ()),
        (" , ,", ()),
        ("XBID_Hour_Power", ("XBID_Hour_Power",)),
        ("  a ,b,, a", ("a", "b")),
        ('a, "Hour, Power" , b', ("a", "Hour, Power", "b")),
    ],
)
def test_a_field_is_read_as_it_is_typed(text: str, products: tuple[str, ...]) -> None:
    assert products_of(text) == products


@pytest.mark.parametrize(("text", "reason"), [('"Hour, Power', "a quotation mark is missing"), ("a, all", "all")])
def test_what_names_no_products_is_a_problem(text: str, reason: str) -> None:
    assert reason in products_problem(text)
