"""The most important problem is shown whole, or with a mark that more follows."""

import pytest

from pbtui.api.structs import replace
from pbtui.desk.tickets.evidence import Answer, Refusal, Silence
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


def test_open_tickets_say_how_far_they_have_come() -> None:
    sending = replace(RESIZED, verdict=Verdict(State.SENDING))
    sent = replace(RESIZED, evidence=(Answer(2),), verdict=Verdict(State.SENT))
    rejected = replace(RESIZED, evidence=(Refusal(2, "over a limit"),), verdict=Verdict(State.REJECTED))
    unknown = replace(RESIZED, evidence=(Silence(2, "no answer"),), verdict=Verdict(State.UNKNOWN))
    done = replace(sent, verdict=Verdict(State.CONFIRMED, is_done=True))
    several = a_ticket(sending, sent, rejected, unknown, done)
    text = "ticket 7K3QX2: 3 of 5 answered, 1 refused, 1 read back, 1 SENT, 1 UNKNOWN"
    odd = (State.REFUSED, State.TWICE, State.DIFFERENT, State.NOT_FOUND)
    wrong = a_ticket(*(replace(sent, verdict=Verdict(state)) for state in odd))
    of_wrong = "ticket 7K3QX2: 4 of 4 answered, 1 REFUSED, 1 TWICE, 1 DIFFERENT, 1 NOT FOUND"
    assert open_text([wrong], BERLIN) == of_wrong
    assert open_text([several, a_ticket(done)], BERLIN) == text
    alone = a_ticket(replace(REPRICED, verdict=Verdict(State.SENT)))
    assert open_text([alone], BERLIN).startswith("1 SENT: ▲ BUY")
    assert open_text([alone, several, alone], BERLIN) == f"{text} · 2 SENT"
    assert open_text([a_ticket(done, rejected)], BERLIN) == ""
