"""The document that a command for alerts reads: JSON, with texts that are safe to print."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pbtui.api.sanitize import safe_text
from pbtui.desk.alerts.alert import Alert, AlertedOrder
from pbtui.settings.profiles import Profile

MOST_BYTES = 60_000
"""Most bytes of a document: less than a pipe of Linux takes at once."""
_MOST_ALERTS, _MOST_ORDERS = 15, 100
"""Most alerts, and most orders of all alerts. Alerts without orders fit, even with twelve letters for each in JSON."""
_LONGEST_FIELD, _LONGEST_TEXT = 100, 300


def document(alerts: Sequence[Alert], profile: Profile, zone: ZoneInfo) -> bytes:
    """Return the document of these alerts, at most MOST_BYTES long: the first ones, with their first orders.

    Numbers are texts, as `Decimal` has them; times are in UTC, those in a sentence in `zone`.
    """
    most_orders = _MOST_ORDERS // min(max(len(alerts), 1), _MOST_ALERTS)
    while len(written := _written(alerts, profile, zone, most_orders)) > MOST_BYTES:
        most_orders //= 2
    return written


def _written(alerts: Sequence[Alert], profile: Profile, zone: ZoneInfo, most_orders: int) -> bytes:
    facts = {
        "profile": profile.name,
        "exchange": profile.exchange,
        "environment": profile.environment,
        "alert_count": len(alerts),
        "alerts": [_facts(alert, zone, most_orders) for alert in alerts[:_MOST_ALERTS]],
    }
    return json.dumps(facts).encode() + b"\n"


def _facts(alert: Alert, zone: ZoneInfo, most_orders: int) -> Mapping[str, Any]:
    return {
        "kind": alert.kind,
        "weight": alert.news.weight,
        "at": _time(alert.news.at),
        "text": safe_text(alert.news.text(zone)[:_LONGEST_TEXT])[:_LONGEST_TEXT],
        "order_count": len(alert.orders),
        "orders": [_order_facts(each) for each in alert.orders[:most_orders]],
    }


def _order_facts(alerted: AlertedOrder) -> Mapping[str, Any]:
    order = alerted.order
    return {
        "order_id": _field(order.order_id),
        "side": _field(order.side),
        "price": _field(order.price),
        "open_mw": _field(order.open_quantity_mw),
        "traded_mw": _field(alerted.traded_mw),
        "traded_price": _field(alerted.traded_price),
        "delivery_start": _time(order.delivery_start),
        "delivery_end": _time(order.delivery_end),
        "contract": _field(order.contract_name or order.contract_id),
        "delivery_area": _field(order.delivery_area),
        "portfolio_id": _field(order.portfolio_id),
        "state": _field(order.state),
        "action": _field(order.action),
    }


def _field(value: object) -> str | None:
    return None if value is None else safe_text(str(value)[:_LONGEST_FIELD])[:_LONGEST_FIELD]


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
