"""The kill switch during faults of server, disk and threads: it still fires, and reports only what it has read."""

import asyncio
import errno
import json
import threading
from asyncio import StreamWriter
from itertools import chain, count, repeat
from pathlib import Path

import pytest

from pbtui.api.structs import replace
from pbtui.desk.journal.audit import audit
from pbtui.desk.journal.line import report_hash
from pbtui.desk.journal.writer import journal_files
from pbtui.desk.kill.certificate.fate import Fate
from pbtui.desk.kill.halt import read_halt
from pbtui.desk.kill.progress import Phase
from pbtui.desk.kill.reads import READS_AT_ONCE
from pbtui.desk.storage.disk import Disk, use
from pbtui.desk.storage.places import Owner, halt_file, report_folder
from pbtui.settings.kill import KillAction
from tests.canned import WireOrder, a_wire_order, canned_exchange
from tests.desk.kill.armed import (
    NOWHERE,
    ON_STALLED_DISK,
    QUICK,
    WITHIN_S,
    armed,
    armed_at,
    owner_at,
    profile_at,
    seen,
    writes,
)
from tests.exchange import RunningExchange
from tests.orders import an_order
from tests.raw_server import RawRequest, Respond, drop, raw_server, reply, silence

HASTY = replace(QUICK, first_batch_within_s=0.2, verify_within_s=0.1)


@pytest.mark.parametrize(
    "fault",
    [
        {"garbage": {"value": "html", "methods": ["GET"]}},
        {"errors": {"value": {"500": 1.0}, "methods": ["GET"]}},
        {"drop_before_commit": {"value": 1.0, "methods": ["GET"]}},
    ],
)
async def test_it_fires_at_the_last_known_ids_while_nothing_can_be_read(
    exchange: RunningExchange, fault: dict[str, object]
) -> None:
    known = await seen(exchange)
    exchange.faults(**fault)
    async with armed_at(exchange) as kill:
        kill.begin(known=known)
        view = await kill.until_phase(Phase.UNKNOWN)
        assert [request["answered"] for request in writes(exchange)][:1] == [200]
        assert view.headline == "KILL UNKNOWN: ACTIVE ORDERS CAN'T BE READ"
        assert len(view.survivors) == len(known)
        assert {fate.fate for fate in view.survivors} == {Fate.UNKNOWN}
        assert known[0].order_id
        assert known[0].order_id in view.curl
        exchange.faults()
        view = await kill.until_phase(Phase.VERIFIED)
    assert view.counts() == {Fate.DEACTIVATED: len(known)}


ODD = {
    "price": "45,10",
    "quantity": [],
    "api_timestamp": "2026-11-22T12:00:00",
    "last_change_timestamp": "",
    "delivery_start": 5,
    "portfolio_id": {},
    "delivery_area": None,
    "side": [],
    "state": None,
    "action": {},
    "revision_no": "1",
    "pre_arranged": "perhaps",
    "contracts": "none",
}


@pytest.mark.parametrize("names", [*((name,) for name in ODD), tuple(ODD)])
async def test_an_order_with_odd_fields_is_withdrawn_and_verified(names: tuple[str, ...]) -> None:
    odd = {name: ODD[name] for name in names}
    with canned_exchange(a_wire_order("7", **odd), a_wire_order("8")) as exchange:

        async def deactivate(request: RawRequest, writer: StreamWriter) -> None:
            if request.method == "PUT":
                exchange.orders = [
                    {**order, "state": "HIBE", "action": "UHIB"}
                    for order in exchange.orders
                    if f'"{order["order_id"]}"'.encode() in request.body
                ]
            await reply(json.dumps(exchange.found(request)).encode())(request, writer)

        exchange.trouble = deactivate
        area = "10YDE-RWENET---I"
        async with armed(exchange.base_url, "key", portfolios=("P1",), delivery_areas=(area,)) as kill:
            kill.begin()
            view = await kill.until_phase(Phase.VERIFIED)
    assert view.counts() == {Fate.DEACTIVATED: 2}


async def test_orders_with_an_odd_field_are_fired_at_by_their_ids() -> None:
    broken = a_wire_order("7", price="cheap")
    with canned_exchange(broken, a_wire_order("8")) as exchange:
        async with armed(exchange.base_url, "key") as kill:
            kill.begin()
            view = await kill.until_phase(Phase.INCOMPLETE)
        fates = {fate.order.order_id: fate.fate for fate in view.survivors}
        assert fates == {"7": Fate.STILL_ACTIVE, "8": Fate.STILL_ACTIVE}
        fired = [request.body for request in exchange.requests if request.method == "PUT"]
        assert all(b'"7"' in body and b'"8"' in body for body in fired)


async def test_a_kill_without_known_orders_and_reads_is_unknown_and_goes_on(
    exchange: RunningExchange,
) -> None:
    exchange.faults(errors={"503": 1.0})
    async with armed_at(exchange) as kill:
        kill.begin()
        view = await kill.until_phase(Phase.UNKNOWN)
        assert not writes(exchange)
        assert (view.initial, view.active) == (None, None)
        assert "jq" in view.curl
        exchange.faults()
        view = await kill.until_phase(Phase.VERIFIED)
    assert view.counts() == {Fate.DEACTIVATED: view.initial}
    assert view.initial


async def test_deleting_mine_needs_no_read_where_the_profile_names_the_portfolios(exchange: RunningExchange) -> None:
    exchange.faults(errors={"value": {"500": 1.0}, "methods": ["GET"]})
    async with armed_at(exchange, portfolios=("FLEX",)) as kill:
        kill.begin(KillAction.DELETE_MINE)
        await kill.until_phase(Phase.UNKNOWN)
        [request] = writes(exchange)
        assert (request["method"], request["query"]) == ("DELETE", {"portfolio_id": ["FLEX"]})
        assert request["answered"] == 200
        exchange.faults()
        await kill.until_phase(Phase.VERIFIED)


async def test_calls_answered_with_429_or_503_are_made_again(exchange: RunningExchange) -> None:
    known = await seen(exchange)
    exchange.faults(errors={"value": {"503": 1.0}, "methods": ["PUT"], "times": 3})
    async with armed_at(exchange) as kill:
        view = await kill.fire(known=known)
    assert view.phase is Phase.VERIFIED
    assert [request["answered"] for request in writes(exchange)] == [503, 503, 503, 200]


async def test_a_server_that_is_down_and_recovers(exchange: RunningExchange) -> None:
    known = await seen(exchange)
    exchange.faults(drop_before_commit=1.0)
    async with armed_at(exchange) as kill:
        kill.begin(known=known)
        view = await kill.until_phase(Phase.UNKNOWN)
        assert view.active is None
        exchange.faults()
        view = await kill.until_phase(Phase.VERIFIED)
    assert view.counts() == {Fate.DEACTIVATED: len(known)}


@pytest.mark.parametrize("respond", [drop, silence, reply(b"<html>login</html>"), reply(b"", status="302 Found")])
async def test_unreadable_answers_are_never_verified(respond: Respond) -> None:
    async with (
        raw_server(respond) as server,
        armed(server.base_url, "key", timing=replace(QUICK, verify_within_s=0.5)) as kill,
    ):
        firing = kill.begin(known=[an_order("1"), an_order("2")])
        await kill.until(lambda view: view.first_request_s is not None)
        verdict = await kill.switch.verdict()
        assert verdict.phase is Phase.UNKNOWN
        view = await kill.release()
        assert firing.done()
    assert view.phase is Phase.UNKNOWN
    assert len(view.survivors) == 2
    assert {request.method for request in server.requests} == {"PUT", "GET"}


@pytest.mark.real_time
async def test_a_kill_without_a_server_is_unknown_and_shows_the_curl_commands() -> None:
    async with raw_server() as server:
        base_url = server.base_url
    async with armed(base_url, "a-key") as kill:
        kill.begin(known=[an_order("4711")])
        view = await kill.until_phase(Phase.UNKNOWN)
    assert "4711" in view.curl
    assert "a-key" not in view.curl
    assert any("cannot reach 127.0.0.1" in problem for problem in view.problems)


@pytest.mark.parametrize(
    ("status", "headers", "problem"),
    [
        ("200 OK", {"X_Total_Count": "5"}, "the server sent 0 of 5 orders"),
        ("206 Partial Content", {}, "a part of the orders (206)"),
        ("200 OK", {"Age": "3600"}, "a cache between here and the server answers with data 3601 s old"),
    ],
)
async def test_an_incomplete_or_old_empty_list_proves_nothing(
    status: str, headers: dict[str, str], problem: str
) -> None:
    async with raw_server(reply(b"[]", status, **headers)) as server, armed(server.base_url, "key") as kill:
        kill.begin(known=[an_order("1")])
        view = await kill.until_phase(Phase.UNKNOWN)
        await kill.until(lambda view: sum(call.is_kill for call in view.calls) > 2)
    assert all(view.phase is not Phase.VERIFIED for view in kill.views)
    assert any(problem in each for each in view.problems)


async def test_an_order_read_before_the_first_answer_is_not_reported_as_still_active() -> None:
    listed = reply(json.dumps([a_wire_order("1")]).encode())

    async def never_done(request: RawRequest, writer: StreamWriter) -> None:
        await (listed if request.method == "GET" else silence)(request, writer)

    async with raw_server(never_done) as server, armed(server.base_url, "key") as kill:
        kill.begin()
        view = await kill.until(lambda view: sum(bool(call.end) for call in view.calls) > 2)
    assert {(fate.fate, fate.note) for fate in view.survivors} == {(Fate.UNKNOWN, "last read before the kill")}
    assert view.initial == 1


@pytest.mark.parametrize(
    ("found", "fate"),
    [
        (a_wire_order("1", price="x"), Fate.STILL_ACTIVE),
        (a_wire_order("1", state=[]), Fate.UNKNOWN),
        ({"price": "x"}, Fate.UNKNOWN),
    ],
)
async def test_an_unreadable_order_that_left_the_list_may_be_live(found: WireOrder, fate: Fate) -> None:
    listed = chain([[a_wire_order("1")]], repeat([]))

    async def lose(request: RawRequest, writer: StreamWriter) -> None:
        body: list[WireOrder] = []
        if request.method == "GET":
            body = [found] if "active_only=false" in request.target else next(listed)
        await reply(json.dumps(body).encode())(request, writer)

    async with raw_server(lose) as server, armed(server.base_url, "key") as kill:
        kill.begin()
        view = await kill.until_phase(Phase.INCOMPLETE)
    assert [survivor.fate for survivor in view.survivors] == [fate]
    assert all(view.phase is not Phase.VERIFIED for view in kill.views)


async def test_an_order_without_id_is_not_asked_for() -> None:
    nameless = {name: value for name, value in a_wire_order().items() if not name.endswith("order_id")}
    listed = chain([[nameless, a_wire_order("7")]], repeat([]))

    async def forget(request: RawRequest, writer: StreamWriter) -> None:
        is_look_up = "/orders?" in request.target and "active_only=false" in request.target
        found = [a_wire_order("7", state="HIBE", action="UHIB")] if is_look_up else next(listed)
        await reply(json.dumps(found).encode())(request, writer)

    async with raw_server(forget) as server, armed(server.base_url, "key") as kill:
        view = await kill.fire()
    gone, withdrawn = view.fates[""], view.fates["7"]
    assert (gone.fate, gone.note) == (Fate.GONE, "final state not known: the order has no id to look up")
    assert withdrawn.fate is Fate.DEACTIVATED
    look_ups = [request.target for request in server.requests if "/orders?" in request.target]
    look_ups = [target for target in look_ups if "active_only=false" in target]
    assert all("order_ids=7" in target for target in look_ups)


async def test_absent_orders_prove_nothing() -> None:
    """Nothing is withdrawn, the list is empty for a while, and neither look-up nor history knows an order."""
    orders = [a_wire_order("1"), a_wire_order("2")]
    lists = chain(repeat([], 12), repeat(orders))
    asked: list[str] = []

    async def hide(request: RawRequest, writer: StreamWriter) -> None:
        is_list = request.method == "GET" and "active_only=true" in request.target
        asked.extend([request.target] if request.method == "GET" and not is_list else [])
        await reply(json.dumps(next(lists) if is_list else []).encode())(request, writer)

    timing = replace(QUICK, verify_within_s=0.6)
    async with raw_server(hide) as server, armed(server.base_url, "key", timing=timing) as kill:
        kill.begin(known=[an_order("1"), an_order("2")])
        view = await kill.until_phase(Phase.UNKNOWN)
        assert view.headline == "KILL UNKNOWN: ORDERS ARE NOT LISTED ANY MORE, AND NO FINAL STATE IS SEEN"
        assert view.counts() == {Fate.GONE: 2}
        view = await kill.until_phase(Phase.INCOMPLETE)
    assert {fate.fate for fate in view.survivors} == {Fate.ACTIVE_AGAIN}
    assert any("/orders/1/history" in target for target in asked)
    assert all(view.phase is not Phase.VERIFIED for view in kill.views)


async def test_a_final_state_that_only_the_history_has_is_found() -> None:
    revisions = [
        a_wire_order("1", revision_no=2, state="HIBE", action="UHIB", last_change_timestamp="2026-11-22T12:00:05Z"),
        a_wire_order("1"),
    ]

    async def remember(request: RawRequest, writer: StreamWriter) -> None:
        is_history = request.target.endswith("/orders/1/history")
        await reply(json.dumps(revisions if is_history else []).encode())(request, writer)

    async with raw_server(remember) as server, armed(server.base_url, "key") as kill:
        view = await kill.fire(known=[an_order("1")])
    assert view.phase is Phase.VERIFIED
    assert view.counts() == {Fate.DEACTIVATED: 1}


async def test_an_unreadable_order_with_a_readable_portfolio_outside_the_scope_is_not_fired_at() -> None:
    elsewhere = a_wire_order("1", price="x", delivery_area="elsewhere")
    spared = a_wire_order("2", price="x", pre_arranged=True)
    in_scope = [a_wire_order("3", price="x"), a_wire_order("4", price="x", pre_arranged="no", delivery_area=5)]
    in_scope[1].pop("delivery_area")
    with canned_exchange(elsewhere, spared, *in_scope) as exchange:
        async with armed(exchange.base_url, "key") as kill:
            kill.begin(delivery_areas=("10YDE-RWENET---I",), includes_pre_arranged=False)
            view = await kill.until_phase(Phase.INCOMPLETE)
        fired = [request.body for request in exchange.requests if request.method == "PUT"]
    assert {fate.order.order_id for fate in view.survivors} == {"3", "4"}
    assert all({item["order_id"] for item in json.loads(body)} == {"3", "4"} for body in fired)


async def test_missing_reads_before_the_kill_are_reported() -> None:
    reads = count()

    async def fail_first(request: RawRequest, writer: StreamWriter) -> None:
        is_lost = request.method == "GET" and not next(reads)
        await (drop if is_lost else reply(status="204 No Content" if request.method == "PUT" else "200 OK"))(
            request, writer
        )

    async with raw_server(fail_first) as server, armed(server.base_url, "key") as kill:
        view = await kill.fire(KillAction.DEACTIVATE_ALL)
    assert view.phase is Phase.VERIFIED
    assert view.initial is None
    assert "the orders active before the kill were not read" in view.notes
    assert any(view.headline.startswith("KILL SENT, VERIFYING ? → ") for view in kill.views)


class Picky:
    """Refuses every list that has one of these orders, with that status, and deactivates the others."""

    def __init__(self, count: int, refused: set[str], status: str) -> None:
        self.orders = {str(number): a_wire_order(str(number)) for number in range(1, count + 1)}
        self._refused, self._status = refused, status

    async def __call__(self, request: RawRequest, writer: StreamWriter) -> None:
        found = [order for order in self.orders.values() if order["state"] == "ACTI"]
        if request.method == "PUT":
            found = [self.orders[item["order_id"]] for item in json.loads(request.body)]
            if any(order["order_id"] in self._refused for order in found):
                await reply(b'{"message": "no"}', self._status)(request, writer)
                return
            for order in found:
                order |= {"state": "HIBE"}
        elif "order_ids=" in request.target:
            found = list(self.orders.values())
        await reply(json.dumps(found).encode())(request, writer)


@pytest.mark.parametrize("status", ["403 Forbidden", "400 Bad Request"])
async def test_refused_orders_do_not_keep_other_orders_active(status: str) -> None:
    refused = {"1", "2", "3", "4", "6", "11"}
    async with raw_server(Picky(20, refused, status)) as server, armed(server.base_url, "key") as kill:
        kill.begin()
        view = await kill.until(lambda view: view.active == len(refused))
    assert {fate.order.order_id for fate in view.survivors} == refused
    assert view.counts()[Fate.DEACTIVATED] == 14


@pytest.mark.parametrize(
    ("status", "count"), [("403 Forbidden", 1000), ("400 Bad Request", 400), ("401 Unauthorized", 400)]
)
async def test_many_orders_that_are_all_refused_are_not_all_tried_alone(status: str, count: int) -> None:
    server_side = Picky(count, {str(number) for number in range(1, count + 1)}, status)
    timing = replace(QUICK, fire_again_after_s=(60.0,))
    async with raw_server(server_side) as server, armed(server.base_url, "key", timing=timing) as kill:
        kill.begin()
        view = await kill.until(lambda view: view.active)
    assert len(view.survivors) == count
    assert sum(request.method == "PUT" for request in server.requests) < 400


async def test_deleting_mine_fires_as_soon_as_a_read_shows_the_portfolios(exchange: RunningExchange) -> None:
    async with armed_at(exchange, timing=replace(QUICK, fire_again_after_s=(60.0,))) as kill:
        view = await kill.fire(KillAction.DELETE_MINE)
    assert view.phase is Phase.VERIFIED
    assert [request["method"] for request in writes(exchange)] == ["DELETE"]


async def test_an_unanswered_request_is_fired_again_while_a_read_hangs() -> None:
    async def turn_away(request: RawRequest, writer: StreamWriter) -> None:
        await (silence if request.method == "GET" else reply(b"{}", status="503 Service Unavailable"))(request, writer)

    timing = replace(QUICK, snapshot_within_s=20.0)
    async with raw_server(turn_away) as server, armed(server.base_url, "key", timing=timing) as kill:
        kill.begin(known=[an_order("1")])
        view = await kill.until(lambda view: sum(call.is_kill for call in view.calls) > 1)
    assert not [call for call in view.calls if not call.is_kill and call.end]


async def test_a_stream_of_new_orders_does_not_flood_the_server() -> None:
    orders = count(1)

    async def add_one(request: RawRequest, writer: StreamWriter) -> None:
        is_look = request.method == "GET" and "active_only=true" in request.target
        await reply(json.dumps([a_wire_order(str(next(orders)))] if is_look else []).encode())(request, writer)

    timing = replace(QUICK, read_every_s=0.01, news_every_s=60.0, fire_again_after_s=(60.0,))
    async with raw_server(add_one) as server, armed(server.base_url, "key", timing=timing) as kill:
        kill.begin()
        await kill.until(lambda view: sum(call.about.startswith("read") for call in view.calls) > 5)
    assert sum(request.method == "PUT" for request in server.requests) <= 2


async def test_an_endless_first_batch_does_not_delay_the_verdict() -> None:
    async with raw_server(silence) as server, armed(server.base_url, "key", timing=HASTY) as kill:
        kill.begin(known=[an_order("1")])
        async with asyncio.timeout(WITHIN_S):
            verdict = await kill.switch.verdict()
        assert verdict.phase is Phase.UNKNOWN
        assert (await kill.release()).phase is Phase.UNKNOWN


async def test_an_active_order_keeps_the_kill_incomplete_while_a_batch_is_under_way() -> None:
    batches = count()

    async def spare(request: RawRequest, writer: StreamWriter) -> None:
        if request.method == "GET":
            await reply(json.dumps([a_wire_order("1")]).encode())(request, writer)
        else:
            await (silence if next(batches) else reply())(request, writer)

    async with raw_server(spare) as server, armed(server.base_url, "key") as kill:
        kill.begin(known=[an_order("1")])
        await kill.until(lambda view: view.active and view.calls[-1].is_kill and not view.calls[-1].end)
        view = await kill.release()
    assert view.headline == "KILL INCOMPLETE: 1 STILL ACTIVE"


# ---------------------------------------------------------------- a disk that does not take it


async def test_it_fires_without_a_folder_for_its_files(
    exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_home(program: str) -> Path:
        raise RuntimeError

    monkeypatch.setattr("pbtui.desk.storage.places.user_state_path", no_home)
    async with armed_at(exchange) as kill:
        view = await kill.fire(known=await seen(exchange))
    assert view.phase is Phase.VERIFIED
    assert view.report is None
    (about_report,) = [problem for problem in view.problems if "folder for the report" in problem]
    assert "set XDG_STATE_HOME to the path of a folder" in about_report


@pytest.mark.real_time
async def test_a_hanging_disk_does_not_delay_the_end(
    exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    rescue = threading.Timer(WITHIN_S, goes_on.set)
    known = await seen(exchange)
    async with armed_at(exchange, timing=ON_STALLED_DISK) as kill:
        view = await kill.fire(known=known)
        rescue.start()
        monkeypatch.setattr("os.fdatasync", lambda fd: goes_on.wait())
    assert not goes_on.is_set()
    assert view.phase is Phase.VERIFIED
    goes_on.set()
    rescue.cancel()


async def test_a_full_disk_delays_nothing_and_is_reported(exchange: RunningExchange, own_state: Path) -> None:
    state = own_state / "pbtui"
    state.mkdir(parents=True)
    for name in ("journal", "halt", "kills"):
        (state / name).write_text("no folder")
    known = await seen(exchange)
    async with armed_at(exchange) as kill:
        view = await kill.fire(known=known)
    assert view.phase is Phase.VERIFIED
    reported = " ".join(view.problems)
    for words in (
        "the halt is not in the state folder",
        "the journal can't be written",
        "the report of the kill can't be written",
    ):
        assert words in reported


class Unwritable(Disk):
    """The disk of this machine, which refuses the Markdown reports of kills.

    `is_recorded` says of each report whether the journal had its hash before.
    """

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self.is_recorded: list[bool] = []

    def write_whole(self, path: Path, content: bytes, *, is_synced: bool = True) -> None:
        if path.parent == report_folder(self._owner):
            journal = b"".join(file.read_bytes() for file in journal_files(self._owner))
            self.is_recorded.append(report_hash(content).encode() in journal)
        if path.suffix == ".md":
            raise OSError(errno.EDQUOT, "Disk quota exceeded")
        super().write_whole(path, content, is_synced=is_synced)


async def test_a_report_that_could_not_be_written_is_a_gap_in_the_journal(exchange: RunningExchange) -> None:
    owner = owner_at(exchange.base_url)
    disk = Unwritable(owner)
    with use(disk):
        async with armed_at(exchange) as kill:
            view = await kill.fire(known=await seen(exchange))
    assert len(disk.is_recorded) > 3
    assert all(disk.is_recorded)
    found = audit(owner)
    assert "the report of the kill can't be written: Disk quota exceeded" in view.problems
    assert not any(found.problems.values())
    [[gap]] = found.gaps.values()
    assert gap.reason.endswith(".md of this line is not on disk: it could not be written: Disk quota exceeded")


class HangingDisk(Disk):
    """The disk of this machine, where writing this file waits until `goes_on` is set."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.goes_on = threading.Event()

    def write_whole(self, path: Path, content: bytes, *, is_synced: bool = True) -> None:
        if path == self._file:
            self.goes_on.wait()
        super().write_whole(path, content, is_synced=is_synced)


@pytest.mark.real_time
async def test_a_hanging_disk_delays_nothing_and_is_reported(exchange: RunningExchange) -> None:
    hanging = HangingDisk(halt_file(owner_at(exchange.base_url)))
    known = await seen(exchange)
    with use(hanging):
        async with armed_at(exchange, timing=ON_STALLED_DISK) as kill:
            try:
                view = await kill.fire(known=known)
            finally:
                hanging.goes_on.set()
    assert view.phase is Phase.VERIFIED
    assert view.first_request_s is not None
    assert "the halt is not on disk yet: the disk does not respond" in view.problems


def test_an_unreadable_halt_file_halts() -> None:
    file = halt_file(owner_at(NOWHERE))
    file.parent.mkdir(parents=True)
    for damage in (b"", b"{", b"[]", b'{"reason": 5}', b"\xff"):
        file.write_bytes(damage)
        halt = read_halt(profile_at(NOWHERE))
        assert halt is not None
        assert "the halt file is damaged" in halt.words
    file.unlink()
    file.mkdir()
    halt = read_halt(profile_at(NOWHERE))
    assert halt is not None
    assert "the halt file can't be read: Is a directory" in halt.words


@pytest.mark.parametrize("action", [KillAction.DEACTIVATE_ALL, KillAction.DELETE_MINE])
async def test_an_unanswered_kill_call_is_unknown_although_no_order_is_seen(
    exchange: RunningExchange, action: KillAction
) -> None:
    for order in exchange.orders(key="admin"):
        exchange.touch(order["order_id"], action="DELE")
    assert not exchange.orders(key="admin")
    exchange.faults(errors={"value": {"503": 1.0}, "methods": ["PUT", "DELETE"]})
    timing = replace(QUICK, verify_within_s=1.0)
    async with armed_at(exchange, "admin", portfolios=("DE1",), timing=timing) as kill:
        kill.begin(action)
        view = await kill.until_phase(Phase.UNKNOWN)
        assert view.headline == "KILL UNKNOWN: THE KILL CALL DID NOT SUCCEED (STATUS 503)"
        assert any(
            "did not succeed: REFUSED: the server is not available (503)" in problem for problem in view.problems
        ), view.problems
        assert len(writes(exchange)) > 1
        exchange.faults()
        await kill.until_phase(Phase.VERIFIED)
    assert writes(exchange)[-1]["answered"] in (200, 204)


async def test_a_duplicate_known_order_counts_once(exchange: RunningExchange) -> None:
    known = await seen(exchange)
    exchange.faults(spare_on_kill=1.0)
    async with armed_at(exchange) as kill:
        kill.begin(known=known)
        await kill.until_phase(Phase.INCOMPLETE)
        exchange.forget_requests()
        exchange.faults()
        view = await kill.fire(known=known)
    assert view.initial == len(view.fates) == len(known)
    assert [len(request["body"]) for request in writes(exchange)][:1] == [len(known)]


# ---------------------------------------------------------------- reads that are slow


@pytest.mark.parametrize("hanging", [1, 2])
async def test_a_read_without_an_answer_gets_another_beside_it(hanging: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pbtui.desk.kill.reads.ANOTHER_AFTER_S", 0.05)
    reads = 0

    async def first_hang(request: RawRequest, writer: StreamWriter) -> None:
        nonlocal reads
        reads += request.method == "GET"
        await (silence if reads <= hanging else reply())(request, writer)

    async with raw_server(first_hang) as server, armed(server.base_url, "a-key") as kill:
        view = await kill.fire()
    assert view.phase is Phase.VERIFIED


async def test_a_slow_read_is_waited_for_while_others_are_made_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pbtui.desk.kill.reads.ANOTHER_AFTER_S", 0.05)
    all_asked, reads = asyncio.Event(), 0

    async def first_after_the_others(request: RawRequest, writer: StreamWriter) -> None:
        nonlocal reads
        reads += 1
        if reads == READS_AT_ONCE:
            all_asked.set()
        if reads > 1 and not all_asked.is_set():
            await silence(request, writer)
        await all_asked.wait()
        await reply()(request, writer)

    async with raw_server(first_after_the_others) as server, armed(server.base_url, "a-key") as kill:
        view = await kill.fire()
    assert view.phase is Phase.VERIFIED
