"""Arranges the rows of a table: at once, or on another thread if that would delay the keys."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Generic

from pbtui.api.structs import replace
from pbtui.ui.table.columns import AnyRow, Column
from pbtui.ui.table.sorting.arrangement import Arrangement, Grouping

_ARRANGE_HERE = 5_000
"""Number of rows up to which the arrangement is computed on the UI thread, within a few milliseconds."""


class Arranger(Generic[AnyRow]):
    """Keeps the arrangement of one table, and what it is to be: list, column, filter, groups.

    `begin` begins work beside the keys. `adopted` is called with each new arrangement, which is the present one then.
    """

    def __init__(
        self,
        column: Column[AnyRow],
        columns: Sequence[Column[AnyRow]],
        begin: Callable[[Coroutine[Any, Any, None]], object],
        adopted: Callable[[Arrangement[AnyRow]], None],
    ) -> None:
        self.present: Arrangement[AnyRow] = Arrangement(column, columns)
        self.column = column
        """The column to sort by; that of the present arrangement may still be another one."""
        self._begin = begin
        self._adopted = adopted
        self._rows: Mapping[str, AnyRow] = {}
        self._list: object = None
        self._shown = self.present.shown
        self._grouping: Grouping[AnyRow] | None = None
        self._is_arranging = self._is_behind = False

    def turn_to(self, list_: object) -> None:
        """Arrange the rows of this list from now on; an arrangement of another list is not shown."""
        self._list = list_

    def sort(self, column: Column[AnyRow], *, is_descending: bool) -> None:
        """Sort by this column at the next arrangement, and in this direction already now."""
        self.column = column
        self.present = replace(self.present, is_descending=is_descending)

    def filter_by(self, shown: Callable[[AnyRow], bool]) -> None:
        """Show only these rows."""
        self._shown = shown
        self.arrange()

    def group(self, grouping: Grouping[AnyRow] | None) -> None:
        """Group the rows so; None: no groups."""
        self._grouping = grouping
        self.arrange()

    def follow(self, rows: Mapping[str, AnyRow]) -> None:
        """Show these rows. The same mapping again means that no row changed."""
        self._rows = rows
        self.arrange()

    def arrange(self) -> None:
        """Arrange the rows as they are to be now."""
        if self._is_arranging:
            self._is_behind = True
            return
        arranged = partial(self.present.following, self._rows, self.column, self._shown, self._grouping)
        if len(self._rows) > _ARRANGE_HERE:
            self._is_arranging = True
            self._begin(self._arrange_beside(arranged, self._list))
        else:
            self._adopt(arranged())

    async def _arrange_beside(self, arranged: Callable[[], Arrangement[AnyRow]], of_list: object) -> None:
        arrangement = await asyncio.to_thread(arranged)
        self._is_arranging = False
        if of_list is self._list:
            self._adopt(replace(arrangement, is_descending=self.present.is_descending))
        if self._is_behind:
            self._is_behind = False
            self.arrange()

    def _adopt(self, arrangement: Arrangement[AnyRow]) -> None:
        self.present = arrangement
        self._adopted(arrangement)
