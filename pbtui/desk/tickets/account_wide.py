"""One change of every order at the exchange, other portfolios' and tenants' included: PUT /orders/status."""

import contextlib

from pbtui.api.client import OrdersClient
from pbtui.api.errors import OrdersApiError, RefusedHere
from pbtui.api.models import StatusAction, UpdateStatus
from pbtui.desk.journal.writer import Journal, JournalUnusable, Kind


async def change_everything(client: OrdersClient, journal: Journal, wanted: UpdateStatus) -> int:
    """Make the change, and tell how many orders a read then shows as active, as far as the key sees.

    What brings orders into the market does not leave without an entry in the journal; what takes them out does. Raises
    OrdersApiError, also where the call was taken and what it did can't be read.
    """
    try:
        journal.record(Kind.STATUS, wanted=wanted.wire())
    except JournalUnusable as trouble:
        if wanted.order_mod_type is StatusAction.ACTI:
            raise RefusedHere("PUT /orders/status", f"the journal can't be written: {trouble}") from None
    try:
        await client.update_status(wanted)
    except OrdersApiError as error:
        _note_end(journal, str(error))
        raise
    _note_end(journal, "accepted")
    reply = await client.get_own_orders(active_only=True)
    return sum(order.is_live for order in reply.snapshot.orders)


def _note_end(journal: Journal, end: str) -> None:
    # Its trouble is told by the desk's view.
    with contextlib.suppress(JournalUnusable):
        journal.record(Kind.STATUS, end=end)
