"""The reads beyond orders, one coroutine each, with the vendor's names and parameters.

A server that does not offer a read, or a key that may not make it, is no exception: the result is then `Unavailable`.
On any other failure a call raises one of the exceptions in `pbtui.api.errors`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus

from msgspec import Struct

from pbtui.api.decoding.field_by_field import FieldReader
from pbtui.api.errors import OrdersApiError
from pbtui.api.reads.account import AccountCalls
from pbtui.api.reads.all_exchanges import INTERNAL_TRADES, TRADES, AllExchangesCalls
from pbtui.api.reads.books import ContractCalls
from pbtui.api.reads.calls import DEFAULT_PAGE, ListRead, Unavailable, ValueRead, id_text, time_text
from pbtui.api.reads.decode import NOTHING_KNOWN, UnreadableElement
from pbtui.api.reads.identity import ApiKeyDetails
from pbtui.api.reads.market import DeliveryArea, MarketStatus, Notification, Severity
from pbtui.api.reads.trades import InternalTrade, Trade
from pbtui.api.sanitize import wire_ids

__all__ = ["Health", "ListRead", "ReadsClient", "Unavailable", "ValueRead"]

_market, _notifications = FieldReader(MarketStatus), FieldReader(Notification)
_areas, _key = FieldReader(DeliveryArea), FieldReader(ApiKeyDetails)


class Health(Struct, frozen=True):
    """Health of the server: healthy only if the market's status is OK and stable. `reason` is empty if it is."""

    is_healthy: bool
    reason: str


class ReadsClient(ContractCalls, AccountCalls, AllExchangesCalls):
    """The reads of one exchange, over a connection that somebody else closes."""

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
        known: Mapping[bytes, Trade | UnreadableElement] = NOTHING_KNOWN,
    ) -> ListRead[Trade] | Unavailable:
        """GET /trades: one page of the trades at the exchange. A trade can appear some time after the fill.

        A server that does not offer it any more is asked with `list_trades`, which has no `cl_ordr_id`. An element
        whose bytes are `known` is not decoded again.
        """
        query = {
            "portfolio_id": wire_ids(portfolio_id),
            "delivery_areas": delivery_areas,
            "offset": offset,
            "limit": limit,
            "trade_id": id_text(trade_id),
            "ordId": id_text(ord_id),
            "active_only": active_only,
            "clOrdrId": cl_ordr_id,
            "txt": txt,
            "contract_id": wire_ids(contract_id),
            "from_api_timestamp": time_text(from_api_timestamp),
            "to_api_timestamp": time_text(to_api_timestamp),
            "delivery_within_start": time_text(delivery_within_start),
            "delivery_within_end": time_text(delivery_within_end),
            "delivery_area": delivery_area,
            "user_code": user_code,
            "from_execution_time": time_text(from_execution_time),
            "to_execution_time": time_text(to_execution_time),
            "sort_by": sort_by,
        }
        found = await self._list("/trades", query, TRADES, page=limit or DEFAULT_PAGE, known=known)
        if not _is_not_offered(found) or cl_ordr_id is not None:
            return found
        moved = await self.list_trades(
            exchanges=[self._connection.exchange],
            portfolio_ids=portfolio_id,
            delivery_areas=_areas_of(delivery_areas, delivery_area),
            offset=offset,
            limit=limit,
            trade_id=trade_id,
            order_id=ord_id,
            active_only=active_only,
            txt=txt,
            contract_ids=contract_id,
            from_api_timestamp=from_api_timestamp,
            to_api_timestamp=to_api_timestamp,
            delivery_within_start=delivery_within_start,
            delivery_within_end=delivery_within_end,
            user_code=user_code,
            from_execution_time=from_execution_time,
            to_execution_time=to_execution_time,
            sort_by=sort_by,
            known=known,
        )
        return found if _is_not_offered(moved) else moved

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
        known: Mapping[bytes, InternalTrade | UnreadableElement] = NOTHING_KNOWN,
    ) -> ListRead[InternalTrade] | Unavailable:
        """GET /internal-trades: one page; without a window, contract or id only those of the last 48 hours.

        A server that does not offer it any more is asked with `list_internal_trades`. An element whose bytes are
        `known` is not decoded again.
        """
        query = {
            "portfolio_id": wire_ids(portfolio_id),
            "offset": offset,
            "limit": limit,
            "internal_trade_id": id_text(internal_trade_id),
            "contract_id": wire_ids(contract_id),
            "from_execution_time": time_text(from_execution_time),
            "to_execution_time": time_text(to_execution_time),
            "from_api_timestamp": time_text(from_api_timestamp),
            "to_api_timestamp": time_text(to_api_timestamp),
            "delivery_within_start": time_text(delivery_within_start),
            "delivery_within_end": time_text(delivery_within_end),
            "delivery_area": delivery_area,
            "txt": txt,
            "sort_by": sort_by,
        }
        found = await self._list("/internal-trades", query, INTERNAL_TRADES, page=limit or DEFAULT_PAGE, known=known)
        if not _is_not_offered(found):
            return found
        moved = await self.list_internal_trades(
            exchanges=[self._connection.exchange],
            portfolio_ids=portfolio_id,
            delivery_areas=_areas_of((), delivery_area),
            offset=offset,
            limit=limit,
            internal_trade_id=internal_trade_id,
            contract_ids=contract_id,
            from_execution_time=from_execution_time,
            to_execution_time=to_execution_time,
            from_api_timestamp=from_api_timestamp,
            to_api_timestamp=to_api_timestamp,
            delivery_within_start=delivery_within_start,
            delivery_within_end=delivery_within_end,
            txt=txt,
            sort_by=sort_by,
            known=known,
        )
        return found if _is_not_offered(moved) else moved

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
            "from_api_timestamp": time_text(from_api_timestamp),
            "to_api_timestamp": time_text(to_api_timestamp),
        }
        return await self._list("/market/notifications", query, _notifications, page=limit or DEFAULT_PAGE)

    async def get_delivery_areas(self) -> ListRead[DeliveryArea] | Unavailable:
        """GET /delivery-areas: the areas of the exchange."""
        return await self._list("/delivery-areas", {}, _areas)

    async def get_current_api_key_portfolios(self) -> ValueRead[ApiKeyDetails] | Unavailable:
        """GET /api-key: name, rights and portfolios of the key."""
        return await self._value("/api-key", _key)


def _is_not_offered(found: object) -> bool:
    return isinstance(found, Unavailable) and not found.is_forbidden


def _areas_of(delivery_areas: Sequence[str], delivery_area: str | None) -> Sequence[str]:
    return delivery_areas if delivery_area is None else [*delivery_areas, delivery_area]
