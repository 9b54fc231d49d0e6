"""Status change of every order at the exchange, in all portfolios and tenants: PUT /orders/status."""

import asyncio
import contextlib

from pbtui.api.client import OrdersClient
from pbtui.api.codes import StatusAction
from pbtui.api.errors import OrdersApiError, RefusedHere
from pbtui.api.requests import UpdateStatus
from pbtui.desk.journal.open_writes import leaving_now
from pbtui.desk.journal.writer import Journal, JournalUnusable, Kind
from pbtui.desk.tickets.sending.account_result import ActiveAfter


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
    """Read what is active, right after the server accepted a change. An error of the read is none of the change."""
    try:
        reply = await client.get_own_orders(active_only=True)
    except OrdersApiError as error:
        return ActiveAfter(None, f"They can't be read: {error}")
    return ActiveAfter(sum(order.is_live for order in reply.snapshot.orders))


def _note_end(journal: Journal, end: str, *, is_unknown: bool = False) -> None:
    # The desk's view shows the journal's problem.
    with contextlib.suppress(JournalUnusable):
        journal.record(Kind.STATUS, end=end, is_unknown=is_unknown)
