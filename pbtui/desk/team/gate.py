"""The gate of a client whose desk shares its halt with others: each request that enters is registered first."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pbtui.api.client import CHANGES_EVERYTHING, Gate
from pbtui.api.clock import steady_s
from pbtui.api.errors import NotSent, OrdersApiError, RefusedHere
from pbtui.api.randomness import unique_id
from pbtui.desk.event_loop import end_tasks
from pbtui.desk.team.lone_file import LoneFile
from pbtui.desk.team.store import LOST, HaltedBy, StoreUnreachable, TeamStore, refused_without_store

ANSWERED, NOT_SENT = "answered", "not sent"
_ANSWER_HOLDS_S = 40.0
"""After this time a registered send may not leave any more. A kill waits two minutes for one without an end."""
_AGAIN_AFTER_S = 1.0
_LAST_TRY_S = 1.0


class TeamGate:
    """For `OrdersClient.gate`. A request that enters passes `local`, is registered with the store, and passes `local`
    again: a halt of this desk may have begun while the store was asked.

    It is refused if a halt of any desk holds, and if the store can't be reached, unless the profile is cut loose.
    Other requests pass `local` alone. Ends are recorded in the background, again and again until the store has them.
    """

    def __init__(self, local: Gate, store: TeamStore, lone: LoneFile) -> None:
        self._local = local
        self._store = store
        self._lone = lone
        self._passed_lone: dict[str, str] = {}
        self._ends: deque[tuple[str, str]] = deque()
        self._recording: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def __call__(self, call: str, *, enters: bool) -> AsyncIterator[None]:
        """Return the passage of one request. Entering it may raise RefusedHere."""
        async with self._local(call, enters=enters):
            if not enters:
                yield
                return
            async with self._registered(call), self._local(call, enters=True):
                yield

    @asynccontextmanager
    async def _registered(self, call: str) -> AsyncIterator[None]:
        token = unique_id()
        ending = NOT_SENT  # also if the store did not answer: it may have registered the send
        try:
            await self._register(call, token)
            ending = LOST
            yield
            ending = ANSWERED
        except NotSent:
            ending = NOT_SENT
            raise
        except OrdersApiError as error:
            ending = LOST if error.proves_nothing else ANSWERED
            raise
        finally:
            self._record(token, ending)

    async def _register(self, call: str, token: str) -> None:
        began_s = steady_s()
        try:
            answer = await self._store.register(call, token, changes_everything=call == CHANGES_EVERYTHING)
        except StoreUnreachable as error:
            if not self._lone.let_pass(call, token):
                raise RefusedHere(call, refused_without_store(error, self._lone.command)) from None
            self._passed_lone[token] = call
        else:
            if isinstance(answer, HaltedBy):
                raise RefusedHere(call, f"halted: {answer.halt.words}")
        if steady_s() > began_s + _ANSWER_HOLDS_S:  # this program, or its machine, slept: a kill may wait no longer
            raise RefusedHere(call, "the answer of the team store is too old: this program was stopped meanwhile")

    # ------------------------------------------------------------ ends

    def _record(self, token: str, ending: str) -> None:
        if (call := self._passed_lone.pop(token, None)) is not None:
            self._lone.end(call, token, ending)
        self._ends.append((token, ending))
        if self._recording is None or self._recording.done():
            self._recording = asyncio.create_task(self._record_ends())

    async def _record_ends(self) -> None:
        while self._ends:
            try:
                await self._store.end(*self._ends[0])
            except StoreUnreachable:
                await asyncio.sleep(_AGAIN_AFTER_S)
            else:
                self._ends.popleft()

    async def close(self) -> None:
        """Record the ends that are left, as far as the store takes them at once."""
        if self._recording is not None:
            await asyncio.wait({self._recording}, timeout=_LAST_TRY_S)
            await end_tasks(self._recording)
