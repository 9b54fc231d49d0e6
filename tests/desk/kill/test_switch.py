"""The kill switch at an exchange with every known kind of misbehaviour: the requests it makes and its verdicts."""

import asyncio
import json
import re
import shlex
import stat

import pytest

from pbtui.api.client import OrdersClient
from pbtui.api.structs import replace
from pbtui.desk.journal.audit import audit
from pbtui.desk.journal.chain import Problem
from pbtui.desk.journal.open_writes import OpenWrites
from pbtui.desk.journal.writer import Journal, Kind, journal_files
from pbtui.desk.kill.certificate.fate import Fate
from pbtui.desk.kill.halt import read_halt
from pbtui.desk.kill.plan import KillPlan, plan_for
from pbtui.desk.kill.progress import KillView, Phase
from pbtui.desk.kill.report import read_report, report_json
from pbtui.desk.kill.switch import KillSwitch
from pbtui.settings.key_text import Secret
from pbtui.settings.kill import KillAction, KillSettings
from pbtui.settings.profiles import Profile
from tests.desk.kill.armed import QUICK, armed_at, live, owner_at, profile_at, seen, writes
from tests.exchange import RunningExchange
from tests.orders import an_order

MINE, DELETE_MINE = KillAction.DEACTIVATE_MINE, KillAction.DELETE_MINE
ALL, DELETE_ALL = KillAction.DEACTIVATE_ALL, KillAction.DELETE_ALL
READ = "read the active orders"


def fates(view: KillView) -> dict[str, Fate]:
    return {key: fate.fate for key, fate in view.fates.items()}


# ---------------------------------------------------------------- the four actions


async def test_my_orders_are_deactivated_without_revision_and_verified_by_two_reads_after_the_last_answer(
    exchange: RunningExchange,
) -> None:
    known = await seen(exchange)
    others = live(exchange) - live(exchange, "trader")
    async with armed_at(exchange) as kill:
        view = await kill.fire(known=known)
    assert view.phase is Phase.VERIFIED
    assert re.fullmatch(r"KILL VERIFIED 0 ACTIVE \d\d:\d\d:\d\d\.\dZ \(\d+\.\d s\)", view.headline)
    assert view.counts() == {Fate.DEACTIVATED: len(known)}
    assert any(order.pre_arranged for order in known if hasattr(order, "pre_arranged"))
    assert others
    assert live(exchange) == others
    [request, *_] = writes(exchange)
    assert request["path"].endswith("/orders/list")
    assert request["query"]["ignore_order_action_quota"] == ["true"]
    assert {tuple(item) for item in request["body"]} == {("order_id", "changes")}
    assert min(view.calls, key=lambda call: call.requested_s).is_kill, "no read takes its time"
    last_kill_s = max(call.ended_s or 0 for call in view.calls if call.is_kill)
    reads_after = [
        call.ended_s
        for call in view.calls
        if call.about == READ and call.status == 200 and call.requested_s > last_kill_s and call.ended_s is not None
    ]
    assert len(reads_after) >= 2
    assert view.verified_s is not None
    assert view.verified_s >= sorted(reads_after)[1], "no single read after the last answer proves it"
    assert any("this key can see" in note for note in view.notes)


async def test_two_reads_at_the_same_moment_count_once(exchange: RunningExchange) -> None:
    exchange.faults(latency={"value": 0.1, "methods": ["GET"]})
    profile = Profile(name="test", base_url=exchange.base_url)

    def known_while_endings_are_read() -> OpenWrites | None:
        return OpenWrites() if any("order_ids" in request["query"] for request in exchange.requests()) else None

    async with OrdersClient(exchange.base_url, Secret(exchange.keys["trader"])) as client:
        switch = KillSwitch(
            profile,
            client,
            Journal(profile),
            lambda view: None,
            open_writes=known_while_endings_are_read,
            timing=replace(QUICK, read_every_s=1.0),
        )
        view = await switch.fire(plan_for(profile))
        await switch.close()
    assert view.phase is Phase.VERIFIED
    *_, last_but_one, last = (call.requested_s for call in view.calls if call.about == READ)
    assert last - last_but_one > 0.5


@pytest.mark.parametrize(
    ("action", "call", "fate"),
    [
        (ALL, {"orderModType": "DEAC", "inclPreArranged": True}, Fate.DEACTIVATED),
        (DELETE_MINE, {"portfolio_id": ["DE1,DE2,FLEX"], "delivery_areas": ["10YDE-VE-------2"]}, Fate.DELETED),
        (DELETE_ALL, {"orderModType": "DELE", "inclPreArranged": True}, Fate.DELETED),
    ],
)
async def test_the_other_actions_are_one_call(
    exchange: RunningExchange, action: KillAction, call: dict[str, object], fate: Fate
) -> None:
    known = await seen(exchange, "admin")
    exchange.forget_requests()
    portfolios = ("DE1", "DE2", "FLEX") if action is DELETE_MINE else ()
    areas = ("10YDE-VE-------2",) if action is DELETE_MINE else ()
    async with armed_at(exchange, "admin", portfolios=portfolios) as kill:
        view = await kill.fire(action, known, delivery_areas=areas)
    assert view.phase is Phase.VERIFIED
    assert set(view.counts()) == {fate}
    [request] = writes(exchange)
    assert (request["body"] or request["query"]) == call
    left = [order for order in exchange.orders(key="admin") if order["portfolio_id"] in portfolios]
    assert {order["delivery_area"] for order in left}.isdisjoint(areas)
    assert bool(live(exchange)) is (action is DELETE_MINE)


async def test_a_refused_account_wide_kill_becomes_the_narrower_one_and_reports_it(exchange: RunningExchange) -> None:
    known = await seen(exchange)
    others = live(exchange) - live(exchange, "trader")
    async with armed_at(exchange) as kill:
        view = await kill.fire(ALL, known)
    assert view.phase is Phase.VERIFIED
    assert (view.plan.action, view.fired.action) == (ALL, MINE)
    assert any(
        note.startswith("PUT /orders/status DEAC was refused: the key has no right to do this (403)")
        for note in view.notes
    )
    assert any(note.startswith("PARTIAL SCOPE: ") for note in view.notes)
    assert live(exchange) == others


@pytest.mark.parametrize("action", [ALL, DELETE_ALL])
async def test_a_kill_of_some_products_never_fires_by_id_at_orders_of_other_products(
    exchange: RunningExchange, action: KillAction
) -> None:
    products = {contract["contract_id"]: contract["product"] for contract in exchange.contracts()}

    def of_others() -> set[str]:
        orders = exchange.orders(key="admin")
        return {order["order_id"] for order in orders if products[order["contract_id"]] != "XBID_Hour_Power"}

    others = of_others()
    assert others
    async with armed_at(exchange, "admin") as kill:
        kill.begin(action, await seen(exchange, "admin"), products=("XBID_Hour_Power",))
        view = await kill.until_phase(Phase.INCOMPLETE)
    assert of_others() == others == {fate.order.order_id for fate in view.survivors}
    requests = writes(exchange)
    assert len(requests) > 1, "survivors may be of the product, so the one call is made again"
    assert all(request["body"]["prodName"] == ["XBID_Hour_Power"] for request in requests)
    assert "an order does not name its product: the active orders may belong to other products" in view.notes


def test_the_plan_after_a_refusal_never_has_a_wider_scope() -> None:
    profile = Profile(name="test", base_url="http://127.0.0.1:1/acme/epex/v2/api", portfolios=("P1",))
    orders = [
        an_order(str(number), portfolio_id=portfolio, delivery_area=area, pre_arranged=pre_arranged)
        for number, (portfolio, area, pre_arranged) in enumerate(
            (portfolio, area, pre_arranged)
            for portfolio in ("P1", "P2")
            for area in ("A1", "A2")
            for pre_arranged in (True, False)
        )
    ]
    for action in KillAction:
        for bounds in ({}, {"delivery_areas": ("A1",)}, {"includes_pre_arranged": False}, {"products": ("H1",)}):
            plan: KillPlan | None = replace(plan_for(profile, action), **bounds)
            while plan is not None:
                narrower = plan.narrower
                if narrower is not None:
                    assert not narrower.action.is_account_wide or plan.action.is_account_wide
                    assert not narrower.action.deletes or plan.action.deletes
                    assert all(plan.covers(order) for order in orders if narrower.covers(order))
                    assert not plan.products or not plan.action.is_account_wide
                plan = narrower


async def test_a_read_only_key_gives_refused(exchange: RunningExchange) -> None:
    async with armed_at(exchange, "reader") as kill:
        kill.begin(known=await seen(exchange, "reader"))
        view = await kill.until_phase(Phase.REFUSED)
    assert view.active == len(view.survivors) > 0
    assert view.headline == f"KILL REFUSED: {view.active} STILL ACTIVE"
    assert all("may read orders but not" in fate.note or "may not change" in fate.note for fate in view.survivors)


# ---------------------------------------------------------------- an exchange that does not do as it says


async def test_a_success_answer_alone_does_not_verify(exchange: RunningExchange) -> None:
    exchange.faults(spare_on_kill=1.0)
    known = await seen(exchange)
    async with armed_at(exchange) as kill:
        kill.begin(known=known)
        view = await kill.until_phase(Phase.INCOMPLETE)
    assert view.headline == f"KILL INCOMPLETE: {len(known)} STILL ACTIVE"
    assert {fate.fate for fate in view.survivors} == {Fate.STILL_ACTIVE}
    assert all(view.phase is not Phase.VERIFIED for view in kill.views)


async def test_orders_still_active_are_fired_at_again(exchange: RunningExchange) -> None:
    exchange.faults(spare_on_kill={"value": 0.3, "times": 2})
    known = await seen(exchange)
    async with armed_at(exchange) as kill:
        view = await kill.fire(known=known)
    assert view.phase is Phase.VERIFIED
    sizes = [len(request["body"]) for request in writes(exchange)]
    assert sizes[0] == len(known)
    assert 0 < sizes[-1] < sizes[0]


async def test_reappeared_orders_are_shown_with_who_placed_them(exchange: RunningExchange) -> None:
    exchange.faults(return_after_kill=0.5)
    async with armed_at(exchange, timing=replace(QUICK, read_every_s=0.02, watch_s=30.0)) as kill:
        kill.begin(known=await seen(exchange))
        await kill.until_phase(Phase.VERIFIED)
        view = await kill.until_phase(Phase.REAPPEARED)
    assert view.headline.startswith("ORDERS RE-APPEARED: 1 ACTIVE")
    [back] = view.survivors
    assert back.fate is Fate.NEW_AFTER_KILL
    assert back.origin.startswith("text 'phoenix: back in the market', user name 'Phoenix algo', strategy 'phoenix'")
    assert view.reappeared == (back,)
    assert [request["path"].rpartition("/")[2] for request in writes(exchange)] == ["list"], "not killed unasked"


async def test_a_lost_answer_to_a_kill_that_was_done_is_reconciled_by_reading(exchange: RunningExchange) -> None:
    exchange.faults(drop_after_commit={"value": 1.0, "methods": ["PUT"]})
    known = await seen(exchange)
    async with armed_at(exchange) as kill:
        view = await kill.fire(known=known)
    assert view.phase is Phase.VERIFIED
    assert view.counts() == {Fate.DEACTIVATED: len(known)}


async def test_a_changed_id_and_a_fill_are_reported_as_such(
    exchange: RunningExchange,
) -> None:
    known = await seen(exchange)
    plain = [order for order in exchange.orders() if order["type"] == "O" and not order.get("pre_arranged")]
    moved = exchange.touch(plain[0]["order_id"], price=-77.0)
    exchange.fill(plain[1]["order_id"], plain[1]["quantity"])
    assert moved["order_id"] != plain[0]["order_id"]
    async with armed_at(exchange) as kill:
        view = await kill.fire(known=known)
    assert view.phase is Phase.VERIFIED
    assert moved["order_id"] not in live(exchange)
    assert fates(view)[plain[0]["initial_order_id"]] is Fate.DEACTIVATED
    assert fates(view)[plain[1]["initial_order_id"]] is Fate.FILLED


async def test_an_order_of_unknown_state_counts_as_active(exchange: RunningExchange) -> None:
    lost = exchange.orders()[0]["order_id"]
    exchange.touch(lost, action="LOSE")
    exchange.faults(spare_on_kill=1.0)
    async with armed_at(exchange) as kill:
        kill.begin(known=await seen(exchange))
        view = await kill.until_phase(Phase.INCOMPLETE)
        assert (view.unknown, view.active) == (1, view.initial)
        exchange.faults()
        view = await kill.until_phase(Phase.VERIFIED)
    assert view.counts() == {Fate.DEACTIVATED: view.initial}


async def test_an_unknown_id_is_found_by_splitting_and_does_not_affect_other_orders(
    exchange: RunningExchange,
) -> None:
    known = (*await seen(exchange), an_order("999", portfolio_id="DE1"))
    async with armed_at(exchange) as kill:
        view = await kill.fire(known=known)
    assert view.phase is Phase.VERIFIED
    assert view.counts() == {Fate.DEACTIVATED: len(known) - 1, Fate.GONE: 1}
    assert any([item["order_id"] for item in request["body"]] == ["999"] for request in writes(exchange))


@pytest.mark.parametrize("exchange", [1600], indirect=True)
async def test_a_thousand_orders_are_sent_fifty_per_request(exchange: RunningExchange) -> None:
    known = await seen(exchange)
    assert len(known) == 1000
    exchange.forget_requests()
    async with armed_at(exchange) as kill:
        view = await kill.fire(known=known)
    assert view.counts() == {Fate.DEACTIVATED: 1000}
    assert [len(request["body"]) for request in writes(exchange)] == [50] * 20


# ---------------------------------------------------------------- the desk's own requests


async def test_the_orders_of_a_write_under_way_are_withdrawn_after_it_ends(exchange: RunningExchange) -> None:
    like = exchange.orders()[0]
    known = await seen(exchange)
    under_way = [1]
    async with armed_at(exchange, writes_under_way=lambda: under_way[0]) as kill:
        kill.begin(known=known)
        view = await kill.until(lambda view: sum(call.about.startswith("read") for call in view.calls) >= 5)
        assert view.phase is Phase.VERIFYING, "however often nothing is active"
        fields = ("portfolio_id", "contract_id", "delivery_area")
        entry = {**{name: like[name] for name in fields}, "side": "BUY", "quantity": 1, "price": -99, "txt": "late"}
        entry["contractId"] = entry.pop("contract_id")
        added = exchange.call("POST", "/orders/list", json=[entry]).json()[0]["order_id"]
        under_way[0] = 0
        view = await kill.until_phase(Phase.VERIFIED)
    assert added not in live(exchange)
    assert fates(view)[added] is Fate.DEACTIVATED


async def test_active_orders_are_fired_at_again_while_a_write_is_under_way(exchange: RunningExchange) -> None:
    exchange.faults(spare_on_kill={"value": 1.0, "times": 1})
    async with armed_at(exchange, writes_under_way=lambda: 1) as kill:
        kill.begin(known=await seen(exchange))
        view = await kill.until(lambda view: view.active == 0)
    assert view.phase is Phase.VERIFYING


# ---------------------------------------------------------------- what it leaves behind


async def test_the_halt_the_report_and_the_journal_are_on_disk(exchange: RunningExchange) -> None:
    known = await seen(exchange)
    async with armed_at(exchange) as kill:
        view = await kill.fire(known=known)
    halt = read_halt(profile_at(exchange.base_url))
    assert halt is not None
    assert (halt.action, halt.report) == ("deactivate-mine", str(view.report))
    assert view.report is not None
    markdown = view.report.with_suffix(".md")
    for file in (view.report, markdown):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    facts = json.loads(view.report.read_text())
    assert facts["phase"] == "VERIFIED"
    assert len(facts["before"]) == len(facts["fates"]) == len(known)
    assert markdown.read_text().startswith(f"# {view.headline}\n")
    plan, before, *_ = read_report(view.report)
    assert plan == view.fired
    assert {order.key for order in before} == {order.key for order in known}
    [journal] = journal_files(owner_at(exchange.base_url))
    assert audit(owner_at(exchange.base_url)).problems == {journal: []}
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [line["kind"] for line in lines[:2]] == [Kind.OPENED, Kind.KILL]
    calls = [line for line in lines if line["kind"] == Kind.KILL_CALL]
    assert {order_id for call in calls for order_id in call["orders"]} == {order.order_id for order in known}
    last = [line for line in lines if line["kind"] == Kind.KILL_END][-1]
    assert set(last["report"]) == {view.report.name, markdown.name}
    ends = [number for number, line in enumerate(lines, 1) if line["kind"] == Kind.KILL_END]
    markdown.write_text(markdown.read_text().replace("VERIFIED", "INCOMPLETE"))
    [changed] = audit(owner_at(exchange.base_url)).problems[journal]
    assert changed.line_no == ends[-1]
    assert changed.reason.startswith(f"the report {markdown.name} does not match its hash here")
    markdown.unlink()
    assert audit(owner_at(exchange.base_url)).problems == {
        journal: [Problem(ends[-1], f"the report {markdown.name} can't be read: No such file or directory")]
    }


async def test_a_kill_of_an_earlier_run_is_resumed(exchange: RunningExchange) -> None:
    known = await seen(exchange)
    exchange.faults(spare_on_kill={"value": 0.5, "times": 1})
    async with armed_at(exchange, timing=replace(QUICK, fire_again_after_s=(60.0,))) as kill:
        kill.begin(known=known)
        await kill.until(lambda view: view.active)
    halt = read_halt(profile_at(exchange.base_url))
    assert halt is not None
    exchange.forget_requests()
    async with armed_at(exchange) as kill:
        view = await kill.switch.resume(halt)
    assert view.phase is Phase.VERIFIED
    assert view.counts() == {Fate.DEACTIVATED: len(known)}
    [request, *_] = writes(exchange)
    assert 0 < len(request["body"]) < len(known)


async def test_firing_again_starts_a_new_run_and_keeps_the_orders_from_before_the_first(
    exchange: RunningExchange,
) -> None:
    exchange.faults(spare_on_kill=1.0)
    known = await seen(exchange)
    async with armed_at(exchange) as kill:
        first = kill.begin(known=known)
        await kill.until_phase(Phase.INCOMPLETE)
        exchange.faults()
        view = await kill.fire(known=known[:3])
        assert (await first).phase is not Phase.VERIFIED
    assert view.phase is Phase.VERIFIED
    assert {order.key for order in view.before} == {order.key for order in known}


@pytest.mark.parametrize("action", [ALL, MINE])
async def test_the_curl_commands_do_the_same_as_the_kill(exchange: RunningExchange, action: KillAction) -> None:
    exchange.faults(spare_on_kill=1.0)
    async with armed_at(exchange, "admin", kill=KillSettings(phones=("exchange +43 1",))) as kill:
        kill.begin(action, await seen(exchange, "admin"))
        view = await kill.until_phase(Phase.INCOMPLETE)
    exchange.faults()
    facts = json.loads(report_json(view, {}))
    assert (facts["curl"], facts["phones"]) == (view.curl, ["exchange +43 1"])
    facts = json.loads(report_json(replace(view, phase=Phase.VERIFIED), {}))
    assert (facts["curl"], facts["phones"]) == ("", [])
    assert exchange.keys["admin"] not in view.curl
    for line in view.curl.splitlines():
        words = shlex.split(line)
        method, body, url = words[words.index("-X") + 1], words[words.index("-d") + 1], words[-1]
        path = url.removeprefix(exchange.base_url)
        assert exchange.call(method, path, key="admin", json=json.loads(body)).is_success
    await asyncio.sleep(0)
    assert not live(exchange)


# ---------------------------------------------------------------- release


async def test_a_release_does_not_stop_a_kill_that_is_fired_after_it(exchange: RunningExchange) -> None:
    async with armed_at(exchange) as kill:
        kill.switch.release()
        assert (await kill.fire()).phase is Phase.VERIFIED
        assert not live(exchange, "trader")
        exchange.reset()
        kill.switch.release()
        assert (await kill.fire()).phase is Phase.VERIFIED
        assert not live(exchange, "trader")


async def test_only_the_newest_of_several_waiting_kills_continues(exchange: RunningExchange) -> None:
    async with armed_at(exchange, timing=replace(QUICK, watch_s=60)) as kill:
        kill.begin()
        await kill.until_phase(Phase.VERIFIED)
        superseded = kill.begin()
        newest = kill.begin()
        async with asyncio.timeout(5):
            await superseded
        assert not newest.done()
        await kill.until(lambda view: view.attempt == 3 and view.phase is Phase.VERIFIED)
        assert {view.attempt for view in kill.views} == {1, 3}
