"""Reads the algorithms after the verdict of a kill, again and again while it is watched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from pbtui.api.errors import OrdersApiError
from pbtui.api.sanitize import safe_text
from pbtui.api.structs import replace
from pbtui.desk.kill.conditions.algorithms import AlgorithmsSeen, algorithms_of
from pbtui.desk.kill.later_reads.after_verdict import AfterVerdict

if TYPE_CHECKING:
    from pbtui.api.client import OrdersClient
    from pbtui.api.reads.algorithms import AlgoDetails

READ_EVERY_S = 10.0


class AlgorithmReads(AfterVerdict):
    """The algorithms as read so far. `before` are those read before the kill, None if they were not."""

    def __init__(self, client: OrdersClient, before: Iterable[AlgoDetails] | None, changed: Callable[[], None]) -> None:
        super().__init__(changed)
        self._client = client
        self._before = before
        self.seen = AlgorithmsSeen()

    @property
    def is_complete(self) -> bool:
        """Return whether they were read once, or the read failed."""
        return self.seen.after is not None or bool(self.seen.problem)

    async def read_on(self) -> None:
        """Read every ten seconds."""
        if self._before is not None:
            self.seen = replace(self.seen, before=algorithms_of(self._before))
        while True:
            earlier, self.seen = self.seen, await self._read()
            if (earlier.after, earlier.problem) != (self.seen.after, self.seen.problem):
                self._changed()
            self.stepped()
            await asyncio.sleep(READ_EVERY_S)

    async def _read(self) -> AlgorithmsSeen:
        from pbtui.api.reads.account import gap_of
        from pbtui.api.reads.calls import Unavailable  # a kill does without these until its verdict

        try:
            found = await self._client.reads.get_algorithms()
        except OrdersApiError as error:
            return replace(self.seen, problem=error.reason)
        except Exception as error:  # noqa: BLE001 - no error here may end the kill
            return replace(self.seen, problem=f"{type(error).__name__}: {safe_text(str(error))}")
        if isinstance(found, Unavailable):
            return replace(self.seen, problem=str(found))
        return self.seen.with_read(algorithms_of(found.elements.readable), found.answer.requested_at, gap_of(found))
