"""Line at the bottom with the keys that work now."""

from textual.binding import Binding
from textual.keys import key_to_character
from textual.screen import Screen

from pbtui.ui.widgets.key_names import KILL_BINDING, NO_KEY, in_usual_sequence
from pbtui.ui.widgets.lines import Line, TextLines, fitting


class KeyHints(TextLines):
    """Shows the keys of the current key map, remapped keys included; of an action with several, the first."""

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
        shown: dict[tuple[str | None, str], Binding] = {}
        for _, binding, enabled, _ in self.screen.active_bindings.values():
            if binding.show and enabled and self._works(binding):
                shown.setdefault((binding.id, binding.action), binding)
        sections: list[tuple[int, Line]] = []
        for rank, binding in enumerate(in_usual_sequence(self, list(shown.values()))):
            hint = [(f" {self.app.get_key_display(binding)} ", "key"), (f"{binding.description} ", "label")]
            sections.append((-1 if binding.id == KILL_BINDING else rank, hint))
        self._lines = [fitting(sections, self.text_width)]

    def _works(self, binding: Binding) -> bool:
        """Return whether there is a key, and it is not typed into the field that has the focus.

        Of keys that are typed, Textual leaves out the usual ones only.
        """
        key, field = binding.key, self.screen.focused
        is_typed = field is not None and field.check_consume_key(key, key_to_character(key))
        return key != NO_KEY and (binding.priority or not is_typed)
