"""`PUT /orders/list` and `PUT /order/{id}/{revision}`: changes of orders.

Decisions where the API document is silent:

- an unknown id, a portfolio out of reach, a MODI or ACTI without a revision and, with `fail_on_limit_violations`, a
  broken limit refuse the whole call before anything changes;
- all other errors concern one order; the other orders are changed, even if the answer is a single error: 409 if one of
  the revisions was stale, else 400;
- every action on a deleted or executed order gets 400. DEAC of a hibernated and ACTI of an active order change nothing
  and succeed. The deprecated single call checks the revision for every action;
- a MODI that keeps price, quantity, type and slices keeps the id and raises the revision. Any other opens a new id,
  last in the queue at its price; one that only lowers the quantity keeps its place there;
- a change that only reduces an order is never stopped by a limit.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from pbtui.api.codes import ModifyAction, OrderState
from pbtui.api.requests import OrderModify, OrderModifyItem
from pbtui.simulator.book.market import Entered, Market
from pbtui.simulator.book.own_order import OrderTerms, OwnOrder
from pbtui.simulator.book.positions import Cash
from pbtui.simulator.book.risk import LimitViolation
from pbtui.simulator.book.rules import require_no_changes, terms_as_they_stand, terms_of_change
from pbtui.simulator.calls.limits import LimitWatch, require_expected
from pbtui.simulator.calls.outcomes import ListOptions, ListOutcome, Progress, limits_broken
from pbtui.simulator.rejections import CallRefused, ErrorCode, ListedError, OrderRefused
from pbtui.simulator.rights import PORTFOLIOS, ApiKey, ExchangeUser

REMOVING = (ModifyAction.DEAC, ModifyAction.DELE)


@dataclass
class Change:
    """A change during validation: the order, its new terms or the refusal, and the limit it would break."""

    order: OwnOrder
    item: OrderModifyItem
    wanted: OrderTerms | OrderRefused
    violation: LimitViolation | None = None

    @property
    def removes(self) -> bool:
        """Return whether the change takes the order out of the market."""
        return self.item.changes.action in REMOVING


def reachable_orders(market: Market, key: ApiKey, items: Sequence[OrderModifyItem]) -> list[OwnOrder]:
    """Return the orders the items name.

    Raises CallRefused for the whole call if an id is unknown (400) or out of the key's reach (403).
    """
    orders = []
    for item in items:
        order = market.ledger.get(item.order_id)
        if order is None:
            message = f"order {item.order_id} is not known at {market.exchange}"
            raise CallRefused(400, message, [ListedError(ErrorCode.PX_ORDER_REJECTED, message)])
        orders.append(order)
    key.require_portfolios(order.terms.portfolio_id for order in orders)
    for order, item in zip(orders, items, strict=True):
        portfolio = PORTFOLIOS[order.terms.portfolio_id]
        if portfolio.read_only and item.changes.action not in REMOVING:
            raise CallRefused(
                403, f"portfolio {portfolio.portfolio_id} is read-only: order {order.order_id} can only be removed"
            )
    return orders


def modify_list(
    market: Market,
    user: ExchangeUser,
    orders: Sequence[OwnOrder],
    items: Sequence[OrderModifyItem],
    options: ListOptions,
    spared: Set[OwnOrder] = frozenset(),
) -> ListOutcome:
    """Change the orders the items name. Orders in `spared` stay active, but the answer reports them as removed."""
    if not options.infer_order_revisions:
        _require_revisions(items)
    changes = [_checked(market, order, item, options) for order, item in zip(orders, items, strict=True)]
    watch = LimitWatch(market)
    for change in changes:
        change.violation = _limit_broken(watch, change)
    violations = [change.violation for change in changes if change.violation]
    if violations and options.fail_on_limit_violations:
        raise limits_broken(violations)
    progress = Progress()
    for change in changes:
        if change.violation:
            progress.dropped(change.order.latest, change.violation)
        elif change.removes and change.order in spared and not isinstance(change.wanted, OrderRefused):
            progress.done(change.order)
        else:
            try:
                changed = _apply(market, user, change, options.internal_trading)
            except OrderRefused as refusal:
                progress.refused(change.order.latest, refusal)
            else:
                progress.done(changed.order, changed.counterparts)
    return progress.outcome(options)


def _require_revisions(items: Sequence[OrderModifyItem]) -> None:
    for item in items:
        if item.revision_no is None and item.changes.action not in REMOVING:
            message = f"revision_no is missing for {item.changes.action} of order {item.order_id}"
            raise CallRefused(400, message, [ListedError(ErrorCode.PB_REQUEST_INVALID, message)])


def _checked(market: Market, order: OwnOrder, item: OrderModifyItem, options: ListOptions) -> Change:
    try:
        market.conditions.quota.take(market.now, is_bypassed=options.ignore_order_action_quota)
        _require_current(order, item.revision_no)
        wanted = _wanted_terms(market, order, item.changes)
        require_expected(market, wanted, item.changes)
        if item.changes.action not in REMOVING:
            market.conditions.require_area(wanted.delivery_area)
    except OrderRefused as refusal:
        return Change(order, item, refusal)
    return Change(order, item, wanted)


def _require_current(order: OwnOrder, revision_no: int | None) -> None:
    latest = order.latest
    if order.is_gone:
        ended_at = latest.last_change_timestamp.isoformat()
        raise OrderRefused(
            ErrorCode.PX_ORDER_REJECTED, f"order {order.order_id} is no longer active: {latest.action} at {ended_at}"
        )
    if revision_no is not None and revision_no != latest.revision_no:
        raise OrderRefused(
            ErrorCode.PB_ORDER_REVISION_MISMATCH,
            f"order {order.order_id} is at revision {latest.revision_no} ({latest.action}), not at {revision_no}",
        )


def _wanted_terms(market: Market, order: OwnOrder, changes: OrderModify) -> OrderTerms:
    if changes.action is ModifyAction.MODI:
        return terms_of_change(order, changes, market.now)
    require_no_changes(changes)
    return terms_as_they_stand(order)


def _limit_broken(watch: LimitWatch, change: Change) -> LimitViolation | None:
    """Return the violation, if any. Only an activation, or a live order that grows or costs more, can break one."""
    if isinstance(change.wanted, OrderRefused) or change.removes:
        return None
    if change.order.state is OrderState.HIBE:
        grows = change.item.changes.action is ModifyAction.ACTI
    else:
        grows = change.wanted.quantity_mw > change.order.open_mw or _spends_more(change.order, change.wanted)
    return watch.violation(change.wanted, replaced=change.order) if grows else None


def _spends_more(order: OwnOrder, wanted: OrderTerms) -> bool:
    before, after = Cash(), Cash()
    before.add(order.side, order.price, order.open_mw, wanted.contract)
    after.add(wanted.side, wanted.price, wanted.quantity_mw, wanted.contract)
    return after.spending > before.spending


def _apply(market: Market, user: ExchangeUser, change: Change, internal_trading: bool) -> Entered:
    """Apply the change. Raises OrderRefused if it is no longer possible."""
    if isinstance(change.wanted, OrderRefused):
        raise change.wanted
    order, terms = change.order, change.wanted
    _require_current(order, change.item.revision_no)
    match change.item.changes.action:
        case ModifyAction.DELE:
            market.delete(order, user)
        case ModifyAction.DEAC if order.is_live:
            market.hibernate(order, user)
        case ModifyAction.ACTI if not order.is_live:
            return market.replace(order, terms, user, internal_trading=internal_trading)
        case ModifyAction.MODI if order.is_live and terms.resized(standing := terms_as_they_stand(order)):
            keeps_place = terms.shrunk(standing)
            return market.replace(order, terms, user, internal_trading=internal_trading, keeps_place=keeps_place)
        case ModifyAction.MODI:
            market.amend(order, terms, user)
        case ModifyAction.DEAC | ModifyAction.ACTI:
            pass  # the order already is in that state
    return Entered(order)
