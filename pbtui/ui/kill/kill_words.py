"""The kill in words and figures: what each action is called and hits, and what repeats one without widening it."""

from pbtui.desk.kill.plan import KillPlan, Reach
from pbtui.desk.view import DeskView
from pbtui.settings.kill import KillAction
from pbtui.settings.profiles import Profile

ACTION_TITLES = {
    KillAction.DEACTIVATE_MINE: "DEACTIVATE MINE",
    KillAction.DELETE_MINE: "DELETE MINE",
    KillAction.DEACTIVATE_ALL: "DEACTIVATE EVERYTHING",
    KillAction.DELETE_ALL: "DELETE EVERYTHING",
}
"""By reach."""


def reach_of(plan: KillPlan, view: DeskView | None, profile: Profile) -> Reach | None:
    """What it would take out of the market of all that the desk lists; counted only where that is not all of it.

    None while nothing was read.
    """
    if view is None or view.link.read_s is None:
        return None
    blotter = view.blotter
    deactivated = [row.order for row in blotter.deactivated.values()] if plan.action.deletes else []
    covers_areas = plan.action.is_account_wide or plan.delivery_areas in ((), profile.delivery_areas)
    if covers_areas and plan.spares_nothing:
        totals = blotter.totals
        return Reach(
            len(blotter.active),
            totals.buy_mw + totals.sell_mw,
            totals.uncounted,
            plan.count_deactivated(deactivated),
            plan.action.is_account_wide,
        )
    return plan.count((row.order for row in blotter.active.values()), deactivated)


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
