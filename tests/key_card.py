"""The page docs/keys.md, made from the key maps of the screens: `python -m tests.key_card`.

It replaces what stands between the two markers of the page. With `--check` it changes nothing and fails if the page
is stale.
"""

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import format_key

import pbtui.ui
from pbtui.ui.help.tasks import HERE, TASKS, task_of
from tests.page import keep_current

PAGE = Path(__file__).parents[1] / "docs" / "keys.md"
BEGIN, END = "<!-- written by python -m tests.key_card: begin -->", "<!-- written by python -m tests.key_card: end -->"

DIALOGS = {
    "kill": "Kill prompt and report",
    "preview": "Preview of a ticket",
    "line": "Line of a new order",
    "form": "Every form",
    "entry": "Form of a new order",
    "bulk": "Form of several orders",
    "conflict": "Conflict",
    "basket": "Basket of pasted orders",
    "restore": "Orders to activate after a kill",
    "tickets": "Tickets",
    "copy": "Copy",
    "depth": "Depth",
    "exposure": "Exposure",
    "columns": "Columns",
    "sort": "Sort",
    "views": "Views",
    "journal": "Journal",
    "news": "News",
    "team": "Open desks",
    "handover": "Hand-over",
    "quit": "Question before the desk ends",
    "prompt": "Every dialog",
    "help": "Help",
}
"""Title of the keys of a dialog, by the first part of the ids of its actions."""


class Row(NamedTuple):
    """An action with its keys, as the page has it."""

    keys: str
    what: str
    action_id: str


def bindings() -> Iterator[Binding]:
    """Yield all key bindings of the program that have an id and a description."""
    for module in pkgutil.walk_packages(pbtui.ui.__path__, "pbtui.ui."):
        for owner in vars(importlib.import_module(module.name)).values():
            if isinstance(owner, type) and issubclass(owner, DOMNode) and owner.__module__ == module.name:
                own = vars(owner).get("BINDINGS", ())
                yield from (each for each in own if isinstance(each, Binding) and each.id and each.description)


def tables() -> str:
    """All tables, as they belong between the markers: the keys of the desk by task, then those of each dialog."""
    rows: dict[str, dict[str, Row]] = {title: {} for title in (*TASKS, *DIALOGS.values())}
    for binding in bindings():
        action_id = str(binding.id)
        task = task_of(action_id)
        title = DIALOGS[action_id.partition(".")[0]] if task == HERE else task
        keys = " ".join(f"`{_name(key)}`" for key in binding.key.split(","))
        rows[title].setdefault(action_id, Row(keys, binding.description, action_id))
    return "\n\n".join(
        f"## {title}\n\n{_table(list(of_title.values()))}" for title, of_title in rows.items() if of_title
    )


def _name(key: str) -> str:
    *modifiers, last = key.split("+")
    return "+".join([*modifiers, format_key(last)])


def _table(rows: list[Row]) -> str:
    lines = [f"| {row.keys.replace('|', chr(92) + '|')} | {row.what} | `{row.action_id}` |" for row in rows]
    return "\n".join(["| key | what it does | id |", "|---|---|---|", *lines])


if __name__ == "__main__":
    sys.exit(keep_current(PAGE, BEGIN, END, tables(), "docs/keys.md is stale: run python -m tests.key_card"))
