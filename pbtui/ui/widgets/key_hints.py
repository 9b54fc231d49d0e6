"""The keys that work right now, in one line at the bottom."""

from textual.screen import Screen

from pbtui.ui.widgets.lines import Line, TextLines, fitting


class KeyHints(TextLines):
    """Read from the live key map, so that a remapped key is shown as it is."""

    def __init__(self) -> None:
        super().__init__(id="hints")

    def on_mount(self) -> None:
        """Follow the key map."""
        self.screen.bindings_updated_signal.subscribe(self, self._follow)
        self.lay_out()

    def _follow(self, screen: Screen[object]) -> None:
        self.lay_out()
        self.repaint()

    def lay_out(self) -> None:
        """Name the keys, the first ones longest."""
        sections: list[tuple[int, Line]] = []
        for rank, (_, binding, enabled, _) in enumerate(self.screen.active_bindings.values()):
            if binding.show and enabled:
                key = self.app.get_key_display(binding)
                sections.append((rank, [(f" {key} ", "key"), (f"{binding.description} ", "label")]))
        self._lines = [fitting(sections, self.text_width)]
