"""Trades of an order, found by comparing two states of it: the server's list of orders names no trades."""

from decimal import Decimal

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order

FILLED, PART_FILLED = frozenset({"FEXE", "AFEX", "QFEX"}), frozenset({"PEXE", "QPEX"})
"""Action codes of an order that traded in full, and in part."""


def has_traded(order: Order | UnreadableOrder) -> bool:
    """Return whether the newest change of the order is a trade."""
    return isinstance(order, Order) and order.action in FILLED | PART_FILLED


def is_quantity_changed(before: Order, after: Order) -> bool:
    """Return whether somebody changed the quantity between two states: their difference is then not what traded.

    A change can give the order another id. It then counts as entered with what was open at that time.
    """
    entered_mw = before.initial_quantity if before.order_id == after.order_id else before.open_quantity_mw
    return None not in (entered_mw, after.initial_quantity) and entered_mw != after.initial_quantity


def may_be_cut(known_no: int | None, order: Order) -> bool:
    """Return whether somebody may have cut the quantity of an order that has traded: a revision was not shown.

    `known_no` is the last revision that is known; one more is the trade.
    """
    return known_no is not None and order.revision_no is not None and order.revision_no > known_no + 1


def traded_mw(before: Order | UnreadableOrder | None, after: Order | UnreadableOrder) -> Decimal | None:
    """Return what traded between two states, in MW; None if nothing did, or if it is not known how much.

    A filled order traded all that was open. An order that was not seen before counts from its initial quantity.
    """
    if not isinstance(after, Order) or after.action not in FILLED | PART_FILLED:
        return None
    if isinstance(before, UnreadableOrder) or (before is not None and is_quantity_changed(before, after)):
        return None
    before_mw = after.initial_quantity if before is None else before.open_quantity_mw
    left_mw = Decimal(0) if after.action in FILLED else after.open_quantity_mw
    if before_mw is None or left_mw is None or left_mw >= before_mw:
        return None
    return before_mw - left_mw
