"""The net position that the order of a form expects: read once for each position that the fields name."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pbtui.api.structs import replace
from pbtui.desk.drafts.position import GUARD, UNCHANGED, asks_position, why_not_known
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.formats.order_fields import FIELDS, OrderField
from pbtui.desk.formats.time_format import clock_text
from pbtui.desk.market.reading import Reading
from pbtui.desk.position_guard import PositionRef
from pbtui.ui.forms.field_row import Note
from pbtui.ui.threads.desk_thread import DeskClosed
from pbtui.ui.widgets.lines import Piece

GUARD_FIELD: OrderField = replace(FIELDS[GUARD], label="only if position", help="a number, or unchanged: as read now")
"""The field as the forms show it, beside the common ones."""
TYPING_S = 0.3
"""Time after the last change of the fields before the position is read."""
AGAIN_S = 2.0
"""Time before a position that could not be read is read again."""

ReadPosition = Callable[[PositionRef], Awaitable[Reading[Decimal]]]


def guard_completion(typed: str) -> str:
    """Return the word that a text begins; empty if it is complete or something else."""
    text = typed.strip(" \t").casefold()
    return UNCHANGED if text and text != UNCHANGED and UNCHANGED.startswith(text) else ""


class PositionWatch:
    """Holds the position that the trader sees. It stays as it was read, so that the server notices each later change.

    `begin` starts a coroutine in place of the one before, `show` is called when the position was read.
    """

    def __init__(
        self,
        read: ReadPosition,
        begin: Callable[[Coroutine[Any, Any, None]], object],
        show: Callable[[], None],
    ) -> None:
        self._read = read
        self._begin = begin
        self._show = show
        self._ref: PositionRef | None = None
        self._reading: Reading[Decimal] = Reading()
        self.why_not_known = ""

    def follow(self, texts: Mapping[str, str], ref: PositionRef | None) -> None:
        """Take in the texts of the form, and `ref`, the position that they name; read it if the texts ask for it."""
        is_asked = asks_position(texts)
        wanted = ref if is_asked else None
        if wanted != self._ref:
            self._ref, self._reading = wanted, Reading()
            if wanted is not None:
                self._begin(self._read_until_known(wanted))
        self.why_not_known = why_not_known(ref, self._reading) if is_asked else ""

    @property
    def expected(self) -> Mapping[str, Decimal]:
        """The expected position by the name of its field; empty if none is asked for, or it is not known."""
        return {} if self._reading.value is None else {GUARD: self._reading.value}

    def added_to(self, problems: Mapping[str, str]) -> Mapping[str, str]:
        """Return the problems of a form with that of the position, if its field has no other one."""
        return {GUARD: self.why_not_known, **problems} if self.why_not_known else problems

    def note(self, completion: str, zone: ZoneInfo) -> Note | None:
        """Return the note beside the field: the completion, or the position and when it was read; None without both."""
        if completion:
            return Note(f"→ {completion}", "key")
        return None if self._reading.value is None else Note(self._words(zone), "label")

    def sentence(self, zone: ZoneInfo) -> Piece:
        """Return the condition in words, for the head of a form; empty if none is asked for."""
        if self._reading.value is not None:
            return f"sent only while the net position is {self._words(zone)}", "text"
        return (f"net position {self.why_not_known}" if self.why_not_known else ""), "warning"

    def _words(self, zone: ZoneInfo) -> str:
        at = self._reading.read_at
        read = "" if at is None else f", read at {clock_text(at, zone)}"
        return f"{quantity_text(self._reading.value)} MW{read}"

    async def _read_until_known(self, ref: PositionRef) -> None:
        await asyncio.sleep(TYPING_S)
        while ref == self._ref and self._reading.value is None:
            try:
                reading = await self._read(ref)
            except DeskClosed as closed:
                reading = Reading(problem=str(closed))
            if ref != self._ref:
                return
            self._reading = reading
            self._show()
            await asyncio.sleep(AGAIN_S)
