"""The most important problem is shown whole, or with a mark that more follows."""

import pytest

from pbtui.ui.screens.message_line import wrapped
from pbtui.ui.widgets.lines import Line

LEAD = (" reads failing for 3 s ", "alarm")


def texts(line: Line, width: int) -> list[str]:
    return ["".join(text for text, _ in each) for each in wrapped(line, width)]


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (80, [" reads failing for 3 s  GET /orders: no complete answer within 12 s"]),
        (50, [" reads failing for 3 s  GET /orders: no complete", " " * 24 + "answer within 12 s"]),
        (30, [" reads failing for 3 s ", " GET /orders: no complete", " answer within 12 s"]),
        (20, [" reads failing for 3 s ", " GET /orders: no", " complete answer …"]),
    ],
)
def test_a_reason_is_wrapped_between_words(width: int, shown: list[str]) -> None:
    assert texts([LEAD, (" GET /orders: no complete answer within 12 s", "bad")], width) == shown


def test_no_problem_has_no_line() -> None:
    assert texts([], 80) == []
    assert texts([(" a b", "warning")], 80) == [" a b"]
