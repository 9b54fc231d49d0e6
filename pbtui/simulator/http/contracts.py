"""Calls on contracts: the list, the best prices with the positions of the portfolios, and the book of one contract.

Decisions where the API document is silent:

- only the contracts that can be traded now are known; one that closed gets 404, and is in no list;
- `own_order` is true for every order of the account, also in a portfolio that the key does not reach;
- while the market is halted or in SAFE mode, the state of a contract in its areas is HIBERNATE; it is INACTIVE in an
  area that is suspended.
"""

from collections.abc import Iterator
from decimal import Decimal

from pbtui.api.codes import OrderSide
from pbtui.api.reads.contracts import AreaState
from pbtui.api.reads.depth import ContractType
from pbtui.simulator.book.conditions import Conditions
from pbtui.simulator.book.contracts import AREA_BY_EIC, AREAS, DEFAULT_AREA, PRODUCTS, Contract
from pbtui.simulator.book.depth import OrderBook, Resting
from pbtui.simulator.book.figures import CURRENCY, PositionSheet
from pbtui.simulator.book.own_order import OwnOrder
from pbtui.simulator.http.answers import Answer
from pbtui.simulator.http.market_data import area_state
from pbtui.simulator.http.orders_api import Call
from pbtui.simulator.http.risk import asked_portfolios, portfolio_settings, tenant_settings
from pbtui.simulator.rejections import CallRefused


def answer_contracts_call(call: Call) -> Answer | None:
    """Answer one of these calls; return None for any other."""
    match call.method, call.path:
        case "GET", ("contracts",):
            return Answer.of_json(_contracts(call))
        case "GET", ("orderbooks",):
            return Answer.of_json(_order_books(call))
        case "GET", ("contract", contract_id, delivery_area, "orders"):
            contract = call.exchange.market.calendar.listed.get(contract_id)
            if contract is None or delivery_area not in AREA_BY_EIC:
                raise CallRefused(404, f"contract {contract_id} is not open for trading in {delivery_area}")
            return Answer.of_json(_depth(call, contract, delivery_area))
    return None


def _found(call: Call, contract_ids: frozenset[str]) -> Iterator[Contract]:
    """Yield the contracts whose delivery is as asked for, out of these ones or out of all."""
    query = call.query
    start, end = query.moment("delivery_start"), query.moment("delivery_end")
    first, last = query.moment("delivery_from"), query.moment("delivery_to")
    for contract in call.exchange.market.calendar.listed.values():
        if (
            (not contract_ids or contract.contract_id in contract_ids)
            and start in (None, contract.delivery_start)
            and end in (None, contract.delivery_end)
            and (first is None or contract.delivery_start >= first)
            and (last is None or contract.delivery_end <= last)
        ):
            yield contract


def _contracts(call: Call) -> list[dict[str, object]]:
    wanted_areas = call.query.texts("delivery_areas") or AREA_BY_EIC.keys()
    areas = [area.eic for area in AREAS if area.eic in wanted_areas]
    found = _found(call, call.query.texts("contract_id")) if areas else ()
    return [_contract(call, contract, areas) for contract in found]


def _contract(call: Call, contract: Contract, areas: list[str]) -> dict[str, object]:
    conditions = call.exchange.market.conditions
    return {
        "exchange": call.exchange.name,
        "product": contract.product.name,
        "contract_id": contract.contract_id,
        "type": ContractType.PDC,
        "revision_no": 1,
        "state": "ACTI",
        "name": contract.name,
        "delivery_start": contract.delivery_start,
        "delivery_end": contract.delivery_end,
        "delivery_areas": areas,
        "delivery_area_states": [
            {
                "delivery_area": area,
                "state": _state(conditions, area),
                "trading_start": contract.opens_at,
                "trading_end": contract.closes_at,
            }
            for area in areas
        ],
    }


def _state(conditions: Conditions, area: str) -> AreaState:
    if not conditions.is_trading:
        return AreaState.HIBERNATE
    return AreaState.ACTIVE if conditions.is_trading_in(area) else AreaState.INACTIVE


# ---------------------------------------------------------------- order books


def _order_books(call: Call) -> dict[str, object]:
    query, market = call.query, call.exchange.market
    area = query.text("delivery_area") or DEFAULT_AREA.eic
    if area not in AREA_BY_EIC:
        raise CallRefused(404, f"delivery area {area} is not known")
    portfolio_ids = asked_portfolios(query, call.key)
    contracts = [
        contract for contract in _found(call, query.texts("contractId")) if _is_asked_for(call, contract, area)
    ]
    fields: dict[str, object] = {
        "delivery_area": area,
        "delivery_area_state": area_state(market.conditions, area),
        "market_area_state": "ACTI",
        "portfolios": portfolio_ids,
        "contracts": _with_prices(call, contracts, area, portfolio_ids),
    }
    if query.flag("with_products", default=True):
        fields["products"] = _products(area)
    if query.flag("with_order_details", default=False):
        fields["orders"] = [_depth(call, contract, area) for contract in contracts]
    if query.flag("with_risk_settings", default=False):
        fields["portfolio_risk_settings"] = [portfolio_settings(market, each) for each in portfolio_ids]
        fields["tenant_risk_settings"] = tenant_settings(market, call.key.portfolios[0].tenant)
    return fields


def _is_asked_for(call: Call, contract: Contract, area: str) -> bool:
    query = call.query
    products = query.texts("products") | query.texts("product")
    within, kind = query.moment("delivery_within"), query.word("contract_type", ContractType, default=ContractType.PDC)
    book = call.exchange.market.books[contract.contract_id, area]
    return (
        kind is not ContractType.UDC
        and (not products or contract.product.name in products)
        and query.text("contractName") in ("", contract.name)
        and (within is None or contract.delivery_start <= within <= contract.delivery_end)
        and (not query.flag("with_bid_or_ask_only", default=False) or any(map(book.best, OrderSide)))
    )


def _with_prices(call: Call, contracts: list[Contract], area: str, portfolio_ids: list[str]) -> list[dict[str, object]]:
    market, sheet = call.exchange.market, PositionSheet(call.exchange.market)
    shows_positions = call.query.flag("with_portfolio_information", default=True)
    found = []
    for contract in contracts:
        fields = _priced(call, contract, market.books[contract.contract_id, area])
        if shows_positions:
            fields["portfolio_information"] = [sheet.figures(each, contract, area) for each in portfolio_ids]
        found.append(fields)
    return found


def _priced(call: Call, contract: Contract, book: OrderBook) -> dict[str, object]:
    bid, ask, traded = book.best(OrderSide.BUY), book.best(OrderSide.SELL), book.statistics
    logged_in = call.exchange.market.conditions.logged_in_since
    fields: dict[str, object] = {
        "product": contract.product.name,
        "contract_id": contract.contract_id,
        "type": ContractType.PDC,
        "state": "ACTI",
        "active_since": logged_in and max(logged_in, contract.opens_at),
        "name": contract.name,
        "delivery_start": contract.delivery_start,
        "delivery_end": contract.delivery_end,
        "best_bid_price": bid and bid.price,
        "best_bid_quantity": bid and bid.quantity_mw,
        "best_ask_price": ask and ask.price,
        "best_ask_quantity": ask and ask.quantity_mw,
        "last_price": traded.last_price,
        "last_quantity": traded.last_mw,
        "last_trade_time": traded.last_at,
        "total_quantity": traded.traded_mw * 2,
        "high": traded.high,
        "low": traded.low,
        "vwap": round(traded.notional / traded.traded_mw, 2) if traded.traded_mw else None,
        "bvwa": _average(book, OrderSide.BUY),
        "avwa": _average(book, OrderSide.SELL),
        "trading_start": contract.opens_at,
        "trading_end": contract.closes_at,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _average(book: OrderBook, side: OrderSide) -> Decimal | None:
    """Return the average price of the visible orders of one side, weighted by quantity."""
    orders = list(book.queue(side))
    quantity_mw = sum(order.quantity_mw for order in orders)
    return round(sum(order.price * order.quantity_mw for order in orders) / quantity_mw, 2) if quantity_mw else None


def _products(area: str) -> list[dict[str, object]]:
    return [
        {
            "product_name": product.name,
            "delivery_area": area,
            "price_currency": CURRENCY,
            "quantity_unit": "MW",
            "duration_minutes": int(product.length.total_seconds()) // 60,
            "location_required": False,
        }
        for product in PRODUCTS
    ]


def _depth(call: Call, contract: Contract, area: str) -> dict[str, object]:
    book = call.exchange.market.books[contract.contract_id, area]
    return {
        "contract_id": contract.contract_id,
        "product": contract.product.name,
        "delivery_area": area,
        "delta": False,
        "bid": [_entry(order, contract, area) for order in book.queue(OrderSide.BUY)],
        "ask": [_entry(order, contract, area) for order in book.queue(OrderSide.SELL)],
    }


def _entry(order: Resting, contract: Contract, area: str) -> dict[str, object]:
    own = order if isinstance(order, OwnOrder) else None
    fields: dict[str, object] = {
        "order_id": order.order_id,
        "delivery_area": area,
        "contract_id": contract.contract_id,
        "price": order.price,
        "quantity": order.quantity_mw,
        "own_order": own is not None,
    }
    if own is not None:
        fields["order_entry_time"] = own.entered_at
        fields["order_update_time"] = own.latest.last_change_timestamp
    return fields
