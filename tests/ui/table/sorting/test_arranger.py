"""Rows arranged beside the keys: what came meanwhile is shown, and an arrangement of another list is not."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from pbtui.desk.blotter.own_orders import Row, Tab
from pbtui.ui.table.order_columns import COLUMNS, DELIVERY
from pbtui.ui.table.sorting import arranger
from pbtui.ui.table.sorting.arrangement import Arrangement
from pbtui.ui.table.sorting.arranger import Arranger
from tests.orders import an_order


def _rows(keys: str) -> dict[str, Row]:
    return {key: Row(key, an_order(key), Tab.ACTIVE) for key in keys}


class Beside:
    """An arranger whose work is done when the test says so, and the keys that it has shown."""

    def __init__(self) -> None:
        self.begun: list[Coroutine[Any, Any, None]] = []
        self.shown: list[str] = []
        self.arranger: Arranger[Row] = Arranger(DELIVERY, COLUMNS, self.begun.append, self._show)

    def _show(self, arrangement: Arrangement[Row]) -> None:
        assert arrangement is self.arranger.present
        self.shown.append("".join(arrangement.rows))

    async def work(self) -> None:
        """Do what was begun, and what that begins."""
        while self.begun:
            await self.begun.pop(0)


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> Beside:
    monkeypatch.setattr(arranger, "_ARRANGE_HERE", 1)
    return Beside()


async def test_few_rows_are_arranged_at_once(beside: Beside) -> None:
    beside.arranger.follow(_rows("a"))
    assert (beside.shown, beside.begun) == (["a"], [])


async def test_rows_that_came_meanwhile_are_arranged_next(beside: Beside) -> None:
    for keys in ("ab", "abc", "abcd"):
        beside.arranger.follow(_rows(keys))
    assert len(beside.begun) == 1
    await beside.work()
    assert beside.shown == ["ab", "abcd"]


async def test_an_arrangement_of_another_list_is_not_shown(beside: Beside) -> None:
    beside.arranger.follow(_rows("ab"))
    working = asyncio.create_task(beside.work())
    await asyncio.sleep(0)
    beside.arranger.turn_to(Tab.RECENT)
    beside.arranger.sort(DELIVERY, is_descending=True)
    beside.arranger.follow(_rows("cd"))
    await working
    assert beside.shown == ["cd"]
    assert beside.arranger.present.is_descending
