"""The word for the contract under the cursor: found as a bare word only, and replaced by the contract."""

import pytest

from pbtui.desk.formats.filters.cursor_word import names_cursor, without_cursor


def test_only_the_bare_word_is_the_contract_under_the_cursor() -> None:
    assert names_cursor("a !Contract")
    assert not names_cursor('contract=4711 "contract" contract:1')


@pytest.mark.parametrize(
    ("text", "contract", "resolved"),
    [
        ("", "c1", ""),
        ("side:buy  contract", "c1", "side:buy contract=c1"),
        ("contract or !CONTRACT mine", "a name", 'contract="a name" or !contract="a name" mine'),
        ('"contract" contract:1 delivery>tomorrow 06:00', "c1", '"contract" contract:1 delivery>tomorrow 06:00'),
    ],
)
def test_the_contract_stands_in_place_of_the_word(text: str, contract: str, resolved: str) -> None:
    assert without_cursor(text, contract) == resolved
    assert without_cursor(resolved, "another") == resolved
