"""The desk: the one object both faces hold. Plain asyncio; it knows neither a terminal nor a command line."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from pbtui.api.client import OrdersClient
from pbtui.api.clock import steady_s, utc_now
from pbtui.api.models import Order, UpdateStatus
from pbtui.desk.blotter.chain import PAGE_SIZE
from pbtui.desk.blotter.feed import Feed
from pbtui.desk.blotter.history import History, history_of
from pbtui.desk.journal.audit import read_journal
from pbtui.desk.journal.describe import entry_lines
from pbtui.desk.journal.unfinished import open_intents
from pbtui.desk.journal.writer import Journal, JournalUnusable, Kind
from pbtui.desk.kill.gate import halt_gate
from pbtui.desk.kill.halt import Halt, HaltNotOnDisk, halt_here, read_halt, rearm
from pbtui.desk.kill.plan import AnyOrder
from pbtui.desk.kill.restore import RestoreLine, restore_lines
from pbtui.desk.limits import LimitCheck
from pbtui.desk.ticket_limits import check_ticket
from pbtui.desk.tickets.account_wide import change_everything
from pbtui.desk.tickets.conflict import Conflict, read_conflict
from pbtui.desk.tickets.executor import TicketExecutor
from pbtui.desk.tickets.record import ticket_of_intent
from pbtui.desk.tickets.ticket import Outcome, Ticket, TicketLine
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile


class Desk:
    """One trader's desk at one exchange. `publish` is called with each new view, in the loop that runs the desk."""

    def __init__(
        self, profile: Profile, client: OrdersClient, journal: Journal, publish: Callable[[DeskView], None]
    ) -> None:
        self._profile = profile
        self._client = client
        self._journal = journal
        self._publish = publish
        self._trading_is_on = not profile.read_only
        self._halt_here: Halt | None = None
        self._halt_on_disk: Halt | None = read_halt(profile.name)
        self._loop: asyncio.AbstractEventLoop | None = None
        client.gate = halt_gate(profile.name, lambda: self._halt_here)
        self._feed = Feed(client, profile, lambda view: self._read())
        self._executor = TicketExecutor(
            client, self._feed, journal, self._republish, single_order_endpoint=profile.single_order_endpoint
        )

    @property
    def view(self) -> DeskView:
        """The newest view."""
        orders = self._feed.view
        return DeskView(
            link=orders.link,
            blotter=orders.blotter,
            active_gap=orders.active_gap,
            inactive_gap=orders.inactive_gap,
            tickets=self._executor.tickets,
            trading_is_on=self._trading_is_on,
            key_may_not_trade=self._executor.key_may_not_trade,
            journal_trouble=self._journal.trouble,
            halted=self._halt_on_disk or self._halt_here,
        )

    async def run(self) -> None:
        """Take up what an earlier run left open, then keep the view up to date until cancelled."""
        self._loop = asyncio.get_running_loop()
        try:
            intents = open_intents(self._profile.name)
        except JournalUnusable:
            intents = ()  # the journal says itself that it can't be read, and why
        self._executor.resume(ticket_of_intent(intent.intent, intent.open_keys) for intent in intents)
        await self._feed.run()

    async def close(self, within_s: float) -> None:
        """Wait so long for answers that are on their way, then end; what is open is read again at the next start."""
        await self._executor.close(within_s)

    def _read(self) -> None:
        """After each read: another desk of the profile may have halted it, or re-armed it."""
        self._halt_on_disk = read_halt(self._profile.name)
        self._republish()

    def _republish(self) -> None:
        self._publish(self.view)

    # ------------------------------------------------------------ the kill switch, from any thread

    def halt(self, reason: str) -> None:
        """Let nothing more be entered, changed or activated, from this very moment: what has not left does not leave.

        For this desk alone and until `unhalt`: a kill that is fired puts its own halt on disk. May be called from any
        thread, also while the desk's own hangs.
        """
        self._halt_here = halt_here(reason)
        self._on_loop(self._republish)

    def unhalt(self) -> None:
        """Take back `halt`; a halt on disk stays. The disk, which may hang, is asked on the desk's own thread."""
        self._halt_here = None
        self._on_loop(self._read)

    def pause_feed(self) -> None:
        """Read nothing until `resume_feed`, so that a kill has the server to itself."""
        self._on_loop(self._feed.pause)

    def resume_feed(self) -> None:
        """Go on reading, at once."""
        self._on_loop(self._feed.resume)

    @property
    def writes_under_way(self) -> int:
        """How many tickets have a request on its way just now: a kill takes their orders for possibly live."""
        return self._executor.under_way

    def _on_loop(self, action: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(action)

    def rearm(self, reason: str) -> None:
        """Lift the halt, here and on disk, and note why. It activates nothing.

        Raises JournalUnusable or HaltNotOnDisk where it stays.
        """
        try:
            rearm(self._profile.name, self._journal, reason, self._halt_on_disk or read_halt(self._profile.name))
        except HaltNotOnDisk:
            self._read()  # the next attempt is about the halt that is there now
            raise
        self._halt_here = self._halt_on_disk = None
        self._republish()

    def restore_list(self, before: Iterable[AnyOrder]) -> tuple[RestoreLine, ...]:
        """What a bulk activation could bring back of these orders from before a kill, and why not of the others."""
        return restore_lines(before, self._feed.view.blotter, utc_now())

    # ------------------------------------------------------------ reading

    def read_now(self) -> None:
        """Read the orders now instead of at the next poll."""
        self._feed.nudge()

    async def history(self, order_id: str) -> History:
        """Read the history of an order, under all the ids it had. Raises OrdersApiError."""
        reply = await self._client.get_own_order_history(order_id)
        return history_of(order_id, reply.snapshot.orders)

    async def find_orders(self, order_ids: Sequence[str]) -> list[Order]:
        """The orders of these ids as they are now, whether active or not. Raises OrdersApiError."""
        reply = await self._client.get_own_orders(order_ids=order_ids, active_only=False, limit=PAGE_SIZE)
        return list(reply.snapshot.readable)

    async def conflict(self, line: TicketLine) -> Conflict:
        """Read what became of the order of a change that met another. Raises OrdersApiError."""
        return await read_conflict(self._client, line, in_a_row=self._conflicts_in_a_row(line.key))

    def _conflicts_in_a_row(self, key: str) -> int:
        count = 0
        for line in (line for ticket in reversed(self._executor.tickets) for line in ticket.lines if line.key == key):
            if not line.is_conflict:
                break
            count += 1
        return count

    # ------------------------------------------------------------ writing

    def check(self, ticket: Ticket) -> LimitCheck:
        """What the pre-trade limits say of a ticket: what stops it, and what asks for one more key."""
        return check_ticket(ticket, self.view, self._profile.limits, steady_s())

    async def submit(self, ticket: Ticket) -> Ticket:
        """Send a ticket and return it with an outcome for each line. What the pre-trade limits stop is not sent."""
        self._halt_on_disk = read_halt(self._profile.name)
        refusals = self.check(ticket).refusals
        if refusals and self._executor.find(ticket.token) is None:
            reason = "; ".join(refusals)
            self.note(Kind.ABORT, ticket=ticket.token, reason=reason)
            lines = [replace(line, outcome=Outcome.NOT_SENT, reason=reason) for line in ticket.lines]
            return ticket.with_lines(lines)
        return await self._executor.submit(ticket)

    async def reconciled(self, token: str) -> Ticket:
        """Wait until reading has shown what became of every line of a ticket."""
        return await self._executor.reconciled(token)

    def find_ticket(self, token: str) -> Ticket:
        """The ticket of that token as it stands. Raises KeyError for one that was never handed in."""
        ticket = self._executor.find(token)
        if ticket is None:
            raise KeyError(token)
        return ticket

    async def change_everything(self, wanted: UpdateStatus) -> int:
        """Change every order at the exchange; gives how many are active then, as far as the key sees.

        Raises OrdersApiError.
        """
        try:
            return await change_everything(self._client, self._journal, wanted)
        finally:
            self._feed.write_ended()
            self._read()

    def set_trading(self, *, is_on: bool) -> None:
        """Switch trading on or off: with it off, orders can only be taken out of the market."""
        self._trading_is_on = is_on
        self.note(Kind.MODE, trading=is_on)
        self._republish()

    async def journal_lines(self) -> tuple[str, ...]:
        """The journal of this run in words, oldest first. Raises JournalUnusable."""
        path = self._journal.path
        if path is None:
            raise JournalUnusable(self._journal.trouble or "it was not begun")
        reading = await asyncio.to_thread(read_journal, path)
        return tuple(line for entry in reading.entries for line in entry_lines(entry))

    def note(self, kind: Kind, **facts: object) -> None:
        """Put a decision of the trader into the journal; its trouble, if it has any, is in the view."""
        try:
            self._journal.record(kind, **facts)
        except JournalUnusable:
            self._republish()
