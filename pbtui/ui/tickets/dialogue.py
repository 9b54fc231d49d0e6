"""The talk with the trader: one prompt at a time, and what became meanwhile of the orders it is about."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from textual.screen import Screen

from pbtui.api.clock import steady_s
from pbtui.api.models import Order
from pbtui.desk.formats.vocabulary import order_event
from pbtui.desk.journal.writer import Kind
from pbtui.desk.ticket_limits import check_ticket
from pbtui.desk.tickets.describe import News, Weight
from pbtui.desk.tickets.ticket import Ticket
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile
from pbtui.ui.dialogs.prompt import Prompt, Venue
from pbtui.ui.threads.desk_thread import DeskThread
from pbtui.ui.tickets.preview import TicketPreview

T = TypeVar("T")


class Dialogue:
    """Asks the trader of one desk's screen, `home`; `tell` shows a sentence there.

    No prompt opens over another one: what follows up on an answer waits until the trader is back at the screen.
    """

    def __init__(
        self, home: Screen[None], profile: Profile, desk_thread: DeskThread, tell: Callable[[News], None]
    ) -> None:
        self._home = home
        self._profile = profile
        self._desk = desk_thread
        self._tell = tell
        self._view: DeskView | None = None
        self._came_home = asyncio.Event()
        self._open: tuple[Prompt[Any], Sequence[Order]] | None = None
        self._told: dict[str, str] = {}
        self.venue = Venue.of(profile)

    @property
    def has_begun(self) -> bool:
        """Whether a view of the desk has come: before that there is nothing to talk about."""
        return self._view is not None

    @property
    def view(self) -> DeskView:
        """The newest view."""
        if self._view is None:
            raise LookupError("no view of the desk has come yet")
        return self._view

    def come_home(self) -> None:
        """The trader is back at the desk's screen: what waited for that may ask now."""
        self._came_home.set()
        self._came_home = asyncio.Event()

    def follow(self, view: DeskView) -> None:
        """Tell an open prompt what became of its orders since it opened."""
        self._view = view
        if self._open is None:
            return
        prompt, orders = self._open
        for order in orders:
            what = _became(order, view)
            if what and self._told.get(order.key) != what:
                self._told[order.key] = what
                prompt.follow(order.key, what)

    # ------------------------------------------------------------ asking and telling

    async def ask(self, prompt: Prompt[T], orders: Sequence[Order] = ()) -> T | None:
        """Ask as soon as no other prompt is open; the prompt is told what becomes of these orders while it is."""
        while self._home.app.screen is not self._home:
            await self._came_home.wait()
        self._open, self._told = (prompt, orders), {}
        self._home.app.clear_notifications()  # they would lie over what is asked
        try:
            return await self._home.app.push_screen_wait(prompt)
        finally:
            self._open = None

    async def confirms(self, ticket: Ticket, zone: ZoneInfo, *, hidden: int = 0, is_asked: bool = True) -> bool:
        """Whether the trader wants this ticket sent. Does not ask where `is_asked` is false and no limit warns."""
        check = check_ticket(ticket, self.view, self._profile.limits, steady_s())
        if is_asked or check.refusals or check.warnings:
            preview = TicketPreview(self.venue, ticket, check, zone, hidden=hidden)
            if not await self.ask(preview, [line.base for line in ticket.lines if line.base is not None]):
                self._desk.note(Kind.ABORT, ticket=ticket.token, action=ticket.action, reason="not confirmed")
                return False
        self._desk.note(Kind.CONFIRMATION, ticket=ticket.token, by="key", warnings=check.warnings)
        return True

    def refuses(self, what: str) -> bool:
        """Tell why nothing but withdrawing is possible just now, if that is so."""
        reason = self.view.why_only_withdraw(steady_s())
        if reason is not None:
            self.say(f"{what}: {reason}")
        return reason is not None

    def say(self, text: str) -> None:
        """Tell the trader something that matters."""
        self._tell(News(text, Weight.GRAVE))


def _became(order: Order, view: DeskView) -> str:
    """What became of an order since the trader saw it; empty while nothing did."""
    row = view.blotter.find(order.key)
    if row is None:
        return f"order {order.order_id} is not listed any more"
    if not isinstance(row.order, Order) or row.order.revision_no == order.revision_no:
        return ""
    return f"order {order.order_id} is at revision {row.order.revision_no} now: {order_event(row.order.action).what}"
