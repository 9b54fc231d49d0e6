"""Calls on positions and limits: of a contract, a portfolio and a tenant.

A portfolio that is not known gets 404, one out of the key's reach 403.
"""

from pbtui.simulator.book.contracts import AREA_BY_EIC, AREAS
from pbtui.simulator.book.figures import CURRENCY, PositionSheet
from pbtui.simulator.book.market import Market
from pbtui.simulator.book.risk import ALLOWED_PER_WINDOW, COUNT_WINDOWS
from pbtui.simulator.http.answers import Answer
from pbtui.simulator.http.orders_api import Call
from pbtui.simulator.http.wire import Query
from pbtui.simulator.rejections import CallRefused
from pbtui.simulator.rights import PORTFOLIOS, ApiKey


def answer_risk_call(call: Call) -> Answer | None:
    """Answer one of these calls; return None for any other."""
    match call.method, call.path:
        case "GET", ("contract", contract_id, delivery_area, "portfolio-information"):
            return Answer.of_json(_positions(call, contract_id, delivery_area))
        case "GET", ("portfolio", portfolio_id, "status"):
            return Answer.of_json(_status(call, portfolio_id))
        case "GET", ("portfolio", portfolio_id, "risk-management"):
            _require_known(call.key, portfolio_id)
            return Answer.of_json(portfolio_settings(call.exchange.market, portfolio_id))
        case "GET", ("tenant", tenant_id, "risk-management"):
            return Answer.of_json(_of_tenant(call, tenant_id))
    return None


def asked_portfolios(query: Query, key: ApiKey) -> list[str]:
    """Return the portfolios that a call names, or all within reach. Raises CallRefused (403) for one out of reach."""
    named = query.texts("portfolio_id")
    key.require_portfolios(named)
    return [portfolio.portfolio_id for portfolio in key.portfolios if not named or portfolio.portfolio_id in named]


def portfolio_settings(market: Market, portfolio_id: str) -> dict[str, object]:
    """Return the limits of a portfolio in their wire format."""
    exchange, limits = market.exchange, market.limits_of(portfolio_id)
    return {
        **tenant_settings(market, portfolio_id),
        "position_limits": [
            {
                "exchange": exchange,
                "delivery_area": area.eic,
                "min_netpos_limit": -limits.position_mw,
                "max_netpos_limit": limits.position_mw,
            }
            for area in AREAS
        ],
        "cash_limits": [
            {"exchange": exchange, "currency": CURRENCY, "direction": "NEG", "limit": limits.cash_eur},
        ],
        "order_count_limit": [
            {
                "exchange": exchange,
                "rolling_window_seconds": int(window.total_seconds()),
                "allowed_order_count": ALLOWED_PER_WINDOW,
            }
            for window in COUNT_WINDOWS
        ],
    }


def tenant_settings(market: Market, tenant_id: str) -> dict[str, object]:
    """Return the limits of a tenant in their wire format: the areas in which it may trade."""
    areas = [{"exchange": market.exchange, "delivery_area": area.eic} for area in AREAS]
    return {"id": tenant_id, "trading_areas": areas}


def _positions(call: Call, contract_id: str, delivery_area: str) -> dict[str, object]:
    market = call.exchange.market
    contract = market.calendar.listed.get(contract_id)
    if contract is None or delivery_area not in AREA_BY_EIC:
        raise CallRefused(404, f"contract {contract_id} is not open for trading in {delivery_area}")
    portfolio_ids, sheet = asked_portfolios(call.query, call.key), PositionSheet(market)
    return {
        "portfolio_information": [sheet.figures(each, contract, delivery_area) for each in portfolio_ids],
        "portfolio_risk_settings": [portfolio_settings(market, each) for each in portfolio_ids],
        "tenant_risk_settings": tenant_settings(market, call.key.portfolios[0].tenant),
    }


def _status(call: Call, portfolio_id: str) -> dict[str, object]:
    _require_known(call.key, portfolio_id)
    market = call.exchange.market
    return {
        "rolling_window_counts": [
            {
                "rolling_window_seconds": int(window.total_seconds()),
                "current_order_count": market.order_counts.within(portfolio_id, window, market.now),
            }
            for window in COUNT_WINDOWS
        ]
    }


def _require_known(key: ApiKey, portfolio_id: str) -> None:
    if portfolio_id not in PORTFOLIOS:
        raise CallRefused(404, f"portfolio {portfolio_id} is not known")
    key.require_portfolios([portfolio_id])


def _of_tenant(call: Call, tenant_id: str) -> dict[str, object]:
    if tenant_id not in {portfolio.tenant for portfolio in PORTFOLIOS.values()}:
        raise CallRefused(404, f"tenant {tenant_id} is not known")
    if tenant_id not in {portfolio.tenant for portfolio in call.key.portfolios}:
        raise CallRefused(403, f"the key {call.key.name!r} has no access to tenant {tenant_id}")
    return tenant_settings(call.exchange.market, tenant_id)
