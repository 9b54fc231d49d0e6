"""The keys of the desk that the settings name: what is wrong with them, and what the desk gets."""

from collections.abc import Mapping, Sequence

from pbtui.settings.decode import Problem
from pbtui.settings.key_bindings import KeySettings


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
    from pbtui.ui.app import DeskApp  # the whole screen is needed to know its actions
    from pbtui.ui.help.own_keys import problems_of, usual_keys
    from pbtui.ui.screens.desk_screen import DeskScreen
    from pbtui.ui.table.orders import OrderTable
    from pbtui.ui.widgets.lines import TextLines

    usual = usual_keys((DeskApp, DeskScreen, OrderTable, TextLines))
    return tuple(problems_of(settings.of_actions, usual, settings.kill_keys))
