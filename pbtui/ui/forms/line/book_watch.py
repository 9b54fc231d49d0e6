"""The order book of the contract that a form names: read again and again while the form shows it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pbtui.api.clock import steady_s
from pbtui.api.reads.depth import Orders
from pbtui.desk.market.queue import place_of_new, top_words
from pbtui.desk.market.reading import Reading
from pbtui.ui.threads.desk_thread import DeskClosed
from pbtui.ui.widgets.lines import Piece

TYPING_S = 0.3
"""Time after the form has named another contract before its book is read."""
AGAIN_S = 5.0
"""Time before the book is read again."""
_OLD_S = 2 * AGAIN_S

Place = tuple[str, str]
"""A contract by its id, and a delivery area by its code."""
ReadBook = Callable[[str, str], Awaitable[Reading[Orders]]]


class BookWatch:
    """Holds the newest book of one contract.

    `begin` starts a coroutine in place of the one before, `show` is called when the book was read.
    """

    def __init__(
        self, read: ReadBook, begin: Callable[[Coroutine[Any, Any, None]], object], show: Callable[[], None]
    ) -> None:
        self._read = read
        self._begin = begin
        self._show = show
        self._place: Place | None = None
        self._book: Reading[Orders] = Reading()

    def follow(self, place: Place | None) -> None:
        """Read the book of this contract from now on; none without one."""
        if place != self._place:
            self._place, self._book = place, Reading()
            if place is not None:
                self._begin(self._read_again(place))

    def words(self, side: str | None, price: Decimal | None) -> Piece:
        """Return the best prices, and the place of an order with this side and price; or why they are not known."""
        book = self._book
        if self._place is None:
            return "", "label"
        if book.value is None:
            why = f"not known: {book.problem}" if book.problem else "being read"
            return f"order book: {why}", "warning" if book.problem else "dim"
        place = None if side is None or price is None else place_of_new(book.value, side, price)
        words = "; ".join(part for part in (top_words(book.value), "" if place is None else str(place)) if part)
        age_s = book.age_s(steady_s()) or 0.0
        if age_s > _OLD_S:
            why = f": {book.problem}" if book.problem else ""
            return f"order book {age_s:.0f} s old{why}; then {words}", "warning"
        return f"order book: {words}", "text"

    async def _read_again(self, place: Place) -> None:
        await asyncio.sleep(TYPING_S)
        while place == self._place:
            try:
                book = await self._read(*place)
            except DeskClosed as closed:
                book = Reading(problem=str(closed))
            if place != self._place:
                return
            self._book = book if book.value is not None else replace(self._book, problem=book.problem)
            self._show()
            await asyncio.sleep(AGAIN_S)
