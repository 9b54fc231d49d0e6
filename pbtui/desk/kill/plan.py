"""The plan of a kill: which call it makes, which orders are in scope, how many they are and how many MW."""

from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.api.structs import replace
from pbtui.desk.formats.areas import area_name, area_words
from pbtui.desk.formats.number_format import quantity_text
from pbtui.settings.kill import KillAction
from pbtui.settings.profiles import Profile

AnyOrder = Order | UnreadableOrder

ORDERS_PER_CALL = 50
"""The most orders that one request names."""
_LONGEST_BOUND = 24
"""Characters of the names in the short text of a bound; longer ones are counted."""
_QUOTE = '"'

_CALLS = {
    KillAction.DEACTIVATE_MINE: "PUT /orders/list DEAC",
    KillAction.DELETE_MINE: "DELETE /orders",
    KillAction.DEACTIVATE_ALL: "PUT /orders/status DEAC",
    KillAction.DELETE_ALL: "PUT /orders/status DELE",
}


ACTION_TITLES = {
    KillAction.DEACTIVATE_MINE: "DEACTIVATE MINE",
    KillAction.DELETE_MINE: "DELETE MINE",
    KillAction.DEACTIVATE_ALL: "DEACTIVATE EVERYTHING",
    KillAction.DELETE_ALL: "DELETE EVERYTHING",
}
"""In order of scope, smallest first."""


def products_text(products: Iterable[str]) -> str:
    """Return the names of products with commas between them. A name with a comma stands in quotation marks."""
    return ", ".join(f'"{name.replace(_QUOTE, 2 * _QUOTE)}"' if _needs_quotes(name) else name for name in products)


def _needs_quotes(name: str) -> bool:
    return "," in name or _QUOTE in name or name != name.strip()


class Reach(Struct, frozen=True):
    """The number of live orders in scope of a plan, and their MW.

    `uncounted` is how many of them have an unknown quantity. `deactivated` is how many deactivated orders the plan
    deletes as well. `is_least`: the plan also covers orders that this key can't see, so the figures are minimums.
    `outside` is how many live orders the bounds of the plan leave out.
    """

    orders: int = 0
    quantity_mw: Decimal = Decimal(0)
    uncounted: int = 0
    deactivated: int = 0
    is_least: bool = False
    outside: int = 0

    @property
    def matches_nothing(self) -> bool:
        """Return whether orders are active and the bounds match none: more likely a wrong setting than a plan."""
        return not self.orders and self.outside > 0

    def __str__(self) -> str:
        if self.matches_nothing:
            return f"0 orders: THE BOUNDS MATCH NONE of the {self.outside} active, check portfolios and areas"
        noun = "order" if self.orders == 1 else "orders"
        unknown = f" and {self.uncounted} of unknown MW" if self.uncounted else ""
        live = f"{self.orders} {noun} · {quantity_text(self.quantity_mw)} MW{unknown}"
        seen = f"at least {live}" if self.is_least else live
        return f"{seen} and {self.deactivated} deactivated, permanently" if self.deactivated else seen


class KillPlan(Struct, frozen=True, kw_only=True):
    """One kill as the trader wants it.

    Empty `portfolios` means all that the key can see. `portfolios` and `delivery_areas` narrow the actions on own
    orders; `products` narrows the actions on everything (the API calls have no other filters). Without
    `includes_pre_arranged` pre-arranged orders stay live, except with `DELETE /orders`, which always deletes them.
    """

    action: KillAction
    exchange: str
    portfolios: tuple[str, ...] = ()
    delivery_areas: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    includes_pre_arranged: bool = True

    @property
    def call(self) -> str:
        """The API call of the action, such as `PUT /orders/list DEAC`."""
        return _CALLS[self.action]

    @property
    def bypasses_quota(self) -> bool:
        """Return whether its requests bypass the quota of order actions. Calls for all orders can't."""
        return self.action is KillAction.DEACTIVATE_MINE

    @property
    def verb(self) -> str:
        """The verb for an order: `deactivate` or `delete`."""
        return "delete" if self.action.deletes else "deactivate"

    @property
    def typed_words(self) -> str:
        """The words to type where one key is not enough, such as `delete mine` or `deactivate everything`."""
        return f"{self.verb} {'everything' if self.action.is_account_wide else 'mine'}"

    @property
    def scope(self) -> str:
        """The orders in scope, as a text."""
        if self.action.is_account_wide:
            products = f" in {products_text(self.products)}" if self.products else ""
            whose = f"EVERYTHING at {self.exchange}{products}, all portfolios and tenants"
        else:
            portfolios = ", ".join(self.portfolios) or "every portfolio this key can see"
            areas = f" in {', '.join(map(area_words, self.delivery_areas))}" if self.delivery_areas else ""
            whose = f"all orders of {portfolios} at {self.exchange}{areas}"
        if self.action.deletes:
            whose = f"{whose}, deactivated orders too, permanently"
        return whose if self.spares_nothing else f"{whose}, except pre-arranged orders"

    @property
    def bound(self) -> str:
        """The bounds in a few words, such as `of P1 in AMP`; empty for a plan without bounds."""
        if self.action.is_account_wide:
            parts = [_bound("in", self.products, "product")]
        else:
            areas = tuple(map(area_name, self.delivery_areas))
            parts = [_bound("of", self.portfolios, "portfolio"), _bound("in", areas, "area")]
        spared = "" if self.spares_nothing else "except pre-arranged"
        return " ".join(part for part in (*parts, spared) if part)

    @property
    def spares_nothing(self) -> bool:
        """Return whether pre-arranged orders are in scope."""
        return self.includes_pre_arranged or self.action is KillAction.DELETE_MINE

    @property
    def goes_by_id(self) -> bool:
        """Return whether orders may be withdrawn by id: not for a plan with products, which orders do not name."""
        return not (self.action.is_account_wide and self.products)

    @property
    def narrower(self) -> "KillPlan | None":
        """The plan to try if the server refuses this one; None if there is none. Its scope is never wider.

        Everything at the exchange becomes all own orders that the key can see. A plan for some products has no
        narrower one, because an own order does not name its product.
        """
        if self.action is KillAction.DEACTIVATE_MINE or not self.goes_by_id:
            return None
        if not self.action.is_account_wide:
            return replace(self, action=KillAction.DEACTIVATE_MINE)
        # DELETE /orders would delete pre-arranged orders as well.
        may_delete = self.action.deletes and self.includes_pre_arranged
        mine = KillAction.DELETE_MINE if may_delete else KillAction.DEACTIVATE_MINE
        return replace(self, action=mine, portfolios=(), delivery_areas=())

    def includes(self, other: "KillPlan") -> bool:
        """Return whether this plan withdraws all that the other one does, at least as thoroughly."""
        if self.exchange != other.exchange or (other.action.deletes and not self.action.deletes):
            return False
        if other.spares_nothing and not self.spares_nothing:
            return False
        if self.action.is_account_wide:
            return not self.products or (other.action.is_account_wide and is_bounded(other.products, self.products))
        if other.action.is_account_wide:
            return False
        return is_bounded(other.portfolios, self.portfolios) and is_bounded(other.delivery_areas, self.delivery_areas)

    def covers(self, order: AnyOrder) -> bool:
        """Return whether the order is in scope. A field that can't be read does not exclude it."""
        if not self.spares_nothing and order.pre_arranged:
            return False
        if self.action.is_account_wide:
            return True
        if self.portfolios and order.portfolio_id and order.portfolio_id not in self.portfolios:
            return False
        return not (self.delivery_areas and order.delivery_area and order.delivery_area not in self.delivery_areas)

    def count(self, orders: Iterable[AnyOrder], deactivated: Iterable[AnyOrder] = ()) -> Reach:
        """Count the live orders that the plan would withdraw, and the deactivated ones it would delete."""
        live = [order for order in orders if order.is_live]
        in_scope = [order for order in live if self.covers(order)]
        quantities_mw = [order.open_quantity_mw for order in in_scope if isinstance(order, Order)]
        known_mw = [quantity_mw for quantity_mw in quantities_mw if quantity_mw is not None]
        return Reach(
            len(in_scope),
            sum(known_mw, Decimal(0)),
            len(in_scope) - len(known_mw),
            self.count_deactivated(deactivated),
            self.action.is_account_wide,
            len(live) - len(in_scope),
        )

    def count_deactivated(self, orders: Iterable[AnyOrder]) -> int:
        """Count the deactivated orders that the plan would delete."""
        return sum(map(self.covers, orders)) if self.action.deletes else 0


def _bound(word: str, names: tuple[str, ...], noun: str) -> str:
    """Return `in AMP`, or `in 9 areas` where the names take more room; empty without names."""
    named = ", ".join(names)
    if len(named) > _LONGEST_BOUND:
        named = f"{len(names)} {noun}{'' if len(names) == 1 else 's'}"
    return f"{word} {named}" if names else ""


def is_bounded(fewer: tuple[str, ...], most: tuple[str, ...]) -> bool:
    """Return whether the bounds `fewer` lie within the bounds `most`. Empty bounds include everything."""
    return not most or (bool(fewer) and set(fewer) <= set(most))


def partial_scope(planned: KillPlan, fired: KillPlan) -> str:
    """A warning if the server accepted a narrower plan than the one that was fired; empty if it accepted all of it."""
    return "" if fired == planned else f"PARTIAL SCOPE: {fired.scope}, instead of {planned.scope}"


def plan_for(profile: Profile, action: KillAction | None = None) -> KillPlan:
    """The profile's kill plan, or the same with another action."""
    return KillPlan(
        action=action or profile.kill.action,
        exchange=profile.exchange,
        portfolios=profile.portfolios,
        delivery_areas=profile.kill.delivery_areas or profile.delivery_areas,
        products=profile.kill.products,
    )


def is_within(plan: KillPlan, own: KillPlan) -> bool:
    """Return whether a plan has the profile's own action and no wider scope."""
    if plan.action is not own.action or (plan.spares_nothing and not own.spares_nothing):
        return False
    pairs = (
        (plan.portfolios, own.portfolios),
        (plan.delivery_areas, own.delivery_areas),
        (plan.products, own.products),
    )
    return all(is_bounded(here, most) for here, most in pairs)


def again(fired: KillPlan, own: KillPlan) -> KillPlan:
    """The plan for firing again: the same one, or the profile's own if the fired one had another action or scope."""
    return fired if is_within(fired, own) else own
