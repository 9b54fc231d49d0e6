"""The desk on its own thread, and the one slot through which its views reach the screen.

A terminal that stops reading stops Textual's loop. Nothing of the desk may wait for that, so the desk has a loop of
its own; and views never queue up, because the slot holds only the newest.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, TypeVar

from textual.message import Message

if TYPE_CHECKING:  # at run time the desk's own thread imports them, after the first frame
    from pbtui.api.models import UpdateStatus
    from pbtui.desk.blotter.history import History
    from pbtui.desk.desk import Desk
    from pbtui.desk.journal.writer import Kind
    from pbtui.desk.kill.plan import AnyOrder
    from pbtui.desk.kill.restore import RestoreLine
    from pbtui.desk.limits import LimitCheck
    from pbtui.desk.tickets.conflict import Conflict
    from pbtui.desk.tickets.ticket import Ticket, TicketLine
    from pbtui.desk.view import DeskView

OpenDesk = Callable[["Callable[[DeskView], None]"], "AbstractAsyncContextManager[Desk]"]
"""Opens a desk that publishes its views through the callable it is given; called on the desk's thread."""

STOP_WITHIN_S = 3.0


class NewView(Message):
    """The slot holds a view that was not taken yet, or the desk stopped."""


T = TypeVar("T")


class DeskClosed(Exception):
    """The desk is not open, or stopped by a fault of its own."""


class DeskThread:
    """Runs one desk.

    `announce` is called on the desk's thread when the slot was empty and holds a view now, and when the desk could
    not be opened or stopped by a fault of its own, which `failure` then holds.
    """

    def __init__(self, open_desk: OpenDesk, announce: Callable[[], None]) -> None:
        self._open_desk = open_desk
        self._announce = announce
        self.failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)
        self.latest: DeskView | None = None
        """The newest view, whether it was taken or not; may be read from any thread."""
        self._halted_for = ""
        self._slot: DeskView | None = None
        self._slot_lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._desk: Desk | None = None
        self._stop: asyncio.Event | None = None

    # ------------------------------------------------------------ called on the screen's thread

    def start(self) -> None:
        """Open the desk and run it."""
        self._thread.start()

    @property
    def is_started(self) -> bool:
        """Whether it was started, however it is now."""
        return self._thread.ident is not None

    def stop(self) -> None:
        """End the desk, waiting for it for a few seconds."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(STOP_WITHIN_S)

    def take(self) -> DeskView | None:
        """The newest view, if there is one that was not taken yet."""
        with self._slot_lock:
            view, self._slot = self._slot, None
        return view

    def read_now(self) -> None:
        """Read the orders now instead of at the next poll."""
        self._tell(lambda desk: desk.read_now())

    async def history(self, order_id: str) -> History:
        """The history of an order, read by the desk. Raises OrdersApiError."""
        return await self._ask(lambda desk: desk.history(order_id))

    async def check(self, ticket: Ticket) -> LimitCheck:
        """What the pre-trade limits say of a ticket."""

        async def check(desk: Desk) -> LimitCheck:
            return desk.check(ticket)

        return await self._ask(check)

    async def submit(self, ticket: Ticket) -> Ticket:
        """Send a ticket and get it back with its outcomes. Whoever stops waiting does not stop the ticket."""
        return await self._ask(lambda desk: desk.submit(ticket))

    async def reconciled(self, token: str) -> Ticket:
        """A ticket once reading has shown what became of every line of it."""
        return await self._ask(lambda desk: desk.reconciled(token))

    async def conflict(self, line: TicketLine) -> Conflict:
        """What became of the order of a change that met another. Raises OrdersApiError."""
        return await self._ask(lambda desk: desk.conflict(line))

    async def journal_lines(self) -> Sequence[str]:
        """The journal of this run in words, oldest first. Raises JournalUnusable."""
        return await self._ask(lambda desk: desk.journal_lines())

    async def change_everything(self, wanted: UpdateStatus) -> int:
        """Change every order at the exchange; gives how many are active then. Raises OrdersApiError."""
        return await self._ask(lambda desk: desk.change_everything(wanted))

    def set_trading(self, *, is_on: bool) -> None:
        """Switch trading on or off."""
        self._tell(lambda desk: desk.set_trading(is_on=is_on))

    def note(self, kind: Kind, **facts: object) -> None:
        """Put a decision of the trader into the journal."""
        self._tell(lambda desk: desk.note(kind, **facts))

    # ------------------------------------------------------------ for the kill switch, from any thread

    def halt(self, reason: str) -> None:
        """Let nothing more be entered, changed or activated, also by a desk that is still being opened."""
        self._halted_for = reason
        if self._desk is not None:
            self._desk.halt(reason)

    def unhalt(self) -> None:
        """Take back `halt`; a halt on disk stays."""
        self._halted_for = ""
        if self._desk is not None:
            self._desk.unhalt()

    def pause_feed(self) -> None:
        """Read nothing until `resume_feed`."""
        if self._desk is not None:
            self._desk.pause_feed()

    def resume_feed(self) -> None:
        """Go on reading, at once."""
        if self._desk is not None:
            self._desk.resume_feed()

    @property
    def writes_under_way(self) -> int:
        """How many requests of the desk are on their way that change orders."""
        return 0 if self._desk is None else self._desk.writes_under_way

    async def rearm(self, reason: str) -> None:
        """Lift the halt, here and on disk. Raises HaltNotOnDisk where it stays."""
        self._halted_for = ""

        async def rearm(desk: Desk) -> None:
            desk.rearm(reason)

        await self._ask(rearm)

    async def restore_list(self, before: Sequence[AnyOrder]) -> tuple[RestoreLine, ...]:
        """What could be brought back of these orders from before a kill, and why not of the others."""

        async def restore_list(desk: Desk) -> tuple[RestoreLine, ...]:
            return desk.restore_list(before)

        return await self._ask(restore_list)

    async def _ask(self, question: Callable[[Desk], Coroutine[Any, Any, T]]) -> T:
        if self._loop is None or self._desk is None or not self._thread.is_alive():
            raise DeskClosed("the desk is not open")
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(question(self._desk), self._loop))

    def _tell(self, wish: Callable[[Desk], None]) -> None:
        if self._loop is not None and self._desk is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(wish, self._desk)

    # ------------------------------------------------------------ on the desk's thread

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except Exception as error:  # noqa: BLE001 - the trader must see that the desk stopped, whatever stopped it
            self.failure = error
            self._announce()

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with self._open_desk(self._publish) as self._desk:
            if self._halted_for:
                self._desk.halt(self._halted_for)
            running = asyncio.create_task(self._desk.run())
            stopping = asyncio.create_task(self._stop.wait())
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not running.done():
                running.cancel()
            else:
                running.result()

    def _publish(self, view: DeskView) -> None:
        with self._slot_lock:
            was_empty, self._slot = self._slot is None, view
            self.latest = view
        if was_empty:
            self._announce()
