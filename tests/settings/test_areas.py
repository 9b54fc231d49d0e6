"""Codes of delivery areas: the known ones are right, and every single typing error is found."""

import pytest

from pbtui.settings.areas import AREAS, area_code, code_problem
from pbtui.simulator.book import contracts

AMP = "10YDE-RWENET---I"
CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"


@pytest.mark.parametrize("code", sorted({*AREAS, *contracts.AREA_BY_EIC, "10Y1001A1001A83F", "10Y1001A1001A82H"}))
def test_published_codes_are_right(code: str) -> None:
    assert code_problem(code) == ""


@pytest.mark.parametrize("code", [AMP, "10Y1001A1001A39I"])
def test_one_wrong_or_swapped_character_is_always_found(code: str) -> None:
    wrong = [f"{code[:at]}{other}{code[at + 1 :]}" for at in range(16) for other in CHARACTERS if other != code[at]]
    swapped = [f"{code[:at]}{code[at + 1]}{code[at]}{code[at + 2 :]}" for at in range(15) if code[at] != code[at + 1]]
    assert all(code_problem(typed) for typed in [*wrong, *swapped])


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("10YDE-RWENET--I", f"has 15 characters, an EIC has 16; did you mean AMP ({AMP})?"),
        (f"{AMP}I", f"has 17 characters, an EIC has 16; did you mean AMP ({AMP})?"),
        (AMP.lower(), f"is not in upper case; did you mean AMP ({AMP})?"),
        ("10YDE-RVENET---I", f"has a wrong check character, so a character is mistyped; did you mean AMP ({AMP})?"),
        ("10YDE_RWENET---I", f"has a character that is not A to Z, 0 to 9 or -; did you mean AMP ({AMP})?"),
        ("10YDE–RWENET---I", f"has a character that is not A to Z, 0 to 9 or -; did you mean AMP ({AMP})?"),
        ("DK3", "is not the short name of a known area; did you mean DK2 (10YDK-2--------M)?"),
        ("ß" * 16, "has a character that is not A to Z, 0 to 9 or -"),
        ("", "is not the short name of a known area"),
    ],
)  # fmt: skip
def test_the_problem_is_named_with_the_nearest_known_code(typed: str, problem: str) -> None:
    assert code_problem(typed) == problem


def test_short_names_are_read_in_any_case() -> None:
    assert [area_code(text) for text in ("AMP", "amp", AMP, "nowhere")] == [AMP, AMP, AMP, "nowhere"]
