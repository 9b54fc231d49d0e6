"""The reads beyond orders: parameters on the wire, and every way a read can end without stopping a desk."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import powerbot_client as vendor
import pytest

from pbtui.api.client import OrdersClient
from pbtui.api.errors import RefusedHere, Unauthorized, UnknownOutcome, UnreadableReply
from pbtui.api.reads.client import Health, ListRead, ReadsClient, Unavailable, ValueRead
from pbtui.api.reads.market import Severity
from pbtui.api.transport.connection import Timeouts
from pbtui.settings.key_text import Secret
from tests.raw_server import RawRequest, RawServer, Respond, drop, raw_server, reply

AMPLE = Timeouts(connect_s=30, next_bytes_s=30, deadline_s=60)
AT = datetime(2026, 11, 22, 15, 30, tzinfo=timezone(timedelta(hours=1)))
READS = {
    "get_trades": (vendor.TradesApi, "/trades"),
    "get_internal_trades": (vendor.TradesApi, "/internal-trades"),
    "get_status": (vendor.MarketApi, "/market"),
    "get_health": (vendor.MarketApi, "/market/health"),
    "get_notifications": (vendor.MarketApi, "/market/notifications"),
    "get_delivery_areas": (vendor.MarketApi, "/delivery-areas"),
    "get_current_api_key_portfolios": (vendor.AuthenticationApi, "/api-key"),
    "find_contracts": (vendor.ContractApi, "/contracts"),
    "get_order_books": (vendor.ContractApi, "/orderbooks"),
    "get_orders": (vendor.ContractApi, "/contract/x%20y%26z/10YFR/orders"),
    "get_limits": (vendor.ContractApi, "/contract/x%20y%26z/10YFR/portfolio-information"),
    "get_portfolio_status": (vendor.PortfoliosApi, "/portfolio/x%20y%26z/status"),
    "get_portfolio_risk_management_settings": (vendor.PortfoliosApi, "/portfolio/x%20y%26z/risk-management"),
    "get_tenant_risk_management": (vendor.TenantsApi, "/tenant/x%20y%26z/risk-management"),
    "get_algorithms": (vendor.AlgorithmsApi, "/algorithms"),
    "get_downtimes": (vendor.DowntimesApi, "/v2/api/downtimes"),
    "list_trades": (vendor.TradesApi, "/v2/api/trades"),
    "list_internal_trades": (vendor.TradesApi, "/v2/api/internal-trades"),
}
LISTS = (
    *("get_trades", "get_internal_trades", "get_notifications", "get_delivery_areas"),
    *("find_contracts", "get_algorithms", "get_downtimes", "list_trades", "list_internal_trades"),
)
PLACES = {
    **dict.fromkeys(("get_orders", "get_limits"), ("x y&z", "10YFR")),
    **dict.fromkeys(("get_portfolio_status", "get_portfolio_risk_management_settings"), ("x y&z",)),
    "get_tenant_risk_management": ("x y&z",),
}
"""What stands in the path."""
ALL_EXCHANGES = ("get_downtimes", "list_trades", "list_internal_trades")


@asynccontextmanager
async def reading(respond: Respond) -> AsyncIterator[tuple[ReadsClient, RawServer]]:
    async with (
        raw_server(respond) as server,
        OrdersClient(server.base_url, Secret("k3y"), read=AMPLE, write=AMPLE) as client,
    ):
        yield client.reads, server


def values(call: str) -> dict[str, Any]:
    """A value for every parameter of a read."""
    by_name = {"offset": 0, "limit": 500, "past_hours": 3, "severity_at_least": Severity.HIG, "contract_type": "PDC"}
    found: dict[str, Any] = {}
    for name, parameter in inspect.signature(getattr(ReadsClient, call)).parameters.items():
        kind = str(parameter.annotation)
        if name not in ("self", "known") and parameter.kind is parameter.KEYWORD_ONLY:
            found[name] = by_name.get(name, value_of(kind))
    return found


def value_of(kind: str) -> Any:
    if "datetime" in kind:
        return AT
    return ["a", "b"] if "Sequence" in kind else False if "bool" in kind else "x y&z"


@pytest.mark.parametrize("call", READS)
async def test_every_parameter_is_on_the_wire_as_the_vendor_s_client_writes_it(call: str) -> None:
    api, path = READS[call]
    given = values(call)
    async with reading(reply(b"[]" if call in LISTS else b"{}")) as (client, server):
        await getattr(client, call)(*PLACES.get(call, ()), **given)
        (request,) = server.requests
    base = "/playground" if call in ALL_EXCHANGES else "/playground/epex/v2/api"
    assert (request.method, urlsplit(request.target).path) == ("GET", base + path)
    sent = parse_qsl(urlsplit(request.target).query)
    written: list[tuple[str, Any]] = []

    class Recorder(vendor.ApiClient):  # type: ignore[misc]
        def call_api(self, _path: str, _method: str, _places: Any, query: Any, *_: Any, **kinds: Any) -> None:
            written.extend(self.parameters_to_tuples(query, kinds["collection_formats"]))

    first = () if call in ALL_EXCHANGES else ("epex",)
    getattr(api(Recorder()), call)(
        *first, *PLACES.get(call, ()), **{theirs(name): each for name, each in given.items()}
    )
    assert sorted((name, text(value)) for name, value in sent) == sorted((name, text(value)) for name, value in written)


def theirs(name: str) -> str:
    """A parameter as the vendor's client names it."""
    return "_from" if name == "from_" else name


def text(value: Any) -> str:
    """A parameter as a text; times in one notation, truth values in lower case."""
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat()  # noqa: UP017
    written = str(value).lower() if isinstance(value, bool) else str(value)
    return written.replace("Z", "+00:00") if written.startswith("2026") else written


@pytest.mark.parametrize("call", READS)
async def test_a_read_that_is_not_offered_or_not_allowed_is_no_exception(call: str) -> None:
    for status, words in (
        ("404 Not Found", "the server found nothing for" if call in PLACES else "this server does not offer"),
        ("405 Method Not Allowed", "this server does not offer"),
        ("501 Not Implemented", "this server does not offer"),
        ("403 Forbidden", "this API key may not call"),
    ):
        async with reading(reply(b'{"message": "no \\u001b[31m"}', status)) as (client, _):
            found = await getattr(client, call)(*PLACES.get(call, ()))
        assert isinstance(found, Unavailable)
        assert str(found) == f"{words} GET {READS[call][1]} ({status[:3]}: no ␛[31m)"
        assert found.is_forbidden is (status[:3] == "403")


async def test_other_failures_are_those_of_every_call() -> None:
    for respond, kind in ((reply(b"", "401 Unauthorized"), Unauthorized), (drop, UnknownOutcome)):
        async with reading(respond) as (client, _):
            with pytest.raises(kind):
                await client.get_trades()
    async with reading(reply(b"<html>", content_type="text/html")) as (client, _):
        for call in (client.get_trades, client.get_status):
            with pytest.raises(UnreadableReply):
                await call()


async def test_health_is_what_the_status_code_says() -> None:
    for status, is_healthy in (("204 No Content", True), ("200 OK", True), ("503 Service Unavailable", False)):
        async with reading(reply(b"", status)) as (client, _):
            health = await client.get_health()
        assert isinstance(health, Health)
        assert health.is_healthy is is_healthy
        assert bool(health.reason) is not is_healthy


async def test_a_page_of_a_longer_list_says_so() -> None:
    unsaid = "the server sent a full page of 2 and does not say how many there are"
    for total, limit, gap in (
        ({"X_Total_Count": "2"}, 2, ""),
        ({"X_Total_Count": "9"}, 2, "the server sent 2 of 9"),
        ({}, 2, unsaid),
        ({}, 3, ""),
        ({}, None, ""),
    ):
        async with reading(reply(b'[{"trade_id": "1"}, 7]', **total)) as (client, _):
            found = await client.get_trades(limit=limit)
        assert isinstance(found, ListRead)
        assert found.gap == gap


async def test_an_id_that_would_change_the_path_is_not_sent() -> None:
    async with reading(reply(b"{}")) as (client, server):
        for call in (client.get_orders("..", "10YFR"), client.get_orders("1", ""), client.get_portfolio_status(".")):
            with pytest.raises(RefusedHere, match="is not an id"):
                await call
        assert server.requests == []


async def test_an_answer_of_another_area_or_of_a_part_is_not_taken_for_the_one_that_was_asked_for() -> None:
    for body, reason in (
        (b'{"delivery_area": "10YDE"}', "the answer is of another delivery area: 10YDE"),
        (b'{"delta": true}', "the answer is not the whole book"),
        (b'{"delivery_area": "10YFR", "delta": false}', ""),
        (b"{}", ""),
    ):
        async with reading(reply(body)) as (client, _):
            calls: list[Awaitable[object]] = [client.get_orders("1", "10YFR")]
            calls += [] if b"true" in body else [client.get_order_books(delivery_area="10YFR")]
            for call in calls:
                if reason:
                    with pytest.raises(UnreadableReply, match=reason):
                        await call
                else:
                    assert isinstance(await call, ValueRead)
            assert isinstance(await client.get_order_books(), ValueRead)


async def test_an_element_whose_bytes_are_known_is_not_decoded_again() -> None:
    async with reading(reply(b'[{"trade_id": "1"}, 7]')) as (client, server):
        first = await client.get_trades()
        assert isinstance(first, ListRead)
        known = dict(first.elements.slices)
        second = await client.get_trades(known=known)
        assert isinstance(second, ListRead)
        assert len(server.requests) == 2
    assert all(one is other for (_, one), (_, other) in zip(first.elements.slices, second.elements.slices, strict=True))


async def test_calls_under_way_and_refusals_of_the_key_are_counted_over_all_calls() -> None:
    answers = asyncio.Event()

    async def later(request: RawRequest, writer: asyncio.StreamWriter) -> None:
        await answers.wait()
        await reply(b"{}", "403 Forbidden")(request, writer)

    async with reading(later) as (client, _):
        calls = [asyncio.create_task(client.get_status()) for _ in range(2)]
        await asyncio.sleep(0)
        assert (client.calls_under_way, client.key_refusals) == (2, 0)
        answers.set()
        await asyncio.gather(*calls)
        assert (client.calls_under_way, client.key_refusals) == (0, 2)


@pytest.mark.parametrize(
    ("call", "other", "given"),
    [
        ("get_trades", "list_trades", {"delivery_areas": ["10YFR"], "delivery_area": "10YBE", "ord_id": "6/1"}),
        ("get_internal_trades", "list_internal_trades", {"delivery_area": "10YBE", "internal_trade_id": "7"}),
    ],
)
async def test_trades_that_moved_are_read_without_an_exchange(call: str, other: str, given: dict[str, Any]) -> None:
    moved = READS[other][1]

    async def respond(request: RawRequest, writer: asyncio.StreamWriter) -> None:
        is_moved = urlsplit(request.target).path == f"/playground{moved}"
        await reply(b"[{}]" if is_moved else b"{}", "200 OK" if is_moved else "404 Not Found")(request, writer)

    shared = {"portfolio_id": ["DE1"], "contract_id": ["1", "2"], "limit": 3, "txt": "a", "from_execution_time": AT}
    async with reading(respond) as (client, server):
        found = await getattr(client, call)(**shared, **given)
        asked = parse_qsl(urlsplit(server.requests[-1].target).query)
    names = {
        *("exchanges", "portfolio_ids", "contract_ids", "limit", "txt", "from_execution_time", "delivery_areas"),
        *({"order_id"} if call == "get_trades" else {"internal_trade_id"}),
    }
    assert {name for name, _ in asked} == names
    assert (dict(asked)["exchanges"], dict(asked)["delivery_areas"].split(",")[-1]) == ("epex", "10YBE")
    assert isinstance(found, ListRead)
    assert len(found.elements.readable) == 1


async def test_a_filter_that_the_other_call_lacks_is_not_dropped() -> None:
    async with reading(reply(b"{}", "404 Not Found")) as (client, server):
        assert isinstance(await client.get_trades(cl_ordr_id="pb-1"), Unavailable)
        assert len(server.requests) == 1
