"""Resuming a kill in another run, firing again, and ending when the profile is re-armed."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pbtui.api.clock import steady_s
from pbtui.api.structs import replace
from pbtui.desk.journal.recent import has_undecided_kill
from pbtui.desk.journal.writer import Journal, journal_files
from pbtui.desk.kill.certificate.balance import Standing
from pbtui.desk.kill.certificate.fate import Fate
from pbtui.desk.kill.halt import Halt, HaltNotOnDisk, read_halt
from pbtui.desk.kill.progress import Phase
from pbtui.desk.kill.recovery.rearming import rearm
from pbtui.desk.kill.report import read_report
from pbtui.desk.storage.places import halt_file
from pbtui.settings.kill import KillAction
from tests.desk.kill.armed import NOWHERE, QUICK, WITHIN_S, armed, armed_at, live, owner_at, profile_at, seen, writes
from tests.desk.tickets.test_executor import until
from tests.exchange import RunningExchange
from tests.orders import an_order
from tests.raw_server import raw_server, silence


async def test_the_plan_is_resumed_from_the_halt_without_the_report(exchange: RunningExchange) -> None:
    exchange.faults(spare_on_kill=1.0)
    plan: dict[str, Any] = {
        "portfolios": ("FLEX",),
        "delivery_areas": ("10YDE-VE-------2",),
        "includes_pre_arranged": False,
    }
    async with armed_at(exchange, "admin") as kill:
        kill.begin(KillAction.DELETE_MINE, **plan)
        view = await kill.until_phase(Phase.INCOMPLETE)
    exchange.faults()
    assert view.report is not None
    view.report.unlink()
    halt = read_halt(profile_at(exchange.base_url))
    assert halt is not None
    assert halt.plan == view.plan
    in_scope = {fate.order.order_id for fate in view.survivors}
    others = live(exchange) - in_scope
    async with armed_at(exchange, "admin") as kill:
        resumed = await kill.switch.resume(halt)
    assert resumed.phase is Phase.VERIFIED
    assert resumed.plan == view.plan
    assert live(exchange) == others
    assert any("the report of the earlier kill can't be read" in problem for problem in resumed.problems)
    assert resumed.certificate is not None
    assert resumed.certificate.standing is Standing.PROVISIONAL, "what the earlier run withdrew is not known"


@pytest.mark.parametrize("is_elsewhere", [False, True])
async def test_an_unreadable_plan_becomes_the_narrowest_one(
    exchange: RunningExchange, tmp_path: Path, is_elsewhere: bool
) -> None:
    halt = Halt(reason="kill fired", action="delete-all", report=str(tmp_path / "lost.json"))
    async with armed_at(exchange, "admin", portfolios=("FLEX",)) as kill:
        if is_elsewhere:
            plan = replace(kill.switch.view.plan, action=KillAction.DELETE_ALL, exchange="nordpool")
            halt = replace(halt, plan=plan)
        view = await kill.switch.resume(halt)
    assert (view.plan.action, view.plan.portfolios) == (KillAction.DEACTIVATE_MINE, ("FLEX",))
    assert {request["path"].rpartition("/")[2] for request in writes(exchange)} == {"list"}
    assert any("the plan of the earlier kill at epex can't be read" in problem for problem in view.problems)


def test_a_damaged_plan_leaves_the_rest_of_the_halt_readable() -> None:
    halt = Halt(reason="kill fired", action="delete-all", report="/report.json")
    facts = {**msgspec.to_builtins(halt), "plan": {"action": "delete-all", "exchange": 5}}
    halt_file(owner_at(NOWHERE)).parent.mkdir(parents=True)
    halt_file(owner_at(NOWHERE)).write_text(json.dumps(facts))
    found = read_halt(profile_at(NOWHERE))
    assert found is not None
    assert (found.action, found.report, found.plan) == (halt.action, halt.report, None)


async def test_the_orders_from_before_are_on_disk_while_it_still_fires() -> None:
    async with raw_server(silence) as server, armed(server.base_url, "key") as kill:
        kill.begin(known=[an_order("1")])
        view = await kill.until(lambda view: view.first_request_s is not None)
        report = view.report
        assert report is not None
        await until(report.exists)
        assert not kill.switch.view.is_decided
        assert [order.key for order in read_report(report)[1]] == ["1"]


async def test_a_report_is_on_disk_soon_after_the_first_request(exchange: RunningExchange) -> None:
    exchange.faults(hold={"value": True, "methods": ["PUT"]})
    known = await seen(exchange)
    async with armed_at(exchange) as kill:
        kill.begin(known=known)
        view = await kill.until(lambda view: view.first_request_s is not None)
        assert view.report is not None
        began_s = steady_s()
        await until(view.report.exists)
        assert steady_s() - began_s < 0.5
        assert kill.switch.view.phase is Phase.FIRING
        exchange.faults()


async def test_the_restore_list_of_a_second_kill_has_the_orders_of_the_first(exchange: RunningExchange) -> None:
    known = {order.key for order in await seen(exchange)}
    for _ in range(3):
        async with armed_at(exchange) as kill:
            view = await kill.fire()
        assert {order.key for order in view.before} == known
        halt = read_halt(profile_at(exchange.base_url))
        assert halt is not None
        assert {order.key for order in read_report(Path(halt.report))[1]} == known


@pytest.mark.parametrize("what", ["the file", "the folder"])
async def test_a_removed_halt_file_is_written_again_and_the_kill_goes_on(exchange: RunningExchange, what: str) -> None:
    exchange.faults(spare_on_kill=1.0)
    known = await seen(exchange)
    async with armed_at(exchange) as kill:
        kill.begin(known=known)
        await kill.until_phase(Phase.INCOMPLETE)
        if what == "the file":
            halt_file(owner_at(exchange.base_url)).unlink()
        else:
            shutil.rmtree(halt_file(owner_at(exchange.base_url)).parent)
        view = await kill.until(lambda view: any("nobody re-armed the profile" in each for each in view.problems))
        assert read_halt(profile_at(exchange.base_url)) is not None
        exchange.faults()
        view = await kill.until_phase(Phase.VERIFIED)
    assert view.counts() == {Fate.DEACTIVATED: len(known)}


async def test_a_profile_is_not_re_armed_before_the_verdict(exchange: RunningExchange) -> None:
    exchange.faults(hold={"value": True, "methods": ["PUT"]})
    async with armed_at(exchange) as kill:
        kill.begin(known=await seen(exchange))
        owner = owner_at(exchange.base_url)
        await until(lambda: any(file.read_text().splitlines()[1:] for file in journal_files(owner)))
        with Journal(kill.profile) as journal, pytest.raises(HaltNotOnDisk, match="no verdict yet"):
            rearm(profile_at(exchange.base_url), journal, "in a hurry", read_halt(profile_at(exchange.base_url)))
        exchange.faults()
        await kill.until_phase(Phase.VERIFIED)
    with Journal(kill.profile) as journal:
        rearm(profile_at(exchange.base_url), journal, "it is over", read_halt(profile_at(exchange.base_url)))
    assert read_halt(profile_at(exchange.base_url)) is None


async def test_it_ends_when_the_profile_is_re_armed(exchange: RunningExchange) -> None:
    exchange.faults(spare_on_kill=1.0)
    known = await seen(exchange)
    async with armed_at(exchange) as kill:
        firing = kill.begin(known=known)
        await kill.until_phase(Phase.INCOMPLETE)
        await until(lambda: not has_undecided_kill(owner_at(exchange.base_url)))  # the journal has the verdict, too
        with Journal(kill.profile) as journal:
            rearm(profile_at(exchange.base_url), journal, "it is safe", read_halt(profile_at(exchange.base_url)))
        async with asyncio.timeout(WITHIN_S):
            view = await firing
    assert view.phase is Phase.INCOMPLETE
    assert (
        f"the profile was re-armed during the kill, so firing has stopped; {len(known)} orders active by the last read"
        in view.notes
    )


async def test_a_halt_that_was_never_on_disk_does_not_end_it(exchange: RunningExchange, own_state: Path) -> None:
    (own_state / "pbtui").mkdir(parents=True)
    (own_state / "pbtui" / "halt").write_text("no folder")
    exchange.faults(spare_on_kill={"value": 1.0, "times": 2})
    async with armed_at(exchange, timing=replace(QUICK, disk_within_s=0.1)) as kill:
        view = await kill.fire(known=await seen(exchange))
    assert view.phase is Phase.VERIFIED
    assert len(writes(exchange)) > 2
