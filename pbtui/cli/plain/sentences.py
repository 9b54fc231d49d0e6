"""Sentences of a plain session: the desk, its orders and one order, each as short lines. Pure.

The most important comes first: link, halt, number of orders; of an order side, MW, price, delivery and area. Ids are
last.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.desk.blotter.open_totals import Totals
from pbtui.desk.blotter.own_orders import Row, Tab
from pbtui.desk.drafts.draft import order_texts
from pbtui.desk.formats.market_words import status_words
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.formats.order_fields import FIELDS, SHOWN
from pbtui.desk.formats.time_format import age_text, delivery_text, in_zone
from pbtui.desk.formats.vocabulary import UNREADABLE, state_word, type_word
from pbtui.desk.market.gates import Gates, gate_words
from pbtui.desk.tickets.describe import order_figures_text
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile
from pbtui.ui.order.field_values import field_text
from pbtui.ui.order.fill_lines import OrderTrades, trade_texts

_FIRST = (
    "side",
    "open_quantity_mw",
    "price",
    "delivery_start",
    "delivery_area",
    "portfolio_id",
    "state",
    "action",
    "type",
    "slice_mw",
)
_USUAL_TYPE = "O"
NOT_READ = "not read yet"
_WITH_START = "delivery_end"


def status_lines(view: DeskView, profile: Profile, now_s: float) -> Iterator[str]:
    """Yield the state of the desk; `now_s` is on the steady clock."""
    failure = view.link.failure
    yield link_text(view, now_s) + (f": {failure.error}" if failure else "")
    zone = ZoneInfo(profile.market_timezone)
    yield "No halt" if view.halted is None else f"HALTED: {in_zone(view.halted.words, zone)}"
    yield orders_text(view)
    if view.elsewhere:
        yield f"{counted(view.elsewhere, 'more active')} outside the delivery areas of the profile"
    yield from filter(None, (view.link.exchange_clock.warning, view.active_gap, view.inactive_gap))
    why = view.why_only_withdraw(now_s)
    yield "Trading is on" if why is None else f"Orders can only be withdrawn: {in_zone(why, zone)}"
    status = view.exchange.status.value
    yield f"Market {'not read yet' if status is None else status_words(status)}"
    yield from open_lines(view)
    yield f"{profile.environment.value.upper()}, profile {profile.name}, {profile.exchange}"


def link_text(view: DeskView, now_s: float) -> str:
    """Return the state of the link and the age of the orders: `Link LIVE, read 0.3 s ago`."""
    age_s = view.link.age_s(now_s)
    return f"Link {view.link.state(now_s).value}, {NOT_READ if age_s is None else f'read {age_text(age_s)} ago'}"


def orders_text(view: DeskView) -> str:
    """Return the number of orders, and the MW by side that are in the market."""
    if view.link.read_s is None:
        return f"Orders {NOT_READ}"
    deactivated = len(view.blotter.deactivated)  # they are read after the active ones
    more = f", {deactivated} deactivated" if deactivated else ""
    return f"{counted(len(view.blotter.active), 'active')}{_mw(view.blotter.totals)}{more}"


def _mw(totals: Totals) -> str:
    unknown = f", {totals.uncounted} of unknown MW" if totals.uncounted else ""
    return f", buy {quantity_text(totals.buy_mw)} MW, sell {quantity_text(totals.sell_mw)} MW{unknown}"


def open_lines(view: DeskView) -> Iterator[str]:
    """Yield what is not known yet, or not recorded."""
    if count := sum(ticket.is_open for ticket in view.tickets):
        yield f"{count} {'ticket is' if count == 1 else 'tickets are'} open: the result is not known yet"
    if view.unrecorded:
        yield f"NOT IN THE JOURNAL: {view.unrecorded}"


def counted(count: int, word: str) -> str:
    """Return a number of orders of a kind: `1 active order`."""
    return f"{count} {word} {'order' if count == 1 else 'orders'}"


# ---------------------------------------------------------------- orders


def listed(rows: Iterable[Row]) -> list[Row]:
    """Return orders in the sequence of a list: by delivery, area, side and price."""
    return sorted(rows, key=_place)


def _place(row: Row) -> tuple[object, ...]:
    order = row.order
    if isinstance(order, UnreadableOrder):
        return (True, "", "", "", 0, row.key)
    start = "" if order.delivery_start is None else order.delivery_start.isoformat()
    return (False, start, order.delivery_area, order.side, order.price or 0, row.key)


def order_line(number: int, row: Row, zone: ZoneInfo) -> str:
    """Return an order in one line: its number, its figures, what is unusual, and its id last."""
    order = row.order
    if isinstance(order, UnreadableOrder):
        return f"{number}: unreadable: {order.reason}, order {order.order_id or 'without an id'}"
    state = state_word(order.state) if row.tab is not Tab.ACTIVE or order.state != "ACTI" else ""
    kind = type_word(order.type) if order.type and order.type != _USUAL_TYPE else ""
    parts = (order_figures_text(order, zone), order.portfolio_id, kind, state, f"order {order.order_id}")
    return f"{number}: {', '.join(part for part in parts if part)}"


def change_question(order: Order, name: str, zone: ZoneInfo) -> str:
    """Return the question for a new value of a field, with the one that the answer replaces."""
    field, present = FIELDS[name], order_texts(order, zone).get(name)
    now = "not known now" if present is None else f"now {field.with_unit(present)}"
    return f"New {field.label}, {now}; Enter keeps it:"


def detail_lines(row: Row, view: DeskView, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    """Yield an order field by field, `label: value`; then its trades; ids last, and what the server did not send."""
    if row.final_state is not None:
        yield f"{row.final_state.value}; last known values"
    order = row.order
    if isinstance(order, UnreadableOrder):
        yield f"unreadable: {order.reason}"
        yield f"as received: {order.raw}"
        return
    ids = [name for name in SHOWN if name.endswith("_id") and name not in _FIRST]
    others = [name for name in SHOWN if name not in (*_FIRST, *ids)]
    for name in _FIRST:
        yield from _field_line(order, name, zone)
    yield from _gate_lines(order, view, zone, now)
    for name in others:
        yield from _field_line(order, name, zone)
    yield from _trade_lines(order, view, zone)
    for name in ids:
        yield from _field_line(order, name, zone)


def _field_line(order: Order, name: str, zone: ZoneInfo) -> Iterator[str]:
    field, value = SHOWN[name], getattr(order, name)
    why = field.why_unreadable(order)
    if why:
        yield f"{field.label}: {UNREADABLE}: {why}"
    elif name == "delivery_start" and order.delivery_end is not None and value is not None:
        yield f"delivery: {delivery_text(value, order.delivery_end, zone)} {zone.key}"
    elif value not in (None, "") and not (name == _WITH_START and order.delivery_start is not None):
        yield f"{field.label}: {field_text(field, value, zone)}"


def _gate_lines(order: Order, view: DeskView, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    contracts = view.exchange.contracts.value
    gate = "" if contracts is None else gate_words(Gates.of(contracts).closes_at(order), now, zone)
    if gate:
        yield f"gate: {gate}"


def _trade_lines(order: Order, view: DeskView, zone: ZoneInfo) -> Iterator[str]:
    trades = OrderTrades()
    trades.take(view.exchange.trades, view.blotter)
    if fills := trades.of([order]):
        yield from (f"traded: {text}" for text in trade_texts(fills, zone))
        if trades.problem:
            yield f"more trades may be missing: {trades.problem}"
