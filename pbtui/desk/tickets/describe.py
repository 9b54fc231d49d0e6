"""Tickets in words: the order of each line, what is wanted of it, and the states."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from pbtui.api.codes import ModifyAction
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.api.sanitize import safe_text
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.formats.time_format import delivery_text, moment_text
from pbtui.desk.formats.time_input import typed_moment
from pbtui.desk.formats.vocabulary import orders_named, side_word
from pbtui.desk.tickets.exposure import with_delivery
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import Ticket, TicketLine

_REFUSED_STATES = (State.REJECTED, State.CONFLICT)
_NAMED_STATES = (
    *(State.WAITING, State.SENT, State.REFUSED, State.UNKNOWN, State.NOT_SENT),
    *(State.DIFFERENT, State.TWICE, State.NOT_FOUND),
)


def subject(line: TicketLine, zone: ZoneInfo) -> str:
    """Return the order of a line: side, MW, price, delivery in `zone` (the market's), area, then the id. Safe to show.

    Example: `▲ BUY 5.0 MW at 45.10, 22 Nov 13:00-14:00, AMP, order 6100003841`. A new order begins with `new` and has
    no id; until the order was read, its contract can stand in place of the delivery. A changed order is described as
    the trader saw it; one of which only the id is known is `order 6100003841`.
    """
    return ", ".join(part for part in (figures_text(line, zone), id_text(line)) if part)


def figures_text(line: TicketLine, zone: ZoneInfo) -> str:
    """Return `subject` without the id; empty if only the id is known."""
    read = () if line.order is None else (line.order,)
    request = with_delivery(line, read).request
    if isinstance(request, OrderEntry):
        figures = _figures(request.side or "", request.quantity, request.price)
        delivery = delivery_text(request.dlvry_start, request.dlvry_end, zone)
        parts = [f"new {figures}", delivery or _contract(request), area_name(request.delivery_area or "")]
        return safe_text(", ".join(part for part in parts if part))
    order = line.base or line.order
    return "" if order is None else order_figures_text(order, zone)


def order_figures_text(order: Order, zone: ZoneInfo, *, about_price: str = "") -> str:
    """Return an order without its id: side, MW, price, delivery in `zone` (the market's), area. Safe to show.

    `about_price` follows the price.
    """
    delivery = delivery_text(order.delivery_start, order.delivery_end, zone)
    figures = _figures(order.side, order.open_quantity_mw, order.price)
    parts = [figures + about_price, delivery or _contract(order), area_name(order.delivery_area)]
    return safe_text(", ".join(part for part in parts if part))


def id_text(line: TicketLine) -> str:
    """Return the id that the request names: `order 6100003841`; empty for a new order."""
    return "" if isinstance(line.request, OrderEntry) else safe_text(f"order {line.request.order_id}")


def _figures(side: str, quantity_mw: Decimal | None, price: Decimal | None) -> str:
    quantity = f" {quantity_text(quantity_mw)} MW" if quantity_mw is not None else ""
    return f"{side_word(side)}{quantity}" + (f" at {price_text(price)}" if price is not None else "")


def _contract(order: Order | OrderEntry) -> str:
    if order.contract_name:
        return order.contract_name
    return f"contract {order.contract_id}" if order.contract_id else ""


def wish(line: TicketLine, zone: ZoneInfo) -> str:
    """Return what the trader wants of the order: `price 45.10 → 46.00`, `delete`."""
    request = line.request
    if isinstance(request, OrderEntry):
        return "add"
    return changes_text(line, request.changes, zone)


def change_named(ticket: Ticket, zone: ZoneInfo) -> str:
    """Return which change a ticket was, its time in `zone`: `22 Nov 13:00:05: price 45.10 → 46.00, order 6100003841`.

    That of several orders is `22 Nov 13:00:05: deactivate 12 orders`. Safe to show.
    """
    at, first = moment_text(ticket.made_at, zone), ticket.lines[0]
    if len(ticket.lines) > 1:
        return f"{at}: {ticket.action} {len(ticket.lines)} orders"
    return f"{at}: {wish(first, zone)}, {id_text(first) or safe_text(orders_named(first.verdict.order_ids))}"


def wanted_change(line: TicketLine, zone: ZoneInfo) -> str:
    """Return the change that was asked for; empty for a new order. Put it first if a line may be cut. Safe to show."""
    return "" if isinstance(line.request, OrderEntry) else safe_text(wish(line, zone))


def wish_in_full(line: TicketLine, zone: ZoneInfo) -> str:
    """Return `wish`, and for a new order its fields except side, quantity and price."""
    if not isinstance(line.request, OrderEntry):
        return wish(line, zone)
    fields = line.request.model_dump(exclude_none=True, exclude={"side", "quantity", "price"})
    return ", ".join(["add", *(value_text(name, value, zone) for name, value in fields.items())])


def changes_text(line: TicketLine, changes: OrderModify, zone: ZoneInfo) -> str:
    """Return the changes as text, with the old values where they are known, and with times in `zone` (the market's)."""
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
    texts += [value_text(name, value, zone) for name, value in others.items()]
    return ", ".join(texts)


def value_text(name: str, value: object, zone: ZoneInfo) -> str:
    """Return a field with its value, a time as it is typed in `zone` (the market's): `valid until 2026-11-22 14:30`."""
    return FIELDS[name].labelled(typed_moment(value, zone) if isinstance(value, datetime) else str(value))


def counts(lines: Sequence[TicketLine]) -> str:
    """Return the number of lines in each state: `2 CONFIRMED, 1 REJECTED`."""
    states = [line.state for line in lines]
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))


def how_far(ticket: Ticket) -> str:
    """Return how far a ticket of several orders has come: `ticket 7K3QX2: 120 of 500 answered, 3 refused`."""
    lines = ticket.lines
    parts = [f"ticket {ticket.token}: {sum(line.was_answered for line in lines)} of {len(lines)} answered"]
    if refused := sum(line.state in _REFUSED_STATES for line in lines):
        parts.append(f"{refused} refused")
    if read_back := sum(line.is_done for line in lines):
        parts.append(f"{read_back} read back")
    if named := counts([line for line in lines if line.state in _NAMED_STATES]):
        parts.append(named)
    return ", ".join(parts)


def _step(name: str, old: str, new: str) -> str:
    return f"{name} {old} → {new}" if old else f"{name} {new}"
