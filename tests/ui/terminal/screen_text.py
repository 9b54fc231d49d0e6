"""The text of a screen as it is painted."""

from typing import Any

from textual.app import App


def screen_lines(app: App[Any]) -> list[str]:
    """The lines of the screen that is on top, with what lies below it where it can be seen."""
    return [strip.text for strip in app.screen._compositor.render_strips()]
