"""An application that leaves a notice of its own when it fails.

Private parts: `App._fatal_error`, which Textual calls after an error that nobody handled, and `App._exception`, the
error. Without the first, Textual prints a traceback with the values of variables, among them the API key. Without the
second the notice cannot say what failed.
"""

from typing import TypeVar

from rich.text import Text
from textual.app import App
from textual.worker import WorkerFailed

from pbtui.ui.terminal.private_parts import report_missing

T = TypeVar("T")


class NoticeApp(App[T]):
    """An application to build ours on."""

    def crash_notice(self, error: BaseException | None) -> str:
        """The text for the trader after this error ended the program; None is an error that is not known."""
        raise NotImplementedError

    def _fatal_error(self) -> None:
        """Leave the notice instead of Textual's traceback."""
        if not hasattr(self, "_exception"):
            report_missing("App._exception", "the notice does not say what failed")
        error = getattr(self, "_exception", None)
        self.panic(Text(self.crash_notice(error.error if isinstance(error, WorkerFailed) else error)))
