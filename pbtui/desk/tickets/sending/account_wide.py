"""Status change of every order at the exchange, in all portfolios and tenants: PUT /orders/status."""

import asyncio
import contextlib

from pbtui.api.answer import cache_words
from pbtui.api.client import OrdersClient, OrdersReply
from pbtui.api.clock import steady_s
from pbtui.api.codes import StatusAction
from pbtui.api.errors import Forbidden, OrdersApiError, RefusedHere, Unauthorized
from pbtui.api.requests import UpdateStatus
from pbtui.desk.journal.open_writes import leaving_now
from pbtui.desk.journal.writer import Journal, JournalUnusable, Kind
from pbtui.desk.tickets.sending.account_result import ActiveAfter

MOST_READS = 5
READ_EVERY_S = 1.0
LONGEST_ASKED_PAUSE_S = 10.0
"""A server may ask for a longer pause after a read; nobody waits for the command so long."""


async def change_everything(client: OrdersClient, journal: Journal, wanted: UpdateStatus) -> None:
    """Send the change, and wait until the server has accepted it.

    An activation is sent only if the journal has recorded it; a withdrawal is always sent. Raises OrdersApiError if the
    server did not accept it: `failure_words` says what is known then.
    """
    try:
        journal.record(Kind.STATUS, wanted=wanted.wire(), **leaving_now())
    except JournalUnusable as error:
        if wanted.order_mod_type is StatusAction.ACTI:
            raise RefusedHere("PUT /orders/status", f"the journal can't be written: {error}") from None
    try:
        await client.update_status(wanted)
    except asyncio.CancelledError:
        _note_end(journal, "interrupted", is_unknown=True)
        raise
    except OrdersApiError as error:
        _note_end(journal, str(error), is_unknown=error.proves_nothing)
        raise
    _note_end(journal, "accepted")


async def active_afterwards(client: OrdersClient) -> ActiveAfter:
    """Read what is active, right after the server accepted a change, until two reads in a row show the same number.

    A read counts if it is complete, and true of a moment after the answer. An error of a read is none of the change.
    """
    since_s, pause_s = steady_s(), 0.0
    seen = ActiveAfter(None)
    for _ in range(MOST_READS):
        await asyncio.sleep(pause_s)
        pause_s = READ_EVERY_S
        try:
            reply = await client.get_own_orders(active_only=True)
        except OrdersApiError as error:
            seen = ActiveAfter(None, f"They can't be read: {error}")
            if isinstance(error, Unauthorized | Forbidden) and error.is_own:
                break
            pause_s = max(pause_s, min(error.retry_after_s, LONGEST_ASKED_PAUSE_S))
            continue
        last, seen = seen, _seen(reply, since_s)
        if seen.count is not None and seen.count == last.count:
            return seen
    return ActiveAfter(None, "Only the last read shows none, and one is not enough") if seen.count == 0 else seen


def _seen(reply: OrdersReply, since_s: float) -> ActiveAfter:
    """The number of active orders by one read, if it proves that there are no others at a moment from `since_s` on."""
    if reply.gap:
        return ActiveAfter(None, f"They can't be read completely: {reply.gap}")
    if reply.answer.as_of_s < since_s:
        words = cache_words(reply.answer.age_s)
        return ActiveAfter(None, words[0].upper() + words[1:])
    return ActiveAfter(sum(order.is_live for order in reply.snapshot.orders))


def _note_end(journal: Journal, end: str, *, is_unknown: bool = False) -> None:
    # The desk's view shows the journal's problem.
    with contextlib.suppress(JournalUnusable):
        journal.record(Kind.STATUS, end=end, is_unknown=is_unknown)
