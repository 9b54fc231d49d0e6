"""The page docs/keys.md, made from the key maps of the screens: `python -m tests.key_card`.

It replaces what stands between the two markers of the page. With `--check` it changes nothing and fails if the page
is stale.
"""

import sys
from pathlib import Path

from pbtui.ui.desk_keys import all_places
from pbtui.ui.help.places import UsualKeys, usual_keys
from pbtui.ui.help.tasks import HERE, TASKS, task_of
from pbtui.ui.widgets.key_names import key_words
from tests.page import keep_current

PAGE = Path(__file__).parents[1] / "docs" / "keys.md"
BEGIN, END = "<!-- written by python -m tests.key_card: begin -->", "<!-- written by python -m tests.key_card: end -->"

DIALOGS = {
    "kill_prompt": "Kill prompt and report",
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
    "news": "News",
    "handover": "Hand-over",
    "quit": "Question before the desk ends",
    "prompt": "Every dialog",
    "help": "Help",
    "palette": "Palette",
}
"""Title of the keys of a dialog, by the first part of the ids of its actions."""


def tables() -> str:
    """All tables, as they belong between the markers: the keys of the desk by task, then those of each dialog."""
    rows: dict[str, list[UsualKeys]] = {title: [] for title in (*TASKS, *DIALOGS.values())}
    rank = {action_id: number for number, action_id in enumerate(each for ids in TASKS.values() for each in ids)}
    actions = [each for each in usual_keys(all_places()).values() if each.what]
    for action in sorted(actions, key=lambda each: rank.get(each.id, len(rank))):
        task = task_of(action.id)
        rows[DIALOGS[action.id.partition(".")[0]] if task == HERE else task].append(action)
    return "\n\n".join(f"## {title}\n\n{_table(of_title)}" for title, of_title in rows.items() if of_title)


def card_name(key: str) -> str:
    """A key as the page prints it."""
    return key_words(key).replace("enter", "⏎")


def _table(actions: list[UsualKeys]) -> str:
    rows = [(" ".join(f"`{card_name(key)}`" for key in each.keys), each.what, each.id) for each in actions]
    lines = [f"| {keys.replace('|', chr(92) + '|')} | {what} | `{action_id}` |" for keys, what, action_id in rows]
    return "\n".join(["| key | what it does | id |", "|---|---|---|", *lines])


if __name__ == "__main__":
    sys.exit(keep_current(PAGE, BEGIN, END, tables(), "docs/keys.md is stale: run python -m tests.key_card"))
