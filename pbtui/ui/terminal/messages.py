"""The messages that what was read from the terminal becomes for Textual's screen."""

import os
from collections.abc import Iterable, Sequence

from textual.events import AppBlur, AppFocus, Paste, Resize
from textual.message import Message
from textual.messages import InBandWindowResize, TerminalSupportsSynchronizedOutput

from pbtui.ui.terminal.input import Answered, Event, Expected, Ignored, Pasted, Pressed, Reported, TypedAhead
from pbtui.ui.terminal.moment import InputIgnored, TerminalKey, TypedAheadText
from pbtui.ui.terminal.pointing import PointedAt, WheelTurned
from pbtui.ui.terminal.reading.mouse import Clicked, Wheeled

_IS_ITERM = os.environ.get("LC_TERMINAL") == "iTerm2" or os.environ.get("TERM_PROGRAM") == "iTerm.app"
"""Its reports of the size are wrong, so Textual does not ask for them either."""


def messages_of(event: Event) -> Iterable[Message]:
    """Return the messages for the screen that an event becomes."""
    if isinstance(event, Pressed):
        return [TerminalKey(event.name, event.text, event.gap_s)]
    if isinstance(event, TypedAhead):
        return [TypedAheadText(event.text, event.keys)]
    if isinstance(event, Pasted):
        return [Paste(event.text)]
    if isinstance(event, Ignored):
        return [InputIgnored(event.why)]
    if isinstance(event, Answered):
        return [InputIgnored()]
    if isinstance(event, Clicked | Wheeled):  # the former message denies a key beside it the moment of its own
        return [InputIgnored(), _pointed(event)]
    if isinstance(event, Expected):
        return []
    return _reported(event)


def _pointed(event: Clicked | Wheeled) -> Message:
    if isinstance(event, Clicked):
        return PointedAt(event.x, event.y)
    return WheelTurned(event.x, event.y, event.lines)


def _reported(report: Reported) -> Iterable[Message]:
    if report.final in ("I", "O"):
        return [AppFocus() if report.final == "I" else AppBlur()]
    if report.final == "t":
        return _resized(report.body.split(";"))
    if report.body.startswith("?2026;") and report.body[6:7] not in ("", "0"):
        return [TerminalSupportsSynchronizedOutput()]
    if report.body.startswith("?2048;") and report.body[6:7].isdecimal() and not _IS_ITERM:
        return [InBandWindowResize.from_setting_parameter(int(report.body[6]))]
    return [InputIgnored()]


def _resized(fields: Sequence[str]) -> Iterable[Message]:
    numbers = [field.partition(":")[0] for field in fields]
    if len(numbers) != 5 or numbers[0] != "48" or not all(number.isdecimal() and len(number) < 6 for number in numbers):
        return []
    height, width, pixel_height, pixel_width = map(int, numbers[1:])
    return [Resize.from_dimensions((width, height), (pixel_width, pixel_height))]
