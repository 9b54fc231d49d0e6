"""What a kill would do, before it does: which call, whose orders, how many and how much."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from pbtui.api.models import Order
from pbtui.api.snapshot import UnreadableOrder
from pbtui.desk.formats.areas import area_words
from pbtui.desk.formats.number_format import quantity_text
from pbtui.settings.kill import KillAction
from pbtui.settings.profiles import Profile

AnyOrder = Order | UnreadableOrder

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
"""By reach."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How many live orders a plan covers, and how many MW; of `uncounted` ones the MW are not known.

    `deactivated` counts the orders out of the market that it deletes along with them. `is_least`: it reaches orders
    that nobody here can see.
    """

    orders: int = 0
    quantity_mw: Decimal = Decimal(0)
    uncounted: int = 0
    deactivated: int = 0
    is_least: bool = False

    def __str__(self) -> str:
        noun = "order" if self.orders == 1 else "orders"
        unknown = f" and {self.uncounted} of unknown size" if self.uncounted else ""
        live = f"{self.orders} {noun} · {quantity_text(self.quantity_mw)} MW{unknown}"
        seen = f"at least {live} seen" if self.is_least else live
        return f"{seen} and {self.deactivated} deactivated, for good" if self.deactivated else seen


@dataclass(frozen=True, slots=True, kw_only=True)
class KillPlan:
    """One kill as it is meant.

    No `portfolios` means all that the key sees. They and `delivery_areas` narrow the actions on own orders, `products`
    those on everything; the calls know no other way. `includes_pre_arranged`: without it the API leaves pre-arranged
    orders live, all but `DELETE /orders`, which takes them along.
    """

    action: KillAction
    exchange: str
    portfolios: tuple[str, ...] = ()
    delivery_areas: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    includes_pre_arranged: bool = True

    @property
    def call(self) -> str:
        """The call it makes, such as `PUT /orders/list DEAC`."""
        return _CALLS[self.action]

    @property
    def verb(self) -> str:
        """What it does to an order: `deactivate` or `delete`."""
        return "delete" if self.action.deletes else "deactivate"

    @property
    def typed_words(self) -> str:
        """What has to be typed where one key is not enough: `delete mine`, `deactivate everything`."""
        return f"{self.verb} {'everything' if self.action.is_account_wide else 'mine'}"

    @property
    def scope(self) -> str:
        """Whose orders, in words."""
        if self.action.is_account_wide:
            products = f" in {', '.join(self.products)}" if self.products else ""
            whose = f"EVERYTHING at {self.exchange}{products}, other portfolios' and tenants' orders too"
        else:
            portfolios = ", ".join(self.portfolios) or "every portfolio this key sees"
            areas = f" in {', '.join(map(area_words, self.delivery_areas))}" if self.delivery_areas else ""
            whose = f"all orders of {portfolios} at {self.exchange}{areas}"
        if self.action.deletes:
            whose = f"{whose}, deactivated ones included, for good"
        return whose if self.spares_nothing else f"{whose}, but for pre-arranged ones"

    @property
    def spares_nothing(self) -> bool:
        """Whether pre-arranged orders go too."""
        return self.includes_pre_arranged or self.action is KillAction.DELETE_MINE

    @property
    def goes_by_id(self) -> bool:
        """Whether what is left may be fired at order by order: orders do not tell their product."""
        return not (self.action.is_account_wide and self.products)

    @property
    def narrower(self) -> "KillPlan | None":
        """What is left to do where the server refuses this one: never more in any respect.

        Instead of everything at the exchange it is all that the key sees. Own orders can't be told by product, so a
        plan for some products has nothing narrower.
        """
        if self.action is KillAction.DEACTIVATE_MINE or not self.goes_by_id:
            return None
        if not self.action.is_account_wide:
            return replace(self, action=KillAction.DEACTIVATE_MINE)
        # DELETE /orders would take the pre-arranged ones along.
        may_delete = self.action.deletes and self.includes_pre_arranged
        mine = KillAction.DELETE_MINE if may_delete else KillAction.DEACTIVATE_MINE
        return replace(self, action=mine, portfolios=(), delivery_areas=())

    def covers(self, order: AnyOrder) -> bool:
        """Whether the order is to go. One that can't be read is, unless it could be read that it is not."""
        if not self.spares_nothing and order.pre_arranged:
            return False
        if self.action.is_account_wide:
            return True
        if self.portfolios and order.portfolio_id and order.portfolio_id not in self.portfolios:
            return False
        return not (self.delivery_areas and order.delivery_area and order.delivery_area not in self.delivery_areas)

    def count(self, orders: Iterable[AnyOrder], deactivated: Iterable[AnyOrder] = ()) -> Reach:
        """What it would take out of the market of these orders, and delete of the deactivated ones."""
        in_scope = [order for order in orders if order.is_live and self.covers(order)]
        sized = [order for order in in_scope if isinstance(order, Order) and order.quantity is not None]
        quantity_mw = sum((order.open_quantity_mw for order in sized), Decimal(0))
        return Reach(
            len(in_scope),
            quantity_mw,
            len(in_scope) - len(sized),
            self.count_deactivated(deactivated),
            self.action.is_account_wide,
        )

    def count_deactivated(self, orders: Iterable[AnyOrder]) -> int:
        """How many of these deactivated orders it would delete."""
        return sum(map(self.covers, orders)) if self.action.deletes else 0


def partial_scope(planned: KillPlan, fired: KillPlan) -> str:
    """What was done where the server let through less than was planned; empty where it let through all."""
    return "" if fired == planned else f"PARTIAL SCOPE: {fired.scope}, instead of {planned.scope}"


def plan_for(profile: Profile, action: KillAction | None = None) -> KillPlan:
    """The profile's kill, or another action within the same bounds."""
    return KillPlan(
        action=action or profile.kill.action,
        exchange=profile.exchange,
        portfolios=profile.portfolios,
        delivery_areas=profile.kill.delivery_areas or profile.delivery_areas,
        products=profile.kill.products,
    )


def is_within(plan: KillPlan, own: KillPlan) -> bool:
    """Whether a plan is the profile's own, or reaches less."""
    if plan.action is not own.action or (plan.spares_nothing and not own.spares_nothing):
        return False
    pairs = (
        (plan.portfolios, own.portfolios),
        (plan.delivery_areas, own.delivery_areas),
        (plan.products, own.products),
    )
    return all(not most or (bool(here) and set(here) <= set(most)) for here, most in pairs)


def again(fired: KillPlan, own: KillPlan) -> KillPlan:
    """What firing once more means: the same, or the profile's own where that was something else."""
    return fired if is_within(fired, own) else own
