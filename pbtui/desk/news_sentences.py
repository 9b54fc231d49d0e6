"""News about tickets and orders: one sentence each: the result, the change, the order, and its id last."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from zoneinfo import ZoneInfo

from pbtui.api.clock import utc_now
from pbtui.api.models import Order
from pbtui.api.reads.market import ExchangeDowntime, Notification, Severity
from pbtui.api.reads.trades import AnyTrade
from pbtui.api.sanitize import safe_text
from pbtui.api.structs import replace
from pbtui.desk.blotter.events import OrderNews
from pbtui.desk.blotter.traded_quantity import FILLED
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.news import News, Weight
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.time_format import delivery_text, moment_text
from pbtui.desk.formats.vocabulary import failure_text, order_event, orders_named, side_word
from pbtui.desk.market.notifications import sent_at
from pbtui.desk.tickets.describe import figures_text, id_text, order_figures_text, wanted_change
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import Action, Ticket, TicketLine

_DONE = {
    Action.ADD: "added",
    Action.MODIFY: "changed",
    Action.ACTIVATE: "activated",
    Action.DEACTIVATE: "deactivated",
    Action.DELETE: "deleted",
}
_OPEN = "still open"
_FILLED_STATES = (State.FILLED, State.PART_FILLED)


def news(before: Iterable[Ticket], after: Iterable[Ticket]) -> Iterator[News]:
    """Yield what changed in these tickets."""
    known = {ticket.token: ticket for ticket in before}
    for ticket in after:
        earlier = known.get(ticket.token)
        if earlier is not ticket:
            yield from _ticket_news(earlier, ticket)
            yield from _other_events(earlier, ticket)


def _ticket_news(earlier: Ticket | None, ticket: Ticket) -> Iterator[News]:
    verdicts = {line.key: line.verdict for line in earlier.lines} if earlier else {}
    if len(ticket.lines) == 1:
        (line,) = ticket.lines
        for each in _line_news(verdicts.get(line.key), line):
            yield replace(each, about=f"{ticket.token} {line.state}")
        return
    changed = [line for line in ticket.lines if any(_line_news(verdicts.get(line.key), line))]
    late = [line for line in changed if _is_other_result(verdicts.get(line.key), line)]
    if late:
        first = next(_line_news(verdicts.get(late[0].key), late[0]))
        lead = f"{len(late)} results of ticket {ticket.token} are other than before: " if late[1:] else ""
        yield News(lambda zone: f"{lead}{first.text(zone)}", Weight.GRAVE)
    if changed:
        yield _batch_news(ticket)


def _other_events(earlier: Ticket | None, ticket: Ticket) -> Iterator[News]:
    if ticket.internal_trades != (earlier.internal_trades if earlier else 0):
        trades = "1 internal trade" if ticket.internal_trades == 1 else f"{ticket.internal_trades} internal trades"
        yield News(f"{trades}: your own orders traded with each other", Weight.NOTABLE, about=f"{ticket.token} trades")
    if breaks_more_limits(earlier, ticket):
        yield violation_news(ticket)


def breaks_more_limits(earlier: Ticket | None, ticket: Ticket) -> bool:
    """Return whether a ticket breaks limits of the server that it did not break at the earlier moment."""
    return ticket.limit_violations != (earlier.limit_violations if earlier else "")


def violation_news(ticket: Ticket) -> News:
    """Return the sentence about the limits of the server that a ticket breaks."""
    return News(f"limit violations: {safe_text(ticket.limit_violations)}", Weight.GRAVE, about=f"{ticket.token} limits")


# ---------------------------------------------------------------- a ticket of several orders


def _batch_news(ticket: Ticket) -> News:
    """The number of orders in each state, and the first order that something went wrong with."""
    words = [_state_word(ticket.action, line) for line in ticket.lines]
    counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(sorted(words, key=_rank_of_word)))
    wrong = sorted(
        (line for line in ticket.lines if _weight(line) is Weight.GRAVE), key=lambda line: line.state is State.FILLED
    )
    weight = max((_weight(line) for line in ticket.lines), key=lambda weight: weight.rank)
    if not wrong:
        return News(counts, weight, about=ticket.token)
    first = wrong[0]
    rest = "the rest under Tickets"
    return News(lambda zone: f"{counts}: {_about(first, zone, first.reason)}; {rest}", weight, about=ticket.token)


def _state_word(action: Action, line: TicketLine) -> str:
    if line.state in (State.SENDING, State.WAITING, State.SENT):
        return _OPEN
    return _DONE[action] if line.state is State.CONFIRMED else line.state.value


def _rank_of_word(word: str) -> tuple[bool, bool]:
    return word == _OPEN, word not in _DONE.values()


# ---------------------------------------------------------------- one order


def _is_other_result(earlier: Verdict | None, line: TicketLine) -> bool:
    """Return whether the line was closed with another result. A price that the trades name later is none."""
    if earlier is None or earlier.is_open:
        return False
    return (earlier.state, earlier.order_ids) != (line.state, line.verdict.order_ids)


def _line_news(earlier: Verdict | None, line: TicketLine) -> Iterator[News]:
    if earlier is not None and (earlier.state, earlier.order_ids) == (line.state, line.verdict.order_ids):
        if line.state in _FILLED_STATES and earlier.reason != line.reason:  # the trades name the price now
            yield _result_news(line)
        return
    if earlier is not None and not earlier.is_open:
        later = f"was {earlier.state}, a later read shows {line.state}"
        yield News(lambda zone: _result_words(line, zone, later, line.reason), Weight.GRAVE)
    elif line.state in (State.UNKNOWN, State.REFUSED) and (earlier is None or earlier.state != line.state):
        reason = f"{line.reason}; reading the order to find out"
        yield News(lambda zone: _result_words(line, zone, reason), Weight.GRAVE)
    elif line.state is State.WAITING or not line.is_open:
        yield _result_news(line)


def _result_news(line: TicketLine) -> News:
    return News(lambda zone: _result_words(line, zone, line.reason), _weight(line))


def _result_words(line: TicketLine, zone: ZoneInfo, *what: str) -> str:
    """The state, then the change: the figures are those before it, and the end of a long line is not shown."""
    change = wanted_change(line, zone)
    about = _about(line, zone, *what)
    return f"{line.state} {change}: {about}" if change else f"{line.state} {about}"


def _about(line: TicketLine, zone: ZoneInfo, *what: str) -> str:
    """The order's figures, what is to be said of it, and its id."""
    about = ": ".join(safe_text(part) for part in (figures_text(line, zone), *what) if part)
    return ", ".join(part for part in (about, id_text(line) or _new_ids(line)) if part)


def _new_ids(line: TicketLine) -> str:
    """The ids of the orders that a new order is, where the reason does not name them."""
    unnamed = [order_id for order_id in line.verdict.order_ids if order_id not in line.reason]
    return safe_text(orders_named(unnamed)) if unnamed else ""


def _weight(line: TicketLine) -> Weight:
    if line.state in (State.CONFIRMED, State.SENDING, State.SENT):
        return Weight.FINE
    return Weight.NOTABLE if line.is_done or line.state is State.WAITING else Weight.GRAVE


# ---------------------------------------------------------------- market operations


def notification_news(notifications: Iterable[Notification]) -> Iterator[News]:
    """Yield a sentence for each message of market operations."""
    for each in notifications:
        severity = f" ({each.severity})" if each.severity else ""
        text = " ".join(safe_text(each.text or "a message without text").replace("␊", " ").replace("␍", " ").split())
        words = f"MARKET OPERATIONS{severity}: {text}"
        weight = _WEIGHTS.get(each.severity or "", Weight.NOTABLE)
        yield News(words, weight, at=sent_at(each) or utc_now())


def downtime_news(before: Sequence[ExchangeDowntime], after: Sequence[ExchangeDowntime]) -> Iterator[News]:
    """Yield a sentence for each scheduled downtime that was not known before."""
    for each in after:
        if each not in before:
            yield News(partial(_downtime_text, each), Weight.NOTABLE)


def _downtime_text(downtime: ExchangeDowntime, zone: ZoneInfo) -> str:
    begins = moment_text(downtime.start, zone) or "a time that is not known"
    when = f"from {begins} to {moment_text(downtime.end, zone) or 'a time that is not known'}"
    where = ", ".join(area_name(area) for area in downtime.areas or ()) or "all delivery areas"
    comment = f": {' '.join(safe_text(downtime.comment).split())}" if downtime.comment else ""
    return f"DOWNTIME of {downtime.exchange or 'the exchange'} {when}, {where}{comment}"


_WEIGHTS: Mapping[str, Weight] = {
    Severity.LOW: Weight.FINE,
    Severity.HIG: Weight.GRAVE,
    Severity.ERR: Weight.GRAVE,
    Severity.URG: Weight.GRAVE,
}
"""Weight by severity; any other message is notable."""


# ---------------------------------------------------------------- orders

ABOUT_FILL = "fill "
"""Begins the `about` of the news of a fill; the number of the fill follows."""


def order_event_news(events: Sequence[OrderNews]) -> Iterator[News]:
    """Yield a sentence for each event of an order, and one for all if there are several."""
    each = [_event_news(event) for event in events]
    yield from each
    if sum(not event.repeats for event in events) > 1:
        first = max(each, key=lambda news: news.weight.rank)
        trades = sum(event.is_trade for event in events)
        counts = [(trades, "traded"), (len(events) - trades, "changed by others")]
        words = ", ".join(f"{count} {'order' if count == 1 else 'orders'} {what}" for count, what in counts if count)
        yield News(lambda zone: f"{words}: {first.text(zone)}; the rest under News", first.weight)


def _event_news(event: OrderNews) -> News:
    if event.is_trade:
        # The sentence with the price takes the place of the first.
        about = f"{ABOUT_FILL}{event.repeats or event.number}"
        return News(lambda zone: _trade_words(event, zone), Weight.NOTABLE, about=about)
    return News(lambda zone: safe_text(_change_words(event, zone)), Weight.GRAVE)


def _trade_words(event: OrderNews, zone: ZoneInfo) -> str:
    order = event.order
    traded = replace(order, quantity=event.traded_mw, hidden_quantity=None)
    about_price = " or better"
    if event.traded_price is not None:
        traded, about_price = replace(traded, price=event.traded_price), ""
    figures = order_figures_text(traded, zone, about_price="" if order.price is None else about_price)
    notes = [] if event.traded_mw is not None else ["MW not known"]
    left = "" if order.open_quantity_mw is None else f"{quantity_text(order.open_quantity_mw)} MW still open"
    notes += [left] if left and order.action not in FILLED else []
    word = State.FILLED if order.action in FILLED else State.PART_FILLED
    return f"{word} {': '.join([figures, *notes])}, {_name(order)}"


def recall_news(trades: Iterable[AnyTrade]) -> Iterator[News]:
    """Yield a sentence for each trade that was recalled or cancelled."""
    for trade in trades:
        yield News(partial(_recall_words, trade), Weight.GRAVE)


def _recall_words(trade: AnyTrade, zone: ZoneInfo) -> str:
    """The own sides of a trade with MW, price, delivery and area, then its id and those of the orders."""
    sides = " and ".join(dict.fromkeys(side_word(leg.side) for leg in trade.legs))
    area = next((leg.delivery_area for leg in trade.legs if leg.delivery_area), "")
    delivery = delivery_text(trade.delivery_start, trade.delivery_end, zone) or trade.contract_name or ""
    mw = "" if trade.quantity is None else f"{quantity_text(trade.quantity)} MW"
    price = "" if trade.price is None else f"at {price_text(trade.price)}"
    figures = " ".join(part for part in (sides, mw, price) if part)
    orders = [leg.order_id for leg in trade.legs if leg.order_id]
    ids = f"trade {trade.id}" + (f", {orders_named(orders)}" if orders else "")
    what = ", ".join(part for part in (figures, delivery, area_name(area)) if part)
    return safe_text(f"RECALLED {what}: the trade no longer counts, check your position, {ids}")


def _change_words(event: OrderNews, zone: ZoneInfo) -> str:
    order, what = event.order, order_event(event.order.action)
    shown = replace(order, quantity=event.quantity_mw, hidden_quantity=None)
    reason = failure_text(order) if order.errors or order.error_message else ""
    text = ": ".join(part for part in (order_figures_text(shown, zone), reason) if part)
    return f"{what.what.upper()} by {what.actor} {text}, {_name(order)}"


def _name(order: Order) -> str:
    return safe_text(orders_named([order.order_id] if order.order_id else []))
