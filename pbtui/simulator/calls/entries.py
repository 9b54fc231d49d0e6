"""`POST /orders/list`: entry of a list of orders.

Decisions where the API document is silent:

- the format of the body, the key's rights and, with `fail_on_limit_violations`, the limits are checked first; an error
  there refuses the whole call;
- VALID: if one order breaks a rule or a guard, or would trade with an own order, all orders are refused
  (PB_ORDER_BASKET_REJECTED) and nothing is entered. NONE: the other orders are entered, and are live even if the answer
  is the single 400 of `include_errors=false`;
- LNKD: all orders must be FOK and of one product; all execute or none. They never trade internally. If they cannot
  execute, they end as SDEL, like a single FOK order; that is not an error;
- a refused or dropped order is answered with `state` IACT, `action` SDEL and no id;
- a hibernated order counts for no limit until it is activated.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pbtui.api.codes import EntryState, ExecutionInstruction, ExecutionRestriction, OrderSide, OrderState
from pbtui.api.requests import OrderEntry
from pbtui.simulator.book.contracts import DEFAULT_AREA
from pbtui.simulator.book.market import Market
from pbtui.simulator.book.own_order import OrderAction, OrderRevision, OrderTerms
from pbtui.simulator.book.risk import LimitViolation
from pbtui.simulator.book.rules import terms_of_entry
from pbtui.simulator.calls.limits import LimitWatch, require_expected
from pbtui.simulator.calls.outcomes import ListOptions, ListOutcome, Progress, limits_broken
from pbtui.simulator.rejections import CallRefused, ErrorCode, OrderRefused
from pbtui.simulator.rights import ExchangeUser


@dataclass
class Candidate:
    """An entry during validation: its terms or its refusal, and the limit it would break."""

    entry: OrderEntry
    terms: OrderTerms | OrderRefused
    violation: LimitViolation | None = None

    @property
    def hibernated(self) -> bool:
        """Return whether it is entered as hibernated."""
        return self.entry.state is EntryState.HIBE


def enter_list(market: Market, user: ExchangeUser, entries: Sequence[OrderEntry], options: ListOptions) -> ListOutcome:
    """Enter the orders according to the list's execution instruction."""
    linked = options.exec_instruction is ExecutionInstruction.LNKD
    internal_trading = options.internal_trading and not linked
    candidates = [Candidate(entry, _checked(market, entry, options, internal_trading)) for entry in entries]
    violations = _limits_broken(market, candidates)
    if violations and (options.fail_on_limit_violations or linked):
        raise limits_broken(violations)
    if options.exec_instruction is not ExecutionInstruction.NONE:
        _refuse_all_if_one_refused(candidates)
    wanted = [candidate.terms for candidate in candidates if isinstance(candidate.terms, OrderTerms)]
    if linked:
        _require_linkable(wanted)
    progress = Progress()
    if linked and not market.can_execute_fully(wanted):
        for terms in wanted:
            progress.done(market.enter_and_end(terms, user))
        return progress.outcome(options)
    for candidate in candidates:
        _enter(market, user, candidate, internal_trading, progress)
    return progress.outcome(options)


def _checked(
    market: Market, entry: OrderEntry, options: ListOptions, internal_trading: bool
) -> OrderTerms | OrderRefused:
    try:
        market.conditions.quota.take(market.now, is_bypassed=options.ignore_order_action_quota)
        terms = terms_of_entry(entry, market.calendar, market.now)
        require_expected(market, terms, entry)
        if entry.state is not EntryState.HIBE:
            market.conditions.require_area(terms.delivery_area)
            market.require_no_self_trade(terms, internal_trading=internal_trading)
    except OrderRefused as refusal:
        return refusal
    return terms


def _limits_broken(market: Market, candidates: Sequence[Candidate]) -> list[LimitViolation]:
    watch = LimitWatch(market)
    for candidate in candidates:
        if isinstance(candidate.terms, OrderTerms) and not candidate.hibernated:
            candidate.violation = watch.violation(candidate.terms)
    return [candidate.violation for candidate in candidates if candidate.violation]


def _refuse_all_if_one_refused(candidates: Sequence[Candidate]) -> None:
    """Refuse all orders if one was refused."""
    if any(isinstance(candidate.terms, OrderRefused) for candidate in candidates):
        for candidate in candidates:
            if isinstance(candidate.terms, OrderTerms):
                candidate.terms = OrderRefused(
                    ErrorCode.PB_ORDER_BASKET_REJECTED, "not entered, because another order of the list was refused"
                )


def _require_linkable(wanted: Sequence[OrderTerms]) -> None:
    products = {terms.contract.product for terms in wanted}
    if len(products) > 1 or any(terms.restriction is not ExecutionRestriction.FOK for terms in wanted):
        raise CallRefused(400, "linked orders (LNKD) must all be FOK and of the same product")


def _enter(
    market: Market, user: ExchangeUser, candidate: Candidate, internal_trading: bool, progress: Progress
) -> None:
    if candidate.violation:
        progress.dropped(_never_entered(candidate.entry, market), candidate.violation)
        return
    try:
        if isinstance(candidate.terms, OrderRefused):
            raise candidate.terms
        entered = market.enter(
            candidate.terms, user, hibernated=candidate.hibernated, internal_trading=internal_trading
        )
    except OrderRefused as refusal:
        progress.refused(_never_entered(candidate.entry, market), refusal)
    else:
        progress.done(entered.order, entered.counterparts)


def _never_entered(entry: OrderEntry, market: Market) -> OrderRevision:
    side = entry.side or OrderSide.BUY
    return OrderRevision(
        api_timestamp=market.now,
        last_change_timestamp=market.now,
        state=OrderState.IACT,
        action=OrderAction.SDEL,
        exchange=market.exchange,
        delivery_area=entry.delivery_area or DEFAULT_AREA.eic,
        side=side,
        buy=side is OrderSide.BUY,
        sell=side is OrderSide.SELL,
        contracts=({},),
        contract_id=entry.contract_id,
        contract_name=entry.contract_name,
        txt=entry.txt,
        portfolio_id=entry.portfolio_id,
        price=entry.price,
        quantity=entry.quantity,
        type=entry.type,
        strategy_id=entry.strategy_id,
    )
