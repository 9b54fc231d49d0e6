"""The text of a screen as it is painted."""

from typing import Any

from textual.app import App


def screen_lines(app: App[Any]) -> list[str]:
    """The lines of the screen that is on top, with what lies below it where it can be seen."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


def row_styles(app: App[Any], y: int) -> list[tuple[str, str]]:
    """Each character of one row with its colours."""
    strip = app.screen._compositor.render_strips()[y]
    return [
        (letter, f"{segment.style.color} {segment.style.bgcolor}" if segment.style else "")
        for segment in strip
        for letter in segment.text
    ]
