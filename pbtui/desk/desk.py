"""The desk: the object that the UI and the command line use. Plain asyncio, without terminal or command line."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pbtui.api.client import OrdersClient
from pbtui.api.clock import steady_s
from pbtui.api.requests import UpdateStatus
from pbtui.desk.blotter.feed import Feed
from pbtui.desk.blotter.link import STALE_AFTER_POLLS, LinkState
from pbtui.desk.earlier_runs import EarlierRuns
from pbtui.desk.exchange_reads import ExchangeReads
from pbtui.desk.handover.at_desk import HandOver
from pbtui.desk.handover.report import Part
from pbtui.desk.journal.chain import read_journal
from pbtui.desk.journal.describe import entry_lines
from pbtui.desk.journal.writer import Journal, JournalUnusable, Kind
from pbtui.desk.key.present import PresentKey, ReplaceKey
from pbtui.desk.kill.halt import Halt, HaltNotOnDisk
from pbtui.desk.kill.plan import AnyOrder
from pbtui.desk.kill.recovery.restore import RestoreLine, restore_lines
from pbtui.desk.limits import LimitCheck
from pbtui.desk.lookups import Lookups
from pbtui.desk.market.fills import FillIndex
from pbtui.desk.market.notifications import Notifications, sent_at
from pbtui.desk.market.reading import Reading
from pbtui.desk.market.trades import Trades, recalled_since
from pbtui.desk.order_events import OrderEvents, recall_facts
from pbtui.desk.team.lone import cut_loose_command
from pbtui.desk.team.presence import Activity
from pbtui.desk.team.store import RearmRequest, TeamStore
from pbtui.desk.team_results import TeamResults
from pbtui.desk.ticket_limits import check_ticket
from pbtui.desk.tickets.evidence import NothingLeft
from pbtui.desk.tickets.executor import TicketExecutor
from pbtui.desk.tickets.sending.account_result import ActiveAfter
from pbtui.desk.tickets.sending.account_wide import active_afterwards, change_everything
from pbtui.desk.tickets.sending.submission import Request
from pbtui.desk.tickets.ticket import Action, Ticket
from pbtui.desk.tickets.verdict import judged
from pbtui.desk.trading_halt import TradingHalt
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile

if TYPE_CHECKING:
    from pbtui.api.reads.client import ReadsClient


class Desk:
    """One trader's desk at one exchange. `publish` receives each new view, in the desk's event loop.

    Without `reads` the desk reads nothing besides orders. With `team` it shares its halt with all desks that use this
    store, which it closes at the end.
    """

    def __init__(
        self,
        profile: Profile,
        client: OrdersClient,
        journal: Journal,
        publish: Callable[[DeskView], None],
        *,
        replace_key: ReplaceKey | None = None,
        reads: "ReadsClient | None" = None,
        team: TeamStore | None = None,
    ) -> None:
        self._profile = profile
        self._client = client
        self._journal = journal
        self._publish = publish
        self._cut_loose = cut_loose_command(profile)
        self._trading_is_on = not profile.read_only
        self._halt = TradingHalt(
            profile,
            team,
            lambda: self._republish(),
            lambda halt: self.note(Kind.HALT_VANISHED, was=halt.words),
            lambda lone: self.note(Kind.LONE_ENDED, was=lone.words, sends=[send.token for send in lone.sends]),
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._earlier = EarlierRuns(profile, journal)
        self._events = OrderEvents(lambda facts: self.note(Kind.ORDER_EVENT, **facts))
        client.gate = self._halt.gate
        self._feed = Feed(client, profile, lambda view: self._read())
        self._executor = TicketExecutor(
            client, self._feed, journal, self._republish, single_order_endpoint=profile.single_order_endpoint
        )
        self._changes_everything = self._is_taking_in = False
        self._in_form: tuple[str, ...] = ()
        self._results = TeamResults()
        self._trades: Reading[Trades] = Reading()
        self._exchange = ExchangeReads(
            reads, profile, self._learn_exchange, self._note_notifications, lambda: self._is_writing, self._feed.now
        )
        self.key = PresentKey(client, profile, self._feed, self._exchange, self._executor, self._republish, replace_key)
        self.lookups = Lookups(client, profile, self._exchange, lambda: self._executor.tickets)
        self.hand_over = HandOver(client, profile, journal, self._halts)

    @property
    def _is_writing(self) -> bool:
        return self._changes_everything or self._executor.under_way > 0

    @property
    def received_bytes(self) -> int:
        """Return the bytes of all answers, as far as they have come; may be read from any thread."""
        return self._client.received_bytes

    @property
    def view(self) -> DeskView:
        """The newest view."""
        orders = self._feed.view
        return DeskView(
            link=orders.link,
            blotter=orders.blotter,
            elsewhere=orders.elsewhere,
            active_gap=orders.active_gap,
            inactive_gap=orders.inactive_gap,
            past_count=orders.past_count,
            tickets=self._executor.tickets,
            earlier=self._earlier.ended,
            trading_is_on=self._trading_is_on,
            key_may_not_trade=self.key.may_not_trade,
            journal_problem=self._journal.problem,
            unrecorded=self._journal.gap,
            halted=self._halt.present,
            last_kill=self._halt.last_kill,
            notes=self._earlier.notes,
            events=self._events.newest,
            exchange=self._exchange.view,
            own_tokens=self._earlier.tokens,
            team_problem=self._halt.team.problem,
            cut_loose=self._cut_loose,
            others=self._halt.team.desks,
            requests=self._halt.team.requests,
            team_halts=self._halt.halts_of_others,
            team_lifted=self._halt.lifted_by_others,
            lone=self._halt.lone,
            lone_reports=self._halt.team.lone,
            team_skew=self._halt.team.skew,
        )

    async def run(self, *, reports_earlier: bool = False) -> None:
        """Resume tickets that an earlier run left open, then keep the view up to date until cancelled.

        With `reports_earlier` a trader looks at this desk: it also shows, once, the tickets of earlier runs whose
        results another program has read since. The other desks of its team see this one.
        """
        self._loop = asyncio.get_running_loop()
        earlier = self._earlier
        earlier.read(reports_ended=reports_earlier)
        shown = [*earlier.ended, *(ticket for ticket in earlier.left if ticket.is_open)]
        if reports_earlier and shown:
            self.note(Kind.SHOWN, tickets=[ticket.token for ticket in shown])
        self._executor.resume(earlier.left)
        activity = self._activity if reports_earlier else None
        await self._halt.beside(self._exchange.beside(self._feed.run()), activity)

    def _activity(self) -> Activity:
        """Return what this desk shows the others of its team."""
        may_trade = self._trading_is_on and not self.key.may_not_trade
        self._results.follow(self._executor.tickets, steady_s())
        return Activity(may_trade, self._in_form, self._results.newest)

    def open_in_form(self, keys: tuple[str, ...]) -> None:
        """Show the other desks of the team that the orders with these keys are open in a form now, and no others."""
        self._in_form = keys

    async def close(self, within_s: float) -> None:
        """Wait at most `within_s` for pending answers, then stop. The next start reads what is still open."""
        await self._executor.close(within_s)
        await self._halt.close()

    def _read(self) -> None:
        """Read the halt file, which another desk of the profile may have changed, and publish."""
        with self._publishing_once():
            self._halt.read()
            self._executor.watch()
            self._events.follow(self._feed.view.blotter, self._executor.tickets)
            self._exchange.follow(self._feed.view.blotter)

    def _learn_exchange(self) -> None:
        """Take in what was read besides orders: trades are evidence about tickets, and price what traded."""
        before, self._trades = self._trades, self._exchange.view.trades
        trades = self._trades.value
        with self._publishing_once():
            if trades is not None and trades is not before.value:
                index = FillIndex(trades.sides, self._feed.view.blotter.readable)
                self._executor.learn_fills(index, self._trades.requested_s or steady_s())
                self._events.learn_fills(index)
                if recalled := recalled_since(before, self._trades):
                    self.note(Kind.RECALL, trades=[recall_facts(trade) for trade in recalled])

    def _note_notifications(self, notifications: Notifications) -> None:
        for each in notifications:
            self.note(Kind.NOTIFICATION, severity=each.severity, text=each.text, sent_at=sent_at(each))

    @contextmanager
    def _publishing_once(self) -> Iterator[None]:
        """Publish at the end of the block only: a view in between shows a new read beside a verdict from before it."""
        self._is_taking_in = True
        try:
            yield
        finally:
            self._is_taking_in = False
            self._republish()

    def _republish(self) -> None:
        if not self._is_taking_in:
            self._publish(self.view)

    # ------------------------------------------------------------ the kill switch, from any thread

    def halt(self, reason: str, *, fires: bool = False) -> None:
        """Stop at once every request that enters, changes or activates orders and has not left yet.

        It applies to this desk until `unhalt`; with `fires`, until the halt of its kill is on disk and takes its place.
        May be called from any thread, also while the desk's own thread hangs.
        """
        self._halt.begin(reason, fires=fires)
        self._on_loop(self._republish)

    def unhalt(self) -> None:
        """Lift the halt of the kill key; any other stays. The disk may hang, so it is read on the desk's own thread."""
        self._halt.end()
        self._on_loop(self._read)

    def pause_feed(self) -> None:
        """Stop reading until `resume_feed`, so that reads do not delay a kill."""
        self._on_loop(self._pause)

    def _pause(self) -> None:
        self._feed.pause()
        self._exchange.pause()

    def resume_feed(self) -> None:
        """Start reading again, at once."""
        self._on_loop(self._resume)

    def _resume(self) -> None:
        self._feed.resume()
        self._exchange.resume()

    @property
    def writes_under_way(self) -> int:
        """Number of tickets whose request has no answer yet. A kill treats their orders as possibly active."""
        return self._executor.under_way

    def _on_loop(self, action: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(action)

    async def rearm_team(self, reason: str, shown: Halt) -> None:
        """Lift the halt that a view showed in the store of the team, before `rearm` lifts it here and on disk.

        Raises JournalUnusable, or HaltNotOnDisk if one could not be lifted; those lifted before it stay lifted.
        """
        await self._halt.rearm_team(self._journal, reason, shown)

    def cut_loose(self, reason: str) -> None:
        """Cut the profile loose from its team at this host until the store answers again.

        Raises JournalUnusable, or NotCutLoose with the reason.
        """
        self._halt.cut_loose(self._journal, reason)
        self._republish()

    async def confirm_rearm(self, request: RearmRequest) -> Halt | None:
        """Confirm the re-arm that another operator asks for; return the halt that still holds.

        Raises JournalUnusable, or HaltNotOnDisk if it was not lifted.
        """
        left = await self._halt.confirm_rearm(self._journal, request)
        self._republish()
        return left

    def rearm(self, reason: str, shown: Halt) -> Halt | None:
        """Lift the halt that a view showed, here and on disk, and record the reason. No order is activated.

        Returns the halt that still holds: another profile of the server may have one too.
        Raises JournalUnusable or HaltNotOnDisk if the halt could not be lifted.
        """
        try:
            left = self._halt.rearm(self._journal, reason, shown)
        except HaltNotOnDisk:
            self._read()  # the next attempt sees the present halt
            raise
        self._republish()
        return left

    def restore_list(self, before: Iterable[AnyOrder]) -> tuple[RestoreLine, ...]:
        """Return which of these orders from before a kill can be activated again, and why the others can't."""
        return restore_lines(before, self._feed.view.blotter, self._feed.now())

    def _halts(self) -> Part[str]:
        halt, problem = self._halt.present, self._halt.team.problem
        return Part(() if halt is None else (halt.words,), (f"halts of the team: {problem}",) if problem else ())

    # ------------------------------------------------------------ reading

    def read_now(self) -> None:
        """Read orders, market status and rights of the key now instead of at the next poll."""
        self._feed.nudge()
        self._exchange.read_now()

    async def ask_team(self) -> None:
        """Wait until the store of the team was asked, if this host knows a halt there: it may be lifted by now."""
        await self._halt.ask_team()

    async def read_lately(self, within_s: float) -> None:
        """Wait, at most so long, for a newer read if the last one is too old to send: others may have taken long."""
        now_s = steady_s()
        if self.view.link.state(now_s) is LinkState.STALE:
            with suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await self._feed.read_since(now_s - STALE_AFTER_POLLS * self._profile.poll_seconds)

    def read_positions(self, delivery_area: str) -> None:
        """Read the positions in a delivery area now instead of at the next timer."""
        self._exchange.read_positions(delivery_area)

    # ------------------------------------------------------------ writing

    def check(self, ticket: Ticket) -> LimitCheck:
        """Apply the pre-trade limits to a ticket; return its refusals and warnings.

        A new order is compared with those that other programs of the profile have sent of late.
        """
        if ticket.action is not Action.ADD:
            return self._check(ticket)
        others, problem = self._earlier.entered_of_late({each.token for each in self._executor.tickets})
        return self._check(ticket, others) + LimitCheck(warnings=(problem,) if problem else ())

    def _check(self, ticket: Ticket, others: Iterable[Ticket] = ()) -> LimitCheck:
        view = self.view
        return check_ticket(ticket, view, self._profile, steady_s(), view.now(), others)

    async def submit(self, ticket: Ticket) -> Ticket:
        """Send a ticket unless the pre-trade limits refuse it, and return it with an outcome for each line."""
        self._halt.read()
        refusals = self._check(ticket).refusals
        if refusals and self._executor.find(ticket.token) is None:
            reason = "; ".join(refusals)
            self.note(Kind.ABORT, ticket=ticket.token, reason=reason)
            lines = [judged(line, NothingLeft(steady_s(), reason)) for line in ticket.lines]
            return ticket.with_lines(lines)
        self._earlier.add(ticket)
        return await self._executor.submit(ticket)

    def requests(self, ticket: Ticket) -> list[Request]:
        """Return the requests that sending a ticket would begin with."""
        return self._executor.requests(ticket)

    async def reconciled(self, token: str) -> Ticket:
        """Wait until reads have shown the result of every line of a ticket, and return it."""
        return await self._executor.reconciled(token)

    async def look_again(self, token: str) -> Ticket | None:
        """Ask the server once more about the lines of a ticket that were not shown to be done."""
        return await self._executor.look_again(token)

    def find_ticket(self, token: str) -> Ticket:
        """Return the present ticket with this token. Raises KeyError if it was never submitted."""
        ticket = self._executor.find(token)
        if ticket is None:
            raise KeyError(token)
        return ticket

    async def change_everything(self, wanted: UpdateStatus) -> ActiveAfter:
        """Change every order at the exchange; return how many are active after it was accepted, as far as the key sees.

        Raises OrdersApiError if it was not accepted.
        """
        self._changes_everything = True
        try:
            await change_everything(self._client, self._journal, wanted)
        finally:
            self._changes_everything = False
            self._feed.write_ended()
            self._read()
        return await active_afterwards(self._client)

    def set_trading(self, *, is_on: bool) -> None:
        """Switch trading on or off. While it is off, orders can only be withdrawn."""
        self._trading_is_on = is_on
        self.note(Kind.MODE, trading=is_on)
        self._republish()

    async def journal_lines(self) -> tuple[str, ...]:
        """Return the journal of this run as text, oldest entry first. Raises JournalUnusable."""
        path = self._journal.path
        if path is None:
            raise JournalUnusable(self._journal.problem or "the journal was not opened")
        reading = await asyncio.to_thread(read_journal, path)
        return tuple(line for entry in reading.entries for line in entry_lines(entry))

    def note(self, kind: Kind, **facts: object) -> None:
        """Record a decision of the trader in the journal. If that fails, the view reports it as `journal_problem`."""
        try:
            self._journal.record(kind, **facts)
        except JournalUnusable:
            self._republish()
