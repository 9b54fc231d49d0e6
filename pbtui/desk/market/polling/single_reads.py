"""Reads of the market that are made once, for a command that sends and then ends."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from pbtui.api.errors import OrdersApiError
from pbtui.api.reads.client import ReadsClient
from pbtui.desk.market.exchange import ExchangeView
from pbtui.desk.market.polling.reader import ExchangeReader
from pbtui.desk.market.polling.schedule import Read
from pbtui.settings.profiles import Profile

WITHIN_S = 5.0
"""An order does not wait longer for what only the check before it needs."""


class SingleReads:
    """Makes reads when they are asked for, and keeps what they brought.

    `now` returns the time of the exchange's clock.
    """

    def __init__(self, reads: ReadsClient, profile: Profile, now: Callable[[], datetime]) -> None:
        self._reader = ExchangeReader(reads, profile, lambda: None, tuple, now)

    @property
    def market(self) -> ExchangeView:
        """The readings so far."""
        return self._reader.view

    async def read_market(self, wanted: Collection[Read]) -> Sequence[str]:
        """Make these reads at the same time. Contracts and key are read once. Return why some of the reads failed.

        One that the server does not offer, or the key may not make, has not failed: then there is nothing to know.
        """
        known = {Read.CONTRACTS: self.market.contracts.value, Read.KEY: self.market.key.value}
        problems = await asyncio.gather(*(self._problem(read) for read in wanted if known.get(read) is None))
        return [problem for problem in problems if problem]

    async def _problem(self, read: Read) -> str:
        try:
            async with asyncio.timeout(WITHIN_S):
                await self._reader.make(read)
        except TimeoutError:
            return f"{read} not read: no answer within {WITHIN_S:g} s"
        except OrdersApiError as error:
            return f"{read} not read: {error}"
        return ""
