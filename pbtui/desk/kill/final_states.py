"""Looks up the final states of orders that are no longer in the list of active orders."""

import asyncio
from collections.abc import Mapping

from pbtui.api.client import OrdersClient
from pbtui.api.errors import OrdersApiError
from pbtui.desk.blotter.chain import IDS_PER_CALL, read_by_id, read_endings
from pbtui.desk.kill.calls import is_refusal
from pbtui.desk.kill.fates import KillBook
from pbtui.desk.kill.plan import AnyOrder
from pbtui.desk.kill.sending import CALLS_AT_ONCE


async def look_up(client: OrdersClient, book: KillBook) -> bool:
    """Look up all departed orders and apply the results to the book. Returns whether every one was looked up."""
    departed = list(book.departed.items())
    calls = [dict(departed[start : start + IDS_PER_CALL]) for start in range(0, len(departed), IDS_PER_CALL)]
    for start in range(0, len(calls), CALLS_AT_ONCE):
        await asyncio.gather(*(_look_up_some(client, book, asked) for asked in calls[start : start + CALLS_AT_ONCE]))
    return not book.departed


async def _look_up_some(client: OrdersClient, book: KillBook, asked: Mapping[str, AnyOrder]) -> None:
    read = read_by_id if book.plan.action.deletes else read_endings
    try:
        found = await read(client, list(asked.values()))
    except OrdersApiError as error:
        if not is_refusal(error):
            return
        found = ()
    book.apply_lookup(asked, found)
