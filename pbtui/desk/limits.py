"""Pre-trade limits: what is refused, what needs a confirmation, and when orders can only be withdrawn.

Refusals follow the profile's limits (`pbtui.settings.limits`). Warnings compare a new value with the order's present
value, or with the last entry for the same contract. They catch typing errors: one zero or one minus sign too many.
Withdrawing orders from the market is never limited.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from pbtui.api.codes import ModifyAction
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.desk.blotter.link import LinkState
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.time_format import age_text
from pbtui.desk.team.store import refused_without_store
from pbtui.settings.limits import Limits

NEAR_THE_LIMIT = Decimal("0.9")
A_ZERO_TOO_MANY = 10


@dataclass(frozen=True, slots=True)
class LimitCheck:
    """Result of the pre-trade limits: `refusals` block the action, `warnings` must be accepted."""

    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __add__(self, other: "LimitCheck") -> "LimitCheck":
        return LimitCheck(self.refusals + other.refusals, self.warnings + other.warnings)


def check_entry(limits: Limits, entry: OrderEntry, last_entry: OrderEntry | None) -> LimitCheck:
    """Check a new order; `last_entry` is the last entry for the same contract, if there is one."""
    check = _check_quantity(limits, entry.quantity) + _check_price(limits, entry.price)
    if last_entry is None:
        return check
    than = "the last entry for this contract"
    return (
        check
        + _compare("quantity", entry.quantity, last_entry.quantity, quantity_text, than)
        + _compare("price", entry.price, last_entry.price, price_text, than)
    )


def check_change(limits: Limits, order: Order, changes: OrderModify) -> LimitCheck:
    """Check a change of an order: the values that it changes, or the whole order if it activates it.

    A change that reduces an order is allowed even if the order stays above the limit. Deactivating and deleting are
    never refused.
    """
    if changes.action.withdraws:
        return LimitCheck()
    unknown = _unknown(order, changes)
    if unknown:
        return LimitCheck((f"order {order.order_id} can only be withdrawn: {unknown}",))
    activates = changes.action is ModifyAction.ACTI
    present_mw = order.open_quantity_mw
    quantity_mw = changes.quantity if changes.quantity is not None or not activates else present_mw
    price = changes.price if changes.price is not None or not activates else order.price
    check = LimitCheck()
    if quantity_mw is not None:
        shrinks = not activates and present_mw is not None and quantity_mw < present_mw
        check += _check_quantity(limits, quantity_mw, refuse=not shrinks)
        check += _compare("quantity", quantity_mw, present_mw, quantity_text, "the order's present value")
    if price is not None:
        check += _check_price(limits, price) + _compare(
            "price", price, order.price, price_text, "the order's present value"
        )
    return check


def _unknown(order: Order, changes: OrderModify) -> str:
    """Return which fields that decide about the size or the revision of the changed order could not be read."""
    if not order.unreadable:
        return ""
    names = {"revision_no", "state", "side", "price", "quantity", "hidden_quantity"}
    if changes.price is not None:
        names.discard("price")
    if changes.quantity is not None:
        names -= {"quantity", "hidden_quantity"}
    return order.why_unreadable(*names)


def check_count(limits: Limits, orders: int) -> LimitCheck:
    """Check the number of orders that one action enters, changes or activates. Withdrawals are not limited."""
    most = limits.max_orders_per_action
    if orders <= most:
        return LimitCheck()
    return LimitCheck((f"{orders} orders at once are over this profile's limit of {most} (max_orders_per_action)",))


def why_typed_count(limits: Limits, orders: int, quantity_mw: Decimal) -> str:
    """Return why the number of orders has to be typed before a batch is sent; empty if one key is enough.

    It holds for withdrawals, too: they are never refused.
    """
    if orders < 2:
        return ""
    if orders > limits.typed_count_above_orders:
        most = f"{limits.typed_count_above_orders} orders (typed_count_above_orders)"
    elif quantity_mw > limits.typed_count_above_mw:
        most = f"{quantity_text(limits.typed_count_above_mw)} MW (typed_count_above_mw)"
    else:
        return ""
    return f"{orders} orders, {quantity_text(quantity_mw)} MW, are above this profile's {most}"


def _check_quantity(limits: Limits, quantity_mw: Decimal, *, refuse: bool = True) -> LimitCheck:
    most_mw = limits.max_quantity_mw
    limit = f"this profile's limit of {quantity_text(most_mw)} MW (max_quantity_mw)"
    if quantity_mw > most_mw:
        exceeded = (f"{quantity_text(quantity_mw)} MW is over {limit}",)
        return LimitCheck(refusals=exceeded) if refuse else LimitCheck(warnings=exceeded)
    if quantity_mw >= most_mw * NEAR_THE_LIMIT:
        return LimitCheck(warnings=(f"{quantity_text(quantity_mw)} MW is close to {limit}",))
    return LimitCheck()


def _check_price(limits: Limits, price: Decimal) -> LimitCheck:
    if limits.min_price <= price <= limits.max_price:
        return LimitCheck()
    band = f"{price_text(limits.min_price)} to {price_text(limits.max_price)} (min_price, max_price)"
    return LimitCheck((f"price {price_text(price)} is outside this profile's price limits of {band}",))


def check_price_step(price: Decimal, reference: Decimal, than: str) -> LimitCheck:
    """Warn if a price is at least ten times or at most a tenth of a reference. Negative prices are ordinary."""
    step = f"price {price_text(reference)} -> {price_text(price)}"
    return LimitCheck() if price == reference else LimitCheck(warnings=_sizes(step, price, reference, than))


def _compare(
    name: str, new: Decimal, old: Decimal | None, text: Callable[[Decimal | None], str], than: str
) -> LimitCheck:
    """Warn if the new value is at least ten times or at most a tenth of the old one, or has another sign."""
    if old is None or new == old:
        return LimitCheck()
    step = f"{name} {text(old)} -> {text(new)}"
    sign = (f"{step}: the sign differs from {than}",) if new * old < 0 else ()
    return LimitCheck(warnings=sign + _sizes(step, new, old, than))


def _sizes(step: str, new: Decimal, old: Decimal, than: str) -> tuple[str, ...]:
    if abs(new) >= A_ZERO_TOO_MANY * abs(old):
        return (f"{step}: at least ten times {than}",)
    if abs(new) * A_ZERO_TOO_MANY <= abs(old):
        return (f"{step}: at most a tenth of {than}",)
    return ()


KEY_IS_READ_ONLY = "this API key is read-only: the server says so, or has refused a write with it (403)"


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingConditions:
    """Conditions that decide whether the desk may bring more quantity into the market.

    `data_age_s` is None before the first read. `journal_problem` and `halted` are reasons, None if they do not apply;
    `market_closed` and `team_problem` are reasons, empty if they do not. `cut_loose` is the command that cuts the
    profile loose from its team, to be said with the latter.
    """

    link: LinkState
    data_age_s: float | None
    trading_is_on: bool
    key_may_not_trade: bool = False
    journal_problem: str | None = None
    halted: str | None = None
    market_closed: str = ""
    team_problem: str = ""
    cut_loose: str = ""


HALT_LASTS = "It lasts until a re-arm: Re-arm in the palette of the desk, or pbtui rearm"


def why_only_withdraw(conditions: TradingConditions) -> str | None:
    """Return why orders can only be deactivated and deleted now, not entered, changed or activated; None if they can.

    If several reasons apply, the most serious one is returned.
    """
    if conditions.halted is not None:
        return f"halted: {conditions.halted}. {HALT_LASTS}"
    if conditions.key_may_not_trade:
        return KEY_IS_READ_ONLY
    if not conditions.trading_is_on:
        return "trading is off: this desk is read-only; switch trading on, or set read_only = false"
    if conditions.journal_problem is not None:
        return f"the journal can't be written: {conditions.journal_problem}"
    if conditions.team_problem:
        return refused_without_store(conditions.team_problem, conditions.cut_loose)
    if conditions.link in (LinkState.LIVE, LinkState.FAILING):
        return conditions.market_closed or None
    return _why_not_live(conditions.link, conditions.data_age_s)


def _why_not_live(link: LinkState, data_age_s: float | None) -> str:
    seen = "no orders have been read yet" if data_age_s is None else f"the last read was {age_text(data_age_s)} ago"
    return {
        LinkState.CONNECTING: seen,
        LinkState.STALE: seen,
        LinkState.OFFLINE: f"the server can't be reached, and {seen}",
        LinkState.UNAUTHORIZED: f"the server refuses the API key, and {seen}",
    }[link]
