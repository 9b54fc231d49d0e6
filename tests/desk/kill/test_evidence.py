"""Evidence and verdict of a kill: an answer, a page, a refusal, an absence; and what VERIFIED leaves open."""

import asyncio
import json
from asyncio import StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from pbtui.api.client import OrdersClient
from pbtui.api.structs import replace
from pbtui.cli.kill.output import exit_code
from pbtui.desk.journal.open_writes import OpenWrites, leaving_now
from pbtui.desk.journal.writer import Journal, Kind
from pbtui.desk.kill.certificate.fate import Fate
from pbtui.desk.kill.halt import read_halt
from pbtui.desk.kill.plan import KillPlan, plan_for
from pbtui.desk.kill.progress import Doubt, KillView, Phase
from pbtui.desk.kill.protocol.timing import Timing
from pbtui.desk.kill.switch import KillSwitch
from pbtui.settings.key_text import Secret
from pbtui.settings.kill import KillAction
from pbtui.settings.profiles import Profile
from tests.canned import WireOrder, a_wire_order
from tests.desk.kill.armed import QUICK, armed, armed_at, live, profile_at, seen, writes
from tests.exchange import RunningExchange
from tests.orders import an_order
from tests.raw_server import RawRequest, Respond, drop, raw_server, reply, silence

MINE, DELETE_MINE = KillAction.DEACTIVATE_MINE, KillAction.DELETE_MINE
ALL, DELETE_ALL = KillAction.DEACTIVATE_ALL, KillAction.DELETE_ALL
PAGE = reply(b"<html>Request Rejected</html>", content_type="text/html")


@dataclass
class Exchange:
    """Answers kill requests with `answer`, and carries them out if `obeys`. Reads show the orders."""

    answer: Respond = field(default_factory=reply)
    orders: list[WireOrder] = field(default_factory=list)
    obeys: bool = True
    kills: list[RawRequest] = field(default_factory=list)

    async def __call__(self, request: RawRequest, writer: StreamWriter) -> None:
        """Answer one request."""
        if request.method != "GET":
            self.kills.append(request)
            named = json.loads(request.body) if request.target.partition("?")[0].endswith("/list") else None
            self.withdraw(None if named is None else {item["order_id"] for item in named})
            await self.answer(request, writer)
            return
        is_active = "active_only=true" in request.target
        found = [order for order in self.orders if not is_active or order["state"] == "ACTI"]
        await reply(json.dumps(found).encode())(request, writer)

    def withdraw(self, ids: Iterable[str] | None) -> None:
        """Deactivate these orders, or all."""
        for order in self.orders if self.obeys else ():
            if ids is None or order["order_id"] in ids:
                order |= {"state": "HIBE", "action": "UHIB"}


# ---------------------------------------------------------------- an answer, and what is none


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (PAGE, "STATUS 200"),
        (reply(b"<!doctype html>", content_type=""), "STATUS 200"),
        (reply(b"busy", "202 Accepted", content_type="text/plain"), "STATUS 202"),
        (drop, "NO ANSWER"),
    ],
)
async def test_a_page_of_html_does_not_count_as_an_answer(answer: Respond, result: str) -> None:
    timing = replace(QUICK, verify_within_s=0.5)
    async with raw_server(Exchange(answer)) as server, armed(server.base_url, "key", timing=timing) as kill:
        kill.begin(ALL)
        view = await kill.until_phase(Phase.UNKNOWN)
    assert view.headline == f"KILL UNKNOWN: THE KILL CALL DID NOT SUCCEED ({result})"
    assert exit_code(view) == 5
    assert all(view.phase is not Phase.VERIFIED for view in kill.views)
    assert sum(request.method != "GET" for request in server.requests) > 1, "it is sent again"


@pytest.mark.parametrize("action", [ALL, DELETE_MINE])
@pytest.mark.parametrize(
    "answer",
    [
        reply(b"", "204 No Content", content_type=""),
        reply(b"", "200 OK", content_type=""),
        reply(b'{"message": "ok"}', "202 Accepted"),
        reply(b"[]"),
    ],
)
async def test_any_success_of_the_exchange_is_an_answer(action: KillAction, answer: Respond) -> None:
    exchange = Exchange(answer)
    async with raw_server(exchange) as server, armed(server.base_url, "key", portfolios=("P1",)) as kill:
        view = await kill.fire(action)
    assert view.phase is Phase.VERIFIED
    assert len(exchange.kills) == 1


@pytest.mark.parametrize("answer", [PAGE, silence, reply(b"{}", "500 Internal Server Error")])
async def test_without_an_answer_the_reads_decide(answer: Respond) -> None:
    exchange = Exchange(answer, [a_wire_order("1")])
    async with raw_server(exchange) as server, armed(server.base_url, "key") as kill:
        kill.begin(known=[an_order("1")])
        if answer is silence:
            await kill.until(lambda view: view.first_request_s is not None)
            return
        view = await kill.until_phase(Phase.VERIFIED)
    assert view.counts() == {Fate.DEACTIVATED: 1}
    assert exit_code(view) == 0


# ---------------------------------------------------------------- resumed


def has_left(action: KillAction, view: KillView) -> bool:
    """Whether this is the view of that kill, and its first request has left."""
    return view.plan.action is action and view.first_request_s is not None


@pytest.mark.parametrize("action", [ALL, DELETE_MINE])
async def test_a_call_without_an_answer_is_sent_again_by_the_run_that_resumes(action: KillAction) -> None:
    exchange = Exchange(silence, obeys=False)
    async with raw_server(exchange) as server:
        async with armed(server.base_url, "key", portfolios=("P1",)) as kill:
            kill.begin(action)
            await kill.until(lambda view: view.first_request_s is not None)
        exchange.answer = reply(b"", "204 No Content")
        exchange.kills.clear()
        halt = read_halt(profile_at(server.base_url))
        assert halt is not None
        async with armed(server.base_url, "key", portfolios=("P1",)) as kill:
            view = await kill.switch.resume(halt)
            assert view.phase is Phase.VERIFIED
            assert len(exchange.kills) == 1, "before any verdict"
            assert all("KILL SENT" not in each.headline for each in kill.views if each.first_request_s is None)
            exchange.kills.clear()
            again = read_halt(profile_at(server.base_url))
            assert again is not None
            await kill.switch.resume(again)
        assert exchange.kills == [], "the answer is on record"


async def test_the_widest_of_several_unverified_kills_is_resumed(exchange: RunningExchange) -> None:
    exchange.faults(drop_before_commit={"value": 1.0, "methods": ["PUT"]})
    async with armed_at(exchange, "admin", portfolios=("FLEX",)) as kill:
        for action in (ALL, MINE):
            kill.begin(action)
            await kill.until(partial(has_left, action))
            await kill.release()
    exchange.faults()
    halt = read_halt(profile_at(exchange.base_url))
    assert halt is not None
    assert [each.plan.action for each in halt.kills] == [MINE, ALL]
    async with armed_at(exchange, "admin", portfolios=("FLEX",)) as kill:
        view = await kill.switch.resume(halt)
    assert (view.phase, view.plan.action, view.doubts) == (Phase.VERIFIED, ALL, ())
    assert not live(exchange)


async def test_an_unverified_kill_outside_the_resumed_one_is_named() -> None:
    exchange = Exchange(silence, obeys=False)
    async with raw_server(exchange) as server:
        async with armed(server.base_url, "key", portfolios=("P1",)) as kill:
            for action in (DELETE_MINE, ALL):
                kill.begin(action)
                await kill.until(partial(has_left, action))
                await kill.release()
        exchange.answer = reply(b"", "204 No Content")
        halt = read_halt(profile_at(server.base_url))
        assert halt is not None
        async with armed(server.base_url, "key", portfolios=("P1",)) as kill:
            view = await kill.switch.resume(halt)
    assert (view.phase, view.plan.action, view.doubts) == (Phase.VERIFIED, ALL, (Doubt.KILL_OWED,))
    assert any("fire it too: action delete-mine" in problem for problem in view.problems)
    assert exit_code(view) == 5


@pytest.mark.parametrize("is_restarted", [True, False])
async def test_a_narrower_kill_names_the_unverified_one_before_it(*, is_restarted: bool) -> None:
    exchange = Exchange(silence, [a_wire_order("1")], obeys=False)
    async with raw_server(exchange) as server, armed(server.base_url, "key", portfolios=("P1",)) as first:
        first.begin(ALL)
        await first.until(partial(has_left, ALL))
        await first.release()
        exchange.answer, exchange.obeys = reply(), True
        async with armed(server.base_url, "key", portfolios=("P1",)) as second:
            view = await (second if is_restarted else first).fire(MINE)
            assert (view.phase, view.doubts, exit_code(view)) == (Phase.VERIFIED, (Doubt.KILL_OWED,), 5)
            assert any("fire it too: action deactivate-all" in problem for problem in view.problems)
            exchange.answer = no_page
            assert (await second.fire(ALL)).doubts == ()
            assert (await second.fire(MINE)).doubts == (), "it was verified since"


async def test_a_kill_of_which_the_server_let_only_a_part_through_is_owed() -> None:
    gateway = Gateway(orders=[a_wire_order("1")])
    async with raw_server(gateway) as server, armed(server.base_url, "key") as kill:
        assert (await kill.fire(ALL)).doubts == (Doubt.PARTIAL_SCOPE,)
        assert (await kill.fire(MINE)).doubts == (Doubt.KILL_OWED,)
        gateway.passes = True
        halt = read_halt(kill.profile)
        assert halt is not None
        view = await kill.switch.resume(halt)
    assert (view.phase, view.plan.action, view.doubts) == (Phase.VERIFIED, ALL, ())


async def test_a_verified_kill_is_not_resumed(exchange: RunningExchange) -> None:
    async with armed_at(exchange, "admin", portfolios=("FLEX",)) as kill:
        assert (await kill.fire(ALL)).phase is Phase.VERIFIED
        exchange.reset()
        exchange.faults(spare_on_kill=1.0)
        kill.begin(MINE, await seen(exchange, "admin"))
        await kill.until_phase(Phase.INCOMPLETE)
    exchange.faults()
    exchange.forget_requests()
    halt = read_halt(profile_at(exchange.base_url))
    assert halt is not None
    async with armed_at(exchange, "admin", portfolios=("FLEX",)) as kill:
        view = await kill.switch.resume(halt)
    assert (view.phase, view.plan.action, view.doubts) == (Phase.VERIFIED, MINE, ())
    assert {request["path"].rpartition("/")[2] for request in writes(exchange)} == {"list"}


def test_a_plan_includes_each_narrower_plan() -> None:
    def plan(action: KillAction, **bounds: Any) -> KillPlan:
        return KillPlan(action=action, exchange="epex", **bounds)

    assert plan(ALL).includes(plan(MINE))
    assert plan(DELETE_ALL).includes(plan(DELETE_MINE, portfolios=("P1",)))
    assert plan(MINE).includes(plan(MINE, portfolios=("P1",)))
    assert plan(MINE, portfolios=("P1", "P2")).includes(plan(MINE, portfolios=("P1",), delivery_areas=("A",)))
    assert not plan(ALL).includes(plan(DELETE_MINE))
    assert not plan(DELETE_MINE).includes(plan(ALL))
    assert not plan(MINE, portfolios=("P1",)).includes(plan(MINE))
    assert not plan(ALL, products=("H",)).includes(plan(MINE))
    assert not plan(ALL).includes(replace(plan(ALL), exchange="nordpool"))
    assert not replace(plan(ALL), includes_pre_arranged=False).includes(plan(MINE))


# ---------------------------------------------------------------- what is outside, and what comes back


@pytest.mark.parametrize(
    ("action", "bounds", "words"),
    [
        (MINE, {}, ""),
        (MINE, {"products": ("H",)}, ""),
        (MINE, {"portfolios": ("P1",), "delivery_areas": ("10YDE-RWENET---I", "A")}, "of P1 in AMP, A"),
        (DELETE_MINE, {"portfolios": tuple(f"portfolio {number}" for number in range(4))}, "of 4 portfolios"),
        (MINE, {"portfolios": ("P" * 25,)}, "of 1 portfolio"),
        (MINE, {"includes_pre_arranged": False}, "except pre-arranged"),
        (DELETE_MINE, {"includes_pre_arranged": False}, ""),
        (ALL, {"portfolios": ("P1",), "delivery_areas": ("A",)}, ""),
        (DELETE_ALL, {"products": ("H",), "includes_pre_arranged": False}, "in H except pre-arranged"),
    ],
)
def test_the_bounds_of_an_action_in_a_few_words(action: KillAction, bounds: dict[str, Any], words: str) -> None:
    assert KillPlan(action=action, exchange="epex", **bounds).bound == words


@pytest.mark.parametrize("bounds", [{"portfolios": ("p1",)}, {"delivery_areas": ("10YDE-RWENET--I",)}])
async def test_bounds_that_match_nothing_do_not_verify_a_kill(bounds: dict[str, Any]) -> None:
    exchange = Exchange(orders=[a_wire_order("1"), a_wire_order("2", delivery_area="10YDE-VE-------2")])
    async with raw_server(exchange) as server, armed(server.base_url, "key") as kill:
        view = await kill.fire(MINE, **bounds)
    assert view.phase is Phase.VERIFIED
    assert view.headline == "KILL VERIFIED, BUT ITS BOUNDS MATCH NO ORDER: 2 ACTIVE OUTSIDE"
    assert view.doubts == (Doubt.MATCHED_NOTHING,)
    assert any(note.startswith("2 active orders outside: portfolio P1, area") for note in view.notes)
    assert exit_code(view) == 3
    counted = replace(plan_for(kill.profile), **bounds).count([an_order("1"), an_order("2")])
    assert str(counted) == "0 orders: THE BOUNDS MATCH NONE of the 2 active, check portfolios and areas"


async def test_verified_names_what_is_active_outside_the_scope() -> None:
    exchange = Exchange(orders=[a_wire_order("1"), a_wire_order("2", portfolio_id="P2")])
    async with raw_server(exchange) as server, armed(server.base_url, "key") as kill:
        view = await kill.fire(MINE, portfolios=("P1",))
    assert (view.phase, view.doubts, exit_code(view)) == (Phase.VERIFIED, (), 0)
    assert view.headline.startswith("KILL VERIFIED 0 ACTIVE of P1, 1 outside ")
    assert any(note.startswith("1 active order outside: portfolio P2, area ") for note in view.notes)
    assert all(
        "portfolio_id" not in request.target for request in server.requests if "active_only=true" in request.target
    )


async def test_a_reentered_order_prevents_success() -> None:
    exchange = Exchange(orders=[a_wire_order("1")])
    entered = iter(("2", "3"))

    async def enter_again(request: RawRequest, writer: StreamWriter) -> None:
        exchange.orders += [a_wire_order(order_id) for order_id in (next(entered, None),) if order_id]
        await reply()(request, writer)

    exchange.answer = enter_again
    async with raw_server(exchange) as server, armed(server.base_url, "key") as kill:
        view = await kill.fire(known=[an_order("1")])
    assert view.phase is Phase.VERIFIED
    assert view.counts() == {Fate.DEACTIVATED: 3}
    assert view.headline.endswith(" CAME BACK MEANWHILE")
    assert (view.doubts, exit_code(view)) == ((Doubt.CAME_BACK,), 3)


# ---------------------------------------------------------------- refusals


async def test_a_refused_order_does_not_decide_about_the_others() -> None:
    exchange = Exchange(orders=[a_wire_order(str(number)) for number in range(120)])

    async def refuse_even(request: RawRequest, writer: StreamWriter) -> None:
        named = [item["order_id"] for item in json.loads(request.body)]
        if any(int(order_id) % 2 == 0 for order_id in named):
            await reply(b'{"message": "no"}', "403 Forbidden")(request, writer)
        else:
            Exchange.withdraw(exchange, named)
            await reply()(request, writer)

    class Picky(Exchange):
        def withdraw(self, ids: Iterable[str] | None) -> None:
            """Do nothing: what is withdrawn depends on the whole request."""

    picky = Picky(refuse_even, exchange.orders)
    timing = replace(QUICK, refused_after_s=60.0)
    async with raw_server(picky) as server, armed(server.base_url, "key", timing=timing) as kill:
        kill.begin(known=[an_order(str(number)) for number in range(120)])
        view = await kill.until(lambda view: view.active == 60)
    assert view.counts()[Fate.DEACTIVATED] == 60
    assert all(view.phase is not Phase.REFUSED for view in kill.views)


async def no_page(request: RawRequest, writer: StreamWriter) -> None:
    """The answer of the exchange to a call for all orders."""
    await reply(b"", "204 No Content")(request, writer)


class Gateway(Exchange):
    """An exchange behind a gateway that answers calls for all orders with a page, until it passes them on."""

    passes = False

    async def __call__(self, request: RawRequest, writer: StreamWriter) -> None:
        """Answer one request."""
        is_for_all = request.method != "GET" and not request.target.partition("?")[0].endswith("/list")
        if is_for_all and not self.passes:
            self.kills.append(request)
            page = reply(b"<html>Request blocked</html>", "403 Forbidden", content_type="text/html")
            await page(request, writer)
            return
        self.answer = no_page if is_for_all else reply()
        await super().__call__(request, writer)


@pytest.mark.parametrize("action", [ALL, DELETE_ALL, DELETE_MINE])
async def test_a_page_before_the_call_for_all_orders_is_no_refusal(action: KillAction) -> None:
    gateway = Gateway(orders=[a_wire_order("1")])
    async with raw_server(gateway) as server, armed(server.base_url, "key", portfolios=("P1",)) as kill:
        kill.begin(action, known=[an_order("1")])
        view = await kill.until(lambda view: view.active == 0)
        assert view.phase is Phase.VERIFYING, "the own order is out of the market, and the call is still owed"
        of_others = a_wire_order("2")
        gateway.orders.append(of_others)
        gateway.passes = True
        view = await kill.until_phase(Phase.VERIFIED)
    assert (view.fired.action, of_others["state"]) == (action, "HIBE")
    assert Doubt.PARTIAL_SCOPE not in view.doubts
    assert any("was turned away: " in note and "it is sent again" in note for note in view.notes)


async def test_a_page_that_stays_counts_as_a_refusal_after_a_while() -> None:
    gateway = Gateway(orders=[a_wire_order("1")])
    async with raw_server(gateway) as server, armed(server.base_url, "key") as kill:
        view = await kill.fire(ALL, known=[an_order("1")])
    assert (view.phase, view.fired.action) == (Phase.VERIFIED, MINE)
    assert view.verified_s is not None
    assert QUICK.refused_after_s < view.verified_s < QUICK.refused_after_s + 2
    assert (view.doubts, exit_code(view)) == ((Doubt.PARTIAL_SCOPE,), 5)
    assert view.headline.startswith("KILL VERIFIED, PARTIAL SCOPE: ")
    assert len(view.notes) == len(set(view.notes))


async def test_a_page_that_stays_until_the_end_leaves_the_call_owed() -> None:
    gateway = Gateway(orders=[a_wire_order("1")])
    timing = replace(QUICK, verify_within_s=0.5)
    async with raw_server(gateway) as server, armed(server.base_url, "key", timing=timing) as kill:
        kill.begin(ALL, known=[an_order("1")])
        view = await kill.until_phase(Phase.UNKNOWN)
    assert view.headline == "KILL UNKNOWN: THE KILL CALL DID NOT SUCCEED (STATUS 403)"


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
async def test_a_temporary_refusal_does_not_end_the_kill(status: str) -> None:
    exchange = Exchange(orders=[a_wire_order("1")], obeys=False)

    async def refuse_twice(request: RawRequest, writer: StreamWriter) -> None:
        if len(exchange.kills) < 3:
            await reply(b'{"message": "no"}', status)(request, writer)
            exchange.obeys = len(exchange.kills) == 2
        else:
            await reply()(request, writer)

    exchange.answer = refuse_twice
    timing = replace(QUICK, refused_after_s=60.0)
    async with raw_server(exchange) as server, armed(server.base_url, "key", timing=timing) as kill:
        kill.begin(known=[an_order("1")])
        verdict: KillView = await kill.switch.verdict()
    assert verdict.phase is Phase.VERIFIED


# ---------------------------------------------------------------- writes that can still land


BRIEF = replace(QUICK, verify_within_s=0.5)


@asynccontextmanager
async def a_switch(
    profile: Profile,
    exchange: RunningExchange,
    open_writes: Callable[[], OpenWrites | None],
    count_again: Callable[[], Awaitable[None]] | None = None,
    *,
    timing: Timing = BRIEF,
) -> AsyncIterator[KillSwitch]:
    """A switch with these open writes."""
    async with OrdersClient(exchange.base_url, Secret(exchange.keys["trader"])) as client:
        switch = KillSwitch(
            profile,
            client,
            Journal(profile),
            lambda view: None,
            open_writes=open_writes,
            count_again=count_again,
            timing=timing,
        )
        try:
            yield switch
        finally:
            await switch.close()


@pytest.mark.parametrize(
    ("found", "headline"),
    [
        (OpenWrites(unanswered=1), "KILL UNKNOWN: 1 WRITE OF THIS PROFILE MAY STILL LAND"),
        (OpenWrites(under_way=1, unanswered=1), "KILL UNKNOWN: 2 WRITES OF THIS PROFILE MAY STILL LAND"),
    ],
)
async def test_a_write_without_an_answer_keeps_the_kill_open(
    exchange: RunningExchange, found: OpenWrites, headline: str
) -> None:
    profile = Profile(name="test", base_url=exchange.base_url)
    open_writes = [found]
    async with a_switch(profile, exchange, lambda: open_writes[0]) as switch:
        firing = asyncio.create_task(switch.fire(plan_for(profile), await seen(exchange)))
        view = await switch.verdict()
        assert (view.phase, view.active, view.headline) == (Phase.UNKNOWN, 0, headline)
        assert exit_code(view) == 5
        open_writes[0] = OpenWrites()
        assert (await firing).phase is Phase.VERIFIED


async def test_a_write_that_left_after_the_last_count_keeps_the_kill_open(exchange: RunningExchange) -> None:
    profile, open_writes, counted = Profile(name="test", base_url=exchange.base_url), [OpenWrites()], asyncio.Event()

    async def count_again() -> None:
        if not counted.is_set():  # another desk has sent an order since the last count
            open_writes[0] = OpenWrites(under_way=1)
        counted.set()

    async with a_switch(profile, exchange, lambda: open_writes[0], count_again) as switch:
        firing = asyncio.create_task(switch.fire(plan_for(profile), await seen(exchange)))
        view = await switch.verdict()
        assert (view.phase, view.headline) == (Phase.UNKNOWN, "KILL UNKNOWN: 1 WRITE OF THIS PROFILE MAY STILL LAND")
        open_writes[0] = OpenWrites()
        assert (await firing).phase is Phase.VERIFIED


def accept(journal: Journal, key: str) -> None:
    """Record an entry that left just now and was accepted."""
    journal.record(Kind.INTENT, ticket="AAA", action="add", lines=[{"key": key}])
    journal.record(Kind.REQUEST, ticket="AAA", method="POST", path="/orders/list", **leaving_now())
    journal.record(Kind.OUTCOME, ticket="AAA", results=[{"key": key, "state": "SENT"}])


def show(journal: Journal, key: str) -> None:
    """Record that a read showed it."""
    journal.record(Kind.RECONCILIATION, ticket="AAA", results=[{"key": key, "state": "CONFIRMED"}])


async def test_an_accepted_order_keeps_the_kill_open_until_a_read_of_its_ticket_shows_it() -> None:
    exchange = Exchange(orders=[a_wire_order("1")])
    async with raw_server(exchange) as server, armed(server.base_url, "key") as kill:
        with Journal(kill.profile) as journal:
            accept(journal, "2")
            kill.begin(known=[an_order("1")])
            await asyncio.sleep(8)
            assert kill.views[-1].phase is Phase.VERIFYING
            exchange.orders.append(a_wire_order("2"))
            show(journal, "2")
            view = await kill.until_phase(Phase.VERIFIED)
    assert view.counts() == {Fate.DEACTIVATED: 2}
    assert (view.doubts, exit_code(view)) == ((), 0)


async def test_an_accepted_order_that_nobody_reads_delays_the_kill_for_20_s() -> None:
    exchange = Exchange(orders=[a_wire_order("1")])
    timing = replace(QUICK, verify_within_s=60.0)
    async with raw_server(exchange) as server, armed(server.base_url, "key", timing=timing) as kill:
        with Journal(kill.profile) as journal:
            accept(journal, "2")
        view = await kill.fire(known=[an_order("1")])
    assert view.phase is Phase.VERIFIED
    assert view.verified_s is not None
    assert 19 < view.verified_s < 22


async def test_an_accepted_order_that_was_shown_delays_no_kill() -> None:
    exchange = Exchange(orders=[a_wire_order("1"), a_wire_order("2")])
    async with raw_server(exchange) as server, armed(server.base_url, "key") as kill:
        with Journal(kill.profile) as journal:
            accept(journal, "2")
            show(journal, "2")
        view = await kill.fire(known=[an_order("1"), an_order("2")])
    assert view.phase is Phase.VERIFIED
    assert view.verified_s is not None
    assert view.verified_s < 1


async def test_an_unreadable_registry_proves_nothing(exchange: RunningExchange) -> None:
    profile = Profile(name="test", base_url=exchange.base_url)
    timing = replace(QUICK, writes_known_within_s=0.1)
    async with a_switch(profile, exchange, lambda: None, timing=timing) as switch:
        view = await switch.fire(plan_for(profile), await seen(exchange))
    assert (view.phase, view.doubts, exit_code(view)) == (Phase.VERIFIED, (Doubt.WRITES_NOT_KNOWN,), 5)
