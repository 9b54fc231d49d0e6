"""Reads for staged steps: the order book of the order under the cursor, and the net positions to expect."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from decimal import Decimal
from math import inf
from typing import Any

from pbtui.api.clock import steady_s
from pbtui.api.codes import OrderType
from pbtui.api.models import Order
from pbtui.api.reads.depth import Orders
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.market.queue import LOSES_PLACE, loses_place
from pbtui.desk.market.reading import Reading
from pbtui.desk.position_guard import PositionRef, position_of_order
from pbtui.ui.table.staged import Staged
from pbtui.ui.threads.desk_thread import DeskClosed

AGAIN_S = 5.0
"""Time before a book is read again, or a position that could not be read."""

ReadBook = Callable[[str, str], Awaitable[Reading[Orders]]]
ReadPosition = Callable[[PositionRef], Awaitable[Reading[Decimal]]]


class StepReads:
    """Reads in the background, one call at a time. A position stays as it was read at the first step.

    Without `read_position` no position is expected. `begin` starts a coroutine, `show` is called when something was
    read.
    """

    def __init__(
        self,
        read_book: ReadBook,
        read_position: ReadPosition | None,
        begin: Callable[[Coroutine[Any, Any, None]], object],
        show: Callable[[], None],
    ) -> None:
        self._read_book = read_book
        self._read_position = read_position
        self._begin = begin
        self._show = show
        self._staged: Mapping[str, Staged] = {}
        self._looked_at: str | None = None
        self._is_reading = self._is_behind = False
        self._books: dict[tuple[str, str], Reading[Orders]] = {}
        self._positions: dict[str, Reading[Decimal]] = {}
        self._asked_s: dict[tuple[str, str] | str, float] = {}

    def follow(self, staged: Mapping[str, Staged], cursor: str | None) -> None:
        """Read what is missing or old for these steps, and forget what was read for others."""
        self._staged, self._looked_at = dict(staged), cursor
        self._positions = {key: each for key, each in self._positions.items() if key in staged}
        self._asked_s = {what: at for what, at in self._asked_s.items() if what in staged or what in self._books}
        if not staged:
            self._books.clear()
        elif self._is_reading:
            self._is_behind = True
        else:
            self._is_reading = True
            self._begin(self._read())

    async def _read(self) -> None:
        try:
            while True:
                self._is_behind = False
                await self._read_missing()
                if not self._is_behind:
                    return
        finally:
            self._is_reading = False

    async def _read_missing(self) -> None:
        looked_at = self._staged.get(self._looked_at or "")
        place = None if looked_at is None else _place_of(looked_at.base)
        if place is not None and self._is_due(place):
            self._books.setdefault(place, Reading())
            self._books[place] = await _asked(self._read_book(*place))
            self._show()
        for key, step in self._staged.items():
            ref = position_of_order(step.base)
            if self._read_position is None or ref is None:
                continue
            if not self._lacks_position(key, step) or not self._is_due(key):
                continue
            position = await _asked(self._read_position(ref))
            if key in self._staged:
                self._positions[key] = position
                self._show()

    def _is_due(self, what: tuple[str, str] | str) -> bool:
        """Return whether this book, or the position of this order, is to be read now."""
        now_s = steady_s()
        if now_s - self._asked_s.get(what, -inf) < AGAIN_S:
            return False
        self._asked_s[what] = now_s
        return True

    def _lacks_position(self, key: str, step: Staged) -> bool:
        known = self._positions.get(key)
        return step.base.type != OrderType.B and (known is None or known.value is None)

    # ------------------------------------------------------------ what is known

    def expected(self, key: str, step: Staged) -> Decimal | None:
        """Return the net position that an order is to expect, in MW. Raises ValueError if it is not known."""
        if self._read_position is None or step.base.type == OrderType.B:
            return None
        position = self._positions.get(key)
        if position is None or position.value is None:
            why = "it is being read" if position is None else position.problem
            raise ValueError(f"the net position of order {step.base.order_id} is not known: {why}")
        return position.value

    def words(self, key: str, step: Staged) -> str:
        """Return what a step does to the place of its order in the queue, and the position that it expects."""
        base, place = step.base, _place_of(step.base)
        book = None if place is None else self._books.get(place)
        in_book = "" if book is None or book.value is None else step.place_words(book.value)
        lost = LOSES_PLACE if loses_place(base, step.price, step.quantity) else ""
        return "; ".join(part for part in (in_book or lost, self._guard_words(key, step)) if part)

    def _guard_words(self, key: str, step: Staged) -> str:
        try:
            expected_mw = self.expected(key, step)
        except ValueError:
            return "net position not known yet"
        return "" if expected_mw is None else f"only if net position is {quantity_text(expected_mw)} MW"


def _place_of(order: Order) -> tuple[str, str] | None:
    return (order.contract_id, order.delivery_area) if order.contract_id and order.delivery_area else None


async def _asked(read: Awaitable[Reading[Any]]) -> Reading[Any]:
    try:
        return await read
    except DeskClosed as closed:
        return Reading(problem=str(closed))
