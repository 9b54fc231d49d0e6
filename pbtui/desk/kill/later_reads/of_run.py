"""The later reads of one run: the trades for its certificate, and the algorithms."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from pbtui.api.client import OrdersClient
from pbtui.api.clock import utc_now
from pbtui.desk.kill.certificate.balance import Certificate
from pbtui.desk.kill.conditions.algorithms import AlgorithmsSeen
from pbtui.desk.kill.later_reads.completion import Completion
from pbtui.desk.kill.later_reads.heartbeats import AlgorithmReads
from pbtui.desk.kill.run import KillRun

if TYPE_CHECKING:
    from pbtui.api.reads.algorithms import AlgoDetails

CERTIFIED_WITHIN_S = 10.0
"""The time that a kill that is over waits for reports of trades."""
ALGORITHMS_WITHIN_S = 3.0
"""The time that it waits for the algorithms."""


class LaterReads:
    """Reads from the verdict of `run` until they are ended; `changed` is called when there is something new to show.

    `algorithms` are those read before the kill, None if they were not.
    """

    def __init__(
        self,
        client: OrdersClient,
        run: KillRun,
        algorithms: Sequence[AlgoDetails] | None,
        changed: Callable[[], None],
    ) -> None:
        # The reads of a resumed kill show what the earlier run left, not what it withdrew.
        knows_before = bool(run.state.book.before) or not run.state.resumes
        self._completion = Completion(
            client,
            run.state.started_at or utc_now(),
            lambda: run.state.book.fates,
            changed,
            lambda: knows_before and run.state.book.initial is not None,
        )
        self._algorithms = AlgorithmReads(client, algorithms, changed)

    @property
    def certificate(self) -> Certificate | None:
        """The certificate of the present fates; None while it is not added up."""
        return self._completion.certificate

    @property
    def algorithms(self) -> AlgorithmsSeen:
        """The algorithms as read so far."""
        return self._algorithms.seen

    @property
    def has_algorithms(self) -> bool:
        """Return whether the algorithms were read once, or the read failed."""
        return self._algorithms.is_complete

    def begin(self, decided: Callable[[], Awaitable[None]]) -> None:
        """Read once the kill is decided."""
        for each in (self._completion, self._algorithms):
            each.begin(decided)

    async def done(self) -> None:
        """Wait until nothing is left to wait for, at most CERTIFIED_WITHIN_S, for algorithms ALGORITHMS_WITHIN_S."""
        await asyncio.gather(self._completion.done(CERTIFIED_WITHIN_S), self._algorithms.done(ALGORITHMS_WITHIN_S))

    def end(self) -> None:
        """Read no more."""
        for each in (self._completion, self._algorithms):
            each.end()

    async def close(self) -> None:
        """Read no more, wait for the reads under way to be given up, and add up the certificate."""
        for each in (self._completion, self._algorithms):
            await each.close()
        self._completion.add_up()
