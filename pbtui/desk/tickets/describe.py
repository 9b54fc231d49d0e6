"""Tickets in words: the order of each line, its state, and the news about it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from pbtui.api.models import ModifyAction, Order, OrderEntry, OrderModify
from pbtui.api.sanitize import safe_text
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.formats.vocabulary import order_event, orders_named, side_word
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import Ticket, TicketLine


class Weight(StrEnum):
    """Importance of a piece of news."""

    FINE = "fine"
    NOTABLE = "notable"
    GRAVE = "grave"


@dataclass(frozen=True, slots=True)
class News:
    """One sentence about a ticket."""

    text: str
    weight: Weight


def subject(line: TicketLine, zone: ZoneInfo) -> str:
    """Return the order of a line: side, MW, price, delivery in `zone` (the market's), area, then the id. Safe to show.

    Example: `▲ BUY 5.0 MW at 45.10, 22 Nov 13:00-14:00, AMP, order 6100003841`. A new order begins with `new` and has
    no id. A changed order is described as the trader saw it; one of which only the id is known is `order 6100003841`.
    """
    request = line.request
    if isinstance(request, OrderEntry):
        figures = _figures(request.side or "", request.quantity, request.price)
        delivery = delivery_text(request.dlvry_start, request.dlvry_end, zone)
        parts = [f"new {figures}", delivery or _contract(request), area_name(request.delivery_area or "")]
        return safe_text(", ".join(part for part in parts if part))
    order = line.base or line.order
    parts = [f"order {request.order_id}"]
    if order is not None:
        delivery = delivery_text(order.delivery_start, order.delivery_end, zone)
        figures = _figures(order.side, order.open_quantity_mw, order.price)
        parts = [figures, delivery or _contract(order), area_name(order.delivery_area), *parts]
    return safe_text(", ".join(part for part in parts if part))


def _figures(side: str, quantity_mw: Decimal | None, price: Decimal | None) -> str:
    quantity = f" {quantity_text(quantity_mw)} MW" if quantity_mw is not None else ""
    return f"{side_word(side)}{quantity}" + (f" at {price_text(price)}" if price is not None else "")


def _contract(order: Order | OrderEntry) -> str:
    if order.contract_name:
        return order.contract_name
    return f"contract {order.contract_id}" if order.contract_id else ""


def wish(line: TicketLine) -> str:
    """Return what the trader wants of the order: `price 45.10 → 46.00`, `delete`."""
    request = line.request
    if isinstance(request, OrderEntry):
        return "add"
    return changes_text(line, request.changes)


def changes_text(line: TicketLine, changes: OrderModify) -> str:
    """Return the changes as text, with the old values where they are known."""
    simple = {ModifyAction.ACTI: "activate", ModifyAction.DEAC: "deactivate", ModifyAction.DELE: "delete"}
    if changes.action in simple:
        return simple[changes.action]
    texts = []
    if changes.price is not None:
        texts.append(_step("price", price_text(line.base.price) if line.base else "", price_text(changes.price)))
    if changes.quantity is not None:
        old = quantity_text(line.base.open_quantity_mw) if line.base else ""
        texts.append(_step("quantity", old, f"{quantity_text(changes.quantity)} MW"))
    others = changes.model_dump(exclude_none=True, exclude={"action", "price", "quantity"})
    texts += [FIELDS[name].labelled(value) for name, value in others.items()]
    return ", ".join(texts)


def news(before: Iterable[Ticket], after: Iterable[Ticket], zone: ZoneInfo) -> Iterator[News]:
    """Yield what changed in these tickets. `zone` is the market's."""
    known = {ticket.token: ticket for ticket in before}
    for ticket in after:
        earlier = known.get(ticket.token)
        if earlier is ticket:
            continue
        lines = {line.key: line for line in earlier.lines} if earlier else {}
        for line in ticket.lines:
            yield from _line_news(lines.get(line.key), line, zone)
        if ticket.internal_trades and not (earlier and earlier.internal_trades):
            yield News(
                f"{ticket.internal_trades} internal trades: your own orders traded with each other", Weight.NOTABLE
            )
        if ticket.limit_violations and not (earlier and earlier.limit_violations):
            yield News(f"limit violations: {ticket.limit_violations}", Weight.GRAVE)


def _line_news(before: TicketLine | None, line: TicketLine, zone: ZoneInfo) -> Iterator[News]:
    earlier = None if before is None else before.verdict
    if earlier is not None and (earlier.state, earlier.order_ids) == (line.state, line.verdict.order_ids):
        return
    if earlier is not None and not earlier.is_open:
        later = f"{wish(line)} was {earlier.state}, a later read shows {line.state}{_why(line)}"
        yield News(f"{subject(line, zone)}: {later}", Weight.GRAVE)
    elif line.state in (State.UNKNOWN, State.REFUSED) and (earlier is None or earlier.state != line.state):
        word = "UNKNOWN result" if line.state is State.UNKNOWN else "REFUSED"
        text = f"{word} ({line.reason}); reading the order to find out"
        yield News(f"{subject(line, zone)}: {text}", Weight.GRAVE)
    elif line.state is State.WAITING:
        yield News(f"{subject(line, zone)}: {wish(line)} WAITING: {line.reason}", Weight.NOTABLE)
    elif not line.is_open:
        yield News(f"{subject(line, zone)}: {wish(line)} {line.state}{_why(line)}", _weight(line))


def _weight(line: TicketLine) -> Weight:
    if line.state is State.CONFIRMED:
        return Weight.FINE
    return Weight.NOTABLE if line.is_done else Weight.GRAVE


def _why(line: TicketLine) -> str:
    """The reason, and the orders that the verdict is about where the reason does not name them."""
    if line.state is State.CONFIRMED and not line.reason:
        return f" ({order_event(line.order.action).what})" if line.order is not None else ""
    unnamed = [order_id for order_id in line.verdict.order_ids if order_id not in line.reason]
    about = f" ({orders_named(unnamed)})" if unnamed and isinstance(line.request, OrderEntry) else ""
    return f": {line.reason}{about}" if line.reason else about


def counts(lines: Sequence[TicketLine]) -> str:
    """Return the number of lines in each state: `2 CONFIRMED, 1 REJECTED`."""
    states = [line.state for line in lines]
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))


def _step(name: str, old: str, new: str) -> str:
    return f"{name} {old} → {new}" if old else f"{name} {new}"
