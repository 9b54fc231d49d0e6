"""A typed filter of one table: made anew when what it compares with has changed."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, Generic
from zoneinfo import ZoneInfo

from msgspec import Struct

from pbtui.desk.formats.filters.language import Filter, FilterError, FilterFields
from pbtui.desk.formats.filters.terms import IsAlgorithm, Scene
from pbtui.desk.market.gates import Gates
from pbtui.ui.table.columns import AnyRow
from pbtui.ui.table.sorting.arrangement import every_row

_Test = Callable[[AnyRow], bool]


class FilterText(Struct, frozen=True):
    """A text that was typed, and what it refers to: `contract` is what the word `contract` in it means."""

    text: str = ""
    contract: str = ""


class TypedFilter(Generic[AnyRow]):
    """The filter that is in force, with the test of rows that it makes, and the text that was typed last.

    A text that is no filter leaves the one in force, and `error` says why. `tokens` and `is_algorithm` as in `Scene`.
    """

    def __init__(self, fields: FilterFields[AnyRow]) -> None:
        self.fields = fields
        self.tokens: frozenset[str] | None = None
        self.is_algorithm: IsAlgorithm | None = None
        self.error: FilterError | None = None
        self.test: _Test[AnyRow] = every_row
        self.in_force = self._taken = FilterText()
        self._bounds: tuple[object, ...] = ()
        self._is_new = False

    @property
    def lasting(self) -> FilterText:
        """The text for the next start: the one in force, or one that waits for what is not known yet."""
        return self._taken if self.error is not None and self.error.waits else self.in_force

    def take(self, taken: FilterText) -> None:
        """Take another text."""
        self._taken = taken
        self._is_new = True

    def make(self, zone: ZoneInfo, now: datetime, gates: Gates) -> bool:
        """Make the test for this moment; return whether it is another one. It is the same while its bounds are."""
        if not (self._is_new or self._bounds or self.error is not None):
            return False
        is_same, self._is_new = not self._is_new and self.error is None, False
        try:
            made = self._parse(self._taken, zone, now, gates)
        except FilterError as error:
            self.error = error
            with suppress(FilterError):  # the one in force still follows the time
                return self._adopt(self._parse(self.in_force, zone, now, gates), is_same=True)
            return False
        self.in_force, self.error = self._taken, None
        return self._adopt(made, is_same=is_same)

    def problem_of(self, other: FilterText, zone: ZoneInfo, now: datetime, gates: Gates) -> FilterError | None:
        """Return why another text is no filter at this moment; None if it is one."""
        try:
            self._parse(other, zone, now, gates)
        except FilterError as error:
            return error
        return None

    def _parse(self, typed: FilterText, zone: ZoneInfo, now: datetime, gates: Gates) -> Filter[AnyRow]:
        scene = Scene(
            zone=zone,
            now=now,
            contract=typed.contract,
            closes_at=gates.closes_at if gates else None,
            tokens=self.tokens,
            is_algorithm=self.is_algorithm,
        )
        return self.fields.parse(typed.text, scene)

    def _adopt(self, made: Filter[AnyRow], *, is_same: bool) -> bool:
        if is_same and made.bounds == self._bounds:
            return False
        self._bounds = made.bounds
        self.test = made.test if self.in_force.text.strip() else every_row
        return True


def why_no_command(typed: TypedFilter[Any], text: str, zone: ZoneInfo, market_zone: ZoneInfo) -> str:
    """Return why no command line lists what is shown; empty if one can. `text` is the filter, `zone` the shown one."""
    if typed.error is not None:
        return "the filter is not valid"
    if "delivery" in typed.fields.words_in(text) and zone.key != market_zone.key:
        return f"commands read its times in {market_zone.key}; show that zone first"
    return ""
