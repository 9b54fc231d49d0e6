"""Lines of the requests of a kill: reads that say the same share one."""

from datetime import UTC, datetime

from pbtui.desk.kill.progress import KillCall
from pbtui.ui.kill.request_lines import request_lines

AT = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)


def read(at_s: float, end: str = "answered 200, 0 orders") -> KillCall:
    status = 200 if end.startswith("answered") else None
    return KillCall("GET", "/orders", "read them", AT, at_s, at_s + 0.25 if end else None, status, end)


def kill(at_s: float) -> KillCall:
    return KillCall("PUT", "/orders/list", "deactivate 2 orders", AT, at_s, at_s + 0.5, 200, "answered 200")


def shown(*calls: KillCall) -> list[tuple[str, str]]:
    """Each line without its columns, and its role."""
    return [
        (" ".join("".join(text for text, _ in line).split()), line[-1][1]) for line in request_lines(calls, width=120)
    ]


def test_reads_with_one_answer_share_a_line_that_counts_them() -> None:
    calls = (read(0, "answered 200, 2 orders"), kill(0.1), read(1), read(2), read(3))
    first = ("0.000 s GET /orders read them: answered 200, 2 orders 0.250 s", "text")
    fired = ("0.100 s PUT /orders/list deactivate 2 orders: answered 200 0.500 s", "text")
    reads = "3.000 s GET /orders read them: answered 200, 0 orders 0.250 s, 3 times since 1.000 s"

    assert shown(*calls) == [(reads, "text"), fired, first]
    assert shown(*calls, read(4, "")) == [(f"4.000{reads[5:]}, again …", "text"), fired, first]
    assert shown(read(0, "")) == [("0.000 s GET /orders read them …", "warning")]


def test_a_read_that_says_something_else_and_each_kill_request_has_its_own_line() -> None:
    lines = [text for text, _ in shown(read(0), read(1, "UNKNOWN: no answer"), read(2), kill(3), kill(4))]
    assert [line.split()[0] for line in lines] == ["4.000", "3.000", "2.000", "1.000", "0.000"]
    assert shown(read(1, "UNKNOWN: no answer"), read(2, ""))[0][1] == "warning"


def test_no_more_than_the_last_requests_are_shown() -> None:
    assert len(shown(*(kill(at) for at in range(20)))) == 12
