"""The seven calls on the wire, and every way one can end."""

import asyncio
import gzip
import inspect
import json
import logging
import math
import re
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from pbtui.api.client import OrdersClient
from pbtui.api.codes import ExecutionInstruction, ModifyAction, OrderSide, StatusAction
from pbtui.api.errors import (
    Forbidden,
    NotSent,
    OrdersApiError,
    RateLimited,
    RefusedHere,
    Rejected,
    RevisionConflict,
    Unauthorized,
    UnknownOutcome,
    UnreadableReply,
)
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModify, OrderModifyItem, UpdateStatus
from pbtui.api.transport.connection import MAX_BODY_BYTES, MAX_CONCURRENT_CALLS, Timeouts
from pbtui.settings.key_text import Secret
from tests.raw_server import RawRequest, RawServer, Respond, drop, raw_server, reply, silence

KEY = "k3y-Secret~42"
AMPLE = Timeouts(connect_s=30, next_bytes_s=30, deadline_s=60)
SHORT_SILENCE = Timeouts(connect_s=30, next_bytes_s=0.2, deadline_s=60)
SHORT_DEADLINE = Timeouts(connect_s=1, next_bytes_s=0.2, deadline_s=0.5)

ENTRY = OrderEntry(portfolio_id="P1", quantity=Decimal("5.0"), price=Decimal("-45.10"), side=OrderSide.BUY)
CHANGE = OrderModify(action=ModifyAction.MODI, price=Decimal("0.30"))
ITEM = OrderModifyItem(order_id="7", revision_no=3, changes=CHANGE)


def client_of(server: RawServer, *, read: Timeouts = AMPLE, write: Timeouts = AMPLE) -> OrdersClient:
    return OrdersClient(server.base_url, Secret(KEY), read=read, write=write)


@asynccontextmanager
async def answering(respond: Respond, timeouts: Timeouts = AMPLE) -> AsyncIterator[tuple[OrdersClient, RawServer]]:
    async with raw_server(respond) as server, client_of(server, read=timeouts, write=timeouts) as client:
        yield client, server


async def one_request(call: str, *arguments: object, **options: object) -> RawRequest:
    async with answering(reply()) as (client, server):
        await getattr(client, call)(*arguments, **options)
    (request,) = server.requests
    return request


def query_of(request: RawRequest) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(request.target).query, keep_blank_values=True, strict_parsing=True)


# ---------------------------------------------------------------- the requests


async def test_get_own_orders_sends_every_parameter_of_the_api() -> None:
    request = await one_request(
        "get_own_orders",
        portfolio_id=["P1", "P 2"],
        offset=0,
        limit=500,
        contract_ids=["1", "2"],
        order_ids=["9"],
        active_only=False,
        delivery_area="10YDE-RWENET---I",
        user_code="TRD001",
        cl_ordr_id="pb-1",
        txt="a b&c",
        contract_id=["3"],
    )
    assert (request.method, urlsplit(request.target).path) == ("GET", "/playground/epex/v2/api/orders")
    assert query_of(request) == [
        ("portfolio_id", "P1,P 2"),
        ("offset", "0"),
        ("limit", "500"),
        ("contract_ids", "1,2"),
        ("order_ids", "9"),
        ("active_only", "false"),
        ("delivery_area", "10YDE-RWENET---I"),
        ("user_code", "TRD001"),
        ("clOrdrId", "pb-1"),
        ("txt", "a b&c"),
        ("contract_id", "3"),
    ]
    assert request.headers["api_key"] == KEY
    assert request.body == b""


async def test_unset_parameters_are_not_sent() -> None:
    request = await one_request("get_own_orders", portfolio_id=[])
    assert request.target == "/playground/epex/v2/api/orders"


async def test_history_encodes_the_order_id() -> None:
    request = await one_request("get_own_order_history", "a/b 1")
    assert request.target == "/playground/epex/v2/api/orders/a%2Fb%201/history"


async def test_add_orders_sends_numbers_as_they_were_typed() -> None:
    entry = ENTRY.model_copy(
        update={"validity_date": datetime(2026, 10, 25, 2, 15, tzinfo=timezone(timedelta(hours=1)))}
    )
    request = await one_request(
        "add_orders",
        [entry],
        exec_instruction=ExecutionInstruction.LNKD,
        internal_trading=True,
        fail_on_limit_violations=False,
        ignore_order_action_quota=True,
        include_errors=True,
    )
    assert (request.method, urlsplit(request.target).path) == ("POST", "/playground/epex/v2/api/orders/list")
    assert query_of(request) == [
        ("exec_instruction", "LNKD"),
        ("internal_trading", "true"),
        ("fail_on_limit_violations", "false"),
        ("ignore_order_action_quota", "true"),
        ("include_errors", "true"),
    ]
    assert request.headers["content-type"] == "application/json"
    assert b'"price":-45.10' in request.body
    assert json.loads(request.body) == [
        {
            "portfolio_id": "P1",
            "quantity": 5.0,
            "price": -45.1,
            "side": "BUY",
            "validityDate": "2026-10-25T02:15:00+01:00",
        }
    ]


async def test_modify_orders() -> None:
    request = await one_request(
        "modify_orders",
        [ITEM, OrderModifyItem(order_id="8", changes=OrderModify(action=ModifyAction.DEAC))],
        internal_trading=False,
        fail_on_limit_violations=True,
        ignore_order_action_quota=False,
        include_errors=True,
    )
    assert request.method == "PUT"
    assert query_of(request) == [
        ("internal_trading", "false"),
        ("fail_on_limit_violations", "true"),
        ("ignore_order_action_quota", "false"),
        ("include_errors", "true"),
    ]
    assert request.body == (
        b'[{"order_id":"7","changes":{"action":"MODI","price":0.30},"revision_no":3},'
        b'{"order_id":"8","changes":{"action":"DEAC"}}]'
    )


async def test_modify_order() -> None:
    request = await one_request("modify_order", "7", 3, CHANGE, internal_trading=True)
    assert request.method == "PUT"
    assert request.target == "/playground/epex/v2/api/order/7/3?internal_trading=true"
    assert request.body == b'{"action":"MODI","price":0.30}'


async def test_delete_orders() -> None:
    request = await one_request("delete_orders", ["P1", "P2"], delivery_areas=["A", "B"])
    assert request.method == "DELETE"
    assert query_of(request) == [("portfolio_id", "P1,P2"), ("delivery_areas", "A,B")]
    assert request.body == b""


async def test_update_status() -> None:
    status = UpdateStatus(order_mod_type=StatusAction.DEAC, incl_pre_arranged=True, prod_name=("XBID_Hour_Power",))
    async with answering(reply(b"", "204 No Content")) as (client, server):
        answer = await client.update_status(status)
    assert answer.status == 204
    (request,) = server.requests
    assert (request.method, urlsplit(request.target).path) == ("PUT", "/playground/epex/v2/api/orders/status")
    assert request.body == b'{"orderModType":"DEAC","inclPreArranged":true,"prodName":["XBID_Hour_Power"]}'


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("delete_orders", ([],)),
        ("delete_orders", ([""],)),
        ("delete_orders", (["P1,P2"],)),
        ("add_orders", ([],)),
        ("modify_orders", ([],)),
        ("get_own_order_history", ("",)),
        ("get_own_order_history", ("..",)),
        ("modify_order", (".", 1, CHANGE)),
    ],
)
async def test_a_call_with_too_wide_a_scope_is_refused_before_it_is_sent(
    call: str, arguments: tuple[object, ...]
) -> None:
    async with answering(reply()) as (client, server):
        with pytest.raises(RefusedHere):
            await getattr(client, call)(*arguments)
    assert server.requests == []


# ---------------------------------------------------------------- the replies


async def test_headers_come_with_the_reply() -> None:
    orders = json.dumps([{"order_id": "1", "state": "ACTI", "action": "UADD", "side": "BUY", "delivery_area": "A"}])
    headers = {"X_Total_Count": "7", "X_Total_Internal_Trades": "2", "X_Limit_Violations": '[{"message": "\x1b[2J"}]'}
    async with answering(reply(orders.encode(), **headers)) as (client, _):
        result = await client.get_own_orders()
    (order,) = result.snapshot.orders
    assert isinstance(order, Order)
    assert (result.answer.total_count, result.answer.total_internal_trades) == (7, 2)
    assert result.answer.limit_violations == '[{"message": "␛[2J"}]'
    assert not result.is_complete
    assert result.answer.requested_s <= result.answer.received_s
    assert result.answer.requested_at <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("status", "headers", "gap"),
    [
        ("200 OK", {}, ""),
        ("200 OK", {"X_Total_Count": "1"}, ""),
        ("200 OK", {"X_Total_Count": "2"}, "the server sent 1 of 2 orders"),
        ("200 OK", {"X_Total_Count": "many"}, "the server sent 1 of many orders"),
        ("203 Transformed", {}, "the server answered with only a part of the orders (203)"),
        ("206 Partial Content", {"X_Total_Count": "1"}, "the server answered with only a part of the orders (206)"),
    ],
)
async def test_a_list_is_complete_only_if_no_header_contradicts_it(
    status: str, headers: dict[str, str], gap: str
) -> None:
    twice_the_same = b'[{"order_id": "1"}, {"order_id": "1"}]'
    async with answering(reply(twice_the_same, status, **headers)) as (client, _):
        result = await client.get_own_orders()
    assert (result.gap, result.is_complete) == (gap, not gap)


@pytest.mark.parametrize(("age", "at_most_s"), [("0", 1), ("59", 60), ("old", math.inf)])
async def test_an_answer_of_a_cache_is_as_old_as_its_age_header(age: str, at_most_s: float) -> None:
    async with answering(reply(Age=age)) as (client, server):
        answer = (await client.get_own_orders()).answer
    assert answer.as_of_s == answer.requested_s - at_most_s
    assert server.requests[0].headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("key", [KEY, 'k3y-"\\quoted'])
async def test_a_key_that_the_server_echoes_is_not_kept(key: str) -> None:
    order = json.dumps([{"order_id": "1", "txt": f"placed with {key}"}])
    async with (
        raw_server(reply(order.encode(), X_Limit_Violations=f"none for {key}")) as server,
        OrdersClient(server.base_url, Secret(key)) as client,
    ):
        answer = (await client.get_own_orders()).answer
    assert json.loads(answer.body)[0]["txt"] == "placed with [key]"
    assert answer.limit_violations == "none for [key]"


async def test_a_large_list_reuses_the_orders_of_the_last() -> None:
    elements = [
        {"order_id": str(n), "state": "ACTI", "action": "UADD", "side": "BUY", "delivery_area": "A"}
        for n in range(2000)
    ]
    async with answering(reply(json.dumps(elements).encode())) as (client, _):
        first = await client.get_own_orders()
        second = await client.get_own_orders(previous=first.snapshot)
    assert all(a is b for a, b in zip(first.snapshot.orders, second.snapshot.orders, strict=True))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("400 Bad Request", Rejected),
        ("401 Unauthorized", Unauthorized),
        ("403 Forbidden", Forbidden),
        ("404 Not Found", Rejected),
        ("409 Conflict", RevisionConflict),
        ("422 Unprocessable", Rejected),
        ("429 Too Many", RateLimited),
        ("408 Request Timeout", UnknownOutcome),
        ("500 Oops", UnknownOutcome),
        ("502 Bad Gateway", UnknownOutcome),
        ("503 Unavailable", UnknownOutcome),
        ("504 Timeout", UnknownOutcome),
    ],
)
async def test_each_status_raises_its_error(status: str, kind: type[OrdersApiError]) -> None:
    body = b'{"message": "stale \\u001b[2J revision", "errors": [{"code": "PB_X", "message": "m"}], "later": 1}'
    async with answering(reply(body, status)) as (client, server):
        with pytest.raises(OrdersApiError) as caught:
            await client.modify_orders([ITEM])
    assert type(caught.value) is kind
    assert caught.value.status == int(status[:3])
    assert caught.value.server_message == "stale ␛[2J revision"
    assert caught.value.problems[0].code == "PB_X"
    assert "stale ␛[2J revision" in str(caught.value)
    assert "PUT /orders/list" in str(caught.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        b'{"message": "API rate limit exceeded"}',
        b'{"message": "slow down", "errors": [{"message": "m", "code": "PB_RATE_LIMIT_REACHED"}]}',
    ],
)
async def test_the_documented_503_is_a_rate_limit(body: bytes) -> None:
    async with answering(reply(body, "503 Unavailable")) as (client, _):
        with pytest.raises(RateLimited):
            await client.modify_orders([ITEM])


async def test_an_error_that_is_no_json_is_quoted() -> None:
    page = b"<html>\x1b[2J gateway down</html>"
    async with answering(reply(page, "502 Bad Gateway", "text/html; charset=utf-8")) as (client, _):
        with pytest.raises(
            UnknownOutcome,
            match=r"the gateway got a bad answer \(502\): text/html, 30 bytes: '<html>␛\[2J gateway down",
        ):
            await client.get_own_orders()


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
async def test_redirects_are_never_followed(status: str) -> None:
    async with raw_server() as other, answering(reply(b"", status, Location=other.base_url)) as (client, server):
        for call in (client.get_own_orders(), client.add_orders([ENTRY]), client.delete_orders(["P1"])):
            with pytest.raises(UnknownOutcome, match="not followed"):
                await call
    assert other.requests == []
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("respond", "what"),
    [
        (reply(b'{"message": "no list"}'), "not a list but"),
        (reply(b"<html>", content_type="text/html"), "not JSON"),
        (reply(b'[{"state": "ACTI", "ac'), "not JSON"),
        (reply(b""), "an empty body"),
    ],
)
async def test_a_success_that_cannot_be_read_is_an_unknown_outcome(respond: Respond, what: str) -> None:
    async with answering(respond) as (client, _):
        with pytest.raises(UnreadableReply, match=what):
            await client.add_orders([ENTRY])


# ---------------------------------------------------------------- connections that fail


async def test_a_refused_connection_sent_nothing() -> None:
    async with raw_server() as server:
        pass
    async with client_of(server) as client:
        with pytest.raises(NotSent, match=r"cannot reach 127\.0\.0\.1: .*refused"):
            await client.add_orders([ENTRY])


async def test_an_unknown_host_sent_nothing() -> None:
    async with OrdersClient("http://host.invalid/a/epex/v2/api", Secret(KEY)) as client:
        with pytest.raises(NotSent, match=r"cannot reach host\.invalid"):
            await client.add_orders([ENTRY])


async def test_tls_that_fails_sent_nothing() -> None:
    async with raw_server() as server:
        address = server.base_url.replace("http:", "https:")
        async with OrdersClient(address, Secret(KEY), write=Timeouts(0.2, 30, 60)) as client:
            with pytest.raises(NotSent, match="cannot reach"):
                await client.add_orders([ENTRY])
    assert server.requests == []


@pytest.mark.parametrize(("respond", "what"), [(drop, "no complete answer"), (silence, "timeout while waiting")])
@pytest.mark.parametrize("call", ["get_own_orders", "add_orders", "modify_orders", "delete_orders"])
async def test_a_lost_answer_is_an_unknown_outcome_and_is_sent_once(call: str, respond: Respond, what: str) -> None:
    arguments = {"get_own_orders": (), "add_orders": ([ENTRY],), "modify_orders": ([ITEM],), "delete_orders": (["P"],)}
    async with answering(respond, SHORT_SILENCE) as (client, server):
        with pytest.raises(UnknownOutcome, match=what):
            await getattr(client, call)(*arguments[call])
    assert len(server.requests) == 1


@pytest.mark.virtual_time
async def test_an_answer_that_keeps_coming_is_read_to_its_end() -> None:
    pieces, length = 8, 2000  # each brings 0.2 s

    async def in_pieces(request: RawRequest, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (pieces * length))
        for number in range(pieces):
            await asyncio.sleep(0.1)
            writer.write((b"[" if not number else b"]" if number == pieces - 1 else b" ").ljust(length))
            await writer.drain()

    async with answering(in_pieces, SHORT_DEADLINE) as (client, _):
        assert (await client.get_own_orders()).snapshot.received == 0


@pytest.mark.virtual_time
async def test_a_slow_answer_ends_at_the_deadline() -> None:
    async def drip(request: RawRequest, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with answering(drip, SHORT_DEADLINE) as (client, _):
        with pytest.raises(UnknownOutcome, match=r"no complete answer within 0\.5 s"):
            await client.get_own_orders()


async def test_a_decompression_bomb_is_cut_off_at_the_cap() -> None:
    bomb = gzip.compress(b" " * (MAX_BODY_BYTES + 1), compresslevel=1)
    async with (
        raw_server(reply(bomb, Content_Encoding="gzip")) as server,
        client_of(server) as client,
    ):
        with pytest.raises(UnreadableReply, match="larger than 128 MiB"):
            await client.get_own_orders()


async def test_calls_at_once_are_limited() -> None:
    started = asyncio.Queue[None]()
    release = asyncio.Event()

    async def wait(request: RawRequest, writer: asyncio.StreamWriter) -> None:
        started.put_nowait(None)
        await release.wait()
        await reply()(request, writer)

    async with raw_server(wait) as server, client_of(server) as client:
        calls = [asyncio.ensure_future(client.get_own_orders()) for _ in range(MAX_CONCURRENT_CALLS + 3)]
        for _ in range(MAX_CONCURRENT_CALLS):
            await started.get()
        assert started.empty()
        release.set()
        await asyncio.gather(*calls)
    assert len(server.requests) == len(calls)


async def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with raw_server() as proxy, answering(reply()) as (_, server):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
        async with client_of(server) as client:
            await client.get_own_orders()
    assert proxy.requests == []
    assert len(server.requests) == 1


async def test_a_proxy_is_used_where_it_is_named() -> None:
    async with raw_server() as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        async with OrdersClient("http://exchange.invalid/a/epex/v2/api", Secret(KEY), proxy=address) as client:
            await client.get_own_orders()
    (request,) = proxy.requests
    assert request.target.startswith("http://exchange.invalid/a/epex/v2/api/orders")


def test_an_invalid_certificate_file_is_reported(tmp_path: Path) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate")
    for file in (broken, tmp_path / "missing.pem"):
        with pytest.raises(ValueError, match=re.escape(str(file))):
            OrdersClient("https://exchange.invalid/a/epex/v2/api", Secret(KEY), ca_file=file)


# ---------------------------------------------------------------- the key


@pytest.mark.parametrize("key", ["", " ", "abc\n", "a b", "schlüssel", "tab\tkey"])
def test_a_key_that_cannot_be_a_header_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ValueError, match="the API key is empty, or contains a space") as caught:
        OrdersClient("http://127.0.0.1:1/a/epex/v2/api", Secret(key))
    if key.strip():
        assert key not in str(caught.value)


@pytest.mark.parametrize(
    "respond",
    [
        drop,
        silence,
        reply(f'{{"message": "bad key {KEY}"}}'.encode(), "401 Unauthorized"),
        reply(b"", "302 Found", Location=f"http://elsewhere/?key={KEY}"),
        reply(f"<html>{KEY}".encode(), "500 Oops"),
    ],
)
async def test_the_key_is_in_no_repr_log_or_exception(respond: Respond, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with answering(respond, SHORT_SILENCE) as (client, server):
        with pytest.raises(OrdersApiError) as caught:
            await client.get_own_orders()
        shown = [repr(client), repr(caught.value), str(caught.value.__dict__), caplog.text]
    assert server.requests[0].headers["api_key"] == KEY
    below_the_test = caught.tb.tb_next
    assert below_the_test is not None
    for frame, _ in traceback.walk_tb(below_the_test):
        shown += [repr(value) for value in frame.f_locals.values()]
    assert KEY not in "".join(shown)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("method", "parameters"),
    {
        "add_orders": "orders exec_instruction internal_trading fail_on_limit_violations ignore_order_action_quota "
        "include_errors",
        "delete_orders": "portfolio_id delivery_areas",
        "get_own_order_history": "order_id",
        "get_own_orders": "portfolio_id offset limit contract_ids order_ids active_only delivery_area user_code "
        "cl_ordr_id txt contract_id",
        "modify_order": "order_id revision_no internal_trading fail_on_limit_violations ignore_order_action_quota "
        "modifications",
        "modify_orders": "internal_trading fail_on_limit_violations ignore_order_action_quota modifications",
        "update_status": "orders",
    }.items(),
)
def test_every_parameter_of_the_api_document_is_one_here(method: str, parameters: str) -> None:
    assert set(parameters.split()) <= set(inspect.signature(getattr(OrdersClient, method)).parameters)


async def test_a_byte_order_mark_before_a_body_is_skipped() -> None:
    mark = b"\xef\xbb\xbf"
    async with answering(reply(mark + b'[{"order_id": "1", "state": "ACTI"}]')) as (client, _):
        answered = await client.get_own_orders()
        assert [order.order_id for order in answered.snapshot.orders] == ["1"]
    async with answering(reply(mark + b'{"message": "no"}', "400 Bad Request")) as (client, _):
        with pytest.raises(Rejected) as refused:
            await client.get_own_orders()
        assert refused.value.server_message == "no"
    async with answering(reply(mark)) as (client, _):
        answer = await client.update_status(UpdateStatus(order_mod_type=StatusAction.DEAC))
        assert answer.is_own


@pytest.mark.parametrize(
    ("header", "least_s", "most_s"),
    [
        ("20", 20, 20),
        (timedelta(hours=1), 3000, 3600),
        ("Thu, 26 Nov 2015 10:00:00 GMT", 0, 0),
        ("soon", 0, 0),
        ("-5", 0, 0),
        ("Thu, 26 Nov 2015 10:00:00", 0, 0),
    ],
)
async def test_the_pause_that_a_server_asks_for_is_read(header: str | timedelta, least_s: float, most_s: float) -> None:
    if isinstance(header, timedelta):
        header = format_datetime(datetime.now(UTC) + header, usegmt=True)
    busy = reply(b'{"message": "slow down"}', "429 Too Many Requests", Retry_After=header)
    async with answering(busy) as (client, _):
        with pytest.raises(RateLimited) as caught:
            await client.get_own_orders()
    assert least_s <= caught.value.retry_after_s <= most_s


async def test_a_pause_until_a_time_goes_by_the_clock_of_the_server() -> None:
    until = {"Date": "Thu, 26 Nov 2015 10:00:00 GMT", "Retry_After": "Thu, 26 Nov 2015 10:00:40 GMT"}
    async with answering(reply(b'{"message": "slow down"}', "429 Too Many Requests", **until)) as (client, _):
        with pytest.raises(RateLimited) as caught:
            await client.get_own_orders()
    assert caught.value.retry_after_s == 40
