"""The quota before a kill in plain words: what is used, the requests that the kill needs, and their bypass."""

from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.reads.market import MarketStatus
from pbtui.api.structs import replace
from pbtui.desk.kill.conditions.quota import quota_text, requests_needed
from pbtui.desk.kill.plan import KillPlan, Reach
from pbtui.desk.market.reading import Reading
from pbtui.settings.kill import KillAction

MINE = KillPlan(action=KillAction.DEACTIVATE_MINE, exchange="epex", portfolios=("P1",))
NOW_S = 100.0
CAN_REFUSE = "the exchange can still refuse"


def quota(used: str | None, plan: KillPlan = MINE, orders: int | None = 127, **more: Any) -> str:
    """The text at this used fraction, read just now."""
    status = MarketStatus(order_action_quota=None if used is None else Decimal(used))
    reading = Reading(status, requested_s=more.pop("read_s", NOW_S))
    return quota_text(plan, None if orders is None else Reach(orders=orders), reading, NOW_S, **more)


@pytest.mark.parametrize(
    ("used", "words"),
    [
        ("0.42", "42 % used, room is left; needs 3 requests for 127 orders, which bypass it"),
        ("0.83", f"83 % used, little is left; needs 3 requests for 127 orders, which bypass it; {CAN_REFUSE}"),
        ("1", f"used up; needs 3 requests for 127 orders, which bypass it; {CAN_REFUSE}"),
    ],
)
def test_the_requests_of_own_orders_bypass_the_quota(used: str, words: str) -> None:
    assert quota(used) == words


def test_the_figures_are_no_more_than_was_read() -> None:
    status = Reading(MarketStatus(order_action_quota=Decimal("0.996")), requested_s=NOW_S)
    text = quota_text(MINE, Reach(orders=2, is_least=True), status, NOW_S)
    assert text.startswith("99 % used, little is left; needs at least 1 request for 2 orders"), "it is not used up"


def test_a_call_for_all_orders_has_no_bypass_and_the_text_says_what_follows_a_refusal() -> None:
    everything = replace(MINE, action=KillAction.DELETE_ALL)
    assert quota("0.42", everything) == "42 % used, room is left; needs 1 request, without bypass"
    followed = (
        "used up; needs 1 request, without bypass; if it is refused, own orders follow in requests that bypass it"
    )
    assert quota("1.0", everything) == followed
    assert quota("1", replace(everything, products=("H",))).endswith("; if it is refused, nothing else is sent")


@pytest.mark.parametrize(
    ("plan", "orders", "one_by_one", "count"),
    [
        (MINE, 0, False, 0),
        (MINE, 50, False, 1),
        (MINE, 51, False, 2),
        (MINE, 51, True, 51),
        (replace(MINE, action=KillAction.DELETE_MINE), 51, True, 1),
    ],
)
def test_the_number_of_requests(plan: KillPlan, orders: int, one_by_one: bool, count: int) -> None:
    assert requests_needed(plan, orders, one_by_one=one_by_one) == count


def test_what_is_not_known_is_said_in_one_short_line() -> None:
    assert quota(None) == "not stated by this server"
    assert quota_text(MINE, None, Reading(), NOW_S) == "not read yet"
    refused: Reading[MarketStatus] = Reading(problem="this API key may not call GET /market (403: Forbidden)")
    assert quota_text(MINE, None, refused, NOW_S) == "not known: this API key may not call GET /market"


def test_orders_that_were_not_read_and_a_quota_that_was_read_long_ago() -> None:
    assert quota("0.42", orders=None) == "42 % used, room is left; the requests bypass it"
    assert quota("0.42", orders=1, read_s=10.0) == (
        "42 % used 1 m ago, room is left; needs 1 request for 1 order, which bypasses it"
    )
