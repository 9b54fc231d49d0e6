"""Alerts about what is around the orders: the link, the market, its delivery areas, the quota, market operations."""

import math
from collections.abc import Iterator
from decimal import Decimal

from pbtui.api.models import Order
from pbtui.api.sanitize import safe_text
from pbtui.desk.alerts.alert import Alert
from pbtui.desk.blotter.link import LinkState
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.news import News, Weight
from pbtui.desk.formats.time_format import age_text
from pbtui.desk.market.closures import present_status, warning_of, why_area_closed, why_market_closed
from pbtui.desk.market.exchange import ExchangeView
from pbtui.desk.market.notifications import announced
from pbtui.desk.market.trades import recalled_since
from pbtui.desk.news_sentences import downtime_news, notification_news, recall_news
from pbtui.desk.view import DeskView
from pbtui.settings.alerts import AlertKind

_UP = (LinkState.LIVE, LinkState.FAILING)
_QUOTA_REST = Decimal("0.05")
"""The use must fall by so much below the share before it can alert again."""

MarketWords = tuple[str | None, str | None]
"""Status and mode as the server names them."""


def is_link_up(view: DeskView, now_s: float) -> bool | None:
    """Return whether the orders are being read; None before the first read."""
    state = view.link.state(now_s)
    return None if state is LinkState.CONNECTING else state in _UP


def link_alert(view: DeskView, now_s: float, *, was_up: bool | None) -> Alert | None:
    """Return the alert for a link that was lost, or that is back."""
    is_up = is_link_up(view, now_s)
    if was_up is None or is_up is None or is_up is was_up:
        return None
    if is_up:
        return Alert.of(AlertKind.LINK, [News("LINK BACK: the orders are read again", Weight.FINE)])
    age_s = view.link.age_s(now_s)
    read = "nothing was read yet" if age_s is None else f"the last read was {age_text(age_s)} ago"
    why = f": {view.link.failure.error}" if view.link.failure else ""
    return Alert.of(
        AlertKind.LINK, [News(safe_text(f"LINK LOST: {view.link.state(now_s)}, {read}{why}"), Weight.GRAVE)]
    )


# ---------------------------------------------------------------- the market


def market_words(view: ExchangeView, now_s: float) -> MarketWords | None:
    """Return what the server says of the market now; None if it is not known."""
    status = present_status(view, now_s)
    return None if status is None else (status.status, status.mode)


def market_alert(view: ExchangeView, now_s: float, before: MarketWords | None) -> Alert | None:
    """Return the alert for a market whose status or mode has changed since `before`."""
    words = market_words(view, now_s)
    if before is None or words is None or words == before:
        return None
    closed, warning = why_market_closed(view, now_s), warning_of(view, now_s)
    if closed:
        text, weight = f"MARKET CLOSED, orders can only be withdrawn: {closed}", Weight.GRAVE
    elif warning:
        text, weight = f"MARKET WARNING: {warning}", Weight.NOTABLE
    else:
        text, weight = "MARKET OPEN: it takes orders", Weight.FINE
    return Alert.of(AlertKind.MARKET, [News(safe_text(text), weight)])


def closed_areas(view: DeskView, now_s: float, before: frozenset[str] | None) -> frozenset[str]:
    """Return the delivery areas that take no orders now. Only areas in `before` or with active orders count."""
    exchange = view.exchange
    if not exchange.stated_inactive and not exchange.inactive_areas:
        return frozenset()
    areas = {row.order.delivery_area for row in view.blotter.active.values() if isinstance(row.order, Order)}
    return frozenset(area for area in areas | (before or frozenset()) if why_area_closed(exchange, area, now_s))


def area_alerts(view: DeskView, now_s: float, before: frozenset[str], after: frozenset[str]) -> Iterator[Alert]:
    """Yield an alert for the areas that take no orders any more, and one for those that take them again."""
    if lost := sorted(after - before):
        why = "; ".join(f"{area_name(area)}: {why_area_closed(view.exchange, area, now_s)}" for area in lost)
        yield Alert.of(AlertKind.MARKET, [News(safe_text(f"AREA CLOSED, with orders in it: {why}"), Weight.GRAVE)])
    if back := sorted(before - after):
        named = ", ".join(map(area_name, back))
        yield Alert.of(AlertKind.MARKET, [News(safe_text(f"AREA OPEN: {named} takes orders again"), Weight.FINE)])


def announcement_alerts(before: ExchangeView, after: ExchangeView) -> Iterator[Alert]:
    """Yield alerts for messages of market operations, downtimes, and recalled trades."""
    if messages := [*notification_news(announced(before.notifications, after.notifications))]:
        is_new = before.notifications.value is not None
        grave = any(each.weight is not Weight.FINE for each in messages)
        yield Alert.of(AlertKind.MARKET, messages, is_new=is_new and grave)
    if downtimes := [*downtime_news(before.downtimes.value or (), after.downtimes.value or ())]:
        yield Alert.of(AlertKind.MARKET, downtimes, is_new=before.downtimes.value is not None)
    if recalls := [*recall_news(recalled_since(before.trades, after.trades))]:
        yield Alert.of(AlertKind.FILL, recalls)


# ---------------------------------------------------------------- the quota


def is_quota_high(view: ExchangeView, now_s: float, share: Decimal, *, was_high: bool | None) -> bool | None:
    """Return whether `share` of the quota is used, or nearly if it was before. `was_high` if the use is not known."""
    status = present_status(view, now_s)
    used = None if status is None else status.order_action_quota
    if used is None:
        return was_high
    return used >= (share - _QUOTA_REST if was_high else share)


def quota_alert(view: ExchangeView, now_s: float) -> Alert | None:
    """Return the alert that says how much of the quota is used. None if that is not known."""
    status = present_status(view, now_s)
    if status is None or status.order_action_quota is None:
        return None
    used = math.floor(status.order_action_quota * 100)
    return Alert.of(AlertKind.QUOTA, [News(f"QUOTA: {used} % of the order actions are used", Weight.NOTABLE)])
