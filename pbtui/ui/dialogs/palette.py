"""The command palette, made safe against keys that are faster than the screen."""

from typing import Any

from textual.command import CommandPalette
from textual.worker import Worker

from pbtui.ui.terminal.sparing_screen import SparingScreen


class Palette(CommandPalette, SparingScreen[None]):
    """Textual's palette. Its search fails if it is closed before it is drawn; that does not end the application."""

    def run_worker(self, *work: Any, **options: Any) -> Worker[Any]:
        """Run a search whose failure does nothing."""
        return super().run_worker(*work, **{**options, "exit_on_error": False})
