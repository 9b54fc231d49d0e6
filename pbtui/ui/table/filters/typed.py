"""A typed filter of one table: made anew when what it compares with has changed."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, Generic
from zoneinfo import ZoneInfo

from msgspec import Struct

from pbtui.desk.formats.filters.language import Filter, FilterError, FilterFields
from pbtui.desk.formats.filters.terms import IsAlgorithm, Scene
from pbtui.desk.formats.time_format import UTC_ZONE
from pbtui.desk.market.gates import Gates
from pbtui.ui.table.columns import AnyRow
from pbtui.ui.table.sorting.arrangement import every_row

_Test = Callable[[AnyRow], bool]


class FilterText(Struct, frozen=True):
    """A text that was typed, and what it refers to.

    `contract` is what the word `contract` in it means, and `zone` is that of its times.
    """

    text: str = ""
    contract: str = ""
    zone: ZoneInfo = UTC_ZONE


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
        self.in_force = self.typed = FilterText()
        self._bounds: tuple[object, ...] = ()
        self._is_new = False

    @property
    def lasting(self) -> FilterText:
        """The text for the next start: the one in force, or one that waits for what is not known yet."""
        return self.typed if self.error is not None and self.error.waits else self.in_force

    def take(self, taken: FilterText) -> None:
        """Take another text."""
        self.typed = taken
        self._is_new = True

    def make(self, now: datetime, gates: Gates) -> bool:
        """Make the test for this moment; return whether it is another one. It is the same while its bounds are."""
        if not (self._is_new or self._bounds or self.error is not None):
            return False
        is_same, self._is_new = not self._is_new and self.error is None, False
        try:
            made = self._parse(self.typed, now, gates)
        except FilterError as error:
            self.error = error
            with suppress(FilterError):  # the one in force still follows the time
                return self._adopt(self._parse(self.in_force, now, gates), is_same=True)
            return False
        self.in_force, self.error = self.typed, None
        return self._adopt(made, is_same=is_same)

    def problem_of(self, other: FilterText, now: datetime, gates: Gates) -> FilterError | None:
        """Return why another text is no filter at this moment; None if it is one."""
        try:
            self._parse(other, now, gates)
        except FilterError as error:
            return error
        return None

    def _parse(self, typed: FilterText, now: datetime, gates: Gates) -> Filter[AnyRow]:
        scene = Scene(
            zone=typed.zone,
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


def zone_of_times(fields: FilterFields[Any], typed: FilterText) -> str:
    """Return the zone in which a filter was typed; empty if it has no times."""
    return typed.zone.key if "delivery" in fields.words_in(typed.text) else ""


def why_no_command(typed: TypedFilter[Any], market_zone: ZoneInfo) -> str:
    """Return why no command line lists what is shown; empty if one can."""
    if typed.error is not None:
        return "the filter is not valid"
    zone = zone_of_times(typed.fields, typed.in_force)
    if zone not in ("", market_zone.key):
        return f"commands read its times in {market_zone.key}, and they are in {zone}; show that zone and type it again"
    return ""
