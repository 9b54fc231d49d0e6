"""How far long work has come, on stderr of a terminal and nowhere else."""

import os
import signal
import sys
from pathlib import Path

import pytest

from pbtui.cli.progress import progress, progress_text
from tests.end_to_end.terminal import terminal

LINES = [
    (12, 48, 2.0, "verifying: [#####               ] 12 of 48 files, 6.0 a second, 6.0 s left"),
    (4000, 400_000, 1.0, "verifying: [                    ] 4000 of 400000 files, 4000 a second, 1 m left"),
    (48, 48, 2.0, "verifying: [####################] 48 of 48 files, 24 a second"),
    (0, 48, 2.0, "verifying: [                    ] 0 of 48 files"),
    (12, None, 2.0, "verifying: 12 files, 6.0 a second"),
    (0, None, 0.0, "verifying: 0 files"),
    (0, 0, 1.0, "verifying: 0 of 0 files"),
    (50, 48, 1.0, "verifying: [####################] 50 of 48 files, 50 a second"),
]


@pytest.mark.parametrize(("done", "total", "took_s", "text"), LINES)
def test_a_line_has_count_rate_and_time_left(done: int, total: int | None, took_s: float, text: str) -> None:
    assert progress_text("verifying", done, total, "files", took_s) == text


def test_nothing_is_written_where_stderr_is_no_terminal(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pbtui.cli.progress.SHOWN_AFTER_S", 0.0)
    with progress("verifying", "files") as verifying:
        assert list(verifying.each("abc", 3)) == ["a", "b", "c"]
    assert capfd.readouterr() == ("", "")
    assert verifying.words() == " after 3 of 3 files"


WORK = """
import asyncio, itertools, sys, time
from pbtui.cli import progress
from pbtui.cli.interrupts import interrupts
interrupts.watch()
progress.SHOWN_AFTER_S = progress.REDRAWN_AFTER_S = 0.0
with progress.progress("verifying", "files") as verifying:
    for done in verifying.each(range(3), 3):
        pass
print("finished", flush=True)
with progress.progress("reading", "a very long name of a unit " * 9) as reading:
    reading.count(5)
    sys.stdin.readline()
async def read(shown):
    arrived = itertools.count(100, 20)
    with progress.looked_at(shown, lambda: next(arrived)):
        while next(arrived) < 300:
            await asyncio.sleep(0)
with progress.drawn("reading", "KB") as shown:
    asyncio.run(read(shown))
with progress.progress("verifying", "files") as verifying:
    verifying.count(2, 40)
    time.sleep(60)
"""


def test_a_terminal_shows_one_line_that_goes_and_an_interruption_says_how_far_it_came(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WORK]
    with terminal(*command, env=os.environ, cwd=tmp_path, size=(80, 12)) as screen:
        screen.until_shown("finished", "reading: 5 a very long name")
        assert b"3 of 3 files" in screen.raw
        assert "verifying" not in screen.text()
        assert "\n" not in screen.text()[screen.text().index("reading") :].strip()
        screen.send("\n")
        screen.until_shown("2 of 40 files")
        assert b"reading: 120 KB, " in screen.raw
        screen.signal(signal.SIGINT)
        screen.until_shown("interrupted after 2 of 40 files; nothing was changed")
        assert screen.end() == 130
