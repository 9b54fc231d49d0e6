"""Alerts about own orders: their events, the results of tickets, orders of others, and gates that close."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from pbtui.api.models import Order
from pbtui.api.sanitize import safe_text
from pbtui.api.structs import replace
from pbtui.desk.alerts.alert import Alert, AlertedOrder
from pbtui.desk.blotter.events import OrderNews
from pbtui.desk.blotter.open_totals import Totals
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.news import News, Weight, gravest_last
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.formats.order_token import tokens_in
from pbtui.desk.formats.time_format import delivery_text, moment_text
from pbtui.desk.formats.vocabulary import orders_named
from pbtui.desk.market.gates import Gates
from pbtui.desk.news_sentences import breaks_more_limits, news, order_event_news, violation_news
from pbtui.desk.tickets.describe import order_figures_text
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import Ticket, TicketLine
from pbtui.desk.view import DeskView
from pbtui.settings.alerts import AlertKind

_BY_STATE: Mapping[State, AlertKind] = {
    State.FILLED: AlertKind.FILL,
    State.PART_FILLED: AlertKind.FILL,
    State.REJECTED: AlertKind.REJECTION,
    State.CONFLICT: AlertKind.REJECTION,
    State.UNKNOWN: AlertKind.UNKNOWN,
    State.NOT_FOUND: AlertKind.UNKNOWN,
    State.DIFFERENT: AlertKind.UNKNOWN,
    State.TWICE: AlertKind.UNKNOWN,
}
_BY_ACTION: Mapping[str, AlertKind] = {
    "RLVI": AlertKind.LIMIT,
    "SERR": AlertKind.REJECTION,
    "SNAV": AlertKind.UNKNOWN,
}


# ---------------------------------------------------------------- events and tickets


def event_alerts(events: Iterable[OrderNews]) -> Iterator[Alert]:
    """Yield one alert for the events of each kind. What others did, as market operations do, is of the market."""
    by_kind: dict[AlertKind, list[OrderNews]] = {}
    for event in events:
        kind = AlertKind.FILL if event.is_trade else _BY_ACTION.get(event.order.action, AlertKind.MARKET)
        by_kind.setdefault(kind, []).append(event)
    for kind, found in by_kind.items():
        new = [event for event in found if not event.repeats]
        orders = [AlertedOrder(event.order, event.traded_mw, event.traded_price) for event in new]
        yield Alert.of(kind, [*order_event_news(found)], orders, is_new=bool(new))


def ticket_alerts(before: Iterable[Ticket], after: Iterable[Ticket]) -> Iterator[Alert | News]:
    """Yield the news about tickets, and an alert for the results of each kind in a ticket."""
    known = {ticket.token: ticket for ticket in before}
    for ticket in after:
        earlier = known.get(ticket.token)
        if earlier is not ticket:
            yield from _of_ticket(earlier, ticket)


def _of_ticket(earlier: Ticket | None, ticket: Ticket) -> Iterator[Alert | News]:
    found = [*news([] if earlier is None else [earlier], [ticket])]
    results = {line.key: (line.state, line.verdict.order_ids) for line in earlier.lines} if earlier else {}
    by_kind: dict[AlertKind, list[TicketLine]] = {}
    for line in ticket.lines:
        kind = _BY_STATE.get(line.state)
        if kind is not None and results.get(line.key) != (line.state, line.verdict.order_ids):
            by_kind.setdefault(kind, []).append(line)
    first = next(iter(by_kind), None)
    yield from (replace(each, kind=first) for each in found)
    for kind, lines in by_kind.items() if found else ():
        yield replace(Alert.of(kind, gravest_last(found)[-1:], _orders_of(lines)), is_result=True)
    if breaks_more_limits(earlier, ticket):
        yield replace(Alert.of(AlertKind.LIMIT, [violation_news(ticket)], _orders_of(ticket.lines)), is_result=True)


def _orders_of(lines: Iterable[TicketLine]) -> Iterator[AlertedOrder]:
    for line in lines:
        if (order := line.order or line.base) is not None:
            yield AlertedOrder(order, line.verdict.traded_mw)


# ---------------------------------------------------------------- orders of others


def foreign_order_alert(before: DeskView, after: DeskView) -> Alert | None:
    """Return the alert for new orders that this profile did not enter; None while its own are not known."""
    if after.own_tokens is None or not before.blotter.read_no or before.blotter is after.blotter:
        return None
    own_ids = {each for ticket in after.all_tickets for line in ticket.lines for each in line.verdict.order_ids}
    orders = [
        order
        for order in _new_orders(before.blotter, after.blotter)
        if after.own_tokens.isdisjoint(tokens_in(order.txt))
        and own_ids.isdisjoint((order.order_id, order.initial_order_id))
    ]
    if not orders:
        return None
    return Alert.of(
        AlertKind.FOREIGN_ORDER, [News(partial(_foreign_words, orders), Weight.NOTABLE)], map(AlertedOrder, orders)
    )


def _new_orders(before: Blotter, after: Blotter) -> Iterator[Order]:
    for rows, known in ((after.active, before.active), (after.deactivated, before.deactivated)):
        for row in [row for key, row in rows.items() if key not in known]:
            if row.is_new and isinstance(row.order, Order):  # not one that was just read for the first time
                yield row.order


def _foreign_words(orders: Sequence[Order], zone: ZoneInfo) -> str:
    first = f"{order_figures_text(orders[0], zone)}, {_name(orders[0])}"
    if len(orders) == 1:
        return f"NEW ORDER{_by(orders)}, not entered by this profile: {first}"
    return f"{len(orders)} NEW ORDERS{_by(orders)}, not entered by this profile: {_sums(orders)}; one is {first}"


def _by(orders: Iterable[Order]) -> str:
    """The users at the exchange who placed the orders, as far as the server names them."""
    users = sorted({user for order in orders if (user := order.user_name or order.user_code)})
    return f" by {' and '.join(users)}" if len(users) in (1, 2) else f" by {len(users)} users" if users else ""


def _sums(orders: Iterable[Order]) -> str:
    totals = Totals()
    for order in orders:
        totals = totals.plus(order, 1)
    sides = (("▲ BUY", totals.buy_mw), ("▼ SELL", totals.sell_mw))
    parts = [f"{word} {quantity_text(mw)} MW" for word, mw in sides if mw]
    return ", ".join([*parts, *([f"{totals.uncounted} not counted"] if totals.uncounted else [])])


def _name(order: Order) -> str:
    return safe_text(orders_named([order.order_id] if order.order_id else []))


# ---------------------------------------------------------------- gates


def gate_alerts(blotter: Blotter, gates: Gates, since: datetime, now: datetime, minutes: int) -> Iterator[Alert]:
    """Yield an alert for each gate with active orders whose last `minutes` have begun since the moment `since`."""
    ahead = timedelta(minutes=minutes)

    def is_due(closes_at: datetime) -> bool:
        return since + ahead < closes_at <= now + ahead

    due = gates.contracts_where(is_due)
    if not due:
        return
    by_gate: dict[tuple[datetime, str], list[Order]] = {}
    for order in (row.order for row in blotter.active.values()):
        if not isinstance(order, Order) or (order.contract_id and order.contract_id not in due):
            continue  # a block names no contract, but several
        closes_at = gates.closes_at(order)
        if closes_at is not None and now < closes_at and is_due(closes_at):
            by_gate.setdefault((closes_at, order.delivery_area or ""), []).append(order)
    for (closes_at, area), orders in sorted(by_gate.items(), key=lambda item: item[0]):
        words = partial(_gate_words, closes_at, area, orders, int((closes_at - now).total_seconds() / 60 + 0.5))
        yield Alert.of(AlertKind.GATE_CLOSING, [News(words, Weight.NOTABLE, at=now)], map(AlertedOrder, orders))


def _gate_words(closes_at: datetime, area: str, orders: Sequence[Order], minutes: int, zone: ZoneInfo) -> str:
    count = f"{len(orders)} {'order' if len(orders) == 1 else 'orders'}"
    deliveries = dict.fromkeys(delivery_text(each.delivery_start, each.delivery_end, zone) for each in orders)
    what = ", ".join(each for each in (*list(deliveries)[:2], "…" if len(deliveries) > 2 else "") if each)
    where = f"{what}, {area_name(area)}" if what else area_name(area)
    return safe_text(
        f"GATE CLOSES in {minutes} min, at {moment_text(closes_at, zone)}: {count} in {where}: {_sums(orders)}"
    )
