"""Check that each of the 35 cases has tests that exist, or says why it has none. The run ends with the list."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.hazard_cases import CASES

TESTS = Path(__file__).parent


def test_all_cases_are_listed() -> None:
    assert list(CASES) == list(range(1, 36))


@pytest.mark.parametrize("number", CASES, ids=lambda number: f"{number}: {CASES[number].about}")
def test_the_names_in_a_case_exist(number: int) -> None:
    case = CASES[number]
    assert case.tests or case.note
    missing = [test for test in case.tests if test.partition("::")[2] not in names_in(test.partition("::")[0])]
    assert missing == []


@cache
def names_in(file: str) -> frozenset[str]:
    """Return the names of the tests in a file."""
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
