"""Calls for the trader's attention through the terminal: its bell, its title, and notifications of the desktop.

A text can come from the server, so no character of it can end a sequence: controls are made visible, and a character
with the byte 0x9C in UTF-8, which ends a sequence in terminals that do not read UTF-8 there, is replaced.
"""

import os
from collections.abc import Callable

from pbtui.api.sanitize import safe_text
from pbtui.settings.alerts import NotificationForm

BELL = "\a"
_LONGEST = 200
_OSC, _END = "\x1b]", "\a"
_SAVE_TITLE = "\x1b[22;2t"
_RESTORE_TITLE = f"{_OSC}2;{_END}\x1b[23;2t"
"""A terminal without saved titles has an empty one then, not an old alert."""


class Attention:
    """Writes to one terminal through `write`. With `in_tmux`, notifications are passed through tmux."""

    def __init__(self, write: Callable[[str], None], *, in_tmux: bool | None = None) -> None:
        self._write = write
        self._in_tmux = "TMUX" in os.environ if in_tmux is None else in_tmux
        self._has_title = False

    def ring(self) -> None:
        """Ring the bell once."""
        self._write(BELL)

    def show_title(self, text: str) -> None:
        """Set the title, and save the one before it."""
        save = "" if self._has_title else _SAVE_TITLE
        self._has_title = True
        self._write(f"{save}{_OSC}2;{_plain(text)}{_END}")

    def restore_title(self) -> None:
        """Set the title that was there before ours, if one of ours is shown."""
        if self._has_title:
            self._has_title = False
            self._write(_RESTORE_TITLE)

    def ask_for_notification(self, form: NotificationForm, title: str, text: str) -> None:
        """Ask the terminal for a notification of the desktop."""
        title, text = _plain(title), _plain(text)
        if form is NotificationForm.OSC9:
            sequence = f"{_OSC}9;{title}: {text}{_END}"
        else:
            sequence = f"{_OSC}777;notify;{title.replace(';', ',')};{text.replace(';', ',')}{_END}"
        if self._in_tmux:
            sequence = "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
        self._write(sequence)


def _plain(text: str) -> str:
    """The text without anything that a terminal could obey, and not longer than a title can be."""
    text = safe_text(text)
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return "".join("?" if b"\x9c" in letter.encode(errors="replace") else letter for letter in text)
