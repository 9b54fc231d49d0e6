"""The prompt for a new API key, after the server stopped accepting the present one."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Input

from pbtui.settings.key_text import MAX_SOURCE_BYTES
from pbtui.ui.dialogs.prompt import Prompt, Venue
from pbtui.ui.widgets.folded_lines import FoldedLines, sentences

LATER = "Esc closes this prompt; New API key opens it again. The kill switch still tries the present key."


class ApiKeyPrompt(Prompt[str]):
    """A prompt that returns the typed key. `server` gets it; `problem` says what was wrong with the last one."""

    FOCUSABLE: ClassVar[Sequence[type[Widget]]] = (Input,)

    def __init__(self, venue: Venue, server: str, problem: str) -> None:
        super().__init__(venue)
        self._server = server
        self._problem = problem

    def content(self) -> ComposeResult:
        """The question and the input, which shows no letters."""
        yield FoldedLines(
            sentences(
                (f"New API key for {self._server}", "title"),
                (self._problem, "bad"),
                ("Type the key, then Enter. It is tried with the server, and used until the desk is closed.", "text"),
                (LATER, "label"),
            ),
            classes="head",
        )
        yield Input(placeholder="API key", password=True, compact=True, max_length=MAX_SOURCE_BYTES, id="api-key")

    def on_mount(self) -> None:
        """Focus the input."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(event.value)
