"""Calls besides the seven that a desk needs: key, portfolios, market, notifications, delivery areas."""

from pbtui.api.reads.market import MarketState, Severity
from pbtui.simulator.book.conditions import Conditions
from pbtui.simulator.book.contracts import AREAS, DEFAULT_AREA, PRODUCTS
from pbtui.simulator.exchange import Exchange
from pbtui.simulator.http.answers import Answer
from pbtui.simulator.http.orders_api import Call
from pbtui.simulator.http.risk import portfolio_settings
from pbtui.simulator.http.wire import DEFAULT_PAGE, LARGEST_PAGE
from pbtui.simulator.rejections import CallRefused
from pbtui.simulator.rights import ACCOUNT_ID, Portfolio

SERVER_VERSION = "pbtui simulator"

_SEVERITIES = list(Severity)
_PRODUCT_NAMES = [product.name for product in PRODUCTS]


def answer_market_call(call: Call) -> Answer | None:
    """Answer one of these calls; return None for any other."""
    match call.method, call.path:
        case "GET", ("api-key",):
            return Answer.of_json(_api_key(call))
        case "GET", ("portfolios",):
            return Answer.of_json([_portfolio(call, portfolio) for portfolio in call.key.portfolios])
        case "GET", ("market",):
            return Answer.of_json(_market(call))
        case "GET", ("market", "notifications"):
            return _notifications(call)
        case "GET", ("delivery-areas",):
            return Answer.of_json(_delivery_areas(call.exchange.market.conditions))
    return None


def _api_key(call: Call) -> dict[str, object]:
    key = call.key
    tenant = key.portfolios[0].tenant
    return {
        "name": key.name,
        "type": "MASTER_API_KEY" if key.sees_everything else "STANDARD_API_KEY",
        "tenant_id": tenant,
        "tenant_name": tenant.title(),
        "inherit_tenant_portfolios": False,
        "portfolios": [_portfolio(call, portfolio) for portfolio in key.portfolios],
        "can_read": True,
        "can_trade": key.can_trade,
        "can_signal": False,
    }


def _portfolio(call: Call, portfolio: Portfolio) -> dict[str, object]:
    return {
        "id": portfolio.portfolio_id,
        "name": portfolio.name,
        "type": "READ_ONLY" if portfolio.read_only else "STANDARD",
        "tenant_id": portfolio.tenant,
        "tenant_name": portfolio.tenant.title(),
        "settings": {},
        "risk_management": portfolio_settings(call.exchange.market, portfolio.portfolio_id),
    }


def health(exchange: Exchange) -> Answer:
    """Answer `GET /market/health`, which needs no key: 204 while the market's status is OK, else 503."""
    status = exchange.market.conditions.status
    if status is MarketState.OK:
        return Answer(204)
    return Answer.of_refusal(CallRefused(503, f"the market's status is {status}"))


def _market(call: Call) -> dict[str, object]:
    market = call.exchange.market
    conditions = market.conditions
    fields: dict[str, object] = {
        "server_version": SERVER_VERSION,
        "exchange": call.exchange.name,
        "exchange_mode": "simulation",
        "api_timestamp": market.now,
        "status": conditions.status,
        "mode": conditions.mode,
        "safe_mode_enabled_since": conditions.safe_since,
        "messages": conditions.messages,
        "products": _PRODUCT_NAMES,
        "delivery_area_id": DEFAULT_AREA.eic,
        "available_delivery_area_ids": [area.eic for area in AREAS],
        "inactive_delivery_area_ids": sorted(conditions.suspended_areas),
        "available_account_ids": [ACCOUNT_ID],
        "order_action_quota": conditions.quota.used(market.now),
        "logged_in_since": conditions.logged_in_since,
        "heartbeat_as_of": market.now if conditions.logged_in_since else None,
        "options": {
            "internal_trading": "default_yes",
            "block_potential_self_trades": "block_if_not_resolvable",
            "internal_trading_across_tenants": False,
            "default_delivery_area_id": DEFAULT_AREA.eic,
            "restrict_safe_mode": True,
        },
    }
    return {name: value for name, value in fields.items() if value is not None}


def _notifications(call: Call) -> Answer:
    """Return the notifications, the newest first."""
    query = call.query
    offset = query.number("offset", default=0, least=0)
    limit = query.number("limit", default=DEFAULT_PAGE, least=1, most=LARGEST_PAGE)
    least = query.word("severity_at_least", Severity, default=Severity.LOW)
    start, end = query.moment("from_api_timestamp"), query.moment("to_api_timestamp")
    found = [
        notification
        for notification in reversed(call.exchange.market.conditions.notifications)
        if _SEVERITIES.index(notification.severity) >= _SEVERITIES.index(least)
        and (start is None or notification.api_timestamp >= start)
        and (end is None or notification.api_timestamp < end)
    ]
    return Answer.of_json(found[offset : offset + limit]).counted(len(found))


def area_state(conditions: Conditions, area: str) -> str:
    """Return the state of a delivery area."""
    return "SUSP" if area in conditions.suspended_areas else "ACTI"


def _delivery_areas(conditions: Conditions) -> list[dict[str, object]]:
    return [
        {
            "eic": area.eic,
            "name": area.name,
            "state": area_state(conditions, area.eic),
            "time_zone": area.time_zone,
            "currency": "EUR",
            "country_code": area.country_code,
            "products": _PRODUCT_NAMES,
        }
        for area in AREAS
    ]
