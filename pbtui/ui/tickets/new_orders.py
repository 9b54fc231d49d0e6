"""Commands for new orders: enter them by one line or in the form, confirm, send, and offer again what failed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from zoneinfo import ZoneInfo

from pbtui.api.clock import steady_s, utc_now
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry
from pbtui.desk.drafts.draft import clone_texts, entry_texts
from pbtui.desk.drafts.entry_line import defaults_of
from pbtui.desk.drafts.field_text import option_texts
from pbtui.desk.drafts.line_names import KnownNames, known_names
from pbtui.desk.drafts.line_text import line_of
from pbtui.desk.drafts.position import GUARD, UNCHANGED, asks_position
from pbtui.desk.limits import LimitCheck
from pbtui.desk.ticket_limits import check_line
from pbtui.desk.tickets.state import UNDONE_STATES, State
from pbtui.desk.tickets.ticket import Action, Ticket, TicketLine, entry_line, new_token
from pbtui.settings.profiles import Profile
from pbtui.ui.forms.entry_drafts import AsForm, AsLine, EntryDraft, KeptLine
from pbtui.ui.forms.entry_form import EntryForm
from pbtui.ui.forms.line.form import LineForm
from pbtui.ui.threads.desk_thread import DeskThread
from pbtui.ui.tickets.dialogue import Dialogue
from pbtui.ui.tickets.kept_drafts import FormPage, KeptDrafts, LinePage, Slot
from pbtui.ui.tickets.refused import refused_entries

Page = LinePage | FormPage


class NewOrders:
    """Use cases of one desk's screen that enter orders. A draft that was not sent is kept for the next new order."""

    def __init__(
        self, dialogue: Dialogue, profile: Profile, desk_thread: DeskThread, zone: Callable[[], ZoneInfo]
    ) -> None:
        self._dialogue = dialogue
        self._profile = profile
        self._desk = desk_thread
        self._zone = zone
        self._kept = KeptDrafts()

    async def add(self, like: Order | None) -> None:
        """Go on with the basket that was kept, else as `add_by_line`."""
        await self._go(self._kept.basket or self._kept.line, like)

    async def add_by_line(self, like: Order | None) -> None:
        """Enter one order as a line, beginning with the one that was kept.

        Its contract, area and portfolio are those of `like` where the line names none.
        """
        await self._go(self._kept.line, like)

    async def clone(self, order: Order) -> None:
        """Open the form of all fields with the values of this order."""
        zone = self._zone()
        await self._go(FormPage(clone_texts(order, zone), zone), order)

    async def offer_again(self, ticket: Ticket, failed: Sequence[TicketLine]) -> None:
        """Open the failed orders of a ticket again in the form; nothing is sent without the trader."""
        draft = EntryDraft((), ticket.options, option_texts(ticket.options))
        await self._go(await self._page_again(ticket, failed, draft), None)

    async def _go(self, page: Page | None, like: Order | None) -> None:
        """Go from one form to the next, until the trader closes it or everything is sent."""
        while page is not None and not self._dialogue.refuses("no new order"):
            page = await (self._by_line(page, like) if isinstance(page, LinePage) else self._by_form(page))

    # ------------------------------------------------------------ the two forms

    async def _by_line(self, page: LinePage, like: Order | None) -> Page | None:
        form = LineForm(
            self._dialogue.venue,
            self._zone(),
            known=self._known_names(),
            kept=page.kept,
            defaults=partial(defaults_of, like, self._profile),
            guards_position=self._profile.position_guard,
            read_book=self._desk.depth,
            check=self._check_entries,
            keep=self._kept.type_line,
        )
        answer = await self._dialogue.ask(form)
        line = self._kept.line  # an emptied line is for no earlier ticket any more
        if isinstance(answer, AsForm):
            return FormPage(answer.texts, form.zone, resends=line.resends, slot=Slot.LINE)
        if answer is None:
            return None
        ticket = await self._send(answer, line.resends)
        return line if ticket is None else await self._after(ticket, answer, Slot.LINE)

    async def _by_form(self, page: FormPage) -> Page | None:
        form = EntryForm(
            self._dialogue.venue,
            page.zone,
            self._dialogue.view.blotter.readable,
            contracts=self._dialogue.view.exchange.contracts.value or (),
            known=self._known_names(),
            texts=page.texts,
            basket=page.basket,
            read_position=self._desk.net_position,
            guards_position=self._profile.position_guard,
            check=self._check_entries,
            earlier_failure=page.earlier_failure,
        )
        untouched = form.texts(), page.basket
        answer = await self._dialogue.ask(form)
        if answer is None:
            if page.is_touched or (form.texts(), form.draft().basket) != untouched:
                self._keep_form(form, page)
            return None
        if isinstance(answer, AsLine):
            return self._as_line(answer.texts, page)
        ticket = await self._send(answer, page.resends)
        if ticket is None:
            return replace(page, texts=answer.texts, basket=answer.basket, earlier_failure="", is_touched=True)
        return await self._after(ticket, answer, page.slot)

    def _keep_form(self, form: EntryForm, page: FormPage) -> None:
        """Keep what was typed into a form: a basket as it is, one order as a line."""
        draft = form.draft()
        if draft.basket:
            self._kept.keep_basket(replace(page, texts=draft.texts, basket=draft.basket))
        else:
            self._as_line(form.own_texts(), page)

    def _as_line(self, texts: Mapping[str, str], page: FormPage) -> LinePage:
        """Return a line for these texts, and keep it."""
        now = self._dialogue.view.now()
        said = line_of(texts, page.zone, now, self._known_names())
        as_line = LinePage(KeptLine(said.line, typed_at=now, unsaid=said.unsaid, zone=page.zone), page.resends)
        self._kept.forget(page.slot)
        self._kept.keep_line(as_line)
        return as_line

    def _known_names(self) -> KnownNames:
        view = self._dialogue.view
        exchange = view.exchange
        return known_names(
            self._profile,
            view.now(),
            key=exchange.key.value,
            contracts=exchange.contracts.value or (),
            orders=view.blotter.readable,
        )

    # ------------------------------------------------------------ sending

    async def _after(self, ticket: Ticket, draft: EntryDraft, slot: Slot | None) -> Page | None:
        """Forget the draft that was sent, and return what failed of it, to offer it again."""
        self._kept.forget(slot)
        failed = [line for line in ticket.lines if line.state in UNDONE_STATES]
        return await self._page_again(ticket, failed, draft) if failed else None

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
                "It is not known whether the new order was accepted. Its ticket and its draft are under Tickets."
            )
        return ticket

    async def _page_again(self, ticket: Ticket, failed: Sequence[TicketLine], draft: EntryDraft) -> FormPage:
        """Return the form of the failed entries: the last one in the fields, the others in the basket.

        If the last one was refused because of a position, the form reads that again, also after the contract changes.
        """
        entries, why = await refused_entries(self._desk, failed)
        *others, last = entries
        options = {name: text for name, text in draft.texts.items() if name not in OrderEntry.model_fields}
        zone = self._zone()
        texts = {**options, **entry_texts(last, zone)}
        is_of_position = failed[-1].state is State.CONFLICT and last.expected_net_pos is not None
        if is_of_position or asks_position(draft.texts):
            texts[GUARD] = UNCHANGED
        return FormPage(texts, zone, tuple(others), why, resends=ticket.token)

    def _check_entries(self, entries: Sequence[OrderEntry]) -> LimitCheck:
        view, now_s = self._dialogue.view, steady_s()
        checks = (check_line(TicketLine("", entry), view, self._profile, now_s, view.now()) for entry in entries)
        return sum(checks, LimitCheck())
