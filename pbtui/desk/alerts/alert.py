"""An alert: what happened, when, to which orders, and the news that say it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from pbtui.api.models import Order
from pbtui.api.structs import replace
from pbtui.desk.formats.news import News
from pbtui.settings.alerts import AlertKind, AlertSettings, Way


@dataclass(frozen=True, slots=True)
class AlertedOrder:
    """An order of an alert, and what traded of it: MW, and the average price where it is known."""

    order: Order
    traded_mw: Decimal | None = None
    traded_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. `news` says it in one sentence, `details` are the news that come before it in the log.

    `orders` are those it is about. `is_new` is false of what the first read found, and of an event that is reported
    again with its price: that stays on the screen. `is_result` is set for the result of a ticket of this desk.
    """

    kind: AlertKind
    news: News
    orders: tuple[AlertedOrder, ...] = ()
    details: tuple[News, ...] = ()
    is_new: bool = True
    is_result: bool = False

    @classmethod
    def of(
        cls, kind: AlertKind, news: Sequence[News], orders: Iterable[AlertedOrder] = (), *, is_new: bool = True
    ) -> "Alert":
        """Return the alert with these news, of which the last one says it all. There is at least one."""
        *details, last = (replace(each, kind=kind) for each in news)
        return cls(kind, last, tuple(orders), tuple(details), is_new)


def by_way(way: Way, alerts: Sequence[Alert], results: Sequence[News], rules: AlertSettings) -> tuple[News, ...]:
    """Return the news of one moment for the line or the log. The results of tickets are in both in any case."""
    shown = (alert for alert in alerts if not alert.is_result and way in rules.ways_of(alert.kind))
    return (*results, *(news for alert in shown for news in (*alert.details, alert.news)))


def reached(way: Way, alerts: Sequence[Alert], rules: AlertSettings) -> tuple[Alert, ...]:
    """Return the alerts that go a way besides the screen: the new ones only."""
    return tuple(alert for alert in alerts if alert.is_new and way in rules.ways_of(alert.kind))


def summary(alerts: Sequence[Alert], zone: ZoneInfo) -> str:
    """Return the sentence of an alert; of several, their number and the gravest one."""
    gravest = max(alerts, key=lambda alert: alert.news.weight.rank).news.text(zone)
    return gravest if len(alerts) == 1 else f"{len(alerts)} alerts: {gravest}"
