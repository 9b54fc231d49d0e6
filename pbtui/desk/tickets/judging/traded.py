"""Trades as evidence: which fills make up what traded by the orders, at which price, and which of them were recalled.

A report of a trade comes later than its fill. Until the trades show exactly what the orders say, they name no price.
"""

from decimal import Decimal

from pbtui.api.requests import OrderEntry
from pbtui.api.structs import replace
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.market.fills import Fills, unattributed_text
from pbtui.desk.tickets.judging.case import Case
from pbtui.desk.tickets.state import State, Verdict


def fills_since(case: Case) -> Fills:
    """The fills since the trader saw the order; all of a new order, none where it is not known what he saw."""
    if isinstance(case.line.request, OrderEntry):
        return case.fills
    base = case.line.base
    if base is None:
        return Fills()
    return case.fills.after(base.last_change_timestamp or base.api_timestamp)


def fills_within(case: Case, traded_mw: Decimal) -> Fills:
    """The fills that are known to be part of what traded by the orders.

    Of a change only what traded after it counts. An id that the change gave the order shows that; where the order kept
    its id, the fills count if they are all that traded.
    """
    since, base, request = fills_since(case), case.line.base, case.line.request
    if isinstance(request, OrderEntry) or request.changes.action.withdraws:
        return since.first(traded_mw)
    earlier = set() if base is None else {base.order_id, base.parent_order_id, base.initial_order_id}
    if case.sightings.newest.keys() <= earlier:
        return since if since.quantity_mw == traded_mw else Fills()
    return Fills(tuple(fill for fill in since.each if fill.order_id not in earlier)).first(traded_mw)


def exact_price(case: Case, traded_mw: Decimal | None) -> str:
    """The price of what traded, in words; empty until the trades show all of it."""
    if not traded_mw:
        return ""
    fills = fills_within(case, traded_mw)
    price = fills.average_price
    if price is None or fills.quantity_mw != traded_mw:
        return ""
    on_average = " on average" if len({fill.price for fill in fills.each}) > 1 else ""
    return f"{price_text(price)}{on_average}"


def with_unattributed(case: Case, found: Verdict) -> Verdict:
    """The verdict with the trades that may be of a copy of the order, unless it is done."""
    if found.is_done:
        return found
    return replace(found, reason="; ".join(filter(None, (found.reason, unattributed_text(fills_since(case))))))


def with_recalls(case: Case, found: Verdict) -> Verdict:
    """The verdict without the trades that were recalled or cancelled: the order stays executed, they do not count."""
    if not found.traded_mw:
        return found
    recalled = fills_within(case, found.traded_mw).recalled
    recalled_mw = recalled.quantity_mw
    if not recalled_mw:
        return found
    ids = ", ".join(fill.trade_id or "without an id" for fill in recalled.each)
    trades = f"trade {ids} was" if len(recalled.each) == 1 else f"trades {ids} were"
    lost = f"{quantity_text(recalled_mw)} MW of it no longer count: {trades} recalled or cancelled"
    is_fill = found.state in (State.FILLED, State.PART_FILLED)
    return replace(
        found,
        state=State.DIFFERENT if is_fill else found.state,
        reason=f"{found.reason}; {lost}" if found.reason else lost,
        traded_mw=found.traded_mw - recalled_mw,
        is_done=found.is_done and not is_fill,
    )
