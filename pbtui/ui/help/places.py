"""The places in which keys are pressed: each screen, with each of its widgets that can have the focus."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input

from pbtui.ui.terminal.sparing_screen import SparingScreen


class UsualKeys(NamedTuple):
    """An action: its id, what it does, and its keys as long as the settings name no others."""

    id: str
    what: str
    keys: tuple[str, ...]


class Place(NamedTuple):
    """A place: its actions by id, the meanings of fixed keys by key, and whether letters are typed there."""

    actions: Mapping[str, UsualKeys]
    fixed: Mapping[str, str]
    takes_text: bool


def places_of(app: type[DOMNode], screens: Iterable[type[SparingScreen[object]]]) -> Sequence[Place]:
    """Return the places of these screens, those of the desk first."""
    desk_first = sorted(screens, key=lambda screen: issubclass(screen, ModalScreen))
    return [_place(app, screen, widget) for screen in desk_first for widget in _widgets(screen)]


def usual_keys(places: Sequence[Place]) -> Mapping[str, UsualKeys]:
    """Return all actions by id, in the words of the first place that has them."""
    usual: dict[str, UsualKeys] = {}
    for place in places:
        usual |= {action_id: each for action_id, each in place.actions.items() if action_id not in usual}
    return usual


def _widgets(screen: type[SparingScreen[object]]) -> Sequence[type[Widget] | None]:
    """Return the widgets to look at: beside a list, a text field only hides keys, which work again outside of it."""
    return [each for each in screen.FOCUSABLE if not issubclass(each, Input)] or screen.FOCUSABLE or (None,)


def _place(app: type[DOMNode], screen: type[SparingScreen[object]], widget: type[Widget] | None) -> Place:
    is_modal = issubclass(screen, ModalScreen)
    bindings = [each for owner in (widget, screen) if owner is not None for each in _bindings(owner)]
    bindings += [each for each in _bindings(app) if each.priority or not is_modal]
    actions: dict[str, UsualKeys] = {}
    fixed: dict[str, str] = {}
    for each in bindings:
        keys = [key.strip() for key in each.key.split(",")]
        if each.id:
            seen = actions.get(each.id, UsualKeys(each.id, each.description, ()))
            actions[each.id] = seen._replace(keys=tuple(dict.fromkeys((*seen.keys, *keys))))
        else:
            fixed |= dict.fromkeys(keys, each.description)
    return Place(actions, fixed, takes_text=widget is not None and issubclass(widget, Input))


def _bindings(owner: type[DOMNode]) -> Iterator[Binding]:
    for base in owner.__mro__:
        yield from (each for each in vars(base).get("BINDINGS", ()) if isinstance(each, Binding))
