"""The reads beyond orders, one coroutine each, with the vendor's names and parameters.

A server that does not offer a read, or a key that may not make it, is no exception: the result is then `Unavailable`.
On any other failure a call raises one of the exceptions in `pbtui.api.errors`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Generic, TypeVar

from msgspec import Struct

from pbtui.api.answer import Answer
from pbtui.api.connection import Connection, Timeouts
from pbtui.api.errors import OrdersApiError, UnreadableReply
from pbtui.api.field_by_field import FieldReader, Readable
from pbtui.api.raw_list import decoded
from pbtui.api.reads.decode import Elements, decode_list
from pbtui.api.reads.identity import ApiKeyDetails
from pbtui.api.reads.market import DeliveryArea, MarketStatus, Notification, Severity
from pbtui.api.reads.trades import InternalTrade, Trade
from pbtui.api.sanitize import wire_id, wire_ids

Value = TypeVar("Value", bound=Readable)

_trades, _internal_trades = FieldReader(Trade), FieldReader(InternalTrade)
_market, _notifications = FieldReader(MarketStatus), FieldReader(Notification)
_areas, _key = FieldReader(DeliveryArea), FieldReader(ApiKeyDetails)

_NOT_OFFERED = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)


class Unavailable(Struct, frozen=True):
    """A read that the server does not offer, or that the key may not make (403). `server_message` is sanitised."""

    call: str
    status: int
    server_message: str

    @property
    def is_forbidden(self) -> bool:
        """Return whether the server offers the read, but not to this key."""
        return self.status == HTTPStatus.FORBIDDEN

    def __str__(self) -> str:
        why = "this API key may not call" if self.is_forbidden else "this server does not offer"
        return f"{why} {self.call} ({self.status}: {self.server_message})"


class ListRead(Struct, Generic[Value], frozen=True):
    """A list and the answer that contained it."""

    answer: Answer
    elements: Elements[Value]

    @property
    def gap(self) -> str:
        """Reason why the list may be incomplete; empty if it is complete. A page of a longer list is incomplete."""
        total, received = self.answer.total_count, self.elements.received
        if self.answer.status != HTTPStatus.OK:
            return f"the server answered with only a part of the list ({self.answer.status})"
        return "" if total in (None, received) else f"the server sent {received} of {total}"


class ValueRead(Struct, Generic[Value], frozen=True):
    """A value and the answer that contained it."""

    answer: Answer
    value: Value


class Health(Struct, frozen=True):
    """Health of the server: healthy only if the market's status is OK and stable. `reason` is empty if it is."""

    is_healthy: bool
    reason: str


class ReadsClient:
    """The reads of one exchange, over a connection that somebody else closes."""

    def __init__(self, connection: Connection, timeouts: Timeouts) -> None:
        self._connection = connection
        self._timeouts = timeouts

    async def get_trades(
        self,
        *,
        portfolio_id: Sequence[str] = (),
        delivery_areas: Sequence[str] = (),
        offset: int | None = None,
        limit: int | None = None,
        trade_id: str | None = None,
        ord_id: str | None = None,
        active_only: bool | None = None,
        cl_ordr_id: str | None = None,
        txt: str | None = None,
        contract_id: Sequence[str] = (),
        from_api_timestamp: datetime | None = None,
        to_api_timestamp: datetime | None = None,
        delivery_within_start: datetime | None = None,
        delivery_within_end: datetime | None = None,
        delivery_area: str | None = None,
        user_code: str | None = None,
        from_execution_time: datetime | None = None,
        to_execution_time: datetime | None = None,
        sort_by: str | None = None,
    ) -> ListRead[Trade] | Unavailable:
        """GET /trades: one page of the trades at the exchange. A trade can appear some time after the fill."""
        query = {
            "portfolio_id": wire_ids(portfolio_id),
            "delivery_areas": delivery_areas,
            "offset": offset,
            "limit": limit,
            "trade_id": _wire_id(trade_id),
            "ordId": _wire_id(ord_id),
            "active_only": active_only,
            "clOrdrId": cl_ordr_id,
            "txt": txt,
            "contract_id": wire_ids(contract_id),
            "from_api_timestamp": _time(from_api_timestamp),
            "to_api_timestamp": _time(to_api_timestamp),
            "delivery_within_start": _time(delivery_within_start),
            "delivery_within_end": _time(delivery_within_end),
            "delivery_area": delivery_area,
            "user_code": user_code,
            "from_execution_time": _time(from_execution_time),
            "to_execution_time": _time(to_execution_time),
            "sort_by": sort_by,
        }
        return await self._list("/trades", query, _trades)

    async def get_internal_trades(
        self,
        *,
        portfolio_id: Sequence[str] = (),
        offset: int | None = None,
        limit: int | None = None,
        internal_trade_id: str | None = None,
        contract_id: Sequence[str] = (),
        from_execution_time: datetime | None = None,
        to_execution_time: datetime | None = None,
        from_api_timestamp: datetime | None = None,
        to_api_timestamp: datetime | None = None,
        delivery_within_start: datetime | None = None,
        delivery_within_end: datetime | None = None,
        delivery_area: str | None = None,
        txt: str | None = None,
        sort_by: str | None = None,
    ) -> ListRead[InternalTrade] | Unavailable:
        """GET /internal-trades: one page; without a window, contract or id only those of the last 48 hours."""
        query = {
            "portfolio_id": wire_ids(portfolio_id),
            "offset": offset,
            "limit": limit,
            "internal_trade_id": _wire_id(internal_trade_id),
            "contract_id": wire_ids(contract_id),
            "from_execution_time": _time(from_execution_time),
            "to_execution_time": _time(to_execution_time),
            "from_api_timestamp": _time(from_api_timestamp),
            "to_api_timestamp": _time(to_api_timestamp),
            "delivery_within_start": _time(delivery_within_start),
            "delivery_within_end": _time(delivery_within_end),
            "delivery_area": delivery_area,
            "txt": txt,
            "sort_by": sort_by,
        }
        return await self._list("/internal-trades", query, _internal_trades)

    async def get_status(self) -> ValueRead[MarketStatus] | Unavailable:
        """GET /market: status, mode, messages and quota."""
        return await self._value("/market", _market)

    async def get_health(self) -> Health | Unavailable:
        """GET /market/health. Raises an OrdersApiError if no answer came."""
        try:
            answer = await self._read("/market/health", {})
        except OrdersApiError as error:
            if error.status is None or error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            return Health(is_healthy=False, reason=error.reason)
        return answer if isinstance(answer, Unavailable) else Health(is_healthy=True, reason="")

    async def get_notifications(
        self,
        *,
        offset: int | None = None,
        limit: int | None = None,
        severity_at_least: Severity | None = None,
        from_api_timestamp: datetime | None = None,
        to_api_timestamp: datetime | None = None,
    ) -> ListRead[Notification] | Unavailable:
        """GET /market/notifications: one page of the messages of market operations. Nord Pool ignores the severity."""
        query = {
            "offset": offset,
            "limit": limit,
            "severity_at_least": severity_at_least,
            "from_api_timestamp": _time(from_api_timestamp),
            "to_api_timestamp": _time(to_api_timestamp),
        }
        return await self._list("/market/notifications", query, _notifications)

    async def get_delivery_areas(self) -> ListRead[DeliveryArea] | Unavailable:
        """GET /delivery-areas: the areas of the exchange."""
        return await self._list("/delivery-areas", {}, _areas)

    async def get_current_api_key_portfolios(self) -> ValueRead[ApiKeyDetails] | Unavailable:
        """GET /api-key: name, rights and portfolios of the key."""
        return await self._value("/api-key", _key)

    async def _list(
        self, path: str, query: Mapping[str, object], reader: FieldReader[Value]
    ) -> ListRead[Value] | Unavailable:
        answer = await self._read(path, query)
        if isinstance(answer, Unavailable):
            return answer
        return ListRead(answer, await decoded(f"GET {path}", answer, partial(decode_list, reader=reader)))

    async def _value(self, path: str, reader: FieldReader[Value]) -> ValueRead[Value] | Unavailable:
        answer = await self._read(path, {})
        if isinstance(answer, Unavailable):
            return answer
        found = reader.read(answer.body)
        if isinstance(found, str):
            reason = f"the answer is not an object that can be read: {found}"
            raise UnreadableReply(f"GET {path}", reason, status=answer.status, is_own=answer.is_own)
        return ValueRead(answer, found)

    async def _read(self, path: str, query: Mapping[str, object]) -> Answer | Unavailable:
        try:
            return await self._connection.request("GET", path, self._timeouts, query=query)
        except OrdersApiError as error:
            if error.status == HTTPStatus.FORBIDDEN or error.status in _NOT_OFFERED:
                return Unavailable(error.call, error.status, error.server_message)
            raise


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _wire_id(shown: str | None) -> str | None:
    return None if shown is None else wire_id(shown)
