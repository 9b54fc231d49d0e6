"""Follows the views of the desk, and says what is new in each: alerts, and the results of tickets. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from pbtui.api.structs import replace
from pbtui.desk.alerts.alert import Alert
from pbtui.desk.alerts.conditions import (
    MarketWords,
    announcement_alerts,
    area_alerts,
    closed_areas,
    is_link_up,
    is_quota_high,
    link_alert,
    market_alert,
    market_words,
    quota_alert,
)
from pbtui.desk.alerts.orders import event_alerts, foreign_order_alert, gate_alerts, ticket_alerts
from pbtui.desk.alerts.team import SeenTeam, team_alerts
from pbtui.desk.formats.news import News
from pbtui.desk.market.exchange import ExchangeView
from pbtui.desk.market.gates import Gates
from pbtui.desk.view import DeskView
from pbtui.settings.alerts import AlertSettings


@dataclass(frozen=True, slots=True)
class Seen:
    """The last view that was followed, its moment, and what was known then; None of what was not known."""

    view: DeskView | None = None
    at: datetime | None = None
    is_link_up: bool | None = None
    market: MarketWords | None = None
    closed_areas: frozenset[str] | None = None
    is_quota_high: bool | None = None
    gates: Gates | None = None
    team: SeenTeam = field(default_factory=SeenTeam)


@dataclass(frozen=True, slots=True)
class Step:
    """The new things in a view: `alerts`, and `results` of tickets, which are news in any case."""

    seen: Seen
    alerts: tuple[Alert, ...]
    results: tuple[News, ...]


def follow(seen: Seen, view: DeskView, rules: AlertSettings, now: datetime, now_s: float) -> Step:
    """Return what is new in a view at a moment, and what was seen then. `now_s` is on the steady clock.

    The same view can be followed again later: the link and the gates change with time alone. Of the first view
    nothing is a new alert.
    """
    now = _not_before(seen, view, now)
    after = _seen(seen, view, rules, now, now_s)
    found = [*_about_market(seen, after, view, now_s), *_about_orders(seen, after, view, rules, now)]
    alerts = [each for each in found if isinstance(each, Alert)]
    if seen.view is None:
        alerts = [replace(each, is_new=False) for each in alerts]
    return Step(after, tuple(alerts), tuple(each for each in found if isinstance(each, News)))


def _not_before(seen: Seen, view: DeskView, now: datetime) -> datetime:
    """Return the later of now and the moment seen last: before any answer, the clock of the host can be set back.

    Once an answer has shown another time of the exchange, the moment seen last was by another clock.
    """
    if seen.at is None or seen.view is None:
        return now
    is_same = seen.view.link.exchange_clock.zero_at == view.link.exchange_clock.zero_at
    return max(seen.at, now) if is_same else now


def _seen(before: Seen, view: DeskView, rules: AlertSettings, now: datetime, now_s: float) -> Seen:
    exchange, contracts = view.exchange, view.exchange.contracts.value
    is_same = before.view is not None and before.view.exchange.contracts.value is contracts
    gates = before.gates if is_same else None if contracts is None else Gates.of(contracts)
    is_up = is_link_up(view, now_s)
    is_known = exchange.status.value is not None
    return Seen(
        view=view,
        at=now,
        is_link_up=before.is_link_up if is_up is None else is_up,
        market=market_words(exchange, now_s) or before.market,
        closed_areas=closed_areas(view, now_s, before.closed_areas) if is_known else before.closed_areas,
        is_quota_high=is_quota_high(exchange, now_s, rules.quota_share, was_high=before.is_quota_high),
        gates=gates,
        team=before.team.after(view),
    )


def _about_market(before: Seen, after: Seen, view: DeskView, now_s: float) -> Iterator[Alert]:
    if (lost := link_alert(view, now_s, was_up=before.is_link_up)) is not None:
        yield lost
    if (market := market_alert(view.exchange, now_s, before.market)) is not None:
        yield market
    if before.closed_areas is not None and after.closed_areas is not None:
        yield from area_alerts(view, now_s, before.closed_areas, after.closed_areas)
    if before.is_quota_high is False and after.is_quota_high and (quota := quota_alert(view.exchange, now_s)):
        yield quota
    yield from team_alerts(before.team, view)
    yield from announcement_alerts(ExchangeView() if before.view is None else before.view.exchange, view.exchange)


def _about_orders(
    before: Seen, after: Seen, view: DeskView, rules: AlertSettings, now: datetime
) -> Iterator[Alert | News]:
    earlier = before.view
    if earlier is not None and (foreign := foreign_order_alert(earlier, view)) is not None:
        yield foreign
    if before.at is not None and before.gates is not None and after.gates is not None:
        yield from gate_alerts(view.blotter, after.gates, before.at, now, rules.gate_closing_minutes)
    last_event = earlier.events[-1].number if earlier is not None and earlier.events else 0
    yield from event_alerts(event for event in view.events if event.number > last_event)
    yield from ticket_alerts(() if earlier is None else earlier.all_tickets, view.all_tickets)
