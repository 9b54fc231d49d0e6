"""A kill that deletes: the deactivated orders in its scope, and the portfolios that its call names for them."""

import json
from asyncio import StreamWriter
from urllib.parse import parse_qs, urlsplit

import pytest

from pbtui.api.structs import replace
from pbtui.cli.kill.output import exit_code
from pbtui.desk.blotter.link import Link
from pbtui.desk.kill.plan import KillPlan, plan_for
from pbtui.desk.kill.progress import Doubt, Phase
from pbtui.desk.view import DeskView, lists_deactivated
from pbtui.settings.kill import KillAction
from pbtui.settings.profiles import Profile
from tests.canned import CannedExchange, a_wire_order, canned_exchange
from tests.desk.kill.armed import NOWHERE, armed
from tests.orders import an_order
from tests.raw_server import RawRequest, reply

DELETE_MINE = KillAction.DELETE_MINE
MAY_BE_LEFT = ", DEACTIVATED ORDERS MAY BE LEFT"
DEACTIVATED = an_order("2", portfolio_id="P2", state="HIBE", action="UHIB")


def deletes(exchange: CannedExchange) -> None:
    """Let it delete the orders of the portfolios that a call names."""

    async def answer(request: RawRequest, writer: StreamWriter) -> None:
        found = exchange.found(request)
        if request.method == "DELETE":
            named = parse_qs(urlsplit(request.target).query)["portfolio_id"][0].split(",")
            found = [order for order in exchange.orders if order["portfolio_id"] in named]
            for order in found:
                order |= {"state": "IACT", "action": "UDEL"}
        await reply(json.dumps(found).encode())(request, writer)

    exchange.trouble, exchange.trouble_at = answer, "/orders"


def left(exchange: CannedExchange) -> set[str]:
    """The ids of the orders that were not deleted."""
    return {order["order_id"] for order in exchange.orders if order["state"] != "IACT"}


@pytest.mark.parametrize("has_active", [True, False])
async def test_a_call_names_the_portfolios_of_deactivated_orders_that_are_known(*, has_active: bool) -> None:
    orders = [a_wire_order("2", portfolio_id="P2", state="HIBE", action="UHIB")]
    with canned_exchange(*orders, *([a_wire_order("1")] if has_active else [])) as exchange:
        deletes(exchange)
        async with armed(exchange.base_url, "key") as kill:
            known = [an_order("1")] if has_active else []
            plan = plan_for(kill.profile, DELETE_MINE)
            view = await kill.switch.fire(plan, known, deactivated=[DEACTIVATED], knows_deactivated=True)
    assert not left(exchange)
    assert (view.phase, view.doubts, exit_code(view)) == (Phase.VERIFIED, (), 0)


@pytest.mark.parametrize("has_active", [True, False])
async def test_a_call_that_could_not_name_all_portfolios_leaves_a_question_open(*, has_active: bool) -> None:
    orders = [a_wire_order("2", portfolio_id="P2", state="HIBE", action="UHIB")]
    with canned_exchange(*orders, *([a_wire_order("1")] if has_active else [])) as exchange:
        deletes(exchange)
        async with armed(exchange.base_url, "key") as kill:
            view = await kill.fire(DELETE_MINE)
    assert left(exchange) == {"2"}
    assert (view.phase, view.doubts, exit_code(view)) == (Phase.VERIFIED, (Doubt.DEACTIVATED_NOT_KNOWN,), 5)
    assert view.headline.endswith(MAY_BE_LEFT)
    deleted = "deactivated orders were deleted in P1 alone" if has_active else "no deactivated order was deleted"
    assert f"{deleted}, and may be left in other portfolios: name the portfolios in the profile, and fire again" in (
        view.notes
    )


@pytest.mark.parametrize(
    ("action", "portfolios"),
    [(DELETE_MINE, ("P1",)), (KillAction.DELETE_ALL, ()), (KillAction.DEACTIVATE_MINE, ())],
)
async def test_a_call_that_names_all_of_its_scope_leaves_none_open(
    action: KillAction, portfolios: tuple[str, ...]
) -> None:
    with canned_exchange(a_wire_order("1")) as exchange:
        exchange.obeys = action is KillAction.DEACTIVATE_MINE
        if action is DELETE_MINE:
            deletes(exchange)
        elif action is KillAction.DELETE_ALL:
            exchange.orders.clear()
        async with armed(exchange.base_url, "key", portfolios=portfolios) as kill:
            view = await kill.fire(action)
    assert (view.phase, view.doubts, exit_code(view)) == (Phase.VERIFIED, (), 0)


async def test_no_portfolio_of_an_order_outside_the_bounds_is_named() -> None:
    with canned_exchange(a_wire_order("1")) as exchange:
        deletes(exchange)
        async with armed(exchange.base_url, "key") as kill:
            plan = replace(plan_for(kill.profile, DELETE_MINE), delivery_areas=("10YDE-VE-------2",))
            view = await kill.switch.fire(plan, deactivated=[DEACTIVATED], knows_deactivated=True)
    assert not [request for request in exchange.requests if request.method == "DELETE"]
    assert Doubt.DEACTIVATED_NOT_KNOWN not in view.doubts


def test_the_desk_knows_all_deactivated_orders_of_a_plan_within_what_it_has_read() -> None:
    profile = Profile(name="test", base_url=NOWHERE, portfolios=("P1", "P2"))
    view = DeskView(link=Link(2.0))
    plan = plan_for(profile, DELETE_MINE)

    def knows(plan: KillPlan, view: DeskView = view) -> bool:
        return lists_deactivated(plan, view, profile)

    assert knows(plan)
    assert knows(replace(plan, portfolios=("P2",)))
    assert not knows(replace(plan, portfolios=()))
    assert not knows(replace(plan, action=KillAction.DELETE_ALL))
    assert not knows(plan, replace(view, inactive_gap="only 1000 were read"))
    assert not knows(plan, replace(view, past_count=500))
