"""The mouse reports of a terminal in the SGR form (mode 1006): a press of the left button, and turns of the wheel.

Everything else that a mouse does means nothing: other buttons, releases, movements, and buttons with a modifier.
"""

import re

from msgspec import Struct

from pbtui.ui.terminal.reading.symbols import Kind, Token

CLICKS_ON, CLICKS_OFF = "\x1b[?1000h\x1b[?1006h", "\x1b[?1006l\x1b[?1000l"
"""Ask the terminal for reports of buttons and the wheel, not of movements; and end them."""

_BODY = re.compile(r"<(0|64|65);([1-9][0-9]{0,3});([1-9][0-9]{0,3})")
_WHEEL_LINES = 3


class Clicked(Struct, frozen=True):
    """The left button was pressed at this column and line, counted from 0. They can lie outside the screen."""

    x: int
    y: int


class Wheeled(Struct, frozen=True):
    """The wheel was turned at this place: `lines` is how far to scroll, negative for upwards."""

    x: int
    y: int
    lines: int


def mouse_event(token: Token) -> Clicked | Wheeled | None:
    """The meaning of a mouse report; None if the token is none, or means nothing."""
    found = _BODY.fullmatch(token.text) if token.kind is Kind.CONTROL and token.final == "M" else None
    if found is None:
        return None
    button, x, y = found[1], int(found[2]) - 1, int(found[3]) - 1
    if button == "0":
        return Clicked(x, y)
    return Wheeled(x, y, -_WHEEL_LINES if button == "64" else _WHEEL_LINES)
