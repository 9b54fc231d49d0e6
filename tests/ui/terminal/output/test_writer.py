"""The writer on a pipe, whose other end is a terminal emulator."""

import os
import selectors
import threading
import time
from collections.abc import Iterator

import pyte
import pytest

from pbtui.ui.terminal.output import flow
from pbtui.ui.terminal.output.flow import QUESTION
from pbtui.ui.terminal.output.usage import Usage
from pbtui.ui.terminal.output.writer import Writer
from tests.exchange import eventually
from tests.ui.desk_under_test import WITHIN_S
from tests.ui.terminal.output.test_painter import COLUMNS, LINES, Drawn, drawn

LONG_LINES = 30
FRAMES = 50


class Line:
    """A line from a writer to an emulator, which reads when the test says so."""

    def __init__(self) -> None:
        self._out, into = os.pipe()
        self.usage = Usage()
        self.writer = Writer(into, self.usage)
        self.screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self.screen)
        self.data = b""
        self.writer.start()

    def read_until(self, *texts: str) -> None:
        """Read until all of these are shown; the question is answered."""
        deadline = time.monotonic() + WITHIN_S
        with selectors.DefaultSelector() as selector:
            selector.register(self._out, selectors.EVENT_READ)
            while not all(any(text in line for line in self.screen.display) for text in texts):
                assert time.monotonic() < deadline, "\n".join(self.screen.display)
                if selector.select(0.1):
                    piece = os.read(self._out, 65536)
                    self.data += piece
                    self._stream.feed(piece)
                    for _ in range(piece.count(QUESTION.encode())):
                        self.writer.answered()

    def close(self) -> None:
        """End the writer."""
        self.writer.stop(WITHIN_S)
        os.close(self._out)


@pytest.fixture
def line() -> Iterator[Line]:
    """A line."""
    line = Line()
    yield line
    line.close()


def picture(*texts: str) -> Drawn:
    """A picture of these lines."""
    return drawn([[(text, "bold")] for text in (*texts, *[""] * (LINES - len(texts)))], None)


def test_texts_come_before_pictures_and_in_sequence(line: Line) -> None:
    line.writer.write("\x1b]0;one\x07")
    line.writer.write("\x1b]0;two\x07")
    line.writer.show(picture("", "three"))
    line.read_until("three")
    assert line.data.startswith(b"\x1b]0;one\x07\x1b]0;two\x07")


def test_a_picture_is_shown_and_then_its_difference(line: Line) -> None:
    line.writer.show(picture("alpha beta", "gamma"))
    line.read_until("beta", "gamma")
    line.data = b""
    line.writer.show(picture("alpha Beta", "gamma"))
    line.read_until("Beta")
    assert len(line.data) < 12
    assert line.writer.behind_s() == 0.0


def test_a_line_that_takes_no_more_gets_the_newest_picture_only(line: Line) -> None:
    line.writer.show(picture("the first"))
    line.read_until("the first")
    for number in range(LONG_LINES):  # far more than may be under way without an answer
        line.writer.show(picture(*(f"{number} {text} {number}" * 2 for text in "abcdefgh")))
    line.writer.show(picture("the last"))
    line.read_until("the last")
    assert line.usage.skipped > 0
    assert [text for text in line.screen.display if text.strip()] == ["the last".ljust(COLUMNS)]


def test_after_forgetting_everything_is_sent_again(line: Line) -> None:
    line.writer.show(picture("alpha"))
    line.read_until("alpha")
    line.screen.reset()
    line.writer.redraw()
    line.read_until("alpha")


def test_large_frames_are_marked_where_the_terminal_knows_it_and_small_ones_are_not(line: Line) -> None:
    line.writer.marks_frames = True
    coloured = [("a", "bold red"), ("b", "on blue")] * (COLUMNS // 2)
    number = 0
    while b"\x1b[?2026h" not in line.data:  # the line has to show first that it is fast
        number += 1
        assert number < FRAMES
        coloured.reverse()
        line.writer.show(drawn([*[[*coloured]] * (LINES - 1), [(f"end {number}", "")]], None))
        line.read_until(f"end {number}")
    line.data = b""
    line.writer.show(drawn([[("new", ""), *coloured[3:]], *[coloured] * (LINES - 2), [(f"end {number}", "")]], None))
    line.read_until("new")
    assert b"\x1b[?2026" not in line.data


def test_a_silent_writer_sends_texts_alone(line: Line) -> None:
    line.writer.show(picture("one"))
    line.read_until("one")
    line.writer.fall_silent(WITHIN_S)
    shown = len(line.data)
    line.writer.show(picture("two"))
    line.writer.redraw()
    line.writer.write("\x1b[?1049l" + 2000 * "\x1b[m" + "end")
    line.read_until("end")
    assert line.data[shown:] == b"\x1b[?1049l" + 2000 * b"\x1b[m" + b"end"


def test_a_silent_writer_has_waited_for_the_answer_that_is_due(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "_LOST_AFTER_S", 3600.0)
    for _ in range(2):  # only a terminal that has answered before is waited for
        line.writer.answered()
        line.writer.ask()
        eventually(line.writer.expects_answer)
    waiting = threading.Thread(target=line.writer.fall_silent, args=(WITHIN_S,))
    waiting.start()
    assert waiting.is_alive()
    line.writer.answered()
    waiting.join(WITHIN_S)
    assert not waiting.is_alive()


def test_the_end_drops_the_picture_and_writes_the_texts() -> None:
    line = Line()
    line.writer.write("\x1b[?1049l")
    line.close()
    assert line.usage.by_cause == {"terminal modes": 8}


def test_a_terminal_that_is_gone_ends_nothing() -> None:
    line = Line()
    os.close(line._out)
    line.writer.write("text")
    line.writer.show(picture("alpha"))
    line.writer.stop(WITHIN_S)
    line.writer.show(picture("beta"))
