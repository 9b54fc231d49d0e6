"""The kill in words: what each action is called, what is typed for it, and what repeats without widening."""

from pbtui.desk.kill_plan import KillPlan
from pbtui.settings.kill import KillAction

ACTION_TITLES = {
    KillAction.DEACTIVATE_MINE: "DEACTIVATE MINE",
    KillAction.DELETE_MINE: "DELETE MINE",
    KillAction.DEACTIVATE_ALL: "DEACTIVATE EVERYTHING",
    KillAction.DELETE_ALL: "DELETE EVERYTHING",
}
"""By reach."""


def typed_word(plan: KillPlan) -> str:
    """What is typed to fire a plan, such as `delete everything`."""
    return f"{plan.verb} {'everything' if plan.action.is_account_wide else 'mine'}"


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
