"""Reads of the market that are made once, for a command that sends and then ends."""

import asyncio
from collections.abc import Iterable, Sequence

from pbtui.api.errors import OrdersApiError
from pbtui.api.reads.client import ReadsClient
from pbtui.desk.market.exchange import ExchangeView
from pbtui.desk.market.reader import ExchangeReader
from pbtui.desk.market.schedule import Read
from pbtui.settings.profiles import Profile

WITHIN_S = 5.0
"""An order does not wait longer for what only the check before it needs."""


async def read_once(reads: ReadsClient, profile: Profile, wanted: Iterable[Read]) -> tuple[ExchangeView, Sequence[str]]:
    """Make these reads at the same time; return what they brought, and why others failed.

    One that the server does not offer, or the key may not make, has not failed: then there is nothing to know.
    """
    reader = ExchangeReader(reads, profile, lambda: None, tuple)
    problems = await asyncio.gather(*(_problem(reader, read) for read in wanted))
    return reader.view, [problem for problem in problems if problem]


async def _problem(reader: ExchangeReader, read: Read) -> str:
    try:
        async with asyncio.timeout(WITHIN_S):
            await reader.make(read)
    except TimeoutError:
        return f"{read} not read: no answer within {WITHIN_S:g} s"
    except OrdersApiError as error:
        return f"{read} not read: {error}"
    return ""
