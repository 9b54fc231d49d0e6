"""The tasks of a trader, by which the help groups the actions: the kill first."""

from collections.abc import Mapping, Sequence

from pbtui.ui.help.actions import Action

KILL, HERE, MOVE = "Kill switch", "Here", "Move"

TASKS: Mapping[str, Sequence[str]] = {
    KILL: ("app.kill",),
    HERE: (),
    "Enter and change orders": (
        "order.add",
        "order.add_by_line",
        "order.clone",
        "order.edit",
        "order.bulk",
        "order.undo",
        "desk.detail",
        "desk.drop_filter",
    ),
    "Take out of the market, bring back": ("order.deactivate", "order.delete", "order.activate"),
    "Mark orders": ("table.mark", "table.mark_range", "table.mark_alike", "table.mark_all"),
    "Find and arrange": (
        "desk.filter",
        "desk.sort",
        "desk.reverse",
        "desk.columns",
        "desk.group",
        "desk.views",
        "desk.active",
        "desk.deactivated",
        "desk.recent",
        "desk.trades",
    ),
    "Look closer": (
        "desk.depth",
        "desk.exposure",
        "desk.tickets",
        "desk.journal",
        "desk.news",
        "desk.log",
        "desk.team",
        "desk.handover",
        "desk.copy",
        "desk.copy_more",
    ),
    "The desk": (
        "desk.trading",
        "desk.new_key",
        "desk.read",
        "desk.utc",
        "app.palette",
        "app.help",
        "app.redraw",
        "app.quit",
    ),
    MOVE: (),
}
"""The tasks in their sequence, each with its first actions; the others of `_BY_ROOM` follow these."""

_BY_ROOM = {"order": "Enter and change orders", "desk": "The desk", "app": "The desk", "table": MOVE, "pane": MOVE}
"""The task of an action that is not named above, by the first part of its id."""
_MOVES = ("desk.next_pane", "desk.previous_pane")
_NAMED = {name: task for task, names in TASKS.items() for name in names} | dict.fromkeys(_MOVES, MOVE)


def task_of(action_id: str) -> str:
    """Return the task of an action; those of a dialog are `HERE`."""
    return _NAMED.get(action_id) or _BY_ROOM.get(action_id.partition(".")[0], HERE)


def by_task(actions: Sequence[Action]) -> Mapping[str, Sequence[Action]]:
    """Return the actions of each task that has any, in their sequence."""
    rank = {name: number for number, name in enumerate(_NAMED)}
    grouped: dict[str, list[Action]] = {task: [] for task in TASKS}
    for action in sorted(actions, key=lambda each: rank.get(each.id, len(rank))):
        grouped[task_of(action.id)].append(action)
    return {task: members for task, members in grouped.items() if members}
