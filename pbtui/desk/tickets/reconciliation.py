"""Reconciliation: what a read shows about a line: done, refused, changed by someone else, or nothing yet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pbtui.api.client import OrdersClient
from pbtui.api.models import ModifyAction, Order, OrderEntry, OrderModify, OrderModifyItem, OrderState
from pbtui.api.sanitize import safe_text
from pbtui.desk.blotter.chain import PAGE_SIZE
from pbtui.desk.blotter.lineage import Lineage, read_lineage
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.formats.order_fields import CHANGE_FIELDS, FIELDS
from pbtui.desk.formats.vocabulary import failure_text, order_event
from pbtui.desk.tickets.outcomes import belongs_to
from pbtui.desk.tickets.ticket import Outcome, Reconciliation, TicketLine

Wanted = Callable[[Order], bool]


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of a read; `reconciliation` is None if the read proves nothing."""

    reconciliation: Reconciliation | None
    reason: str = ""
    order: Order | None = None


NOTHING = Finding(None)


def in_blotter(line: TicketLine, blotter: Blotter) -> Finding:
    """Compare a line with the blotter's last read. This can only confirm: a missing order may still appear."""
    if isinstance(line.request, OrderEntry):
        order = next((order for order in blotter.readable if belongs_to(order, line)), None)
        return NOTHING if order is None else Finding(Reconciliation.CONFIRMED, order=order)
    row = blotter.find(line.key)
    if row is None or row.final_state is not None or not isinstance(row.order, Order):
        return NOTHING
    if _version(row.order) == _version(line.base) or not _is_done(line, line.request, row.order):
        return NOTHING
    return Finding(Reconciliation.CONFIRMED, order=row.order)


async def look(client: OrdersClient, line: TicketLine) -> Finding:
    """Ask the server for this one order. Raises OrdersApiError if the server can't be read."""
    if isinstance(line.request, OrderEntry):
        return await _look_for_entry(client, line, line.request)
    if line.base is None:
        return Finding(
            Reconciliation.NOT_FOUND, "the order's earlier state is not known, so its change can't be looked up"
        )
    return of_lineage(line, line.request, line.base, await read_lineage(client, line.base))


async def _look_for_entry(client: OrdersClient, line: TicketLine, entry: OrderEntry) -> Finding:
    """Find a new order by the token at the end of its text: first in the active orders, then in its contract's."""
    contract_ids = [entry.contract_id] if entry.contract_id else []
    for active_only in (True, False):
        reply = await client.get_own_orders(
            txt=entry.txt,
            contract_ids=contract_ids,
            active_only=active_only,
            limit=None if active_only else PAGE_SIZE,
        )
        for order in reply.snapshot.readable:
            if belongs_to(order, line):
                failed = bool(order.errors or order.error_message)
                return Finding(
                    Reconciliation.REJECTED if failed else Reconciliation.CONFIRMED,
                    failure_text(order) if failed else "",
                    order,
                )
    return Finding(Reconciliation.REJECTED, line.reason) if line.was_refused else NOTHING


def of_lineage(line: TicketLine, item: OrderModifyItem, base: Order, lineage: Lineage) -> Finding:
    """Return what the chain of an order shows about a change to it.

    A change names a revision. If the order has another revision since, the change can no longer take effect.
    """
    current = lineage.current
    if any(_is_done(line, item, order) for order in _since(base, lineage)):
        return Finding(Reconciliation.CONFIRMED, order=current)
    if current is None:
        return NOTHING
    if current.state == OrderState.IACT:
        how = f"the order ended: {order_event(current.action)}"
        is_out = item.changes.action in (ModifyAction.DEAC, ModifyAction.DELE)
        return Finding(Reconciliation.CONFIRMED if is_out else Reconciliation.REJECTED, how, current)
    if _version(current) != _version(base):
        return Finding(
            Reconciliation.CONFLICT, f"changed by someone else first: {order_event(current.action)}", current
        )
    return Finding(Reconciliation.REJECTED, line.reason, current) if line.was_refused else NOTHING


def _since(base: Order, lineage: Lineage) -> Sequence[Order]:
    """Return the revisions after the one the trader saw, without deletions that only opened a new id."""
    later = lineage.since(base)
    if later is not None:
        return [revision.order for revision in later if revision.replaced_by is None]
    current = lineage.current
    return [current] if current is not None and _version(current) != _version(base) else []


def _version(order: Order | None) -> tuple[str | None, int | None]:
    return (None, None) if order is None else (order.order_id, order.revision_no)


# ---------------------------------------------------------------- comparison with what was wanted


def _is_done(line: TicketLine, item: OrderModifyItem, order: Order) -> bool:
    """Return whether this revision shows the change: it has the wanted values, or it is the one in the answer.

    The server may apply a change differently from the request (a validity moved to the contract's end), and the order
    may trade at the same moment. A withdrawn order must be seen out of the market, regardless of the answer.
    """
    is_out = item.changes.action in (ModifyAction.DEAC, ModifyAction.DELE)
    was_answered = (
        line.outcome is Outcome.ACCEPTED and line.order is not None and _version(order) == _version(line.order)
    )
    return _wanted(item)(order) or (was_answered and not is_out)


def _wanted(item: OrderModifyItem) -> Wanted:
    action = item.changes.action
    if action is ModifyAction.ACTI:
        return lambda order: order.state == OrderState.ACTI
    if action is ModifyAction.DEAC:
        return lambda order: order.state == OrderState.HIBE
    if action is ModifyAction.DELE:
        return lambda order: order.state == OrderState.IACT and order.action.endswith("DEL")
    return _has_all(item.changes)


def _has_all(changes: OrderModify) -> Wanted:
    """Return whether an order shows these changes. Restrictions and guards are skipped: no order shows them."""
    if changes.txt is not None:
        changes = changes.model_copy(update={"txt": safe_text(changes.txt)})
    wanted = [(FIELDS[name], getattr(changes, name)) for name in CHANGE_FIELDS]
    shown = [(field, value) for field, value in wanted if field.attribute is not None and value is not None]
    if not shown:
        return lambda order: order.action.endswith(("MOD", "ADD"))
    return lambda order: all(field.of(order) == value for field, value in shown)
