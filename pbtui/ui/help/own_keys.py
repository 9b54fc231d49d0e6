"""The keys that a trader gives to actions of the desk, in place of the usual ones.

Those of dialogs can't be changed: their texts name them, and `y` and `k` are what a hand knows when it has to be quick.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from string import ascii_letters, printable
from typing import NamedTuple

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import Keys, format_key

from pbtui.settings.decode import Problem, did_you_mean
from pbtui.ui.terminal.reading.key_table import name_of
from pbtui.ui.widgets.key_hints import KILL_BINDING, NO_KEY

ROOMS = ("app", "desk", "order", "table", "pane")
"""First parts of the ids of the actions whose keys can be changed."""

_APART = {"table", "pane"}
"""Rooms of which only one has the keys at a time."""
_MODIFIERS = {"ctrl", "alt", "shift"}
_NAMES = {name_of(each) for each in printable if each.isprintable()} | {str(key.value) for key in Keys} - {"escape"}


class UsualKeys(NamedTuple):
    """An action of the desk: its id, what it does, and its keys as long as the settings name no others."""

    id: str
    what: str
    keys: tuple[str, ...]

    @property
    def room(self) -> str:
        """The first part of the id."""
        return self.id.partition(".")[0]


def usual_keys(owners: Iterable[type[DOMNode]]) -> Mapping[str, UsualKeys]:
    """Return the actions of these screens and widgets by id, those of their bases included."""
    bases = [base for owner in owners for base in owner.__mro__]
    bindings = [each for base in bases for each in vars(base).get("BINDINGS", ()) if isinstance(each, Binding)]
    named = [UsualKeys(each.id, each.description, tuple(each.key.split(","))) for each in bindings if each.id]
    return {each.id: each for each in reversed(named) if each.room in ROOMS}


def own_keys(wanted: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """Return the keys of each action that the settings name, by the names of Textual; NO_KEY for one without a key."""
    return {action_id: tuple(map(_name, text.split(","))) for action_id, text in wanted.items()}


def problems_of(
    wanted: Mapping[str, str], usual: Mapping[str, UsualKeys], kill_keys: Sequence[str]
) -> Iterator[Problem]:
    """Yield what is wrong with the keys in the settings: unknown actions and keys, and a key of two actions."""
    chosen = own_keys(wanted)
    for action_id, keys in chosen.items():
        if action_id == KILL_BINDING:
            yield Problem(_path(action_id), 'has a setting of its own, such as kill = "f9"')
        elif action_id not in usual:
            yield Problem(_path(action_id), f"names no action of the desk{did_you_mean(action_id, usual)}")
        yield from (Problem(_path(action_id), problem) for problem in map(_problem, keys) if problem)
    present = {**usual, KILL_BINDING: usual[KILL_BINDING]._replace(keys=tuple(kill_keys))}
    actions = [each._replace(keys=chosen.get(each.id, each.keys)) for each in present.values()]
    for one, other in combinations(actions, 2):
        if not chosen.keys().isdisjoint((one.id, other.id)) and {one.room, other.room} != _APART:
            yield from _collisions(one, other, chosen)


def _collisions(one: UsualKeys, other: UsualKeys, chosen: Mapping[str, object]) -> Iterator[Problem]:
    named, second = (one, other) if one.id in chosen else (other, one)
    for key in set(one.keys) & set(other.keys) - {NO_KEY}:
        shown = format_key(key)
        yield Problem(
            _path(named.id), f"{shown} is the key of {second.id} too ({second.what}); give one of them another"
        )


def _path(action_id: str) -> tuple[str, ...]:
    return ("keys", *action_id.split("."))


def _name(text: str) -> str:
    """Return the name that Textual has for a key as a trader writes it: `?`, `ctrl+n`, `pagedown`."""
    *modifiers, last = text.strip().split("+") if text.strip() != "+" else ["+"]
    name = name_of(last) if len(last) == 1 else last.lower() or NO_KEY
    return "+".join([*sorted(each.lower() for each in modifiers), name])


def _problem(key: str) -> str:
    *modifiers, last = key.split("+")
    if key == NO_KEY:
        return ""
    if not set(modifiers) <= _MODIFIERS or not (last in _NAMES or (len(last) == 1 and last.isprintable())):
        return f"{key!r} is no key that an action can have; write it as n, N, ?, ctrl+n, pagedown, or none for no key"
    if "shift" in modifiers and last in ascii_letters:
        return f"{key!r} never arrives; write the capital letter instead"
    return ""
