"""The columns that a table shows: of those that the trader chose, as many as have room and differ from row to row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

from pbtui.api.structs import replace
from pbtui.ui.table.columns import AnyRow, Column, columns_for
from pbtui.ui.table.sorting.spread import Spread


@dataclass(frozen=True, slots=True)
class ShownColumns(Generic[AnyRow]):
    """The columns on the screen. `offered` are those that the trader chose, in their sequence; some may find no room.

    `said_if_shared` has the titles of the columns whose shared text is said wherever the column is hidden, even if
    there is no room for it. `said_once` has title and text of the columns that are hidden because every row has the
    same text.
    """

    offered: Sequence[Column[AnyRow]]
    said_if_shared: frozenset[str]
    shown: tuple[Column[AnyRow], ...] = ()
    said_once: Sequence[tuple[str, str]] = ()

    @property
    def widths(self) -> Mapping[str, int]:
        """The widths of the columns, by title."""
        return {column.title: column.width for column in self.shown}

    def fitted(
        self, width: int, spreads: Mapping[str, Spread], needed: Mapping[str, int], shared: Mapping[str, str]
    ) -> "ShownColumns[AnyRow]":
        """Return the columns that fit into the width in cells.

        `needed` has the widths that columns need besides those of their texts, `shared` the texts that are the same in
        every row. All are by title.
        """
        widths = {title: spread.longest + 1 for title, spread in spreads.items()}
        for title, needed_width in needed.items():
            widths[title] = max(widths.get(title, 0), needed_width)
        columns = tuple(
            column.distinguishing(spreads[column.title].ids) if column.title in spreads else column
            for column in columns_for(self.offered, width, widths, shared)
        )
        shown = {column.title for column in columns}
        otherwise = {column.title for column in columns_for(self.offered, width, widths)} | self.said_if_shared
        said = [column.title for column in self.offered if column.title in otherwise - shown]
        return replace(self, shown=columns, said_once=[(title, shared[title]) for title in said if shared.get(title)])
