"""Flow control on lines that are slow, far away, silent or broken, with times of our own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.ui.terminal.output.flow import QUESTION, UNLIMITED, Flow

ALWAYS_MORE = 20_000


class Line:
    """A line of so many bytes a second and a way there and back; the writer always has more to send."""

    def __init__(self, rate: float, way_s: float) -> None:
        self.flow = Flow()
        self.now_s = self.free_at_s = 0.0
        self._rate, self._way_s = rate, way_s
        self._answers: list[float] = []
        self.waits_s: list[float] = []
        """For each piece, how long after it was sent it arrived."""
        self.carried = 0

    def send(self, size: int) -> None:
        """Send a piece, and the question behind it if there is one."""
        question = self.flow.sent(size, self.now_s)
        self._carry(size + len(question), is_asked=bool(question))

    def ask(self) -> None:
        """Ask at the start."""
        self._carry(len(self.flow.ask(self.now_s)), is_asked=True)

    def _carry(self, size: int, *, is_asked: bool) -> None:
        self.free_at_s = max(self.free_at_s, self.now_s) + size / self._rate
        self.waits_s.append(self.free_at_s - self.now_s)
        self.carried += size
        if is_asked:
            self._answers.append(self.free_at_s + self._way_s)

    def run(self, seconds: float) -> None:
        """Send as much as there is room for."""
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            room = self.flow.room(self.now_s)
            if room:
                self.send(min(room, ALWAYS_MORE))
            elif self._answers:
                self.now_s = max(self._answers.pop(0), self.now_s)
                self.flow.answered(self.now_s)
            else:
                due_s = self.flow.due_s()
                assert due_s is not None, "the writer would wait for ever"
                self.now_s = due_s + 0.01


@pytest.mark.parametrize(("rate", "way_s"), [(960, 0.0), (960, 0.1), (5_000, 0.0), (5_000, 0.05)])
def test_little_is_under_way_on_a_slow_line_and_it_is_kept_busy(rate: float, way_s: float) -> None:
    line = Line(rate, way_s)
    line.send(120)  # the modes that the program sets
    line.ask()
    line.run(5)
    line.waits_s.clear()
    line.carried, began_s = 0, line.now_s
    line.run(20)
    assert max(line.waits_s) < 0.3
    assert line.carried > 0.4 * rate * (line.now_s - began_s)


@pytest.mark.parametrize(("rate", "way_s"), [(960, 0.0), (5_000, 0.05)])
def test_small_frames_over_a_long_time_do_not_make_a_slow_line_look_fast(rate: float, way_s: float) -> None:
    line = Line(rate, way_s)
    line.send(120)
    line.ask()
    line.run(5)
    for _ in range(1_000):
        line.now_s += 1
        while line._answers and line._answers[0] <= line.now_s:
            line.flow.answered(line._answers.pop(0))
        line.send(min(20, line.flow.room(line.now_s)))
    line.waits_s.clear()
    line.run(5)
    assert max(line.waits_s) < 0.3


@pytest.mark.parametrize(("rate", "way_s"), [(1e8, 0.0005), (1e6, 0.03), (1e6, 0.2)])
def test_a_screen_is_soon_sent_on_a_fast_line(rate: float, way_s: float) -> None:
    line = Line(rate, way_s)
    line.send(120)
    line.ask()
    while line.carried < 12_000:
        line.run(0.001)
    assert line.now_s < 0.02 + 6 * way_s
    assert line.flow.room(line.now_s) < UNLIMITED


def test_a_terminal_that_never_answers_gets_everything_after_a_second() -> None:
    flow = Flow()
    flow.ask(0.0)
    assert 0 < flow.room(0.5) < 2000
    assert flow.room(1.5) == UNLIMITED
    assert flow.late_since_s is None


def test_a_lost_answer_stops_the_line_for_two_seconds_only() -> None:
    line = Line(5_000, 0.0)
    line.ask()
    line.run(2)
    line._answers.clear()
    line.send(5_000)
    assert line.flow.room(line.now_s) == 0
    assert line.flow.late_since_s is not None
    before = line.carried
    line.run(10)
    assert line.carried > before + 10_000


def test_the_question_is_about_what_was_sent_before_it() -> None:
    flow = Flow()
    assert flow.sent(100, 0.0) == ""
    assert flow.sent(600, 0.0) == QUESTION
    assert flow.expects_answer
    assert flow.sent(100, 0.1) == "", "one question at a time"
    flow.answered(0.2)
    assert not flow.expects_answer


@given(
    st.lists(
        st.tuples(st.sampled_from(["send", "text", "ask", "answer"]), st.integers(1, 40_000), st.floats(0.0, 3.0)),
        max_size=40,
    )
)
def test_the_writer_never_waits_for_ever(steps: list[tuple[str, int, float]]) -> None:
    """A picture of the size that is left to send has room, or it is known when it will have."""
    flow, now_s = Flow(), 0.0
    for step, size, pause_s in steps:
        now_s += pause_s
        if step == "send" and (room := flow.room(now_s)):
            flow.sent(min(size, room), now_s)
        elif step == "text":
            flow.sent(size, now_s)  # texts are sent whatever is under way
        elif step == "ask":
            flow.ask(now_s)
        elif step == "answer":
            flow.answered(now_s)
        due_s = flow.due_s()
        assert flow.room(now_s) or (due_s is not None and flow.room(due_s + 0.01))
