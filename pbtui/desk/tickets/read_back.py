"""Reads that show what became of a line: from the desk's last read, or by asking the server about this one order."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

from pbtui.api.client import OrdersClient
from pbtui.api.codes import OrderState
from pbtui.api.errors import OrdersApiError, RefusedHere, Rejected
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry
from pbtui.api.structs import replace
from pbtui.desk.blotter.history import history_of
from pbtui.desk.blotter.orders_view import OrdersView
from pbtui.desk.market.fills import OrderTrace, trace_of
from pbtui.desk.tickets.evidence import Answer, AnyOrder, HistoryRead, Read, TradesRead
from pbtui.desk.tickets.judging.candidates import OrderIndex, first_ids
from pbtui.desk.tickets.judging.case import version_of
from pbtui.desk.tickets.judging.wanted import TRADED_ACTIONS
from pbtui.desk.tickets.shared_reads import Listed, SharedReads
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import TicketLine
from pbtui.desk.tickets.verdict import judged


def known_ids(line: TicketLine) -> frozenset[str]:
    """The ids that evidence so far gives the line's order."""
    orders = (order for item in line.evidence if isinstance(item, Answer | Read) for order in item.orders)
    first = first_ids(line, line.evidence)
    related = OrderIndex(orders).related(line, first)
    by_trades = (fill.order_id for item in line.evidence if isinstance(item, TradesRead) for fill in item.fills.each)
    return first | {order.order_id for order in related if order.order_id} | set(filter(None, by_trades))


def trace_of_line(line: TicketLine) -> OrderTrace:
    """The facts by which trades name the line's order.

    A new order is named by its token before any read shows it; an order to which its text was copied is another one. A
    withdrawal gives the order no other id.
    """
    trace = trace_of((order for order in (line.base, line.order) if order is not None), known_ids(line))
    entry = line.request
    if not isinstance(entry, OrderEntry):
        return replace(trace, has_all_ids=entry.changes.action.withdraws)
    orders = (order for item in line.evidence if isinstance(item, Answer | Read) for order in item.orders)
    return replace(
        trace,
        ids=OrderIndex(orders).own_ids(line, first_ids(line, line.evidence)),
        tokens=trace.tokens | {line.key.upper()},
        side=entry.side or trace.side,
        portfolio_id=entry.portfolio_id or trace.portfolio_id,
        contract_id=entry.contract_id or trace.contract_id,
    )


def reads_of_view(lines: Sequence[TicketLine], view: OrdersView) -> Mapping[str, Read]:
    """Return what the desk's last read shows of these lines, by key.

    Active orders are as of that read: one that it did not list, because it was incomplete, is not shown. The others may
    have been read earlier: they count only in a revision that the trader had not seen.
    """
    blotter, read_s = view.blotter, view.link.read_s
    if read_s is None:
        return {}
    active = OrderIndex(blotter.listed)
    inactive = (*blotter.deactivated.values(), *blotter.recent.values())
    others = OrderIndex(row.order for row in inactive if row.final_state is None)
    reads = {}
    for line in lines:
        ids = known_ids(line)
        ids |= first_ids(line, [Read(read_s, active.related(line, ids))])
        shown = [*active.related(line, ids), *active.look_alikes(line)]
        shown += [order for order in others.related(line, ids) if version_of(order) != version_of(line.base)]
        related = _each_once(shown)
        is_whole, names_first_ids = not view.active_gap, active.names_first_ids
        reads[line.key] = Read(read_s, related, covers_live=is_whole, names_first_ids=names_first_ids)
    return reads


async def look(client: OrdersClient, lines: Sequence[TicketLine]) -> Mapping[str, Sequence[Read]]:
    """Ask the server about these orders by lists that they share; return what these show by the keys of the lines.

    What could not be asked is left out. Raises OrdersApiError if nothing could be asked.
    """
    found: dict[str, Sequence[Read]] = {}
    contracts = {contract_id for line in lines if (contract_id := _contract_of(line))}
    reads = SharedReads(client, {line.key: sorted(known_ids(line)) for line in lines}, contracts)
    for line in lines:
        reads_of_line = _entry_reads if isinstance(line.request, OrderEntry) else _order_reads
        try:
            found[line.key] = [read async for read in reads_of_line(reads, line)]
        except OrdersApiError:
            if not found:
                raise
            break
    return found


async def look_at_histories(client: OrdersClient, order_ids: Iterable[str]) -> Sequence[HistoryRead]:
    """Read the histories of these orders. Raises OrdersApiError."""
    found = []
    for order_id in order_ids:
        try:
            reply = await client.get_own_order_history(order_id)
        except (Rejected, RefusedHere):
            continue  # an order that the server has forgotten has no history
        found.append(HistoryRead(reply.answer.as_of_s, history_of(order_id, reply.snapshot.orders)))
    return found


def histories_needed(line: TicketLine, reads: Sequence[Read]) -> Sequence[str]:
    """The ids of the orders whose figures alone do not show what happened to them; none if the reads confirm it."""
    verdict = judged(line, *reads).verdict
    if verdict.state is State.CONFIRMED and _shows_no_trade(line, verdict.order):
        return ()
    shown = (order for read in reads for order in read.orders if isinstance(order, Order))
    return tuple({order.order_id: None for order in shown if order.order_id and _needs_history(line, order)})


def _shows_no_trade(line: TicketLine, order: Order | None) -> bool:
    """Return whether the order is as a change left it, or a withdrawn one as open as the trader saw it."""
    if isinstance(line.request, OrderEntry) or not line.request.changes.action.withdraws:
        return True
    return order is not None and line.base is not None and order.open_quantity_mw == line.base.open_quantity_mw


def _needs_history(line: TicketLine, order: Order) -> bool:
    if version_of(order) == version_of(line.base):
        return False
    return order.action in TRADED_ACTIONS or order.state == OrderState.IACT or not isinstance(line.request, OrderEntry)


async def _entry_reads(reads: SharedReads, line: TicketLine) -> AsyncIterator[Read]:
    """The active orders, and the others: of its contract, by the id in its answer, or by its text."""
    ids, entry, contract_id = known_ids(line), line.request, _contract_of(line)
    yield _read(line, await reads.active(contract_id), ids, covers_live=True)
    if contract_id:
        of_contract = await reads.of_contract(contract_id)
        if of_contract is not None:
            yield _read(line, of_contract, ids, covers_live=True, covers_ended=True)
    elif ids:
        by_id = await reads.by_id(line.key)
        if by_id is not None:
            yield _of_ids(line, by_id, ids)
    elif isinstance(entry, OrderEntry):
        try:
            others = await reads.of_text(entry.txt)
        except Rejected:
            return  # servers from API 2.34 on want a contract or an id for orders that are not active
        yield _read(line, others, ids, covers_ended=True)


async def _order_reads(reads: SharedReads, line: TicketLine) -> AsyncIterator[Read]:
    """The order by its ids, and where that does not show it in the market: the orders of its contract.

    Of an id that can't be asked for, the list of the active orders shows whether it is in the market.
    """
    ids = known_ids(line)
    shown: list[Order] = []
    by_id = await reads.by_id(line.key)
    if by_id is not None:
        read = _of_ids(line, by_id, ids)
        yield read
        shown = [order for order in read.orders if isinstance(order, Order)]
        ids |= first_ids(line, (*line.evidence, read))
    if any(order.is_live for order in shown):
        return
    contract_id = _contract_of(line, shown)
    yield _read(line, await reads.active(contract_id), ids, covers_live=True)
    of_contract = await reads.of_contract(contract_id) if contract_id else None
    if of_contract is not None:
        yield _read(line, of_contract, ids, covers_live=True, covers_ended=True)


def _of_ids(line: TicketLine, listed: Listed, ids: Iterable[str]) -> Read:
    read = _read(line, listed, ids, covers_ended=True)
    # An order that was deleted may have gone on under an id that nothing has named yet.
    is_deleted = any(isinstance(order, Order) and order.action.endswith("DEL") for order in read.orders)
    is_live = any(order.is_live for order in read.orders)
    return replace(read, covers_live=is_live, covers_ended=read.covers_ended and (is_live or not is_deleted))


def _read(
    line: TicketLine, listed: Listed, ids: Iterable[str], *, covers_live: bool = False, covers_ended: bool = False
) -> Read:
    related = _each_once([*listed.index.related(line, ids), *listed.index.look_alikes(line)])
    covers_live, covers_ended = covers_live and listed.is_whole, covers_ended and listed.is_whole
    return Read(listed.requested_s, related, covers_live, covers_ended, listed.index.names_first_ids)


def _contract_of(line: TicketLine, shown: Iterable[Order] = ()) -> str | None:
    if isinstance(line.request, OrderEntry) and line.request.contract_id:
        return line.request.contract_id
    answered = (order for item in line.evidence if isinstance(item, Answer) for order in item.orders)
    orders = (line.base, *shown, *(order for order in answered if isinstance(order, Order)))
    return next((order.contract_id for order in orders if order is not None and order.contract_id), None)


def _each_once(orders: Iterable[AnyOrder]) -> tuple[AnyOrder, ...]:
    return tuple({id(order): order for order in orders}.values())
