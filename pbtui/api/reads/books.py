"""The reads of contracts: their states, their order books, and the positions in them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from pbtui.api.decoding.field_by_field import FieldReader
from pbtui.api.errors import UnreadableReply
from pbtui.api.reads.calls import Calls, ListRead, Unavailable, ValueRead, id_text, time_text
from pbtui.api.reads.contracts import ContractItem
from pbtui.api.reads.decode import NOTHING_KNOWN, UnreadableElement
from pbtui.api.reads.depth import ContractType, OrderBooks, Orders
from pbtui.api.reads.positions import RiskSettingsAndPortfolioInformation
from pbtui.api.sanitize import wire_ids
from pbtui.api.transport.url_parts import Repeated, path_segment

_contracts, _books, _depth = FieldReader(ContractItem), FieldReader(OrderBooks), FieldReader(Orders)
_limits = FieldReader(RiskSettingsAndPortfolioInformation)

Area = TypeVar("Area", OrderBooks, Orders)


class ContractCalls(Calls):
    """The reads of one exchange's contracts."""

    async def find_contracts(
        self,
        *,
        contract_id: Sequence[str] = (),
        delivery_start: datetime | None = None,
        delivery_end: datetime | None = None,
        delivery_from: datetime | None = None,
        delivery_to: datetime | None = None,
        delivery_areas: Sequence[str] = (),
        known: Mapping[bytes, ContractItem | UnreadableElement] = NOTHING_KNOWN,
    ) -> ListRead[ContractItem] | Unavailable:
        """GET /contracts: active and expired contracts, with their states in the delivery areas.

        Of the expired ones not all are listed if no contract or delivery is given. An element whose bytes are `known`
        is not decoded again.
        """
        query = {
            "contract_id": wire_ids(contract_id),
            "delivery_start": time_text(delivery_start),
            "delivery_end": time_text(delivery_end),
            "delivery_from": time_text(delivery_from),
            "delivery_to": time_text(delivery_to),
            "delivery_areas": Repeated(delivery_areas),
        }
        return await self._list("/contracts", query, _contracts, known=known)

    async def get_order_books(
        self,
        *,
        portfolio_id: Sequence[str] = (),
        product: str | None = None,
        products: Sequence[str] = (),
        with_bid_or_ask_only: bool | None = None,
        with_signals: bool | None = None,
        contract_id: Sequence[str] = (),
        contract_name: str | None = None,
        delivery_start: datetime | None = None,
        delivery_end: datetime | None = None,
        delivery_within: datetime | None = None,
        past_hours: int | None = None,
        delivery_area: str | None = None,
        delivery_from: datetime | None = None,
        delivery_to: datetime | None = None,
        with_order_details: bool | None = None,
        contract_type: ContractType | None = None,
        with_portfolio_information: bool | None = None,
        with_risk_settings: bool | None = None,
        with_products: bool | None = None,
        active_only: bool | None = None,
        with_auction_positions: bool | None = None,
    ) -> ValueRead[OrderBooks] | Unavailable:
        """GET /orderbooks: best prices and positions of the contracts in one delivery area, or the server's default.

        `with_order_details` adds the whole books, which is slow; `get_orders` reads one. `product` and `past_hours` are
        deprecated. Raises UnreadableReply for an answer of another area.
        """
        query = {
            "portfolio_id": wire_ids(portfolio_id),
            "product": product,
            "products": Repeated(products),
            "with_bid_or_ask_only": with_bid_or_ask_only,
            "with_signals": with_signals,
            "contractId": wire_ids(contract_id),
            "contractName": contract_name,
            "delivery_start": time_text(delivery_start),
            "delivery_end": time_text(delivery_end),
            "delivery_within": time_text(delivery_within),
            "past_hours": past_hours,
            "delivery_area": delivery_area,
            "delivery_from": time_text(delivery_from),
            "delivery_to": time_text(delivery_to),
            "with_order_details": with_order_details,
            "contract_type": contract_type,
            "with_portfolio_information": with_portfolio_information,
            "with_risk_settings": with_risk_settings,
            "with_products": with_products,
            "active_only": active_only,
            "with_auction_positions": with_auction_positions,
        }
        return _of_area(await self._value("/orderbooks", _books, query), "GET /orderbooks", delivery_area)

    async def get_orders(
        self, contract_id: str, delivery_area: str, *, portfolio_id: str | None = None
    ) -> ValueRead[Orders] | Unavailable:
        """GET /contract/{contract_id}/{delivery_area}/orders: the whole book of a contract.

        `portfolio_id` is for portfolios of shadow trading. Raises UnreadableReply for an answer of another area, and
        for one that holds only what changed.
        """
        path = _contract_path(contract_id, delivery_area, "orders")
        found = await self._value(path, _depth, {"portfolio_id": id_text(portfolio_id)})
        if isinstance(found, ValueRead) and found.value.delta:
            raise UnreadableReply(f"GET {path}", "the answer is not the whole book")
        return _of_area(found, f"GET {path}", delivery_area)

    async def get_limits(
        self,
        contract_id: str,
        delivery_area: str,
        *,
        portfolio_id: Sequence[str] = (),
        with_auction_positions: bool | None = None,
    ) -> ValueRead[RiskSettingsAndPortfolioInformation] | Unavailable:
        """GET /contract/{contract_id}/{delivery_area}/portfolio-information: positions in a contract, and limits."""
        path = _contract_path(contract_id, delivery_area, "portfolio-information")
        query = {"portfolio_id": wire_ids(portfolio_id), "with_auction_positions": with_auction_positions}
        return await self._value(path, _limits, query)


def _of_area(found: ValueRead[Area] | Unavailable, call: str, asked: str | None) -> ValueRead[Area] | Unavailable:
    """Return an answer of the area that was asked for, or of one that it does not name. Raises UnreadableReply."""
    if isinstance(found, ValueRead) and asked is not None and found.value.delivery_area not in (asked, None):
        raise UnreadableReply(call, f"the answer is of another delivery area: {found.value.delivery_area}")
    return found


def _contract_path(contract_id: str, delivery_area: str, what: str) -> str:
    call = f"GET /contract/{{contract_id}}/{{delivery_area}}/{what}"
    return f"/contract/{path_segment(call, contract_id)}/{path_segment(call, delivery_area)}/{what}"
