"""Line at the bottom with the keys that work now."""

from textual.screen import Screen

from pbtui.ui.widgets.lines import Line, TextLines, fitting


class KeyHints(TextLines):
    """Shows the keys of the current key map, remapped keys included."""

    def __init__(self) -> None:
        super().__init__(id="hints")

    def on_mount(self) -> None:
        """Update when the key map changes."""
        self.screen.bindings_updated_signal.subscribe(self, self._follow)
        self.lay_out()

    def _follow(self, screen: Screen[object]) -> None:
        self.lay_out()
        self.repaint()

    def lay_out(self) -> None:
        """Name the keys; shorten or leave out the later ones if space is short."""
        sections: list[tuple[int, Line]] = []
        for rank, (_, binding, enabled, _) in enumerate(self.screen.active_bindings.values()):
            if binding.show and enabled:
                key = self.app.get_key_display(binding)
                sections.append((rank, [(f" {key} ", "key"), (f"{binding.description} ", "label")]))
        self._lines = [fitting(sections, self.text_width)]
