"""Progress of long work: a line on stderr where that is a terminal, and the words of an interruption."""

import os
import select
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO, TypeVar

import click

from pbtui.api.clock import steady_s
from pbtui.cli.background_writer import DrawnLine
from pbtui.cli.interrupts import interrupts
from pbtui.cli.invocation import Invocation
from pbtui.desk.formats.time_format import age_text

SHOWN_AFTER_S = 1.0
"""Shorter work shows nothing."""
REDRAWN_AFTER_S = 0.2
_BAR_WIDTH = 20

T = TypeVar("T")


def progress_text(doing: str, done: int, total: int | None, unit: str, took_s: float) -> str:
    """Return how far work has come: `verifying: [#####     ] 12 of 48 files, 6.0 a second, 6 s left`.

    Without a total, only count and rate.
    """
    rate = done / took_s if took_s > 0 else 0.0
    words = [f"{how_far(done, total)} {unit}"]
    if rate:
        words.append(f"{rate:.{1 if rate < 10 else 0}f} a second")
    if not total:
        return f"{doing}: {', '.join(words)}"
    if rate and done < total:
        words.append(f"{age_text((total - done) / rate)} left")
    bar = "#" * (_BAR_WIDTH * min(done, total) // total)
    return f"{doing}: [{bar:<{_BAR_WIDTH}}] {', '.join(words)}"


def how_far(done: int, total: int | None) -> str:
    """Return a count, of its total where that is known: `12 of 48`."""
    return str(done) if total is None else f"{done} of {total}"


class Progress:
    """Work that counts what it has done. Its line is drawn, and drawn anew, while it counts."""

    def __init__(self, doing: str, unit: str, *, is_drawn: bool) -> None:
        self._doing, self._unit, self.is_drawn = doing, unit, is_drawn
        self._done = 0
        self._total: int | None = None
        self._began_s = steady_s()
        self._next_s = self._began_s + SHOWN_AFTER_S
        self._line = DrawnLine()

    def count(self, done: int, total: int | None = None) -> None:
        """Note how much is done, of how much if that is known."""
        self._done, self._total = done, total
        if self.is_drawn and (now_s := steady_s()) >= self._next_s:
            self._next_s = now_s + REDRAWN_AFTER_S
            self._draw(progress_text(self._doing, done, total, self._unit, now_s - self._began_s))

    def each(self, things: Iterable[T], total: int) -> Iterator[T]:
        """Yield the things, so many in all, and count each that is done with."""
        self.count(0, total)
        for done, thing in enumerate(things, 1):
            yield thing
            self.count(done, total)

    def words(self) -> str:
        """Return how far the work came, for the end of a sentence: ` after 12 of 48 files`."""
        return f" after {how_far(self._done, self._total)} {self._unit}"

    def clear(self) -> None:
        """Take the line off the terminal."""
        if self.is_drawn:
            self._draw("")

    def _draw(self, text: str) -> None:
        """Draw the line over the one before, unless that would block: a stopped terminal must not stop the work."""
        with suppress(OSError, ValueError):
            fd = sys.stderr.fileno()
            if select.select([], [fd], [], 0)[1]:
                os.write(fd, self._line.over(text, fd))


@contextmanager
def drawn(doing: str, unit: str, *, beside_output: bool = False) -> Iterator[Progress]:
    """Draw the progress of work until the end of the block, if stderr is a terminal.

    With `beside_output` the work writes to stdout, and nothing is drawn if that is a terminal too. Nor is it where the
    trader asked for lines and questions, which repaint nothing.
    """
    is_drawn = can_draw() and not (beside_output and _is_terminal(sys.stdout))
    shown = Progress(doing, unit, is_drawn=is_drawn)
    try:
        yield shown
    finally:
        shown.clear()


@contextmanager
def progress(doing: str, unit: str, *, beside_output: bool = False) -> Iterator[Progress]:
    """Draw, as `drawn`, the progress of work that reads. A signal ends the program, and says how far it came."""
    with (
        drawn(doing, unit, beside_output=beside_output) as shown,
        interrupts.ending_with(lambda: f"interrupted{shown.words()}; nothing was changed"),
    ):
        yield shown


@contextmanager
def looked_at(shown: Progress, done: Callable[[], int], total: int | None = None) -> Iterator[None]:
    """Count anew, while the block lasts, what a running loop has done. Nothing if nothing is drawn."""
    from asyncio import create_task, sleep  # 52 ms that a command without a loop does without

    async def look() -> None:
        while True:
            shown.count(done(), total)
            await sleep(REDRAWN_AFTER_S)

    looking = create_task(look()) if shown.is_drawn else None
    try:
        yield
    finally:
        if looking is not None:
            looking.cancel()


def can_draw() -> bool:
    """Return whether lines may be drawn on stderr: it is a terminal, and the trader did not ask for lines alone."""
    return _is_terminal(sys.stderr) and not _is_plain()


def _is_plain() -> bool:
    context = click.get_current_context(silent=True)
    invocation = context and context.find_object(Invocation)
    return bool(invocation and invocation.is_plain)


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()
