"""The actions of the desk as commands of the palette, each with its key."""

from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from typing import Any

from textual.app import SystemCommand

from pbtui.ui.help.actions import Action
from pbtui.ui.help.tasks import KILL, MOVE, task_of

_PALETTE = "app.palette"

Run = Callable[[Action], Coroutine[Any, Any, None]]


def key_commands(actions: Sequence[Action], run: Run) -> Iterator[SystemCommand]:
    """Yield a command for each action; `run` begins one.

    Left out are the kill, which has a command of its own, the palette, and what moves the cursor.
    """
    for action in actions:
        task = task_of(action.id)
        if action.id != _PALETTE and task not in (KILL, MOVE):
            keys = f" ({', '.join(action.keys)})" if action.keys else ""
            yield SystemCommand(f"{action.what}{keys}", task, partial(run, action))
