"""Numbers as typed: exact or refused."""

import re
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pbtui.desk.formats.number_input import NumberRefused, parse_number, parse_price, parse_quantity

WRITTEN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
COMMA = "write a decimal point and no comma, such as 45.10"
NUMBER_LIKE = st.text(st.sampled_from("0123456789+-.,eE_' \t\n١２½∞²naNif"), max_size=12)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("45.10", "45.10"),
        ("  45.1\t", "45.1"),
        ("-3", "-3"),
        ("0", "0"),
        ("-0.00", "0"),
        ("007", "7"),
        ("-999999.99", "-999999.99"),
    ],
)
def test_prices_are_taken_as_written(text: str, number: str) -> None:
    assert parse_price(text) == Decimal(number)


def test_a_number_keeps_the_decimals_it_was_written_with() -> None:
    assert str(parse_price("45.10")) == "45.10"
    assert str(parse_price("-0.00")) == "0.00"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("45,10", COMMA),
        ("1.234,50", COMMA),
        ("1,234.50", COMMA),
        ("1e5", "write it out, without an exponent"),
        ("1E-2", "write it out, without an exponent"),
        ("１２", "write it with the plain digits 0 to 9"),
        ("٣", "write it with the plain digits 0 to 9"),
        ("1_000", "no separators between the digits"),
        ("1 000", "no separators between the digits"),
        ("1'000", "no separators between the digits"),
        ("--5", "only one sign"),
        ("+-5", "only one sign"),
        ("- 5", "is not a number"),
        ("+5.5", "write it without +, which adds to a present value: there is none here"),
        ("+ 5", "write it without +, which adds to a present value: there is none here"),
        ("1.2.3", "only one decimal point"),
        (".5", "a digit is missing before the decimal point"),
        ("5.", "a digit is missing after the decimal point"),
        ("NaN", "is not a number"),
        ("-inf", "is not a number"),
        ("0x10", "is not a number"),
        ("½", "is not a number"),
        ("45.10\n", "is not a number"),
        ("45.10\n46.20", "is not a number"),
        ("\N{NO-BREAK SPACE}5", "is not a number"),
        ("5 MW", "is not a number"),
        ("X5", "is not a number"),
        ("", "a number is missing"),
        (" \t", "a number is missing"),
        ("45.101", "at most 2 decimals"),
        ("1.234", "at most 2 decimals"),
        ("1000000.00", "at most 6 digits before the decimal point"),
        ("1000000", "at most 6 digits before the decimal point"),
        pytest.param("9" * 10_000_000, "is too long for a number", id="a book"),
    ],
)
def test_anything_else_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        parse_price(text)
    assert str(refused.value) == reason


def test_a_number_has_at_most_40_characters() -> None:
    assert parse_price("5.5".zfill(40)) == Decimal("5.5")
    with pytest.raises(NumberRefused, match="too long"):
        parse_price("5.5".zfill(41))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0", "must be above 0"),
        ("-1", "must be above 0"),
        ("-0.0", "must be above 0"),
        ("5.25", "at most 1 decimal"),
    ],
)
def test_quantities_are_above_zero_in_tenths_of_a_megawatt(text: str, reason: str) -> None:
    assert parse_quantity("0.1") == Decimal("0.1")
    with pytest.raises(NumberRefused) as refused:
        parse_quantity(text)
    assert str(refused.value) == reason


def test_a_caller_may_allow_other_decimals() -> None:
    assert parse_number("1.23") == Decimal("1.23")
    with pytest.raises(NumberRefused, match="at most 2 decimals"):
        parse_number("1.234")
    assert parse_number("0.125", max_decimals=3) == Decimal("0.125")
    with pytest.raises(NumberRefused, match="at most 0 decimals"):
        parse_number("0.1", max_decimals=0)


@given(st.text(max_size=20) | NUMBER_LIKE)
@example("1.234")
@example("12٣")
def test_any_text_is_exactly_its_number_or_refused(text: str) -> None:
    typed = text.strip(" \t")
    try:
        number = parse_number(text)
    except NumberRefused:
        return
    assert WRITTEN.fullmatch(typed)
    sign, whole, decimals = re.fullmatch(r"([+-]?)0*([0-9]+)(.*)", typed).groups()  # type: ignore[union-attr]
    sign = "-" if sign == "-" and number else ""
    assert str(number) == f"{sign}{whole}{decimals}"


@given(st.decimals(-999_999, 999_999, places=2, allow_nan=False))
def test_every_price_can_be_typed(price: Decimal) -> None:
    assert parse_price(f" {price} ") == price


@given(st.decimals(Decimal("0.1"), 999_999, places=1, allow_nan=False))
def test_every_quantity_can_be_typed(quantity_mw: Decimal) -> None:
    assert parse_quantity(str(quantity_mw)) == quantity_mw
