"""The trial of an API key: small reads that show whether the server accepts it, and what it may do."""

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from pbtui.api.client import OrdersClient
from pbtui.api.errors import Forbidden, OrdersApiError, Unauthorized
from pbtui.api.transport.connection import Timeouts

if TYPE_CHECKING:
    from pbtui.api.reads.calls import Unavailable, ValueRead
    from pbtui.api.reads.identity import ApiKeyDetails
    from pbtui.api.reads.market import DeliveryArea, MarketStatus

TRIAL = Timeouts(connect_s=3, next_bytes_s=5, deadline_s=6)

NOT_ACCEPTED = "the server does not accept the key"

_MOMENT_S = 3.0

Answer = TypeVar("Answer")
Value = TypeVar("Value", "ApiKeyDetails", "MarketStatus")


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
    return _value(await _answer(client.reads.get_current_api_key_portfolios()))


class Account(Struct, frozen=True):
    """The reach of a key: its rights, the market and the delivery areas; None for what the server does not state.

    `all_exchanges_url` says whether the server answers at the URLs that name no exchange, too; None if it gave no
    answer.
    """

    key: "ApiKeyDetails | None"
    market: "MarketStatus | None"
    areas: "tuple[DeliveryArea, ...] | None"
    all_exchanges_url: bool | None


async def account_of(client: OrdersClient, exchange: str) -> Account:
    """Return what the client's key reaches. Each read may fail, and takes a moment at most."""
    from pbtui.api.reads.client import ListRead  # the desk starts without it

    reads = client.reads
    key = _value(await _answer(reads.get_current_api_key_portfolios()))
    market = _value(await _answer(reads.get_status()))
    areas = await _answer(reads.get_delivery_areas())
    trades = await _answer(reads.list_trades(exchanges=[exchange], limit=1))
    return Account(
        key,
        market,
        areas.elements.readable if isinstance(areas, ListRead) else None,
        None if trades is None else isinstance(trades, ListRead),
    )


async def _answer(call: "Awaitable[Answer]") -> "Answer | None":
    try:
        async with asyncio.timeout(_MOMENT_S):
            return await call
    except (OrdersApiError, TimeoutError):
        return None


def _value(found: "ValueRead[Value] | Unavailable | None") -> "Value | None":
    from pbtui.api.reads.client import ValueRead  # the desk starts without it

    return found.value if isinstance(found, ValueRead) else None
