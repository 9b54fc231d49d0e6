"""Writing to a stream that may block: `say` never waits, and `finish` times out."""

import os
import struct
from collections.abc import Iterator
from fcntl import ioctl
from io import TextIOWrapper
from termios import TIOCSWINSZ

import pytest

from pbtui.cli.background_writer import BackgroundWriter
from tests.end_to_end.host import read_closed_terminal

WITHIN_S = 30.0


@pytest.fixture
def pipe() -> Iterator[tuple[int, TextIOWrapper]]:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="ascii") as stream:
        yield reading, stream
    os.close(reading)


def test_texts_are_written_in_order_and_unencodable_characters_replaced(pipe: tuple[int, TextIOWrapper]) -> None:
    writer = BackgroundWriter(pipe[1])
    writer.say("38 → 0")
    writer.say("done")
    writer.finish(WITHIN_S)
    assert os.read(pipe[0], 100) == b"38 ? 0\ndone\n"


def test_finish_times_out_on_a_full_pipe_and_writing_continues_when_it_is_read(pipe: tuple[int, TextIOWrapper]) -> None:
    writer = BackgroundWriter(pipe[1])
    text = "x" * 200_000
    writer.say(text)
    writer.finish(0.05)
    seen = b""
    while len(seen) <= len(text):
        seen += os.read(pipe[0], 65536)
    writer.finish(WITHIN_S)
    assert seen == text.encode() + b"\n"


def test_texts_that_cannot_be_written_are_lost_without_waiting() -> None:
    nowhere = BackgroundWriter(None)
    nowhere.say("lost")
    nowhere.finish(WITHIN_S)
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123
        writer = BackgroundWriter(full)
        writer.say("lost")
        writer.finish(WITHIN_S)


def test_a_drawn_line_is_written_over_by_the_next_text() -> None:
    master, slave = os.openpty()
    ioctl(slave, TIOCSWINSZ, struct.pack("HHHH", 24, 12, 0, 0))
    with os.fdopen(slave, "w", encoding="utf-8") as stream:
        writer = BackgroundWriter(stream)
        for write, text in (
            (writer.draw, "nobody writes yet"),
            (writer.say, "sent"),
            (writer.draw, "8 s: 5 of 7 answered"),
            (writer.draw, "9 s"),
            (writer.say, "VERIFIED"),
            (writer.draw, ""),
        ):
            write(text)
            writer.finish(WITHIN_S)
    assert read_closed_terminal(master) == b"sent\r\n\r8 s: 5 of 7\r9 s        \r   \rVERIFIED\r\n"
    os.close(master)


def test_a_line_is_not_drawn_while_a_text_waits(pipe: tuple[int, TextIOWrapper]) -> None:
    writer = BackgroundWriter(pipe[1])
    text = "x" * 200_000
    writer.say(text)
    for number in range(1000):
        writer.draw(f"{number} s")
    seen = b""
    while len(seen) <= len(text):
        seen += os.read(pipe[0], 65536)
    writer.finish(WITHIN_S)
    assert seen == text.encode() + b"\n"
