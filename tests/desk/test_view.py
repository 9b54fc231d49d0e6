"""The view of the desk: whether its list of active orders is all of a kill's plan."""

import pytest

from pbtui.api.errors import NotSent
from pbtui.api.structs import replace
from pbtui.desk.blotter.link import Failure, Link
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.view import DeskView, lists_all
from pbtui.settings.kill import KillAction
from pbtui.settings.profiles import Profile

NARROW = Profile(
    name="p", base_url="https://h.example/acme/epex/v2/api", portfolios=("P1",), delivery_areas=("10YDE-RWENET---I",)
)
WIDE = Profile(name="p", base_url=NARROW.base_url)
LIVE = DeskView(Link(2.0, read_s=100.0))


@pytest.mark.parametrize(
    ("profile", "action", "areas", "is_all"),
    [
        (NARROW, KillAction.DEACTIVATE_MINE, NARROW.delivery_areas, True),
        (NARROW, KillAction.DEACTIVATE_MINE, (), False),
        (NARROW, KillAction.DEACTIVATE_ALL, NARROW.delivery_areas, False),
        (WIDE, KillAction.DEACTIVATE_MINE, NARROW.delivery_areas, True),
        (WIDE, KillAction.DELETE_ALL, (), True),
    ],
)
def test_a_desk_lists_all_of_a_plan_within_its_own_bounds(
    profile: Profile, action: KillAction, areas: tuple[str, ...], is_all: bool
) -> None:
    plan = replace(plan_for(profile, action), delivery_areas=areas)
    assert lists_all(plan, LIVE, profile, 101.0) is is_all


def test_an_old_or_incomplete_list_is_not_all() -> None:
    plan = plan_for(WIDE)
    assert not lists_all(plan, LIVE, WIDE, 110.0)
    assert not lists_all(plan, DeskView(Link(2.0)), WIDE, 101.0)
    offline = Link(2.0, read_s=100.0, failure=Failure(NotSent("GET /orders", "no route"), 100.5))
    assert not lists_all(plan, DeskView(offline), WIDE, 101.0)
    assert not lists_all(plan, replace(LIVE, active_gap="the server sent 5 of 7"), WIDE, 101.0)
