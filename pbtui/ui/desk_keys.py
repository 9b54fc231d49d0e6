"""The keys of actions that the settings name: what is wrong with them, and what the desk gets."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pbtui.ui
from pbtui.settings.decode import Problem
from pbtui.settings.key_bindings import KeySettings

if TYPE_CHECKING:
    from pbtui.ui.help.places import Place
    from pbtui.ui.terminal.sparing_screen import SparingScreen


def desk_keys(settings: KeySettings) -> Mapping[str, Sequence[str]]:
    """Return the keys of each action that the settings name, as the desk takes them."""
    if not settings.of_actions:
        return {}
    from pbtui.ui.help.own_keys import own_keys  # brings along Textual

    return own_keys(settings.of_actions)


def key_problems(settings: KeySettings) -> Sequence[Problem]:
    """Return what is wrong with these keys; nothing is if there are none."""
    if not settings.of_actions:
        return ()
    from pbtui.ui.help.own_keys import problems_of

    return problems_of(settings.of_actions, all_places(), settings.kill_keys)


def all_places() -> "Sequence[Place]":
    """Return every place of the desk and its dialogs in which keys are pressed."""
    from pbtui.ui.app import DeskApp  # every screen is needed to know the actions
    from pbtui.ui.help.places import places_of

    return places_of(DeskApp, _screens())


def _screens() -> "Iterator[type[SparingScreen[Any]]]":
    from pbtui.ui.terminal.sparing_screen import SparingScreen

    for module in pkgutil.walk_packages(pbtui.ui.__path__, "pbtui.ui."):
        for kind in vars(importlib.import_module(module.name)).values():
            if isinstance(kind, type) and issubclass(kind, SparingScreen) and kind.__module__ == module.name:
                yield kind
