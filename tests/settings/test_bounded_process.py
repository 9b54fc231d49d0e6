"""A program that is run for its output: what it reads and writes, and that it ends in time."""

import os
import select
import time
from pathlib import Path

import pytest

from pbtui.settings.bounded_process import Slow, output_of

MORE_THAN_A_PIPE = b"x" * 300_000


def test_it_reads_more_than_a_pipe_holds() -> None:
    ended = output_of(["wc", "-c"], within_s=30.0, max_bytes=100, given=MORE_THAN_A_PIPE)
    assert (ended.exit_code, ended.output.strip()) == (0, b"300000")


def test_one_that_does_not_read_ends_in_time_and_one_that_ends_first_has_its_exit_code() -> None:
    began_s = time.monotonic()
    with pytest.raises(Slow, match=r"^did not end within 0\.2 s$"):
        output_of(["sleep", "60"], within_s=0.2, max_bytes=100, given=MORE_THAN_A_PIPE)
    assert time.monotonic() - began_s < 30
    assert output_of(["false"], within_s=30.0, max_bytes=100, given=MORE_THAN_A_PIPE).exit_code == 1


@pytest.mark.parametrize("goes_on", ["", " wait"])
def test_what_it_started_is_killed_with_it_whether_or_not_it_has_ended_itself(tmp_path: Path, goes_on: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(Slow):
        output_of(["sh", "-c", f"sleep 60 3>{pipe} &{goes_on}"], within_s=2.0, max_bytes=100, own_session=True)
    assert select.select([reader], [], [], 20.0)[0], "the child still has the pipe open"
    os.close(reader)


def test_one_that_writes_too_much_or_leaves_its_output_open_is_not_called_slow() -> None:
    with pytest.raises(Slow, match=r"^wrote more than 100 bytes$"):
        output_of(["yes"], within_s=30.0, max_bytes=100)
    left_open = ["sh", "-c", "(sleep 3) & exit 0"]
    with pytest.raises(Slow, match=r"^ended, but a program that it began held its output open for 0\.5 s$"):
        output_of(left_open, within_s=0.5, max_bytes=100)
