"""The most important problem is shown whole, or with a mark that more follows."""

import pytest

from pbtui.api.structs import replace
from pbtui.desk.tickets.state import State, Verdict
from pbtui.ui.screens.message_line import open_text, wrapped
from pbtui.ui.widgets.lines import Line
from tests.ui.tickets.cases import BERLIN, REPRICED, RESIZED, a_ticket

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


def test_open_tickets_say_how_many_of_their_orders_were_read_back() -> None:
    done, sent = Verdict(State.CONFIRMED, is_done=True), Verdict(State.SENT)
    refused = Verdict(State.REJECTED)
    confirmed, waits, rejected = (replace(RESIZED, verdict=each) for each in (done, sent, refused))
    assert open_text([a_ticket(waits, confirmed, rejected, waits), a_ticket(confirmed)], BERLIN) == (
        "2 SENT · 1 of 4 read back"
    )
    alone = replace(REPRICED, verdict=sent)
    assert open_text([a_ticket(alone)], BERLIN).startswith("1 SENT: ▲ BUY")
    assert "read back" not in open_text([a_ticket(alone)], BERLIN)
    assert open_text([a_ticket(confirmed, rejected)], BERLIN) == ""
