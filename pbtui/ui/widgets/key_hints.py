"""Line at the bottom with the keys that work now."""

from textual.screen import Screen

from pbtui.ui.widgets.lines import Line, TextLines, fitting

KILL_BINDING = "app.kill"
"""Id of the binding of the kill key."""
NO_KEY = "none"
"""The key of an action that the settings leave without one. No terminal sends it."""


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
        """Name the keys; leave out the later ones if space is short, but never the kill key."""
        sections: list[tuple[int, Line]] = []
        for rank, (_, binding, enabled, _) in enumerate(self.screen.active_bindings.values()):
            if binding.show and enabled and binding.key != NO_KEY:
                hint = [(f" {self.app.get_key_display(binding)} ", "key"), (f"{binding.description} ", "label")]
                sections.append((-1 if binding.id == KILL_BINDING else rank, hint))
        self._lines = [fitting(sections, self.text_width)]
