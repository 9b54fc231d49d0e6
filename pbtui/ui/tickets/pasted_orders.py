"""Pasted lists of orders: compared with what stands, shown, and sent step by step after a preview of each."""

import asyncio
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from pbtui.api.clock import utc_now
from pbtui.api.errors import OrdersApiError
from pbtui.desk.journal.writer import JournalUnusable
from pbtui.desk.plan.columns import FileRefused, Records, whole
from pbtui.desk.plan.compared import claim_files
from pbtui.desk.plan.csv_text import read_csv
from pbtui.desk.plan.wanted import Wanted, read_wanted
from pbtui.desk.storage.problem import problem_of
from pbtui.desk.tickets.ticket import Ticket
from pbtui.settings.profiles import Profile
from pbtui.ui.threads.desk_thread import DeskThread
from pbtui.ui.tickets.basket_pane import BasketPane, BasketProblems
from pbtui.ui.tickets.dialogue import Dialogue

_MOST_CHARACTERS = 2**18
"""Longer than any list that the limits let pass, and shorter than a paste that was cut for its length."""


def rows_of(text: str) -> Records:
    """Return the rows of a pasted CSV. Raises FileRefused, also if it may have been cut."""
    if len(text) > _MOST_CHARACTERS:
        raise FileRefused("it is too long; send it as a file, with the command apply")
    return read_csv(whole(text))


class PastedOrders:
    """Use case of one desk's screen that shows and sends pasted orders. Nothing is sent without a preview and a key."""

    def __init__(
        self, dialogue: Dialogue, profile: Profile, desk_thread: DeskThread, zone: Callable[[], ZoneInfo]
    ) -> None:
        self._dialogue = dialogue
        self._profile = profile
        self._desk = desk_thread
        self._zone = zone

    async def show(self, records: Records) -> None:
        """Show what pasted rows would change, then a preview for each step; or all of their problems."""
        market_zone, now = ZoneInfo(self._profile.market_timezone), self._dialogue.view.now()
        # Thousands of rows take seconds, in which the kill key has to work.
        wanted = await asyncio.to_thread(read_wanted, records.rows, market_zone, now, self._profile.environment)
        if problems := [*records.problems, *wanted.problems]:
            await self._dialogue.ask(BasketProblems(self._dialogue.venue, problems))
            return
        try:
            claim = await asyncio.to_thread(claim_files, self._profile)
        except OSError as error:
            reason = "another pbtui may be applying orders for this profile"
            self._dialogue.say(f"pasted orders not sent: {reason}: {problem_of(error)}")
            return
        try:
            await self._compare(wanted)
        finally:
            claim.close()

    async def _compare(self, wanted: Wanted) -> None:
        try:
            compared = await self._desk.compare(wanted)
        except (OrdersApiError, JournalUnusable, OSError) as error:
            reason = f"the orders that stand, or the journal, can't be read: {problem_of(error)}"
            self._dialogue.say(f"pasted orders not sent: {reason}")
            return
        tickets = compared.plan.tickets(utc_now())
        if await self._dialogue.ask(BasketPane(self._dialogue.venue, compared, tickets, self._zone())):
            await self._send_in_turn(tickets)

    async def _send_in_turn(self, tickets: Sequence[Ticket]) -> None:
        """Preview and send each step, as long as all orders before are as wanted."""
        for number, ticket in enumerate(tickets, 1):
            if not await self._send(ticket):
                if left := ", ".join(each.action for each in tickets[number:]):
                    reason = f"the step before ({ticket.action}) was not sent, or not all its orders are as wanted"
                    self._dialogue.say(f"pasted orders not sent ({left}): {reason}")
                return

    async def _send(self, ticket: Ticket) -> bool:
        """Send a step if the trader confirms it; return whether every order of it is as wanted."""
        if ticket.action.increases_risk and self._dialogue.refuses(f"pasted orders not sent ({ticket.action})"):
            return False
        if not await self._dialogue.confirms(ticket, self._zone()):
            return False
        sent = await self._desk.submit(ticket)
        if sent.is_open:
            sent = await self._desk.reconciled(sent.token)
        return all(line.is_done for line in sent.lines)
