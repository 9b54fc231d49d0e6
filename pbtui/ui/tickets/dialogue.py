"""Prompts for the trader: one at a time, updated when their orders change."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from textual.screen import Screen

from pbtui.api.clock import steady_s
from pbtui.api.models import Order
from pbtui.api.structs import replace
from pbtui.desk.blotter.own_orders import is_older
from pbtui.desk.drafts.command_line import command_line
from pbtui.desk.formats.news import News, Weight
from pbtui.desk.formats.vocabulary import order_event
from pbtui.desk.journal.writer import Kind
from pbtui.desk.limits import LimitCheck
from pbtui.desk.position_guard import is_unguarded
from pbtui.desk.team.presence import OtherDesk, editor_words
from pbtui.desk.ticket_limits import check_ticket, why_typed_count_of
from pbtui.desk.tickets.ticket import Action, Ticket
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile
from pbtui.ui.dialogs.prompt import Prompt, Venue
from pbtui.ui.forms.left_out import LeftOut
from pbtui.ui.threads.desk_thread import DeskThread
from pbtui.ui.tickets.preview import TicketPreview, count_prompt

T = TypeVar("T")


class Dialogue:
    """Opens prompts over one desk's screen, `home`. `show_news` shows a message on that screen.

    No prompt opens over another. A prompt that follows another waits until the trader is back at the screen.
    """

    def __init__(
        self, home: Screen[None], profile: Profile, desk_thread: DeskThread, show_news: Callable[[News], None]
    ) -> None:
        self._home = home
        self._profile = profile
        self._desk = desk_thread
        self._show_news = show_news
        self._view: DeskView | None = None
        self._prompt_closed = asyncio.Event()
        self._open: tuple[Prompt[Any], Sequence[Order]] | None = None
        self._reported: dict[str, str] = {}
        self._editors = ""
        self._venue = Venue.of(profile)

    @property
    def venue(self) -> Venue:
        """The venue of a prompt that opens now."""
        clock = None if self._view is None else self._view.link.exchange_clock
        return self._venue if clock is None else replace(self._venue, exchange_clock=clock)

    @property
    def is_ready(self) -> bool:
        """Return whether the first view of the desk has arrived; before it, no command can run."""
        return self._view is not None

    @property
    def view(self) -> DeskView:
        """The latest view."""
        if self._view is None:
            raise LookupError("no view of the desk has arrived yet")
        return self._view

    def prompt_closed(self) -> None:
        """Let a waiting prompt open, because the trader is back at the desk's screen."""
        self._prompt_closed.set()
        self._prompt_closed = asyncio.Event()

    def follow(self, view: DeskView) -> None:
        """Hand the view, and what changed of its orders, to the open prompt."""
        self._view = view
        if self._open is None:
            return
        prompt, orders = self._open
        prompt.take_view(view)
        self._name_editors(prompt, orders, view.others)
        for order in orders:
            what = _change_since(order, view)
            if what and self._reported.get(order.key) != what:
                self._reported[order.key] = what
                prompt.follow(order.key, what)

    # ------------------------------------------------------------ prompts and messages

    async def ask(self, prompt: Prompt[T], orders: Sequence[Order] = ()) -> T | None:
        """Open a prompt when no other is open, and return its result.

        The prompt shows changes of these orders: those that the newest view shows already, then those of later views.
        """
        while self._home.app.screen is not self._home:
            await self._prompt_closed.wait()
        self._open, self._reported, self._editors = (prompt, orders), {}, ""
        if self._view is not None:
            self.follow(self._view)
        self._desk.open_in_form(tuple(order.key for order in orders))
        try:
            return await self._home.app.push_screen_wait(prompt)
        finally:
            self._open = None
            self._desk.open_in_form(())

    def _name_editors(self, prompt: Prompt[Any], orders: Sequence[Order], others: Sequence[OtherDesk] | None) -> None:
        words = editor_words(others, {order.key for order in orders}) if others and orders else ""
        if words != self._editors:
            self._editors = words
            prompt.name_editors(words)

    async def _checked(self, ticket: Ticket) -> LimitCheck:
        """Apply the pre-trade limits. The desk compares a new order with those of other programs too."""
        if ticket.action is Action.ADD:
            return await self._desk.check(ticket)
        return check_ticket(ticket, self.view, self._profile, steady_s(), self.view.now())

    async def confirms(
        self,
        ticket: Ticket,
        zone: ZoneInfo,
        *,
        is_asked: bool = True,
        warnings: Sequence[str] = (),
        undoes: Ticket | None = None,
        left_out: LeftOut | None = None,
    ) -> bool:
        """Return whether the trader confirms this ticket. Without `is_asked`, ask only if a limit refuses or warns.

        These warnings must be accepted like those of the limits. `undoes` is the ticket that this one takes back.
        """
        check = LimitCheck(warnings=tuple(warnings))
        check += await self._checked(ticket)
        if is_asked or check.refusals or check.warnings:
            orders, contracts = self.view.listed, self.view.exchange.contracts.value or ()
            preview = TicketPreview(
                self.venue,
                ticket,
                check,
                zone,
                command=partial(command_line, ticket, self._profile),
                unguarded=self._unguarded(ticket),
                undoes=undoes,
                left_out=left_out,
                orders=orders,
                contracts=contracts,
            )
            if not await self.ask(preview, [line.base for line in ticket.lines if line.base is not None]):
                self._desk.note(Kind.ABORT, ticket=ticket.token, action=ticket.action, reason="not confirmed")
                return False
        reason = why_typed_count_of([ticket], self._profile)
        if reason and not await self.ask(count_prompt(self.venue, ticket, reason)):
            self._desk.note(Kind.ABORT, ticket=ticket.token, action=ticket.action, reason="count not typed")
            return False
        by = "typed count" if reason else "key"
        self._desk.note(Kind.CONFIRMATION, ticket=ticket.token, by=by, warnings=check.warnings)
        return True

    def _unguarded(self, ticket: Ticket) -> int:
        """Return how many orders are sent at any net position, although the profile guards it."""
        lines = ticket.lines if self._profile.position_guard else ()
        return sum(is_unguarded(line.request, line.base) for line in lines)

    def refuses(self, what: str) -> bool:
        """Say why orders can only be withdrawn now, if that is so; return whether it is."""
        reason = self.view.why_only_withdraw(steady_s())
        if reason is not None:
            self.say(f"{what}: {reason}")
        return reason is not None

    def say(self, words: str | Callable[[ZoneInfo], str]) -> None:
        """Show the trader an important message."""
        self._show_news(News(words, Weight.GRAVE))


def _change_since(order: Order, view: DeskView) -> str:
    """Return what happened to an order since the trader saw it; empty if nothing did.

    The trader may have seen a newer state than the view has: that of a conflict was read for itself.
    """
    row = view.blotter.find(order.key)
    if row is None:
        return f"order {order.order_id} is no longer listed"
    now = row.order
    if not isinstance(now, Order) or _is_as_seen(now, order):
        return ""
    if now.order_id != order.order_id:  # exchanges replace an order to change its price, and count from 1 again
        return f"order {order.order_id} was replaced by order {now.order_id}: {order_event(now.action).what}"
    return f"order {order.order_id} is now at revision {now.revision_no}: {order_event(now.action).what}"


def _is_as_seen(now: Order, seen: Order) -> bool:
    """Return whether an order of a view is what the trader saw, or an earlier state of it."""
    if now.order_id == seen.order_id and now.revision_no is not None and seen.revision_no is not None:
        return now.revision_no <= seen.revision_no
    return (now.order_id, now.revision_no) == (seen.order_id, seen.revision_no) or is_older(now, seen)
