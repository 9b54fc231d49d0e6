"""Lists of orders in a plain session, a page at a time. Each order has a number that stays with it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from pbtui.cli.plain.numbers import Numbers
from pbtui.cli.plain.sentences import counted, link_text, listed, order_line
from pbtui.cli.plain.words import WordsRefused
from pbtui.desk.blotter.link import LinkState
from pbtui.desk.blotter.order_terms import ORDER_FILTER
from pbtui.desk.blotter.own_orders import Row, Tab
from pbtui.desk.formats.filters.language import FilterError
from pbtui.desk.formats.filters.terms import Scene
from pbtui.desk.kill.conditions.algorithms import NamedAlgorithms, algorithms_of
from pbtui.desk.market.gates import Gates
from pbtui.desk.view import DeskView

PAGE = 10
"""Orders that are said at a time."""


class Lists:
    """The list that was begun last. Its orders are said as they are when they are said."""

    def __init__(self, numbers: Numbers, zone: ZoneInfo) -> None:
        self._numbers = numbers
        self._zone = zone
        self._left: list[str] = []

    def begin(self, text: str, view: DeskView, now: datetime, now_s: float) -> Iterator[str]:
        """Yield the first page of the active orders, or of those that a text asks for. Raises WordsRefused.

        `now_s` is on the steady clock. Orders that were not read just now are introduced with their age.
        """
        if view.link.state(now_s) is not LinkState.LIVE:
            yield link_text(view, now_s)
        tab, word, text = _asked(text)
        rows = listed(view.blotter.rows(tab).values())
        if text:
            rows = _matching(rows, text, view, self._zone, now)
        self._left = [row.key for row in rows]
        yield counted(len(rows), word) + (f" that {'matches' if len(rows) == 1 else 'match'}" if text else "")
        yield from self._page(view)

    def more(self, view: DeskView) -> Iterator[str]:
        """Yield the next page."""
        yield from self._page(view) if self._left else ["That is all; list begins again"]

    def _page(self, view: DeskView) -> Iterator[str]:
        page, self._left = self._left[:PAGE], self._left[PAGE:]
        rows = (view.blotter.find(key) for key in page)
        yield from (order_line(self._numbers.of(row), row, self._zone) for row in rows if row is not None)
        if self._left:
            yield f"{len(self._left)} more; write more"


def _asked(text: str) -> tuple[Tab, str, str]:
    """Return the tab, its word, and the filter of `deactivated side:buy`."""
    first, _, rest = text.partition(" ")
    if first.casefold() == "deactivated":
        return Tab.DEACTIVATED, "deactivated", rest.strip()
    return Tab.ACTIVE, "active", text


def _matching(rows: Iterable[Row], text: str, view: DeskView, zone: ZoneInfo, now: datetime) -> list[Row]:
    contracts, algorithms = view.exchange.contracts.value, view.exchange.algorithms.value
    scene = Scene(
        zone=zone,
        now=now,
        closes_at=None if contracts is None else Gates.of(contracts).closes_at,
        tokens=view.own_tokens,
        is_algorithm=None if algorithms is None else NamedAlgorithms(algorithms_of(algorithms)),
    )
    try:
        holds = ORDER_FILTER.parse(text, scene).test
    except FilterError as error:
        raise WordsRefused(f"The filter is not valid: {error}.") from None
    return [row for row in rows if holds(row)]
