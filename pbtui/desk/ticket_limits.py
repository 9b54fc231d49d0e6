"""Pre-trade limits applied to a whole ticket and the present state of the desk."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry
from pbtui.desk.formats.areas import area_name, area_words
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.formats.time_input import typed_moment
from pbtui.desk.limits import LimitCheck, check_change, check_count, check_entry, check_price_step, why_typed_count
from pbtui.desk.market.closures import why_area_closed
from pbtui.desk.market.gates import Gates, trading_areas
from pbtui.desk.market.polling.schedule import Read
from pbtui.desk.tickets.duplicates import duplicate_warnings
from pbtui.desk.tickets.evidence import AnyOrder
from pbtui.desk.tickets.exposure import exposure_of, is_of_contract
from pbtui.desk.tickets.state import UNDONE_STATES
from pbtui.desk.tickets.ticket import Action, Ticket, TicketLine
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile


def check_ticket(
    ticket: Ticket, view: DeskView, profile: Profile, now_s: float, now: datetime, others: Iterable[Ticket] = ()
) -> LimitCheck:
    """Check a ticket at a moment of the steady and the exchange's clock. Deactivating and deleting are never refused.

    `others` are tickets of new orders that other programs have sent of late.
    """
    if not ticket.action.increases_risk:
        return LimitCheck()
    reason = view.why_only_withdraw(now_s)
    check = LimitCheck(() if reason is None else (reason,)) + check_count(profile.limits, len(ticket.lines))
    for line in ticket.lines:
        check += check_line(line, view, profile, now_s, now)
    unreadable = tuple(row.order for row in view.blotter.active.values() if isinstance(row.order, UnreadableOrder))
    orders: tuple[AnyOrder, ...] = (*view.listed, *unreadable, *view.ended)
    return check + LimitCheck(warnings=duplicate_warnings(ticket, (*view.tickets, *others), orders))


def reads_for(tickets: Sequence[Ticket]) -> Sequence[Read]:
    """Return the reads of the market that a check of tickets needs, which are sent together.

    None if one of them withdraws: it must neither wait for a read nor be held back by what it shows.
    """
    if not all(ticket.action.increases_risk for ticket in tickets):
        return ()
    enters = any(ticket.action is Action.ADD for ticket in tickets)
    has_end = any(_valid_until(line) is not None for ticket in tickets for line in ticket.lines)
    return (Read.STATUS, Read.CONTRACTS) if enters or has_end else (Read.STATUS,)


def check_together(tickets: Sequence[Ticket], profile: Profile) -> LimitCheck:
    """Check the number of orders that several tickets, sent as one action, bring into the market."""
    entering = [ticket for ticket in tickets if ticket.action.increases_risk]
    return check_count(profile.limits, sum(len(ticket.lines) for ticket in entering))


def why_typed_count_of(tickets: Sequence[Ticket], profile: Profile) -> str:
    """Return why the number of orders has to be typed before these are sent together; empty if one key is enough."""
    lines = [line for ticket in tickets for line in ticket.lines]
    quantities_mw = (exposure_of(line).quantity_mw for line in lines)
    quantity_mw = sum((quantity_mw for quantity_mw in quantities_mw if quantity_mw is not None), Decimal(0))
    return why_typed_count(profile.limits, len(lines), quantity_mw)


def check_line(line: TicketLine, view: DeskView, profile: Profile, now_s: float, now: datetime) -> LimitCheck:
    """Check one order of a ticket. `now` is by the exchange's clock, which says what has passed."""
    zone = ZoneInfo(profile.market_timezone)
    return (
        _check_area(line, view, now_s)
        + _check_moments(line, zone, now)
        + _check_line(line, view, profile)
        + _check_contract(line, view, zone, now)
        + _check_end(line, view, zone)
    )


def _valid_until(line: TicketLine) -> datetime | None:
    """Return the time until which a new or changed order is asked to be valid."""
    request = line.request if isinstance(line.request, OrderEntry) else line.request.changes
    return request.validity_date


def _check_end(line: TicketLine, view: DeskView, zone: ZoneInfo) -> LimitCheck:
    """Warn of an order that is to be valid for longer than its contract trades.

    The gate decides where the server states it, else the delivery start. Some markets trade up to it and later, and an
    exchange may take such an order and shorten it, so it is not refused.
    """
    until, order = _valid_until(line), line.request if isinstance(line.request, OrderEntry) else line.base
    if until is None or order is None:
        return LimitCheck()
    gate, start = _ends(order, view)
    given = f"{FIELDS['validity_date'].label} {typed_moment(until, zone)}"
    if gate is not None and until > gate:
        where = f"the gate in {area_name(order.delivery_area or '')}, {typed_moment(gate, zone)}"
    elif gate is None and start is not None and until >= start:
        where = f"the last moment before delivery, which starts at {typed_moment(start, zone)}"
    else:
        return LimitCheck()
    return LimitCheck(warnings=(f"{given} is after {where}: the exchange may end the order earlier",))


def _ends(order: Order | OrderEntry, view: DeskView) -> tuple[datetime | None, datetime | None]:
    """Return the gate closure of an order and the start of its delivery, as far as they are known.

    Of several contracts of one delivery the last gate counts.
    """
    contracts = view.exchange.contracts.value or ()
    if isinstance(order, Order):
        return Gates.of(contracts).closes_at(order), order.delivery_start
    named = [each for each in contracts if is_of_contract(each, order)]
    states = [state for each in named for state in each.delivery_area_states or ()]
    gates = [each.trading_end for each in states if each.trading_end and each.delivery_area == order.delivery_area]
    starts = [start for start in (order.dlvry_start, *(each.delivery_start for each in named)) if start is not None]
    return max(gates, default=None), min(starts, default=None)


def _check_contract(line: TicketLine, view: DeskView, zone: ZoneInfo, now: datetime) -> LimitCheck:
    """Warn of a new order whose contract does not trade in its area, as far as the contracts are known."""
    entry, contracts = line.request, view.exchange.contracts.value
    if not isinstance(entry, OrderEntry) or not contracts or not entry.delivery_area:
        return LimitCheck()
    named = [trading_areas(each, now) for each in contracts if is_of_contract(each, entry)]
    is_by_delivery = entry.dlvry_start is not None and not entry.contract_id and not entry.contract_name
    trades = any(areas is None or entry.delivery_area in areas for areas in named)
    if trades or not (named or is_by_delivery) or _has_order_there(entry, view):
        return LimitCheck()
    area, what = area_name(entry.delivery_area), f"contract {entry.contract_id or entry.contract_name} does not trade"
    if is_by_delivery:
        what = f"no contract for {delivery_text(entry.dlvry_start, entry.dlvry_end, zone)} is known to trade"
    return LimitCheck(warnings=(f"{what} in {area} now: the exchange may reject the order",))


def _has_order_there(entry: OrderEntry, view: DeskView) -> bool:
    """Return whether an own order is in the market in the contract and area of an entry."""
    return any(order.delivery_area == entry.delivery_area and is_of_contract(order, entry) for order in view.listed)


def _check_area(line: TicketLine, view: DeskView, now_s: float) -> LimitCheck:
    """Refuse an order in an area that takes none now, unless it is withdrawn from there."""
    order = line.request if isinstance(line.request, OrderEntry) else line.base
    if order is None or (not isinstance(line.request, OrderEntry) and line.request.changes.action.withdraws):
        return LimitCheck()
    reason = why_area_closed(view.exchange, order.delivery_area, now_s)
    return (
        LimitCheck((f"delivery area {area_words(order.delivery_area or '')} takes no orders now: {reason}",))
        if reason
        else LimitCheck()
    )


def _check_moments(line: TicketLine, zone: ZoneInfo, now: datetime) -> LimitCheck:
    """Refuse a time that has passed, maybe since it was typed."""
    request = line.request if isinstance(line.request, OrderEntry) else line.request.changes
    given = {name: getattr(request, name, None) for name in ("dlvry_start", "dlvry_end", "validity_date")}
    return LimitCheck(
        tuple(
            f"{FIELDS[name].label} {typed_moment(at, zone)} has passed"
            for name, at in given.items()
            if at is not None and at <= now
        )
    )


def _check_line(line: TicketLine, view: DeskView, profile: Profile) -> LimitCheck:
    limits = profile.limits
    if isinstance(line.request, OrderEntry):
        entry = line.request
        check = _check_bounds(entry, profile) + check_entry(limits, entry, _last_entry(entry, view))
        return check if check.warnings else check + _check_against_orders(entry, view)
    changes = line.request.changes
    if line.base is None or changes.action.withdraws:
        return LimitCheck()
    return _check_bounds(line.base, profile) + check_change(limits, line.base, changes)


def _check_bounds(order: Order | OrderEntry, profile: Profile) -> LimitCheck:
    """Refuse an order outside the portfolios and delivery areas of the profile: no kill of this profile reaches it."""
    area = order.delivery_area
    refusals = []
    if profile.portfolios and order.portfolio_id and order.portfolio_id not in profile.portfolios:
        known = ", ".join(profile.portfolios)
        refusals.append(f"portfolio {order.portfolio_id} is not one of this profile's portfolios: {known}")
    if profile.delivery_areas and area and area not in profile.delivery_areas:
        known = ", ".join(map(area_words, profile.delivery_areas))
        refusals.append(f"delivery area {area_words(area)} is not one of this profile's delivery areas: {known}")
    return LimitCheck(tuple(refusals))


def _last_entry(entry: OrderEntry, view: DeskView) -> OrderEntry | None:
    """Return the last order entered for the same contract in this run."""
    lines = (line for ticket in reversed(view.tickets) for line in ticket.lines)
    accepted = (line.request for line in lines if line.state not in UNDONE_STATES)
    entries = (request for request in accepted if isinstance(request, OrderEntry))
    return next((earlier for earlier in entries if _contract(earlier) == _contract(entry)), None)


def _check_against_orders(entry: OrderEntry, view: DeskView) -> LimitCheck:
    """Compare a price with the nearest one of own orders of its contract and side, such as the source of a clone.

    The nearest one, because a ladder of orders in one contract is no typing error.
    """
    prices = [
        order.price
        for order in view.listed
        if order.side == entry.side and order.price is not None and is_of_contract(order, entry)
    ]
    if not prices:
        return LimitCheck()
    nearest = min(prices, key=lambda price: abs(price - entry.price))
    return check_price_step(entry.price, nearest, "the nearest price of your orders in this contract")


def _contract(entry: OrderEntry) -> tuple[object, ...]:
    return entry.contract_id, entry.contract_name, entry.dlvry_start, entry.dlvry_end
