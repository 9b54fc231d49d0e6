"""The question before the desk is closed while steps are staged that were not sent."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from pbtui.ui.dialogs.prompt import Venue, alone
from pbtui.ui.dialogs.reading_prompt import ReadingPrompt
from pbtui.ui.widgets.key_names import key_of
from pbtui.ui.widgets.lines import Line, Piece


class QuitPrompt(ReadingPrompt[bool]):
    """Returns True if the trader closes the desk. `orders` is the number of orders with staged steps."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "leave", "Quit, discard the steps", id="quit.leave"),
    ]

    SENDING: ClassVar[frozenset[str]] = frozenset({"leave"})

    def __init__(self, venue: Venue, orders: int) -> None:
        super().__init__(venue)
        self._orders = orders

    @alone
    def action_leave(self) -> None:
        """Close the desk."""
        self.dismiss(True)

    def head(self) -> Sequence[Piece]:
        """The number of orders whose steps were not sent."""
        noun = "order" if self._orders == 1 else "orders"
        return [(f"Staged steps for {self._orders} {noun} were not sent", "warning")]

    def body(self, width: int) -> Sequence[Line]:
        """The ways to go on."""
        send, discard = key_of(self, "desk.detail"), key_of(self, "desk.drop_filter")
        return [[(f" Go back and press {send} to send them, or {discard} to discard them.", "label")]]
