"""A pane with a title that says in words whether the keys go to it."""

from textual.containers import Vertical
from textual.widget import Widget

from pbtui.ui.widgets.key_names import key_of


class TitledPane(Vertical):
    """Holds one widget below a line with the title."""

    def __init__(self, title: str, content: Widget) -> None:
        super().__init__(content)
        self._title = self.border_title = title

    def on_descendant_focus(self) -> None:
        """Mark the title and name the way back."""
        self.border_title = f"▶ {self._title} · {key_of(self, 'desk.drop_filter')}: back to the table"

    def on_descendant_blur(self) -> None:
        """Show the bare title."""
        self.border_title = self._title
