"""The algorithms after a kill, read after its verdict: who came back, what a refusal says, and that nothing waits."""

import asyncio
import json

import pytest

from pbtui.api.structs import replace
from pbtui.desk.kill.later_reads.of_run import ALGORITHMS_WITHIN_S
from pbtui.desk.kill.progress import KillView, Phase
from pbtui.desk.kill.protocol.timing import Timing
from tests.desk.kill.armed import QUICK, armed_at
from tests.simulation.virtual_exchange import VirtualExchange


def lines(view: KillView) -> list[str]:
    return list(view.algorithm_lines())


async def test_an_algorithm_that_re_enters_orders_is_named_in_the_view_and_in_both_reports(
    exchange: VirtualExchange,
) -> None:
    exchange.run_algorithm("Spread", "DE1", heartbeat_every_s=1, returns_every_s=12)
    exchange.run_algorithm("Alpine", "HYDRO")
    async with armed_at(exchange, timing=Timing(), portfolios=("DE1", "DE2")) as kill:
        kill.begin()
        verified = await kill.until_phase(Phase.VERIFIED)
        assert verified.algorithms is None, "the verdict does not wait for them"
        view = await kill.until(lambda view: view.algorithms is not None)
        (line,) = lines(view)
        assert line.startswith("runs after the kill: Spread on DE1, heartbeat ")
        view = await kill.until_phase(Phase.REAPPEARED)
        assert lines(view)[0] == "1 order appeared or re-appeared after the kill, by algorithm Spread"
        view = await kill.release()
    assert view.report is not None
    facts = json.loads(view.report.read_bytes())["algorithms"]
    (instance,) = facts["instances"]
    assert (instance["name"], instance["ran_before"], instance["runs_after"]) == ("Spread", None, True)
    (order,) = facts["orders"]
    assert (order["author"], order["algo_id"], len(order["orders"])) == ("Spread", instance["algo_id"], 1)
    written = view.report.with_suffix(".md").read_text()
    assert "## Algorithms\n\n- 1 order appeared or re-appeared after the kill, by algorithm Spread\n" in written


async def test_a_heartbeat_that_comes_later_is_seen_during_the_watch(exchange: VirtualExchange) -> None:
    exchange.run_algorithm("Spread", "DE1", heartbeat_every_s=15)
    async with armed_at(exchange, timing=Timing()) as kill:
        kill.begin()
        view = await kill.until(lambda view: view.algorithms is not None)
        assert lines(view)[0].startswith("no heartbeat since the kill: Spread on DE1")
        view = await kill.until(lambda view: lines(view) and lines(view)[0].startswith("runs after the kill: "))
        exchange.run_algorithm("Spread", "DE1", algo_id="algo-1", status="IDLE")
        await kill.until(lambda view: lines(view) == ["algorithms after the kill: none runs in this scope"])


@pytest.mark.parametrize(
    ("status", "why"), [("403", "this API key may not call"), ("404", "this server does not offer")]
)
async def test_a_server_that_does_not_show_them_is_said_in_one_line(
    exchange: VirtualExchange, status: str, why: str
) -> None:
    exchange.faults(errors={"value": {status: 1}, "paths": ["/algorithms"]})
    async with armed_at(exchange) as kill:
        view = await kill.fire()
    assert view.phase is Phase.VERIFIED
    assert lines(view) == [f"algorithms after the kill: not known: {why} GET /algorithms"]


async def test_a_read_without_an_answer_delays_no_verdict_and_the_end_only_for_a_moment(
    exchange: VirtualExchange,
) -> None:
    exchange.faults(hold={"value": True, "paths": ["/algorithms"]})
    loop = asyncio.get_running_loop()
    async with armed_at(exchange, timing=replace(QUICK, watch_s=0.0)) as kill:
        firing = kill.begin()
        await kill.until_phase(Phase.VERIFIED)
        verified_s = loop.time()
        view = await firing
    assert loop.time() - verified_s < ALGORITHMS_WITHIN_S + 1
    assert lines(view) == ["algorithms after the kill: not read yet"]
