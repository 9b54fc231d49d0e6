"""Styles that are found when something is drawn with them, and sources of styles that are read once.

Textual finds the style of every component class of a widget each time it styles the widget: when it is mounted, gets
the focus, or gets a class. Lines have fifteen and show a few; an input of a form has four and shows them while it has
the focus. A third of the time in which the desk or a form opened went there.

Private parts, each with what happens without it:

- `Stylesheet._process_component_classes`, overridden, with `DOMNode._component_styles`, `DOMNode._attach` and
  `DOMNode._get_component_classes`: all styles are found each time.
"""

from typing import TypeVar

from textual.app import App
from textual.css.styles import RenderStyles
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.driver import Driver

from pbtui.ui.terminal.private_parts import has_parts

_ALL_ARE_FOUND = "all styles of a widget are found each time"
_NODE_PARTS = ("_component_styles", "_attach", "_get_component_classes")

T = TypeVar("T")


class _FoundWhenAsked(dict[str, RenderStyles]):
    """The styles of the component classes of a node, by class."""

    def __init__(self, sheet: Stylesheet, node: DOMNode) -> None:
        super().__init__()
        self._sheet, self._node, self._names = sheet, node, node._get_component_classes()

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __missing__(self, name: str) -> RenderStyles:
        part = DOMNode(classes=name)
        part._attach(self._node)
        self._sheet.apply(part)
        self[name] = part.styles
        return part.styles


class SparingStylesheet(Stylesheet):
    """The styles of an application, which finds no more of them than it shows."""

    def reparse(self) -> None:
        """Read the sources that were not read with these colours yet. Raises StylesheetError.

        Textual's own reads all of them with a new stylesheet, and then again when the next widget brings a source.
        """
        self.parse()

    def _process_component_classes(self, node: DOMNode) -> None:
        if not has_parts(node, *_NODE_PARTS, instead=_ALL_ARE_FOUND):
            super()._process_component_classes(node)
        elif node._get_component_classes():
            before, now = node._component_styles, _FoundWhenAsked(self, node)
            node._component_styles = now
            if any(now[name] != styles for name, styles in before.items()):
                node.refresh()


class StylingApp(App[T]):
    """An application with styles of this kind."""

    def __init__(self, driver_class: type[Driver] | None = None) -> None:
        super().__init__(driver_class)
        self.stylesheet = SparingStylesheet(variables=self.get_css_variables())

    def update_styles(self, node: DOMNode, animate: bool = True) -> None:
        """Style a widget again. One that is not on the screen yet is styled when it gets there."""
        if node is self or node.parent is not None:
            super().update_styles(node, animate)
