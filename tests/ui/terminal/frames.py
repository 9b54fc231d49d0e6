"""The frames of screens that no terminal shows: drawn when a test looks, not each time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from textual._compositor import Compositor
from textual._context import active_app
from textual.app import App

from pbtui.ui.terminal.drawing import DrawingApp


@contextmanager
def frames_drawn_for_somebody() -> Iterator[None]:
    """Draw no frame of an application without a writer or a way of its own to show it, for as long as the block lasts.

    Nothing shows such a frame, and to draw it takes a quarter of the processor time of a test. A look at the screen
    draws all of it (`screen_lines`), and so does a picture. Frames as a terminal gets them are tested in
    `test_repaint.py`, `test_drawing.py` and `tests/end_to_end`.
    """
    render_update = Compositor.render_update

    def render_for_somebody(compositor: Compositor, full: bool = False, **how: Any) -> Any:
        app = active_app.get()
        takes_frames = type(app)._display not in (App._display, DrawingApp._display)
        if full or takes_frames or getattr(app, "writer", None) is not None:
            return render_update(compositor, full, **how)
        compositor._dirty_regions.clear()
        return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Compositor, "render_update", render_for_somebody)
        yield
