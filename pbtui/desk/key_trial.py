"""The trial of an API key: small reads that show whether the server accepts it, and what it may do."""

import asyncio
from typing import TYPE_CHECKING

from pbtui.api.client import OrdersClient
from pbtui.api.connection import Timeouts
from pbtui.api.errors import Forbidden, OrdersApiError, Unauthorized

if TYPE_CHECKING:
    from pbtui.api.reads.identity import ApiKeyDetails

TRIAL = Timeouts(connect_s=3, next_bytes_s=5, deadline_s=6)

NOT_ACCEPTED = "the server does not accept the key"

_RIGHTS_WITHIN_S = 3.0


async def try_key(client: OrdersClient) -> str:
    """Return why the server did not show that it accepts the client's key: NOT_ACCEPTED after a 401, empty if it did.

    A key without the right to read orders (403) is accepted: the server knows it.
    """
    try:
        await client.get_own_orders(active_only=False, limit=1)
    except Unauthorized:
        return NOT_ACCEPTED
    except Forbidden as error:
        return "" if error.is_own else str(error)
    except OrdersApiError as error:
        return str(error)
    return ""


async def rights_of(client: OrdersClient) -> "ApiKeyDetails | None":
    """Return name and rights of the client's key; None if the server does not state them within a moment."""
    from pbtui.api.reads.client import Unavailable  # the desk starts without it

    try:
        async with asyncio.timeout(_RIGHTS_WITHIN_S):
            found = await client.reads.get_current_api_key_portfolios()
    except (OrdersApiError, TimeoutError):
        return None
    return None if isinstance(found, Unavailable) else found.value
