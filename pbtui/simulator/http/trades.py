"""`GET /trades` and `GET /internal-trades`: query parameters, filters, pages, and trades in their wire format.

A trade at the exchange is reported REPORT_DELAY_S after it was executed, an internal trade at once. The fault
`late_trades` sets another delay for both.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from pbtui.simulator.book.trades import SelfTrades, TextMatching, Trade, TradeQuery, TradeSide
from pbtui.simulator.http.answers import Answer
from pbtui.simulator.http.orders_api import Call
from pbtui.simulator.http.wire import DEFAULT_PAGE, LARGEST_PAGE, Query, invalid
from pbtui.simulator.rights import ACCOUNT_ID, ApiKey

REPORT_DELAY_S = 0.25
INTERNAL_WITHOUT_FILTER = timedelta(hours=48)
"""The time that `GET /internal-trades` covers if no window, contract or trade is named."""
MEMBER_ID = "PBTUI"

_Received = tuple[datetime, Trade]

_SORT_KEYS: dict[str, Callable[[_Received], object]] = {
    "api_timestamp": lambda received: received[0],
    "exec_time": lambda received: received[1].executed_at,
    "delivery_start": lambda received: received[1].contract.delivery_start,
    "price": lambda received: received[1].price,
    "quantity": lambda received: received[1].quantity_mw,
}


def answer_trades_call(call: Call) -> Answer | None:
    """Answer one of the two calls; return None for any other."""
    trades = call.exchange.market.trades
    match call.method, call.path:
        case "GET", ("trades",):
            wanted = _trade_query(call.query, call.key)
            return _page(call, trades.external(call.key.portfolio_ids), wanted, REPORT_DELAY_S)
        case "GET", ("internal-trades",):
            wanted = _internal_query(call.query, call.key, call.exchange.market.now)
            return _page(call, trades.internal(call.key.portfolio_ids), wanted, 0.0)
    return None


def _page(call: Call, trades: Iterator[Trade], wanted: TradeQuery, delay_s: float) -> Answer:
    offset = call.query.number("offset", default=0, least=0)
    limit = call.query.number("limit", default=DEFAULT_PAGE, least=1, most=LARGEST_PAGE)
    delay = timedelta(seconds=call.call_faults.late_trades_s if call.call_faults.late_trades_s is not None else delay_s)
    reported = ((max(trade.executed_at + delay, trade.changed_at or trade.executed_at), trade) for trade in trades)
    now = call.exchange.market.now
    found = [(at, trade) for at, trade in reported if at <= now and wanted.matches(trade, at)]
    _sort(found, call.query.text("sort_by"))
    page = [wire_trade(trade, at, call.exchange.name) for at, trade in found[offset : offset + limit]]
    return Answer.of_json(page).counted(len(found))


def _sort(found: list[_Received], sort_by: str) -> None:
    """Sort by `field [ASC|DESC]`, several of them separated by commas; without any by the newest report first."""
    for option in reversed((sort_by or "api_timestamp DESC").split(",")):
        match = re.fullmatch(r"\s*(\w+)(?:\s+(ASC|DESC))?\s*", option, re.IGNORECASE)
        if match is None or match[1] not in _SORT_KEYS:
            raise invalid(f"sort_by must be one of {', '.join(_SORT_KEYS)}, with ASC or DESC, not {option!r}")
        found.sort(key=_SORT_KEYS[match[1]], reverse=(match[2] or "").upper() == "DESC")  # type: ignore[arg-type]


# ---------------------------------------------------------------- parameters


def _trade_query(query: Query, key: ApiKey) -> TradeQuery:
    areas = query.texts("delivery_areas") | query.texts("delivery_area")
    return _common_query(
        query,
        key,
        trade_id=query.text("trade_id"),
        order_id=query.text("ordId") or query.text("order_id"),
        active_only=query.flag("active_only", default=True),
        cl_ordr_id=query.text("clOrdrId"),
        user_code=query.text("user_code"),
        delivery_areas=areas,
        self_trades=query.word("self_trades", SelfTrades, default=SelfTrades.INCLUDED),
    )


def _internal_query(query: Query, key: ApiKey, now: datetime) -> TradeQuery:
    trade_id = query.text("internal_trade_id")
    wanted = _common_query(
        query, key, trade_id=trade_id, active_only=False, delivery_areas=query.texts("delivery_area")
    )
    windows = ("execution_time", "api_timestamp")
    narrows = [*(f"{end}_{window}" for window in windows for end in ("from", "to")), "delivery_within_start"]
    if trade_id or wanted.contract_ids or any(map(query.text, narrows)):
        return wanted
    return _common_query(
        query,
        key,
        active_only=False,
        delivery_areas=wanted.delivery_areas,
        executed_from=now - INTERNAL_WITHOUT_FILTER,
    )


def _common_query(query: Query, key: ApiKey, **more: object) -> TradeQuery:
    """Return the filters that both calls have. Raises CallRefused (403) for a portfolio out of the key's reach."""
    portfolio_ids = query.texts("portfolio_id")
    key.require_portfolios(portfolio_ids)
    start, end = query.moment("delivery_within_start"), query.moment("delivery_within_end")
    if (start is None) is not (end is None):
        raise invalid("delivery_within_start and delivery_within_end can only be used together")
    matching = query.word("txt_matching_mode", TextMatching, default=TextMatching.EXACT)
    if matching is TextMatching.REGEX:
        _require_pattern(query.text("txt"))
    filters: dict[str, object] = {
        "portfolio_ids": portfolio_ids or key.portfolio_ids,
        "txt": query.text("txt"),
        "txt_matching": matching,
        "strategy_ids": query.texts("strategy_ids"),
        "contract_ids": query.texts("contract_id"),
        "executed_from": query.moment("from_execution_time"),
        "executed_to": query.moment("to_execution_time"),
        "received_from": query.moment("from_api_timestamp"),
        "received_to": query.moment("to_api_timestamp"),
        "delivery_from": start,
        "delivery_to": end,
    }
    return TradeQuery(**(filters | more))  # type: ignore[arg-type]


def _require_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise invalid(f"txt is not a valid pattern: {error}") from None


# ---------------------------------------------------------------- wire format


def wire_trade(trade: Trade, received_at: datetime, exchange: str) -> dict[str, object]:
    """Return a trade as the API shows it; what is not known is left out."""
    contract = trade.contract
    fields: dict[str, object] = {
        "internal_trade_id" if trade.is_internal else "trade_id": trade.trade_id,
        "exchange": exchange,
        "exec_time": trade.executed_at,
        "api_timestamp": received_at,
        "contract_id": contract.contract_id,
        "contract_name": contract.name,
        "delivery_start": contract.delivery_start,
        "delivery_end": contract.delivery_end,
        "price": trade.price,
        "quantity": trade.quantity_mw,
        "prod": contract.product.name,
        **_side_fields("buy", trade.buy, is_internal=trade.is_internal),
        **_side_fields("sell", trade.sell, is_internal=trade.is_internal),
    }
    if not trade.is_internal:
        own = trade.sell or trade.buy
        fields |= {
            "state": trade.state,
            "buy": trade.buy is not None,
            "sell": trade.sell is not None,
            "delivery_area": own.terms.delivery_area if own else None,
            "self_trade": trade.is_self_trade,
            "pre_arranged": False,
        }
    return {name: value for name, value in fields.items() if value is not None}


def _side_fields(name: str, side: TradeSide | None, *, is_internal: bool) -> dict[str, object]:
    if side is None:
        return {}
    fields: dict[str, object] = {
        "order_id": side.order_id,
        "clOrderId": side.cl_ordr_id,
        "txt": side.terms.txt,
        "aggressor_indicator": "Y" if side.was_aggressor else "N",
        "portfolio_id": side.terms.portfolio_id,
        "delivery_area": side.terms.delivery_area,
        "strategy_id": side.terms.strategy_id,
        "user_name": side.user.name,
    }
    if not is_internal:
        fields |= {
            "user_code": side.user.code,
            "member_id": MEMBER_ID,
            "account_id": ACCOUNT_ID,
            "unit_id": side.terms.unit_id,
        }
    return {f"{name}_{field}": value for field, value in fields.items()}
