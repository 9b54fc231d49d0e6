"""Commands for new orders: enter them in the form or by one line, confirm, send, and offer again what failed."""

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from pbtui.api.clock import steady_s, utc_now
from pbtui.api.models import Order, OrderEntry
from pbtui.desk.drafts.draft import clone_texts, entry_texts
from pbtui.desk.drafts.entry_line import defaults_of
from pbtui.desk.drafts.field_text import option_texts
from pbtui.desk.drafts.position import GUARD, UNCHANGED, asks_position
from pbtui.desk.limits import LimitCheck
from pbtui.desk.ticket_limits import check_line
from pbtui.desk.tickets.state import UNDONE_STATES, State
from pbtui.desk.tickets.ticket import Action, Ticket, TicketLine, WriteOptions, entry_line, new_token
from pbtui.settings.profiles import Profile
from pbtui.ui.forms.entry_form import EntryDraft, EntryForm
from pbtui.ui.forms.line_form import LineForm
from pbtui.ui.threads.desk_thread import DeskThread
from pbtui.ui.tickets.dialogue import Dialogue
from pbtui.ui.tickets.refused import refused_entries


class NewOrders:
    """Use cases of one desk's screen that enter orders. A line that was not sent is kept for the next time."""

    def __init__(
        self, dialogue: Dialogue, profile: Profile, desk_thread: DeskThread, zone: Callable[[], ZoneInfo]
    ) -> None:
        self._dialogue = dialogue
        self._profile = profile
        self._desk = desk_thread
        self._zone = zone
        self._line = ""

    async def clone(self, order: Order) -> None:
        """Open the entry form with the values of this order."""
        await self.add(clone_texts(order, self._zone()))

    async def add_by_line(self, like: Order | None) -> None:
        """Enter one order typed as a line; its contract, area and portfolio are those of `like` where it names none."""
        while not self._dialogue.refuses("no new order"):
            answer = await self._dialogue.ask(self._line_form(like))
            if answer is None:
                return
            if answer.draft is None:
                await self.add(dict(answer.texts))
                return
            ticket = await self._send(answer.draft)
            if ticket is not None:
                self._line = ""
                if failed := [line for line in ticket.lines if line.state in UNDONE_STATES]:
                    await self.offer_again(ticket, failed, answer.draft)
                return

    def _line_form(self, like: Order | None) -> LineForm:
        view = self._dialogue.view
        return LineForm(
            self._dialogue.venue,
            self._zone(),
            view.blotter.readable,
            contracts=view.exchange.contracts.value or (),
            profile=self._profile,
            text=self._line,
            defaults=defaults_of(like, self._profile, self._zone()),
            check=self._check_entries,
            keep=self._keep,
        )

    def _keep(self, line: str) -> None:
        self._line = line

    async def add(
        self,
        texts: dict[str, str],
        *,
        basket: Sequence[OrderEntry] = (),
        earlier_failure: str = "",
        resends: str | None = None,
    ) -> None:
        """Enter new orders. Failed entries return to the form until the trader closes it."""
        draft = EntryDraft((), WriteOptions(), texts, tuple(basket))
        while not self._dialogue.refuses("no new order"):
            answer = await self._dialogue.ask(self._entry_form(draft, earlier_failure))
            if answer is None:
                return
            draft, earlier_failure = answer, ""
            ticket = await self._send(draft, resends)
            if ticket is None:
                continue
            failed = [line for line in ticket.lines if line.state in UNDONE_STATES]
            if not failed:
                return
            entries, earlier_failure = await refused_entries(self._desk, failed)
            draft, resends = self._again(draft, entries, failed[-1].state), ticket.token

    async def offer_again(self, ticket: Ticket, failed: Sequence[TicketLine], draft: EntryDraft | None = None) -> None:
        """Open the failed orders of a ticket again in the form; nothing is sent without the trader."""
        entries, why = await refused_entries(self._desk, failed)
        empty = EntryDraft((), ticket.options, option_texts(ticket.options), ())
        again = self._again(draft or empty, entries, failed[-1].state)
        await self.add(dict(again.texts), basket=again.basket, earlier_failure=why, resends=ticket.token)

    async def _send(self, draft: EntryDraft, resends: str | None = None) -> Ticket | None:
        """Send the orders of a draft, and return their ticket; None if the trader does not confirm it."""
        lines = [entry_line(entry, new_token()) for entry in draft.entries]
        ticket = Ticket(new_token(), Action.ADD, tuple(lines), utc_now(), draft.options, resends=resends)
        if not await self._dialogue.confirms(ticket, self._zone()):
            return None
        ticket = await self._desk.submit(ticket)
        if any(line.state is State.REFUSED for line in ticket.lines):
            ticket = await self._desk.reconciled(ticket.token)
        if any(line.state is State.UNKNOWN for line in ticket.lines):
            self._dialogue.say(
                "It is not known whether the new order was accepted. Press t for its ticket and its draft."
            )
        return ticket

    def _entry_form(self, draft: EntryDraft, earlier_failure: str) -> EntryForm:
        return EntryForm(
            self._dialogue.venue,
            self._zone(),
            self._dialogue.view.blotter.readable,
            contracts=self._dialogue.view.exchange.contracts.value or (),
            texts=draft.texts,
            basket=draft.basket,
            read_position=self._desk.net_position,
            guards_position=self._profile.position_guard,
            check=self._check_entries,
            earlier_failure=earlier_failure,
        )

    def _again(self, draft: EntryDraft, failed: Sequence[OrderEntry], last_state: State) -> EntryDraft:
        """Return the draft of the failed entries: the last one in the fields, the others in the basket.

        If the last one was refused because of a position, the form reads that again, also after the contract changes.
        """
        *others, last = failed
        options = {name: text for name, text in draft.texts.items() if name not in OrderEntry.model_fields}
        texts = {**options, **entry_texts(last, self._zone())}
        is_of_position = last_state is State.CONFLICT and last.expected_net_pos is not None
        if is_of_position or asks_position(draft.texts):
            texts[GUARD] = UNCHANGED
        return EntryDraft((), draft.options, texts, tuple(others))

    def _check_entries(self, entries: Sequence[OrderEntry]) -> LimitCheck:
        checks = (
            check_line(TicketLine("", entry), self._dialogue.view, self._profile, steady_s(), utc_now())
            for entry in entries
        )
        return sum(checks, LimitCheck())
