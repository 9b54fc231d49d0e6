"""A typed filter of one table: made anew when what it compares with has changed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic
from zoneinfo import ZoneInfo

from pbtui.desk.formats.filters.language import FilterError, FilterFields
from pbtui.desk.formats.filters.terms import IsAlgorithm, Scene
from pbtui.desk.market.gates import Gates
from pbtui.ui.table.columns import AnyRow
from pbtui.ui.table.sorting.arrangement import every_row

_Test = Callable[[AnyRow], bool]


class TypedFilter(Generic[AnyRow]):
    """The text that the trader typed, and the test of rows that it makes.

    A text that is no filter leaves the test before it, and `error` says why. `tokens` and `is_algorithm` as in `Scene`.
    """

    def __init__(self, fields: FilterFields[AnyRow]) -> None:
        self.fields = fields
        self.tokens: frozenset[str] | None = None
        self.is_algorithm: IsAlgorithm | None = None
        self.error: FilterError | None = None
        self.test: _Test[AnyRow] = every_row
        self._text = self.contract = ""
        self._bounds: tuple[object, ...] = ()
        self._is_new = False

    def take(self, text: str, contract: str) -> None:
        """Take another text; `contract` is what the word `contract` in it means, until another text comes."""
        self._text, self.contract = text, contract
        self._is_new = True

    def make(self, zone: ZoneInfo, now: datetime, gates: Gates) -> bool:
        """Make the test for this moment; return whether it is another one. It is the same while its bounds are."""
        if not (self._is_new or self._bounds or self.error is not None):
            return False
        scene = Scene(
            zone=zone,
            now=now,
            contract=self.contract,
            closes_at=gates.closes_at if gates else None,
            tokens=self.tokens,
            is_algorithm=self.is_algorithm,
        )
        is_same, self._is_new = not self._is_new and self.error is None, False
        try:
            made = self.fields.parse(self._text, scene)
        except FilterError as error:
            self.error = error
            return False
        self.error = None
        if is_same and made.bounds == self._bounds:
            return False
        self._bounds = made.bounds
        self.test = made.test if self._text.strip() else every_row
        return True


def why_no_command(typed: TypedFilter[Any], text: str, zone: ZoneInfo, market_zone: ZoneInfo) -> str:
    """Return why no command line lists what is shown; empty if one can. `text` is the filter, `zone` the shown one."""
    if typed.error is not None:
        return "the filter is not valid"
    if "delivery" in typed.fields.words_in(text) and zone.key != market_zone.key:
        return f"commands read its times in {market_zone.key}; show that zone first"
    return ""
