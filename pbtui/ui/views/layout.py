"""A layout: how the tables of the desk are arranged. It is what a saved view holds."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

LONGEST_FILTER = 200
"""Characters of a filter that can be typed."""
_LONGEST_KEPT = 10 * LONGEST_FILTER
"""Characters of a filter that is kept: each word `contract` in it has become the id or name of a contract."""
LONGEST_NAME = 40
LEAST_WIDTH, MOST_WIDTH = 4, 80

_Title = Annotated[str, Meta(max_length=LONGEST_NAME)]


class ColumnChoice(Struct, frozen=True):
    """A column by its title: whether it is shown, and its width in cells; None for the width that its texts need."""

    title: _Title
    is_shown: bool = True
    width: Annotated[int, Meta(ge=LEAST_WIDTH, le=MOST_WIDTH)] | None = None


class Sorting(Struct, frozen=True):
    """The title of the column that sorts a tab, and its direction."""

    title: _Title
    is_descending: bool = False


class Layout(Struct, frozen=True):
    """The arrangement of all tabs.

    `sortings` are by tab, `columns` by table: in their sequence, hidden ones too; a table without an entry has its
    usual ones. `group` is what the orders are grouped by; empty if they are not. The filter means the same wherever the
    cursor is and whatever zone is shown: its times are in the market's zone, or `in_utc`.
    """

    tab: _Title = "Active"
    filter: Annotated[str, Meta(max_length=_LONGEST_KEPT)] = ""
    sortings: dict[_Title, Sorting] = {}
    columns: dict[_Title, tuple[ColumnChoice, ...]] = {}
    group: _Title = ""
    in_utc: bool = False

    @property
    def words(self) -> str:
        """Return the layout in one short line."""
        sorting = self.sortings.get(self.tab)
        parts = [
            self.tab,
            f"filter {self.filter}{' in UTC' if self.in_utc else ''}" if self.filter else "",
            f"by {self.group}" if self.group else "",
            f"sort {sorting.title} {'▼' if sorting.is_descending else '▲'}" if sorting else "",
        ]
        return " · ".join(part for part in parts if part)


class SavedViews(Struct, frozen=True):
    """The layouts that a profile has saved, by name, and the one that its last desk had."""

    last: Layout | None = None
    named: dict[_Title, Layout] = {}


def can_keep(filter_text: str) -> bool:
    """Return whether a layout can have this filter: it prints, and is not too long."""
    return filter_text.isprintable() and len(filter_text) <= _LONGEST_KEPT


def completed(chosen: Sequence[ColumnChoice], titles: Sequence[str]) -> tuple[ColumnChoice, ...]:
    """Return a choice for each of these columns: the chosen ones, and after each the new ones that usually follow it.

    Chosen columns that there are no longer are left out.
    """
    known = {choice.title: choice for choice in chosen if choice.title in titles}
    found = list(known.values())
    for index, title in enumerate(titles):
        if title not in known:
            before = titles[index - 1] if index else None
            place = next((at for at, choice in enumerate(found, 1) if choice.title == before), 0)
            found.insert(place, ColumnChoice(title))
    return tuple(found)
