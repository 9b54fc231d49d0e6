"""The orders of a ticket as lines: figures in columns, then the order and its changes, old and new value."""

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

import msgspec
from rich.cells import cell_len

from pbtui.api.codes import ModifyAction
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.api.sanitize import safe_text
from pbtui.desk.drafts.bulk import sign_words
from pbtui.desk.drafts.field_text import text_of
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.order_fields import FIELDS, GUARDS
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.formats.vocabulary import side_word
from pbtui.desk.tickets.describe import changes_text
from pbtui.desk.tickets.exposure import Exposure, exposure_of
from pbtui.desk.tickets.ticket import Ticket, TicketLine
from pbtui.ui.widgets.folded_lines import folded
from pbtui.ui.widgets.lines import Line, Piece

SIDE_ROLES = {"BUY": "buy", "SELL": "sell"}

_SIDE_WIDTH = 7
_INDENT = (" " * _SIDE_WIDTH, "text")
_FIGURE_WIDTHS = (6, 8, 8, 10)
_COLUMNS_WIDTH = _SIDE_WIDTH + sum(_FIGURE_WIDTHS) + len(_FIGURE_WIDTHS)
_GAP = "  "
_LEAST_PLACE = 12
_NOT_KNOWN = "?"
_KWH = Decimal("0.001")

_IN_COLUMNS = frozenset(
    {"side", "quantity", "price", "portfolio_id", "delivery_area"}
    | {"contract_id", "contract_name", "dlvry_start", "dlvry_end"}
)
_encode = msgspec.json.Encoder(decimal_format="number").encode


def heading(width: int) -> Iterator[Line]:
    """Return the names of the columns; none where the columns have no room."""
    if width < _COLUMNS_WIDTH:
        return
    side, mw, price = (FIELDS[name].heading for name in ("side", "quantity", "price"))
    yield [(f" {side}".ljust(_SIDE_WIDTH) + _columns(mw, "MWh", price, "Notional"), "label")]


def order_lines(line: TicketLine, zone: ZoneInfo, width: int) -> Iterator[Line]:
    """Return the lines of one order: its terms, then its changes, then warnings."""
    yield from term_lines(line, zone, width)
    yield from wish_lines(line, zone, width)


def wish_lines(line: TicketLine, zone: ZoneInfo, width: int) -> Iterator[Line]:
    """Return the lines below the terms of one order: the order and its changes, then warnings."""
    yield from hanging(_INDENT, _wish(line, zone), width, "text")
    for words in _pointed_out(line):
        yield from hanging(_INDENT, f"! {words}", width, "warning")


def term_lines(line: TicketLine, zone: ZoneInfo, width: int) -> Iterator[Line]:
    """Return the lines with the terms of one order: figures, contract and portfolio."""
    exposure, place = exposure_of(line), _place(line, zone)
    figures = _figures(exposure)
    place_at = sum(cell_len(text) for text, _ in figures) + len(_GAP)
    if width - place_at < _LEAST_PLACE:
        yield from [figures] if place_at - len(_GAP) <= width else _narrow_figures(exposure, width)
        yield from hanging(_INDENT, place, width, "text")
    else:
        first, *more = folded(place, width - place_at)
        yield [*figures, (_GAP + first, "text")]
        yield from ([(" " * place_at + rest, "text")] for rest in more)


def hanging(lead: Piece, text: str, width: int, role: str) -> Iterator[Line]:
    """Return the lines of a text folded to the right of its lead."""
    indent = cell_len(lead[0])
    for part in folded(text, max(width - indent, _LEAST_PLACE)):
        yield [lead, (part, role)]
        lead = (" " * indent, "text")


def energy_text(energy_mwh: Decimal | None) -> str:
    """Return an energy in MWh, rounded to the kilowatt hour."""
    return quantity_text(None if energy_mwh is None else energy_mwh.quantize(_KWH, ROUND_HALF_EVEN))


def change_words(line: TicketLine, zone: ZoneInfo) -> str:
    """Return the old and new value of each field that changes; empty for a new order. Safe to show."""
    if isinstance(line.request, OrderEntry):
        return ""
    changes = line.request.changes
    if changes.action is not ModifyAction.MODI:
        return changes_text(line, changes, zone)
    steps = [
        changes_text(line, OrderModify(action=changes.action, price=changes.price, quantity=changes.quantity), zone)
    ]
    for name, value in sorted(changes, key=lambda field: field[0] in GUARDS):
        if name not in ("action", "price", "quantity"):
            old = FIELDS[name].of(line.base) if line.base else None
            steps.append(_step(name, old, value, zone))
    return safe_text(", ".join(text for text in steps if text))


def json_lines(ticket: Ticket, width: int) -> Iterator[Line]:
    """Return the lines of the request body, indented."""
    for text in msgspec.json.format(_encode(ticket.body()), indent=2).decode().splitlines():
        content = text.lstrip()
        yield from hanging((" " * (len(text) - len(content) + 1), "text"), safe_text(content), width, "text")


def _figures(exposure: Exposure) -> Sequence[Piece]:
    figures = _columns(
        quantity_text(exposure.quantity_mw),
        energy_text(exposure.energy_mwh),
        price_text(exposure.price),
        price_text(exposure.notional),
    )
    return [_side(exposure), (figures, "title")]


def _narrow_figures(exposure: Exposure, width: int) -> Iterator[Line]:
    """Return the quantity and the price of an order where the columns have no room; they are never cut."""
    quantity, price = quantity_text(exposure.quantity_mw) or _NOT_KNOWN, price_text(exposure.price) or _NOT_KNOWN
    side, role = _side(exposure)
    return hanging((f"{side} ", role), f"{quantity} MW at {price}", width, "title")


def _side(exposure: Exposure) -> Piece:
    return f" {side_word(exposure.side)}".ljust(_SIDE_WIDTH), SIDE_ROLES.get(exposure.side, "text")


def _columns(*texts: str) -> str:
    """Return the texts in columns. A text that is too long moves the others to the right."""
    return "".join(f" {text or _NOT_KNOWN:>{width}}" for text, width in zip(texts, _FIGURE_WIDTHS, strict=True))


def _place(line: TicketLine, zone: ZoneInfo) -> str:
    """Return contract, area and portfolio."""
    order: OrderEntry | Order
    if isinstance(line.request, OrderEntry):
        order = line.request
        contract = delivery_text(order.dlvry_start, order.dlvry_end, zone)
    elif line.base is not None:
        order = line.base
        contract = delivery_text(order.delivery_start, order.delivery_end, zone)
    else:
        return ""
    contract = contract or order.contract_name or f"contract {order.contract_id}"
    area = area_name(order.delivery_area) if order.delivery_area else ""
    return safe_text("  ".join(text for text in (contract, area, order.portfolio_id) if text))


def _wish(line: TicketLine, zone: ZoneInfo) -> str:
    """Return the order and its changes, or the fields of a new order that no column shows."""
    if isinstance(line.request, OrderEntry):
        given = sorted(line.request, key=lambda field: field[0] in GUARDS)
        fields = [_step(name, None, value, zone) for name, value in given if name not in _IN_COLUMNS]
        return safe_text("new: " + ", ".join(text for text in fields if text))
    which = f"order {line.request.order_id}"
    if line.request.revision_no is not None:
        which += f" revision {line.request.revision_no}"
    return safe_text(f"{which}: {change_words(line, zone)}")


def _step(name: str, old: object, new: object, zone: ZoneInfo) -> str:
    if new is None:
        return ""
    field, after = FIELDS[name], text_of(name, new, zone)
    step = after if old in (None, "") else f"{text_of(name, old, zone)} → {after}"
    return field.labelled(step)


def _pointed_out(line: TicketLine) -> Sequence[str]:
    if isinstance(line.request, OrderEntry):
        return ("the price is zero",) if line.request.price.is_zero() else ()
    return sign_words(line.base, line.request.changes) if line.base is not None else ()
