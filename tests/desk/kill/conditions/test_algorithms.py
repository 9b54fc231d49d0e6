"""The algorithms in the scope of a kill: those that run before it, those alive after it, and whose orders came back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pbtui.api.answer import Answer
from pbtui.api.decoding.field_by_field import FieldReader
from pbtui.api.models import Order
from pbtui.api.reads.account import gap_of
from pbtui.api.reads.algorithms import AlgoDetails, AlgoHeartbeat, AlgoInstance
from pbtui.api.reads.calls import ListRead
from pbtui.api.reads.decode import decode_list
from pbtui.api.structs import replace
from pbtui.desk.kill.certificate.fate import Fate, OrderFate
from pbtui.desk.kill.conditions.algorithm_lines import after_lines, before_lines, shortened
from pbtui.desk.kill.conditions.algorithms import AlgorithmsSeen, algorithm_facts, algorithms_of
from pbtui.desk.kill.plan import KillPlan
from pbtui.desk.market.reading import Reading
from pbtui.settings.kill import KillAction
from tests.orders import an_order

KILLED_AT = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
MINE = KillPlan(action=KillAction.DEACTIVATE_MINE, exchange="epex", portfolios=("P1", "P2"))


def algorithm(name: str, *portfolios: str, heartbeat_s: float | None = -10, **fields: Any) -> AlgoDetails:
    """An algorithm whose newest heartbeat came so many seconds after the kill."""
    heartbeat_at = None if heartbeat_s is None else KILLED_AT + timedelta(seconds=heartbeat_s)
    instance = {"started_at": KILLED_AT - timedelta(hours=2), "status": "RUNNING", "exchange": "epex", **fields}
    one = AlgoInstance(instance_id=f"{name}-1", portfolio_ids=portfolios, last_heartbeat_at=heartbeat_at, **instance)
    return AlgoDetails(algo_id=name.lower(), algo_name=name, instances=(one,))


def before(*algorithms: AlgoDetails, problem: str = "", plan: KillPlan = MINE, now_s: float = 1.0) -> list[str]:
    return list(before_lines(plan, Reading(algorithms, KILLED_AT, 0.0, problem), now_s))


def after(
    *algorithms: AlgoDetails, earlier: tuple[AlgoDetails, ...] | None = None, came: tuple[OrderFate, ...] = ()
) -> list[str]:
    seen = AlgorithmsSeen(
        before=None if earlier is None else algorithms_of(earlier), after=algorithms_of(algorithms), read_at=KILLED_AT
    )
    return list(after_lines(seen, MINE, KILLED_AT, came))


def came(order: Order) -> OrderFate:
    """An order that appeared after the kill, and was deactivated by it since."""
    return OrderFate(replace(order, user_name="The Killer"), Fate.DEACTIVATED, "", order, came=order, is_new=True)


def test_those_that_run_in_scope_are_named_with_their_last_heartbeat() -> None:
    assert before(
        algorithm("Spread", "P1", "P3"),
        algorithm("Alpine", "P3"),
        algorithm("Battery", "P2", status="IDLE"),
        algorithm("Elsewhere", "P1", exchange="nordpool"),
        algorithm("Odd", heartbeat_s=None, status=None),
    ) == ["Odd: no heartbeat", "Spread on P1, P3: heartbeat 12:04:50Z"]


def test_an_action_on_everything_reaches_the_algorithms_of_all_portfolios() -> None:
    everything = replace(MINE, action=KillAction.DEACTIVATE_ALL)
    assert before(algorithm("Alpine", "P3"), plan=everything) == ["Alpine on P3: heartbeat 12:04:50Z"]


def test_a_failure_that_it_reports_and_a_heartbeat_of_another_day_are_said() -> None:
    heartbeat = AlgoHeartbeat(status="FAILURE", status_text="no feed")
    (line,) = before(algorithm("Spread", "P1", heartbeat_s=-86_400, heartbeat=heartbeat))
    assert line == "Spread on P1: heartbeat 2026-11-21 12:05:00Z, reports no feed"


def test_none_and_not_known_are_one_short_line() -> None:
    assert before(algorithm("Alpine", "P3")) == ["none runs in this scope"]
    assert list(before_lines(MINE, Reading(), 0.0)) == ["not read yet"]
    missing: Reading[tuple[AlgoDetails, ...]] = Reading(problem="this server does not offer GET /algorithms (404: no)")
    assert list(before_lines(MINE, missing, 0.0)) == ["not known: this server does not offer GET /algorithms"]
    stale = before(algorithm("Spread", "P1"), problem="no answer within 5 s")
    assert stale[1:] == ["as of 12:05:00Z, not all are known: no answer within 5 s"]


def test_many_are_counted() -> None:
    assert before(*(algorithm(f"A{number}", "P1") for number in range(7)))[-1] == "and 3 more"
    assert list(shortened("abcd", 3)) == ["a", "b", "c", "and 1 more, see the report"]
    assert list(shortened("abc", 3)) == ["a", "b", "c"]


def test_after_the_kill_those_alive_come_first_then_the_silent_and_the_stopped_ones() -> None:
    killed = (algorithm("Quiet", "P1"), algorithm("Spread", "P1"), algorithm("Gone", "P2"), algorithm("Idle", "P2"))
    assert after(
        algorithm("Quiet", "P1"),
        algorithm("Spread", "P1", heartbeat_s=7),
        algorithm("Idle", "P2", status="IDLE"),
        algorithm("New", "P2", heartbeat_s=None, started_at=KILLED_AT + timedelta(seconds=3)),
        earlier=killed,
    ) == [
        "started after the kill: New on P2, 12:05:03Z, no heartbeat",
        "runs after the kill: Spread on P1, heartbeat 12:05:07Z",
        "no heartbeat since the kill: Quiet on P1, last heartbeat 12:04:50Z",
        "stopped: Gone on P2, which ran before the kill",
        "stopped: Idle on P2, which ran before the kill",
    ]


def test_orders_that_came_back_name_the_algorithm_or_else_their_user_and_strategy() -> None:
    bots = [an_order(number, user_name="SPREAD", strategy_id="s7") for number in ("1", "2")]
    stranger = an_order("3", user_name="Phoenix", strategy_id="p")
    lines = after(algorithm("Spread", "P1"), came=(*map(came, (*bots, stranger)), came(an_order("4", user_code=None))))
    assert lines[:3] == [
        "2 orders appeared or re-appeared after the kill, by algorithm Spread",
        "1 order appeared or re-appeared after the kill, by user 'Phoenix', strategy 'p'",
        "1 order appeared or re-appeared after the kill, by an author that is not named",
    ]


def test_without_a_read_after_the_kill_nothing_is_said_of_the_algorithms() -> None:
    assert list(after_lines(AlgorithmsSeen(), MINE, KILLED_AT)) == ["algorithms after the kill: not read yet"]
    refused = AlgorithmsSeen(problem="this API key may not call GET /algorithms (403: Forbidden)")
    assert list(after_lines(refused, MINE, KILLED_AT)) == [
        "algorithms after the kill: not known: this API key may not call GET /algorithms"
    ]
    assert after(algorithm("Alpine", "P3")) == ["algorithms after the kill: none runs in this scope"]


def test_the_facts_for_json() -> None:
    spread = algorithm("Spread", "P1", heartbeat_s=7)
    seen = AlgorithmsSeen(
        before=algorithms_of([algorithm("Spread", "P1"), algorithm("Gone", "P2")]),
        after=algorithms_of([spread, algorithm("Alpine", "P3")]),
        read_at=KILLED_AT,
    )
    facts = algorithm_facts(seen, MINE, KILLED_AT, [came(an_order("1", strategy_id="spread"))])
    (instance,) = facts["instances"]
    assert (instance["name"], instance["ran_before"], instance["runs_after"]) == ("Spread", True, True)
    assert facts["stopped"] == ["Gone on P2"]
    assert facts["orders"] == [{"author": "Spread", "algo_id": "spread", "orders": ["1"]}]
    assert algorithm_facts(AlgorithmsSeen(), MINE, KILLED_AT, ())["problem"] == "not read after the kill"


# ---------------------------------------------------------------- no more than was read


def a_list(body: str, status: int = 200, total: int | None = None) -> ListRead[AlgoDetails]:
    answer = Answer(status, body.encode(), KILLED_AT, 0.0, 0.0, total, None, None)
    return ListRead(answer, decode_list(body.encode(), FieldReader(AlgoDetails)))


@pytest.mark.parametrize(
    ("body", "fields", "gap"),
    [
        ('[{"algo_id": "a", "instances": []}]', {}, ""),
        ('[{"algo_id": "a", "instances": []}, 7]', {}, "1 of 2 can't be read"),
        ('[{"algo_id": "a"}, {"algo_id": "b", "instances": "many"}]', {}, "2 of 2 can't be read"),
        ("[]", {"status": 206}, "the server answered with only a part of the list (206)"),
        ("[]", {"total": 3}, "the server sent 0 of 3"),
    ],
)
def test_a_list_that_may_lack_an_instance_says_why(body: str, fields: dict[str, Any], gap: str) -> None:
    assert gap_of(a_list(body, **fields)) == gap


def test_of_an_incomplete_list_nothing_is_said_about_those_that_are_missing() -> None:
    gap = "1 of 2 can't be read"
    assert before(problem=gap) == [
        "none is known to run in this scope",
        "as of 12:05:00Z, not all are known: 1 of 2 can't be read",
    ]
    seen = AlgorithmsSeen(before=algorithms_of([algorithm("Spread", "P1")])).with_read((), KILLED_AT, gap)
    assert list(after_lines(seen, MINE, KILLED_AT)) == [
        "algorithms after the kill: none is known to run in this scope",
        "algorithms as of 12:05:00Z, not all are known: 1 of 2 can't be read",
    ]
    assert algorithm_facts(seen, MINE, KILLED_AT, ())["stopped"] == []


def test_an_old_list_says_its_time() -> None:
    assert before(algorithm("Spread", "P1"), now_s=3600.0)[1:] == ["as of 12:05:00Z"]


def test_a_server_whose_clock_is_ahead_makes_no_algorithm_run() -> None:
    ahead = algorithm("Spread", "P1", heartbeat_s=3600, started_at=KILLED_AT + timedelta(hours=1))
    assert after(ahead, earlier=(ahead,)) == ["no heartbeat since the kill: Spread on P1, last heartbeat 13:05:00Z"]


def test_a_heartbeat_that_changes_after_the_kill_shows_it_running_although_the_clock_of_the_server_is_behind() -> None:
    seen = AlgorithmsSeen()
    for heartbeat_s in (-3600, -3590):
        seen = seen.with_read(algorithms_of([algorithm("Spread", "P1", heartbeat_s=heartbeat_s)]), KILLED_AT, "")
    assert list(after_lines(seen, MINE, KILLED_AT)) == ["runs after the kill: Spread on P1, heartbeat 11:05:10Z"]
    assert len(seen.came_back(MINE, KILLED_AT)) == 1


def test_orders_are_of_the_one_algorithm_of_that_name_that_trades_in_their_portfolio() -> None:
    here, there = algorithm("Spread", "P1"), replace(algorithm("Spread", "P2"), algo_id="other")
    order = an_order("1", user_name="Spread", portfolio_id="P2")

    def authors(*algorithms: AlgoDetails) -> list[tuple[str, str | None]]:
        facts = algorithm_facts(AlgorithmsSeen(after=algorithms_of(algorithms)), MINE, KILLED_AT, [came(order)])
        return [(each["author"], each["algo_id"]) for each in facts["orders"]]

    assert authors(here, there) == [("Spread", "other")]
    assert authors(here) == [("user 'Spread'", None)], "it does not trade in P2"
    assert authors(there, algorithm("Spread", "P2")) == [("user 'Spread'", None)], "it may be either"
