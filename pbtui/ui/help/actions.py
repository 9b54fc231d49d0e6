"""The actions of a screen with their keys, taken from its current key map."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

from pbtui.ui.widgets.key_names import NO_KEY


class Action(NamedTuple):
    """An action: its id, what it does in words, the names of its keys, and how and where Textual calls it."""

    id: str
    what: str
    keys: tuple[str, ...]
    call: str
    node: DOMNode


def working_actions(screen: Screen[Any], name_of: Callable[[Binding], str]) -> Sequence[Action]:
    """Return the actions that work on a screen now. Keys that do the same are one action."""
    found: dict[str, Action] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        # Bindings of ours have an id; Textual's own are about copying text and such.
        if not active.enabled or not binding.id:
            continue
        what = binding.description[:1].upper() + binding.description[1:]
        seen = found.get(what, Action(binding.id, what, (), binding.action, active.node))
        found[what] = seen if binding.key == NO_KEY else seen._replace(keys=(*seen.keys, name_of(binding)))
    return list(found.values())
