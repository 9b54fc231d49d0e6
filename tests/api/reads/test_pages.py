"""A list of several pages is read to its end, whether the server counts or not, and each element once."""

import asyncio
import json
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest

from pbtui.api.client import OrdersClient
from pbtui.api.reads.calls import ListRead, Unavailable
from pbtui.api.reads.client import ReadsClient
from pbtui.api.reads.pages import PAGE_SIZE, read_pages
from pbtui.api.reads.trades import Trade
from pbtui.settings.key_text import Secret
from tests.raw_server import RawRequest, raw_server, reply

Read = tuple[ListRead[Trade], int]


async def read(trades: int, *, counts: bool = True, moved: int = 0, most_pages: int = 9) -> Read:
    """Read so many trades; `moved` new ones appear before them after the first page. Give also the number of calls."""
    ids = [str(number) for number in range(moved + trades)]
    calls = 0

    async def respond(request: RawRequest, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        query = parse_qs(urlsplit(request.target).query)
        listed = ids if calls else ids[moved:]
        calls += 1
        page = [{"trade_id": each} for each in listed[int(query["offset"][0]) :][: int(query["limit"][0])]]
        count = {"X_Total_Count": str(len(listed))} if counts else {}
        await reply(json.dumps(page).encode(), **count)(request, writer)

    async with raw_server(respond) as server, OrdersClient(server.base_url, Secret("k3y")) as client:
        found = await read_pages(partial(page, client.reads), most_pages=most_pages)
    assert isinstance(found, ListRead)
    return found, calls


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize(
    ("trades", "calls"), [(0, 1), (3, 1), (PAGE_SIZE - 1, 1), (PAGE_SIZE, 1), (PAGE_SIZE + 1, 2), (2 * PAGE_SIZE, 2)]
)
async def test_pages_are_read_until_one_is_not_full(trades: int, calls: int, counts: bool) -> None:
    found, made = await read(trades, counts=counts)
    assert [trade.trade_id for trade in found.elements.readable] == [str(number) for number in range(trades)]
    assert found.gap == ""
    assert made == calls + (trades > 0 and trades % PAGE_SIZE == 0 and not counts)


async def page(client: ReadsClient, offset: int, limit: int) -> ListRead[Trade] | Unavailable:
    return await client.get_trades(offset=offset, limit=limit)


async def test_a_trade_that_moved_to_the_next_page_is_listed_once() -> None:
    found, _ = await read(PAGE_SIZE + 5, moved=2)
    ids = [trade.trade_id for trade in found.elements.readable]
    assert len(ids) == len(set(ids)) == PAGE_SIZE + 5
    assert found.gap == ""


@pytest.mark.parametrize("counts", [True, False])
async def test_a_list_that_is_too_long_has_a_gap(counts: bool) -> None:
    found, calls = await read(3 * PAGE_SIZE, counts=counts, most_pages=2)
    assert calls == 2
    assert found.gap


async def test_a_read_that_is_not_offered_is_no_list() -> None:
    async with (
        raw_server(reply(b"{}", "404 Not Found")) as server,
        OrdersClient(server.base_url, Secret("k3y")) as client,
    ):
        assert isinstance(await read_pages(partial(page, client.reads)), Unavailable)
