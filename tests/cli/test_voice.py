"""Words to a stream that may hang: nobody who speaks waits, and who waits at the end does not wait for ever."""

import os
from collections.abc import Iterator
from io import TextIOWrapper

import pytest

from pbtui.cli.voice import Voice

WITHIN_S = 30.0


@pytest.fixture
def pipe() -> Iterator[tuple[int, TextIOWrapper]]:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="ascii") as stream:
        yield reading, stream
    os.close(reading)


def test_it_says_all_in_order_and_what_the_encoding_lacks_is_replaced(pipe: tuple[int, TextIOWrapper]) -> None:
    voice = Voice(pipe[1])
    voice.say("38 → 0")
    voice.say("done")
    voice.finish(WITHIN_S)
    assert os.read(pipe[0], 100) == b"38 ? 0\ndone\n"


def test_a_pipe_that_nobody_reads_is_given_up_and_goes_on_when_it_is_read(pipe: tuple[int, TextIOWrapper]) -> None:
    voice = Voice(pipe[1])
    text = "x" * 200_000
    voice.say(text)
    voice.finish(0.05)
    seen = b""
    while len(seen) <= len(text):
        seen += os.read(pipe[0], 65536)
    voice.finish(WITHIN_S)
    assert seen == text.encode() + b"\n"


def test_what_no_stream_takes_is_lost_and_nobody_waits_for_it() -> None:
    nowhere = Voice(None)
    nowhere.say("lost")
    nowhere.finish(WITHIN_S)
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123
        voice = Voice(full)
        voice.say("lost")
        voice.finish(WITHIN_S)
