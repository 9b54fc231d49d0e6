"""The help by task: the kill first, every action of the desk in a task, nothing lost in the layout."""

from collections.abc import Awaitable
from typing import cast

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

from pbtui.ui.app import DeskApp
from pbtui.ui.help.actions import Action
from pbtui.ui.help.key_list import laid_out, sections_of
from pbtui.ui.help.palette_commands import key_commands
from pbtui.ui.help.tasks import HERE, KILL, by_task, task_of
from pbtui.ui.screens.desk_screen import DeskScreen
from pbtui.ui.table.orders import OrderTable


def ids() -> list[str]:
    """The ids of all bindings of the desk."""
    kinds = (*DeskApp.__mro__, *DeskScreen.__mro__, *OrderTable.__mro__)
    bindings = [binding for kind in kinds for binding in kind.__dict__.get("BINDINGS", ())]
    return [binding.id for binding in bindings if isinstance(binding, Binding) and binding.id]


def action(action_id: str, what: str = "", *keys: str) -> Action:
    return Action(action_id, what or action_id, keys or ("k",), f"do('{action_id}')", DOMNode())


def test_every_action_of_the_desk_belongs_to_a_task() -> None:
    assert len(ids()) > 40
    assert [name for name in ids() if task_of(name) == HERE] == []


def test_the_kill_is_first_and_a_dialog_has_its_own_keys_next() -> None:
    grouped = by_task([action(name) for name in ("app.quit", "order.new", "depth.close", "order.add", "app.kill")])
    assert list(grouped) == [KILL, HERE, "Enter and change orders", "The desk"]
    assert [each.id for each in grouped["Enter and change orders"]] == ["order.add", "order.new"]


@pytest.mark.parametrize("width", [30, 72, 140])
def test_the_layout_loses_nothing_and_keeps_to_the_width(width: int) -> None:
    sections = sections_of([action(name, f"What {name} does, in words", "f9", "ctrl+f9") for name in ids()])
    texts = ["".join(text for text, _ in line) for line in laid_out(sections, width)]
    assert max(map(len, texts)) <= width
    shown = "".join("".join(texts).split())
    for task, rows in sections.items():
        for part in (task, *(label for label, _ in rows)):
            assert "".join(part.split()) in shown
    assert len(texts) < sum(len(rows) + 2 for rows in sections.values()) if width == 140 else True


async def test_a_command_has_the_key_and_begins_its_action() -> None:
    begun: list[Action] = []

    async def run(chosen: Action) -> None:
        begun.append(chosen)

    depth = action("desk.depth", "Depth", "D", "f6")
    left_out = [action("app.kill"), action("table.down"), action("app.palette")]
    [command] = key_commands([*left_out, depth], run)
    assert command.title == "Depth (D, f6)"
    await cast("Awaitable[None]", command.callback())
    assert begun == [depth]
