"""Requirements of the desk for a terminal."""

import os
import sys

LEAST_COLUMNS, LEAST_ROWS = 30, 8
"""The columns of an order do not fit into less."""

USUAL_COLUMNS, USUAL_ROWS = 80, 24
"""The size that everything is made for: a terminal that nobody has made larger or smaller."""


def is_too_small(terminal: tuple[int, int]) -> bool:
    """Return whether the desk can't be read in a terminal of so many columns and rows."""
    columns, rows = terminal
    return columns < LEAST_COLUMNS or rows < LEAST_ROWS


def is_below_usual(terminal: tuple[int, int]) -> bool:
    """Return whether a terminal of so many columns and rows is smaller than the usual one."""
    columns, rows = terminal
    return columns < USUAL_COLUMNS or rows < USUAL_ROWS


def why_unusable() -> str | None:
    """The reason why the desk can't be drawn here, with what to do instead; None where it can.

    Textual draws on stderr and reads stdin, and does not check either of them.
    """
    if not sys.stdin.isatty():
        return "the desk needs a terminal to read keys from; for scripts there is `pbtui orders`"
    if not sys.stderr.isatty():
        return "the desk draws on stderr, which is redirected; leave it on the terminal"
    if (os.environ.get("TERM") or "dumb") == "dumb":
        return "this terminal (TERM=dumb) can't be drawn on; `pbtui --plain` is the desk in lines"
    encoding = (sys.stderr.encoding or "").lower().replace("-", "")
    if encoding != "utf8":
        return f"the terminal's encoding is {sys.stderr.encoding}, and the desk needs UTF-8; set LANG=C.UTF-8"
    return None
