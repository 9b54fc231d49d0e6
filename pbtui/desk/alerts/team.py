"""Alerts about the other desks of the team: their halts, their re-arms, and the results of their writes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from pbtui.desk.alerts.alert import Alert
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.news import News, Weight
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.formats.vocabulary import side_word
from pbtui.desk.team.presence import OtherDesk, Result
from pbtui.desk.team.store import HaltRecord
from pbtui.desk.view import DeskView
from pbtui.settings.alerts import AlertKind

_WRITES: Mapping[str, str] = {
    "add": "new order",
    "modify": "change",
    "activate": "activation",
    "deactivate": "deactivation",
    "delete": "deletion",
}


@dataclass(frozen=True, slots=True)
class SeenTeam:
    """The ids of the halts and re-arms that were seen, and the number of the last result by desk.

    `lone` are the ids of the reports of hosts that were cut loose. `halts` is None before the team was read. A desk
    is in `results` from the moment at which it was first seen.
    """

    halts: frozenset[str] | None = None
    lifted: frozenset[str] = frozenset()
    results: Mapping[str, int] = field(default_factory=dict)
    lone: frozenset[int] = frozenset()

    def after(self, view: DeskView) -> "SeenTeam":
        """Return what is seen once this view is."""
        halts, lifted = self.halts, self.lifted
        if view.team_halts is not None:
            halts = (halts or frozenset()) | {halt.token for halt in view.team_halts}
            lifted |= {halt.token for halt in view.team_lifted}
        last = {
            desk.desk: max(self.results.get(desk.desk, 0), *(result.no for result in desk.results), 0)
            for desk in view.others or ()
        }
        lone = self.lone | {report.id for report in view.lone_reports}
        return SeenTeam(halts, lifted, {**self.results, **last}, lone)


def team_alerts(before: SeenTeam, view: DeskView) -> Iterator[Alert]:
    """Yield an alert for each halt and each re-arm of others that is new, for each host that was cut loose, and for
    each new result of another desk.

    What the first read of the team found, or of another desk, is not new.
    """
    yield from (Alert.of(AlertKind.TEAM, [news]) for news in _halt_news(before, view))
    for desk in view.others or ():
        news_of_desk = _result_news(before.results.get(desk.desk), desk)
        yield from (Alert.of(AlertKind.TEAM_RESULT, [news]) for news in news_of_desk)


def _halt_news(before: SeenTeam, view: DeskView) -> Iterator[News]:
    """Yield the re-arms, the halts from the oldest on, and the hosts that were cut loose."""
    if before.halts is None or view.team_halts is None:
        return
    yield from (News(_lift_words(halt), Weight.NOTABLE) for halt in view.team_lifted if halt.token not in before.lifted)
    halts = reversed(view.team_halts)
    yield from (News(_halt_words(halt), Weight.GRAVE) for halt in halts if halt.token not in before.halts)
    yield from (News(report.words, Weight.GRAVE) for report in view.lone_reports if report.id not in before.lone)


def _result_news(last: int | None, desk: OtherDesk) -> Iterator[News]:
    """Yield the results of a desk after that with the number `last`; none if it was not seen before."""
    if last is None:
        return
    for result in desk.results:
        if result.no > last:
            weight = Weight.NOTABLE if result.is_grave else Weight.FINE
            yield News(partial(_result_words, desk, result), weight)


def _halt_words(halt: HaltRecord) -> str:
    return f"HALT by {halt.operator} on {halt.host}, profile {halt.profile}: {halt.reason}"


def _lift_words(halt: HaltRecord) -> str:
    return f"RE-ARM by {halt.lifted_by} on {halt.lifted_on}: {halt.lift_reason}. The halt was: {halt.words}"


def _result_words(desk: OtherDesk, result: Result, zone: ZoneInfo) -> str:
    """The desk, the write with its verdict, and the order: side, MW, price, delivery, area, id."""
    mw = f"{quantity_text(result.quantity_mw)} MW" if result.quantity_mw is not None else ""
    price = f"at {price_text(result.price)}" if isinstance(result.price, Decimal) else ""
    delivery = delivery_text(result.delivery_start, result.delivery_end, zone) or result.contract
    figures = " ".join(part for part in (side_word(result.side) if result.side else "", mw, price) if part)
    order_id = f"order {result.order_id}" if result.order_id else ""
    area = area_name(result.area) if result.area else ""
    order = ", ".join(part for part in (figures, delivery, area, order_id) if part)
    what = f"{_WRITES.get(result.action, result.action)} {result.verdict}"
    return f"{desk.who}: {what}{', one is' if result.orders > 1 else ''} {order}"
