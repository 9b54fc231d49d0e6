"""`GET /trades` and `GET /internal-trades`: query parameters, filters, pages, and trades in their wire format.

A trade at the exchange is reported REPORT_DELAY_S after it was executed, an internal trade at once. The fault
`late_trades` sets another delay for both.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from pbtui.simulator.book.trades import SelfTrades, TextMatching, Trade, TradeQuery, TradeSide
from pbtui.simulator.exchange import Exchange
from pbtui.simulator.http.answers import Answer
from pbtui.simulator.http.faults import CallFaults
from pbtui.simulator.http.orders_api import Call
from pbtui.simulator.http.wire import DEFAULT_PAGE, LARGEST_PAGE, Query, invalid
from pbtui.simulator.rights import ACCOUNT_ID, ApiKey

REPORT_DELAY_S = 0.25
INTERNAL_WITHOUT_FILTER = timedelta(hours=48)
"""The time that `GET /internal-trades` covers if no window, contract or trade is named."""
MEMBER_ID = "PBTUI"


class Received(NamedTuple):
    """A trade, when it was reported, and its exchange."""

    at: datetime
    trade: Trade
    exchange: str


_SORT_KEYS: dict[str, Callable[[Received], object]] = {
    "api_timestamp": lambda received: received.at,
    "exec_time": lambda received: received.trade.executed_at,
    "delivery_start": lambda received: received.trade.contract.delivery_start,
    "price": lambda received: received.trade.price,
    "quantity": lambda received: received.trade.quantity_mw,
}


def answer_trades_call(call: Call) -> Answer | None:
    """Answer one of the two calls; return None for any other."""
    match call.method, call.path:
        case "GET", ("trades" | "internal-trades" as which,):
            is_internal = which == "internal-trades"
            found = received(call.exchange, call.query, call.key, call.call_faults, is_internal=is_internal)
            return page_of(found, call.query)
    return None


def received(
    exchange: Exchange, query: Query, key: ApiKey, call_faults: CallFaults, *, is_internal: bool
) -> list[Received]:
    """Return the trades of one exchange that are reported by now and match the query."""
    market = exchange.market
    wanted = _internal_query(query, key, market.now) if is_internal else _trade_query(query, key)
    trades = market.trades.internal(key.portfolio_ids) if is_internal else market.trades.external(key.portfolio_ids)
    usual_s = 0.0 if is_internal else REPORT_DELAY_S
    delay = timedelta(seconds=usual_s if call_faults.late_trades_s is None else call_faults.late_trades_s)
    reported = (
        Received(max(trade.executed_at + delay, trade.changed_at or trade.executed_at), trade, exchange.name)
        for trade in trades
    )
    return [each for each in reported if each.at <= market.now and wanted.matches(each.trade, each.at)]


def page_of(found: list[Received], query: Query) -> Answer:
    """Answer with the page of these trades that is asked for."""
    offset = query.number("offset", default=0, least=0)
    limit = query.number("limit", default=DEFAULT_PAGE, least=1, most=LARGEST_PAGE)
    _sort(found, query.text("sort_by"))
    page = [wire_trade(each.trade, each.at, each.exchange) for each in found[offset : offset + limit]]
    return Answer.of_json(page).counted(len(found))


def _sort(found: list[Received], sort_by: str) -> None:
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
