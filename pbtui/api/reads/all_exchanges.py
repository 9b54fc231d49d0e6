"""The reads of trades that name no exchange (API 2.34.3). They take the place of those of one exchange."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from pbtui.api.decoding.field_by_field import FieldReader
from pbtui.api.reads.calls import DEFAULT_PAGE, Calls, ListRead, Unavailable, id_text, time_text
from pbtui.api.reads.decode import NOTHING_KNOWN, UnreadableElement
from pbtui.api.reads.trades import InternalTrade, Trade
from pbtui.api.sanitize import wire_ids
from pbtui.api.transport.url_parts import Repeated

TRADES, INTERNAL_TRADES = FieldReader(Trade), FieldReader(InternalTrade)


class TextMatching(StrEnum):
    """Comparison of `txt` with the text of an order."""

    EXACT = "EXACT"
    SUBSTRING = "SUBSTRING"
    REGEX = "REGEX"


class SelfTrades(StrEnum):
    """Selection of trades between two orders of the account."""

    INCLUDED = "INCLUDED"
    EXCLUDED = "EXCLUDED"
    EXCLUSIVELY = "EXCLUSIVELY"


class AllExchangesCalls(Calls):
    """The reads of trades of several exchanges."""

    async def list_trades(
        self,
        *,
        exchanges: Sequence[str] = (),
        portfolio_ids: Sequence[str] = (),
        delivery_areas: Sequence[str] = (),
        offset: int | None = None,
        limit: int | None = None,
        trade_id: str | None = None,
        order_id: str | None = None,
        active_only: bool | None = None,
        txt: str | None = None,
        strategy_ids: Sequence[str] = (),
        txt_matching_mode: TextMatching | None = None,
        contract_ids: Sequence[str] = (),
        from_api_timestamp: datetime | None = None,
        to_api_timestamp: datetime | None = None,
        delivery_within_start: datetime | None = None,
        delivery_within_end: datetime | None = None,
        user_code: str | None = None,
        from_execution_time: datetime | None = None,
        to_execution_time: datetime | None = None,
        sort_by: str | None = None,
        self_trades: SelfTrades | None = None,
        known: Mapping[bytes, Trade | UnreadableElement] = NOTHING_KNOWN,
    ) -> ListRead[Trade] | Unavailable:
        """GET /v2/api/trades: one page of the trades at these exchanges, or at every exchange.

        An element whose bytes are `known` is not decoded again.
        """
        query = {
            "exchanges": Repeated(exchanges),
            "portfolio_ids": wire_ids(portfolio_ids),
            "delivery_areas": delivery_areas,
            "offset": offset,
            "limit": limit,
            "trade_id": id_text(trade_id),
            "order_id": id_text(order_id),
            "active_only": active_only,
            "txt": txt,
            "strategy_ids": Repeated(strategy_ids),
            "txt_matching_mode": txt_matching_mode,
            "contract_ids": wire_ids(contract_ids),
            "from_api_timestamp": time_text(from_api_timestamp),
            "to_api_timestamp": time_text(to_api_timestamp),
            "delivery_within_start": time_text(delivery_within_start),
            "delivery_within_end": time_text(delivery_within_end),
            "user_code": user_code,
            "from_execution_time": time_text(from_execution_time),
            "to_execution_time": time_text(to_execution_time),
            "sort_by": sort_by,
            "self_trades": self_trades,
        }
        return await self._list("/v2/api/trades", query, TRADES, page=limit or DEFAULT_PAGE, known=known)

    async def list_internal_trades(
        self,
        *,
        exchanges: Sequence[str] = (),
        portfolio_ids: Sequence[str] = (),
        delivery_areas: Sequence[str] = (),
        offset: int | None = None,
        limit: int | None = None,
        internal_trade_id: str | None = None,
        contract_ids: Sequence[str] = (),
        from_execution_time: datetime | None = None,
        to_execution_time: datetime | None = None,
        from_api_timestamp: datetime | None = None,
        to_api_timestamp: datetime | None = None,
        delivery_within_start: datetime | None = None,
        delivery_within_end: datetime | None = None,
        txt: str | None = None,
        strategy_ids: Sequence[str] = (),
        txt_matching_mode: TextMatching | None = None,
        sort_by: str | None = None,
        known: Mapping[bytes, InternalTrade | UnreadableElement] = NOTHING_KNOWN,
    ) -> ListRead[InternalTrade] | Unavailable:
        """GET /v2/api/internal-trades: one page; without a window, contract or id only those of the last 48 hours.

        An element whose bytes are `known` is not decoded again.
        """
        query = {
            "exchanges": Repeated(exchanges),
            "portfolio_ids": wire_ids(portfolio_ids),
            "delivery_areas": delivery_areas,
            "offset": offset,
            "limit": limit,
            "internal_trade_id": id_text(internal_trade_id),
            "contract_ids": wire_ids(contract_ids),
            "from_execution_time": time_text(from_execution_time),
            "to_execution_time": time_text(to_execution_time),
            "from_api_timestamp": time_text(from_api_timestamp),
            "to_api_timestamp": time_text(to_api_timestamp),
            "delivery_within_start": time_text(delivery_within_start),
            "delivery_within_end": time_text(delivery_within_end),
            "txt": txt,
            "strategy_ids": Repeated(strategy_ids),
            "txt_matching_mode": txt_matching_mode,
            "sort_by": sort_by,
        }
        return await self._list(
            "/v2/api/internal-trades", query, INTERNAL_TRADES, page=limit or DEFAULT_PAGE, known=known
        )
