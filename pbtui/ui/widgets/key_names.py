"""The names of keys in sentences. A text that names a key asks here which one the action has now."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import format_key

KILL_BINDING = "app.kill"
"""Id of the binding of the kill key."""
FIRE_BINDING = "kill_prompt.fire"
"""Id of the bindings of the key that fires a kill."""
NO_KEY = "none"
"""The key of an action that the settings leave without one. No terminal sends it."""
WITHOUT_KEY = "no key"
"""Stands in a sentence for the key of an action that has none."""

_FUNCTION_KEY = re.compile(r"f\d+")

T = TypeVar("T")


class OwnKeysApp(App[T]):
    """An application in which actions can have other keys than the usual ones."""

    own_keys: Mapping[str, Sequence[str]]

    def take_keys(self, own_keys: Mapping[str, Sequence[str]]) -> None:
        """Give these keys to actions, by id, in place of the usual ones: to their bindings, and to the texts."""
        self.own_keys = own_keys
        self.set_keymap({action_id: ",".join(keys) for action_id, keys in own_keys.items()})


def key_of(node: DOMNode, action_id: str) -> str:
    """Return the first key of an action as a sentence names it, such as `ctrl+n`; WITHOUT_KEY if it has none.

    The action must be bound where `node` is, on a screen below, or in the application.
    """
    key = (_own_keys(node).get(action_id) or (_usual_key(node, action_id),))[0]
    return WITHOUT_KEY if key == NO_KEY else as_printed(key_words(key))


def in_usual_sequence(node: DOMNode, bindings: Sequence[Binding]) -> Sequence[Binding]:
    """Return bindings with those that have other keys at their usual places: Textual puts them at the end."""
    own = _own_keys(node)
    usual = list(dict.fromkeys(each.id for each in _bindings(node.screen.focused or node)))
    placed = [each for each in bindings if each.id not in own]
    for binding in (each for each in bindings if each.id in own):
        after = usual[usual.index(binding.id) :] if binding.id in usual else []
        place = next((number for number, each in enumerate(placed) if each.id in after), len(placed))
        placed.insert(place, binding)
    return placed


def key_words(key: str) -> str:
    """Return a key as a trader writes it: `n`, `?`, `ctrl+n`, `enter`, `pgdn`, `←`."""
    *modifiers, last = key.split("+")
    return "+".join([*modifiers, last if last in ("enter", "comma") else format_key(last)])


def as_printed(shown: str) -> str:
    """Return the name of a key; that of a function key as printed on the keyboard.

    A comma is named by its word, because commas stand between the keys of an action.
    """
    return shown.upper() if _FUNCTION_KEY.fullmatch(shown) else re.sub(r",\Z", "comma", shown)


def _own_keys(node: DOMNode) -> Mapping[str, Sequence[str]]:
    return node.app.own_keys if isinstance(node.app, OwnKeysApp) else {}


def _usual_key(node: DOMNode, action_id: str) -> str:
    return next((each.key.split(",")[0] for each in _bindings(node) if each.id == action_id), NO_KEY)


def _bindings(node: DOMNode) -> Iterator[Binding]:
    for owner in (*node.ancestors_with_self, *reversed(node.app.screen_stack), node.app):
        for base in type(owner).__mro__:
            yield from (each for each in vars(base).get("BINDINGS", ()) if isinstance(each, Binding))
