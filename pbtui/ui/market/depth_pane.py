"""Pane with the order book of a contract: both sides, the best prices on top, and the MW ahead of each own order."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import zip_longest
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual import work
from textual.binding import Binding, BindingType

from pbtui.api.codes import OrderSide
from pbtui.api.models import Order
from pbtui.api.reads.depth import Orders
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.time_format import clock_text, delivery_text
from pbtui.desk.formats.vocabulary import side_word
from pbtui.desk.market.queue import Place, missing_sides, queue_of
from pbtui.desk.market.reading import Reading
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.reading_prompt import ReadingPane, ReadingPrompt
from pbtui.ui.market.subjects import DepthSubject
from pbtui.ui.threads.desk_thread import DeskClosed
from pbtui.ui.widgets.folded_lines import Fold, FoldedLines
from pbtui.ui.widgets.lines import Line, Piece

AGAIN_S = 2.0
"""Time between two reads of the book."""
_LEAST_HEIGHT = 14


def own_keys_in(contract_id: str, blotter: Blotter) -> Mapping[str, str]:
    """Return the keys of the active orders in a contract, by their ids."""
    orders = [(row.order, row.key) for row in blotter.active.values() if isinstance(row.order, Order)]
    return {order.order_id: key for order, key in orders if order.order_id and order.contract_id == contract_id}


class DepthPane(ReadingPrompt[None]):
    """Reads and shows the book again and again. `own_keys` returns the keys of the own orders there, by their ids.

    `step_words` says what the staged step of the order under the cursor does in the book; empty without one.
    """

    zone: ZoneInfo

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("D", "dismiss(None)", "Close", show=False, id="desk.depth"),
        Binding("r", "read_now", "Read now", id="depth.read"),
    ]

    def __init__(
        self,
        venue: Venue,
        subject: DepthSubject,
        read: Callable[[str, str], Awaitable[Reading[Orders]]],
        own_keys: Callable[[], Mapping[str, str]],
        zone: ZoneInfo,
        step_words: Callable[[Orders], str] = lambda book: "",
    ) -> None:
        self._step_words = step_words
        self._subject = subject
        self._read = read
        self._own_keys = own_keys
        self._own: Mapping[str, str] = {}
        self._reading: Reading[Orders] = Reading()
        self._problem = ""
        self._sides: tuple[Sequence[Place], Sequence[Place]] = (), ()
        self._is_reading = False
        self.zone = zone
        super().__init__(venue)

    def make_pane(self, fold: Fold, head: FoldedLines) -> ReadingPane:
        """Return a pane that keeps its height while orders come and go."""
        return ReadingPane(fold, head, least_height=_LEAST_HEIGHT)

    def on_mount(self) -> None:
        """Read the book now, and then again and again."""
        super().on_mount()
        self.set_interval(AGAIN_S, self.action_read_now)
        self.action_read_now()

    def action_read_now(self) -> None:
        """Read the book, unless a read is under way or another dialog covers this one."""
        if not self._is_reading and self.is_current:
            self._is_reading = True
            self._read_book()

    @work
    async def _read_book(self) -> None:
        try:
            found = await self._read(self._subject.contract_id, self._subject.delivery_area)
        except DeskClosed as closed:
            found = Reading(problem=str(closed))
        finally:
            self._is_reading = False
        self._problem = found.problem
        if found.value is not None:
            self._own = self._own_keys()
            self._reading = found
            self._sides = (
                queue_of(found.value.bid or (), OrderSide.BUY, self._own),
                queue_of(found.value.ask or (), OrderSide.SELL, self._own),
            )
        self.redraw()

    # ------------------------------------------------------------ texts

    def head(self) -> Sequence[Piece]:
        """Return the contract, the time of the book, why it is old, and the place of the order under the cursor."""
        subject, at = self._subject, self._reading.read_at
        delivery = delivery_text(subject.delivery_start, subject.delivery_end, self.zone) or subject.contract_id
        read = f"read at {clock_text(at, self.zone)}" if at is not None else "not read yet"
        return [
            (f"Depth of {delivery}, {area_name(subject.delivery_area)}, {read}", "title"),
            (f"the newest book is missing: {self._problem}" if self._problem else "", "warning"),
            (self._gap_words(), "warning"),
            (self._place_words(), "text"),
            (self._staged_words(), "staged"),
        ]

    def _gap_words(self) -> str:
        missing = () if self._reading.value is None else missing_sides(self._reading.value)
        if not missing:
            return ""
        sides = " and ".join(map(side_word, missing))
        return f"The book is not complete: the {sides} orders in the server's answer can't be read."

    def _place_words(self) -> str:
        book = self._reading.value
        if book is None or self._subject.order_key is None or missing_sides(book):
            return ""
        place = next((place for side in self._sides for place in side if self._is_looked_at(place)), None)
        if place is None:
            return "The order under the cursor is not in this book."
        return f"Order {place.entry.order_id}: {_ahead_text(place)} MW ahead of it, without hidden parts of icebergs."

    def _staged_words(self) -> str:
        words = "" if self._reading.value is None else self._step_words(self._reading.value)
        return f"Staged step: {words}" if words else ""

    def _is_looked_at(self, place: Place) -> bool:
        key = self._own.get(place.entry.order_id or "")
        return key is not None and key == self._subject.order_key

    def body(self, width: int) -> Sequence[Line]:
        """Return both sides beside each other."""
        bids, asks = self._sides
        if self._reading.value is None:
            return []
        titles: Line = [(f"  {'':4}{'MW ahead':>8} {side_word('BUY'):>6} MW {'price':>9} ", "label")]
        lines: list[Line] = [
            [*titles, ("│", "dim"), (f"{'price':>9} {side_word('SELL'):>6} MW {'MW ahead':>8}", "label")]
        ]
        if not bids and not asks and not missing_sides(self._reading.value):
            lines.append([("   no order is in this book", "dim")])
        lines += [[*self._bid(bid), ("│", "dim"), *self._ask(ask)] for bid, ask in zip_longest(bids, asks)]
        return lines

    def _bid(self, place: Place | None) -> Line:
        if place is None:
            return [(" " * 35, "text")]
        figures = (
            f"{_ahead_text(place):>8} {quantity_text(place.entry.quantity):>9} {price_text(place.entry.price):>9} "
        )
        return [(f" {self._mark(place):5}", "key"), (figures, "title" if place.is_own else "buy")]

    def _ask(self, place: Place | None) -> Line:
        if place is None:
            return []
        figures = f"{price_text(place.entry.price):>9} {quantity_text(place.entry.quantity):>9} {_ahead_text(place):>8}"
        return [(figures, "title" if place.is_own else "sell"), (f" {self._mark(place)}", "key")]

    def _mark(self, place: Place) -> str:
        return "›own" if self._is_looked_at(place) else "own" if place.is_own else ""


def _ahead_text(place: Place) -> str:
    return "unknown" if place.ahead_mw is None else quantity_text(place.ahead_mw)
