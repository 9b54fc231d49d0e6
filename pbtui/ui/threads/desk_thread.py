"""The thread that runs the desk, and the slot that passes its views to the screen.

A terminal that stops reading blocks Textual's loop. The desk must not wait for it, so it has a thread and a loop of its
own. Views do not queue up: the slot holds only the newest.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, TypeVar

from textual.message import Message

from pbtui.desk.event_loop import end_tasks, run

if TYPE_CHECKING:  # at run time the desk's own thread imports them, after the first frame
    from decimal import Decimal

    from pbtui.api.reads.depth import Orders
    from pbtui.api.requests import UpdateStatus
    from pbtui.desk.blotter.history import History
    from pbtui.desk.desk import Desk
    from pbtui.desk.handover.report import Report
    from pbtui.desk.journal.writer import Kind
    from pbtui.desk.kill.halt import Halt
    from pbtui.desk.kill.plan import AnyOrder
    from pbtui.desk.kill.recovery.restore import RestoreLine
    from pbtui.desk.limits import LimitCheck
    from pbtui.desk.market.reading import Reading
    from pbtui.desk.plan.compared import Compared
    from pbtui.desk.plan.wanted import Wanted
    from pbtui.desk.position_guard import PositionChange, PositionRef
    from pbtui.desk.team.store import RearmRequest
    from pbtui.desk.tickets.conflict import Conflict
    from pbtui.desk.tickets.sending.account_result import ActiveAfter
    from pbtui.desk.tickets.ticket import Ticket, TicketLine
    from pbtui.desk.view import DeskView
    from pbtui.settings.key_text import KeyText

OpenDesk = Callable[["Callable[[DeskView], None]"], "AbstractAsyncContextManager[Desk]"]
"""Opens a desk that passes its views to the given callable; called on the desk's thread."""

STOP_WITHIN_S = 3.0


class NewView(Message):
    """Message: the slot holds a new view, or the desk stopped."""


T = TypeVar("T")


class DeskClosed(Exception):
    """The desk is not open, or it stopped because of an error."""


class DeskThread:
    """Runs one desk on a thread of its own.

    `announce` is called on the desk's thread when a view enters the empty slot, and when the desk could not be opened
    or stopped because of an error; `failure` is that error.
    """

    def __init__(self, open_desk: OpenDesk, announce: Callable[[], None]) -> None:
        self._open_desk = open_desk
        self._announce = announce
        self.failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)
        self.latest: DeskView | None = None
        """The newest view; may be read from any thread."""
        self._halted_for: dict[bool, str] = {}
        """Reasons of the halt, by whether a kill was fired: a desk that is still being opened gets them later."""
        self._slot: DeskView | None = None
        self._slot_lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._desk: Desk | None = None
        self._stop: asyncio.Event | None = None

    # ------------------------------------------------------------ called on the screen's thread

    def start(self) -> None:
        """Start the thread, which opens and runs the desk."""
        self._thread.start()

    @property
    def is_started(self) -> bool:
        """Return whether the thread was ever started."""
        return self._thread.ident is not None

    def stop(self) -> None:
        """Stop the desk; wait for it for at most STOP_WITHIN_S."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(STOP_WITHIN_S)

    def take(self) -> DeskView | None:
        """Return the newest view and empty the slot; None if there is no new one."""
        with self._slot_lock:
            view, self._slot = self._slot, None
        return view

    @property
    def received_bytes(self) -> int:
        """Return the bytes of all answers, as far as they have come; 0 before the desk is open."""
        return 0 if self._desk is None else self._desk.received_bytes

    def read_now(self) -> None:
        """Read the orders now instead of at the next poll."""
        self._call(lambda desk: desk.read_now())

    async def try_key(self, text: KeyText) -> str:
        """Try another API key and use it; return why it is not used, empty if it is."""
        return await self._ask(lambda desk: desk.key.replace(text))

    async def may_trade(self) -> bool:
        """Ask the server whether the API key may trade, and return it; True if the server does not say it."""
        return await self._ask(lambda desk: desk.key.may_trade())

    async def history(self, order_id: str) -> History:
        """Read the history of an order. Raises OrdersApiError, DeskClosed."""
        return await self._ask(lambda desk: desk.lookups.history(order_id))

    async def depth(self, contract_id: str, delivery_area: str) -> Reading[Orders]:
        """Read the order book of a contract in a delivery area. Raises DeskClosed."""
        return await self._ask(lambda desk: desk.lookups.depth(contract_id, delivery_area))

    def read_positions(self, delivery_area: str) -> None:
        """Read the positions in a delivery area now."""
        self._call(lambda desk: desk.read_positions(delivery_area))

    async def net_position(self, ref: PositionRef) -> Reading[Decimal]:
        """Read the net position, in MW, that an order changes. Raises DeskClosed."""
        return await self._ask(lambda desk: desk.lookups.net_position(ref))

    async def position_change(self, line: TicketLine) -> PositionChange | None:
        """Read the net position that an order expected; None if it expected none. Raises DeskClosed."""
        return await self._ask(lambda desk: desk.lookups.position_change(line))

    async def check(self, ticket: Ticket) -> LimitCheck:
        """Apply the pre-trade limits to a ticket."""

        async def check(desk: Desk) -> LimitCheck:
            return desk.check(ticket)

        return await self._ask(check)

    async def submit(self, ticket: Ticket) -> Ticket:
        """Send a ticket and return it with its outcomes. Cancelling this call does not cancel the request."""
        return await self._ask(lambda desk: desk.submit(ticket))

    async def reconciled(self, token: str) -> Ticket:
        """Wait until reads have shown the result of every line of a ticket, and return it."""
        return await self._ask(lambda desk: desk.reconciled(token))

    async def look_again(self, token: str) -> Ticket | None:
        """Ask the server once more about the lines of a ticket that were not shown to be done."""
        return await self._ask(lambda desk: desk.look_again(token))

    async def conflict(self, line: TicketLine) -> Conflict:
        """Read the order of a change that conflicted with another change. Raises OrdersApiError."""
        return await self._ask(lambda desk: desk.lookups.conflict(line))

    async def compare(self, wanted: Wanted) -> Compared:
        """Compare a file of orders with what stands. Raises OrdersApiError, JournalUnusable, OSError, DeskClosed."""
        return await self._ask(lambda desk: desk.lookups.compare(wanted))

    async def journal_lines(self) -> Sequence[str]:
        """Return the journal of this run as text, oldest entry first. Raises JournalUnusable."""
        return await self._ask(lambda desk: desk.journal_lines())

    async def handover(self) -> Report:
        """Read the report of the present shift. Raises DeskClosed."""
        return await self._ask(lambda desk: desk.hand_over.report())

    async def leave_note(self, text: str) -> None:
        """Record a note for whoever takes over. Raises JournalUnusable, Refused, DeskClosed."""
        await self._ask(lambda desk: desk.hand_over.leave_note(text))

    async def take_over(self, report: Report, name: str) -> str:
        """Record who takes over after this report; return its SHA-256. Raises JournalUnusable, Refused, DeskClosed."""
        return await self._ask(lambda desk: desk.hand_over.take_over(report, name))

    async def change_everything(self, wanted: UpdateStatus) -> ActiveAfter:
        """Change every order at the exchange. Raises OrdersApiError if the server did not accept it."""
        return await self._ask(lambda desk: desk.change_everything(wanted))

    def set_trading(self, *, is_on: bool) -> None:
        """Switch trading on or off."""
        self._call(lambda desk: desk.set_trading(is_on=is_on))

    def open_in_form(self, keys: tuple[str, ...]) -> None:
        """Show the other desks of the team that the orders with these keys are open in a form now, and no others."""
        self._call(lambda desk: desk.open_in_form(keys))

    def note(self, kind: Kind, **facts: object) -> None:
        """Record a decision of the trader in the journal."""
        self._call(lambda desk: desk.note(kind, **facts))

    # ------------------------------------------------------------ for the kill switch, from any thread

    def halt(self, reason: str, *, fires: bool = False) -> None:
        """Stop every request that enters, changes or activates orders, also in a desk that is still being opened.

        `fires` is set where its kill is fired now.
        """
        self._halted_for[fires] = reason
        if self._desk is not None:
            self._desk.halt(reason, fires=fires)

    def unhalt(self) -> None:
        """Lift the halt of the kill key; that of a fired kill and one on disk stay."""
        self._halted_for.pop(False, None)
        if self._desk is not None:
            self._desk.unhalt()

    def pause_feed(self) -> None:
        """Stop reading until `resume_feed`."""
        if self._desk is not None:
            self._desk.pause_feed()

    def resume_feed(self) -> None:
        """Start reading again, at once."""
        if self._desk is not None:
            self._desk.resume_feed()

    @property
    def writes_under_way(self) -> int:
        """Number of the desk's write requests without an answer yet."""
        return 0 if self._desk is None else self._desk.writes_under_way

    async def rearm(self, reason: str, shown: Halt) -> Halt | None:
        """Lift the halt that was shown: in the team, here and on disk; return a halt that still holds.

        Raises JournalUnusable or HaltNotOnDisk if it could not be lifted.
        """
        self._halted_for.clear()

        async def rearm(desk: Desk) -> Halt | None:
            await desk.rearm_team(reason, shown)
            return desk.rearm(reason, shown)

        return await self._ask(rearm)

    async def cut_loose(self, reason: str) -> None:
        """Cut the profile loose from its team at this host. Raises JournalUnusable or NotCutLoose."""

        async def cut_loose(desk: Desk) -> None:
            desk.cut_loose(reason)

        await self._ask(cut_loose)

    async def confirm_rearm(self, request: RearmRequest) -> Halt | None:
        """Confirm the re-arm that another operator asks for; return the halt that still holds.

        Raises JournalUnusable or HaltNotOnDisk if it was not lifted.
        """
        return await self._ask(lambda desk: desk.confirm_rearm(request))

    async def restore_list(self, before: Sequence[AnyOrder]) -> tuple[RestoreLine, ...]:
        """Return which of these orders from before a kill can be activated again, and why the others can't."""

        async def restore_list(desk: Desk) -> tuple[RestoreLine, ...]:
            return desk.restore_list(before)

        return await self._ask(restore_list)

    async def _ask(self, question: Callable[[Desk], Coroutine[Any, Any, T]]) -> T:
        if self._loop is None or self._desk is None or not self._thread.is_alive():
            raise DeskClosed("the desk is not open")
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(question(self._desk), self._loop))

    def _call(self, command: Callable[[Desk], None]) -> None:
        if self._loop is not None and self._desk is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(command, self._desk)

    # ------------------------------------------------------------ on the desk's thread

    def _run(self) -> None:
        try:
            run(self._live())
        except Exception as error:  # noqa: BLE001 - the trader must see any error that stops the desk
            self.failure = error
            self._announce()

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with self._open_desk(self._publish) as self._desk:
            for fires, reason in dict(self._halted_for).items():
                self._desk.halt(reason, fires=fires)
            running = asyncio.create_task(self._desk.run(reports_earlier=True))
            stopping = asyncio.create_task(self._stop.wait())
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if running.done():
                running.result()
            await end_tasks(running)

    def _publish(self, view: DeskView) -> None:
        with self._slot_lock:
            was_empty, self._slot = self._slot is None, view
            self.latest = view
        if was_empty:
            self._announce()
