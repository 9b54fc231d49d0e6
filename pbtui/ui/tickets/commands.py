"""Commands of the trader, one coroutine per use case: ask, check, confirm, send, handle the result.

A ticket belongs to the desk as soon as it is submitted. Nothing here can cancel it; if a coroutine ends early, only the
display of the result is missing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from pbtui.api.clock import steady_s, utc_now
from pbtui.api.codes import ModifyAction
from pbtui.api.errors import OrdersApiError
from pbtui.api.models import Order
from pbtui.api.requests import OrderModify, OrderModifyItem
from pbtui.api.structs import replace
from pbtui.desk.journal.writer import JournalUnusable, Kind
from pbtui.desk.limits import LimitCheck
from pbtui.desk.ticket_limits import check_line
from pbtui.desk.tickets.describe import subject
from pbtui.desk.tickets.state import UNDONE_STATES, State
from pbtui.desk.tickets.ticket import (
    ACTION_CODES,
    Action,
    Ticket,
    TicketLine,
    change_line,
    new_token,
)
from pbtui.desk.tickets.undo import inverse, last_change
from pbtui.settings.profiles import Profile
from pbtui.ui.forms.bulk_form import BulkForm
from pbtui.ui.forms.change_form import ChangeForm
from pbtui.ui.forms.left_out import LeftOut
from pbtui.ui.threads.desk_thread import DeskThread
from pbtui.ui.tickets.conflict_prompt import ConflictChoice, ConflictPrompt
from pbtui.ui.tickets.dialogue import Dialogue
from pbtui.ui.tickets.journal_pane import JournalPane
from pbtui.ui.tickets.new_orders import NewOrders
from pbtui.ui.tickets.overview import TicketList
from pbtui.ui.tickets.pasted_orders import PastedOrders
from pbtui.ui.tickets.refused import texts_of_change, why_undone


@dataclass(frozen=True, slots=True)
class Tried:
    """The outcome of a change. `line` is the last one that was sent about the order.

    `is_decided` is set once nothing more is to be asked about it.
    """

    line: TicketLine
    is_decided: bool = True


class OrderCommands:
    """Use cases of one desk's screen.

    `marks_after` takes the orders with which a ticket is done, which are no longer marked, and those to mark.
    """

    def __init__(
        self,
        dialogue: Dialogue,
        profile: Profile,
        desk_thread: DeskThread,
        zone: Callable[[], ZoneInfo],
        marks_after: Callable[[Iterable[str], Iterable[str]], None],
    ) -> None:
        self._dialogue = dialogue
        self._profile = profile
        self._desk = desk_thread
        self._zone = zone
        self._marks_after = marks_after
        self.new = NewOrders(dialogue, profile, desk_thread, zone)
        self.pasted = PastedOrders(dialogue, profile, desk_thread, zone)

    # ------------------------------------------------------------ again

    async def offer_again(self, token: str) -> None:
        """Open the failed part of a ticket again as a draft; nothing is sent without the trader.

        The desk reads the orders once more first: an order that was done after all is not offered again.
        """
        ticket = await self._desk.look_again(token)
        failed = [line for line in ticket.lines if line.state in UNDONE_STATES] if ticket else []
        if ticket is None or not failed:
            self._dialogue.say("Nothing of this ticket is left to send again. Tickets shows what the last read found.")
            return
        if ticket.action is Action.ADD:
            await self.new.offer_again(ticket, failed)
            return
        for position, line in enumerate(failed, 1):
            tried = await self._resolve(line, (position, len(failed)))
            if not tried.is_decided and tried.line.base is not None:
                await self._offer_change_again(tried.line, tried.line.base)

    async def _offer_change_again(self, line: TicketLine, base: Order) -> None:
        changes = line.request.changes if isinstance(line.request, OrderModifyItem) else None
        if changes is None:
            return
        if changes.action is not ModifyAction.MODI:
            await self._send(self._ticket(_action_of(changes), [change_line(base, changes)]))
            return
        await self.edit(base, texts=texts_of_change(base, changes, self._zone()), earlier_failure=why_undone([line]))

    # ------------------------------------------------------------ changes

    async def edit(
        self, order: Order, *, texts: dict[str, str] | None = None, earlier_failure: str = ""
    ) -> Tried | None:
        """Change one order in a form. A failed change returns to the form; a conflict opens the conflict prompt.

        A change that was re-applied after a conflict and failed returns to the form of the order as it is then. Return
        what became of the last change; None if none was sent.
        """
        tried: Tried | None = None
        zone = self._zone()  # what is typed keeps its meaning, also if the preview shows another
        while not self._dialogue.refuses(f"order {order.order_id} can't be changed"):
            form = ChangeForm(
                self._dialogue.venue,
                zone,
                order,
                texts=texts,
                read_position=self._desk.net_position,
                guards_position=self._profile.position_guard,
                check=partial(self._check_change, order),
                earlier_failure=earlier_failure,
            )
            draft = await self._dialogue.ask(form, [order])
            if draft is None:
                break
            texts, earlier_failure = dict(draft.texts), ""
            ticket = self._ticket(Action.MODIFY, [change_line(order, draft.changes)])
            if not await self._dialogue.confirms(ticket, self._zone()):
                continue
            (line,) = (await self._submit(ticket)).lines
            tried = await self._resolve(line) if line.state in UNDONE_STATES else Tried(line)
            if tried.is_decided:
                break
            last = tried.line
            if last is not line and last.base is not None and isinstance(last.request, OrderModifyItem):
                order, texts = last.base, texts_of_change(last.base, last.request.changes, zone)
            earlier_failure = why_undone([last])
        return None if tried is None else replace(tried, is_decided=True)

    async def bulk(self, orders: Sequence[Order], left_out: LeftOut) -> None:
        """Make the same change to many orders. Orders that were not changed stay marked."""
        texts: dict[str, str] = {}
        zone = self._zone()
        while not self._dialogue.refuses("the marked orders can't be changed"):
            form = BulkForm(self._dialogue.venue, zone, orders, left_out, texts=texts)
            draft = await self._dialogue.ask(form, orders)
            if draft is None:
                return
            texts = dict(draft.texts)
            changes = [change_line(order, changes) for order, changes in draft.changes]
            if await self._send(self._ticket(Action.MODIFY, changes), left_out=left_out):
                return

    async def send_changes(self, changes: Sequence[tuple[Order, OrderModify]], hidden: int, *, is_asked: bool) -> bool:
        """Send staged changes; return whether they were sent. The filter hides so many others."""
        if self._dialogue.refuses("the staged changes were not sent and stay staged"):
            return False
        ticket = self._ticket(Action.MODIFY, [change_line(order, change) for order, change in changes])
        return await self._send(ticket, left_out=LeftOut(hidden), is_asked=is_asked)

    async def set_state(self, action: Action, orders: Sequence[Order], left_out: LeftOut | None = None) -> None:
        """Activate, deactivate or delete these orders."""
        if action.increases_risk and self._dialogue.refuses(f"orders not sent ({action.value})"):
            return
        change = OrderModify(action=ACTION_CODES[action])
        ticket = self._ticket(action, [change_line(order, change) for order in orders])
        await self._send(ticket, left_out=left_out)

    async def undo(self) -> None:
        """Offer the inverse of the last change of this run, in the preview of every write."""
        ticket = last_change(self._dialogue.view.tickets)
        if ticket is None:
            self._dialogue.say("nothing to undo: no order was changed in this run")
            return
        view = self._dialogue.view
        kill = view.last_kill
        undo = inverse(ticket, view.blotter.find, view.now(), None if kill is None else kill.halted_at)
        if not undo.lines:
            self._dialogue.say(f"no undo: {'; '.join(undo.why_not)}")
        elif not (undo.action.increases_risk and self._dialogue.refuses("no undo")):
            again = self._ticket(undo.action, undo.lines)
            await self._send(again, warnings=undo.since, undoes=ticket, left_out=LeftOut(why_not=undo.why_not))

    async def _send(
        self,
        ticket: Ticket,
        *,
        is_asked: bool = True,
        warnings: Sequence[str] = (),
        undoes: Ticket | None = None,
        left_out: LeftOut | None = None,
    ) -> bool:
        """Send a ticket if the trader confirms it, and handle its result; return whether it was sent."""
        confirms, zone = self._dialogue.confirms, self._zone()
        if not await confirms(ticket, zone, is_asked=is_asked, warnings=warnings, undoes=undoes, left_out=left_out):
            return False
        await self._resolve_each(await self._submit(ticket))
        return True

    async def _submit(self, ticket: Ticket) -> Ticket:
        """Submit a ticket, and wait until none of its lines is UNKNOWN.

        Of several orders, those that are not done are marked then. An order that was changed alone keeps its mark.
        """
        ticket = await self._desk.submit(ticket)
        if any(line.state in (State.UNKNOWN, State.REFUSED) for line in ticket.lines):
            ticket = await self._desk.reconciled(ticket.token)
        is_bulk = len(ticket.lines) > 1
        undone = {line.order_key for line in ticket.lines if line.state in UNDONE_STATES}
        if is_bulk or ticket.action is not Action.MODIFY:
            done = {line.order_key for line in ticket.lines} - undone
            self._marks_after(done, undone if is_bulk else ())
        return ticket

    # ------------------------------------------------------------ conflicts

    async def _resolve_each(self, ticket: Ticket) -> None:
        """Handle what failed of a ticket, order by order. Of several orders, those that are left to do stay marked."""
        undone = [line for line in ticket.lines if line.state in UNDONE_STATES]
        for number, line in enumerate(undone, 1):
            tried = await self._resolve(line, (number, len(undone)))
            if len(ticket.lines) > 1 and tried.line.state not in UNDONE_STATES:
                self._marks_after((line.order_key,), ())

    async def _resolve(self, line: TicketLine, position: tuple[int, int] = (1, 1)) -> Tried:
        """Show the conflict prompt if the order was changed by someone else, and return what became of the change."""
        while True:
            try:
                conflict = await self._desk.conflict(line)
            except OrdersApiError as error:
                self._dialogue.say(_unread(line, error))
                return Tried(line, is_decided=line.state is State.CONFLICT)
            if not conflict.has_changed and line.state is not State.CONFLICT:
                return Tried(line, is_decided=False)
            prompt = ConflictPrompt(self._dialogue.venue, conflict, self._zone(), position=position)
            choice = await self._dialogue.ask(prompt, [] if conflict.theirs is None else [conflict.theirs])
            if choice is ConflictChoice.EDIT and conflict.theirs is not None:
                texts = texts_of_change(conflict.theirs, conflict.mine, self._zone())
                return await self.edit(conflict.theirs, texts=texts) or Tried(line)
            if choice is not ConflictChoice.REAPPLY:
                self._desk.note(Kind.ABORT, order=line.order_key, reason="left as it is now, after a conflict")
                return Tried(line)
            ticket = self._ticket(_action_of(conflict.mine), [conflict.reapplied()])
            if not await self._dialogue.confirms(ticket, self._zone()):
                continue
            (line,) = (await self._submit(ticket)).lines
            if line.state not in UNDONE_STATES:
                return Tried(line)

    # ------------------------------------------------------------ tickets and journal

    async def show_tickets(self) -> None:
        """Show the tickets of this run, and open the chosen one again as a draft."""
        token = await self._dialogue.ask(
            TicketList(self._dialogue.venue, self._dialogue.view.all_tickets, self._zone())
        )
        if token is not None:
            await self.offer_again(token)

    async def show_journal(self) -> None:
        """Show the journal of this run."""
        try:
            lines = await self._desk.journal_lines()
        except JournalUnusable as error:
            self._dialogue.say(f"the journal can't be read: {error}")
            return
        await self._dialogue.ask(JournalPane(self._dialogue.venue, lines, self._zone()))

    # ------------------------------------------------------------ construction of tickets

    def _ticket(self, action: Action, lines: Iterable[TicketLine]) -> Ticket:
        return Ticket(new_token(), action, tuple(lines), utc_now())

    def _check_change(self, order: Order, changes: OrderModify) -> LimitCheck:
        view = self._dialogue.view
        return check_line(change_line(order, changes), view, self._profile, steady_s(), view.now())


def _action_of(changes: OrderModify) -> Action:
    return next(action for action, code in ACTION_CODES.items() if code is changes.action)


def _unread(line: TicketLine, error: OrdersApiError) -> Callable[[ZoneInfo], str]:
    return lambda zone: f"{subject(line, zone)}: its present state can't be read: {error}. Nothing was sent again."
