"""The halt of a kill, put into the store beside the kill: nothing waits for it, and it is tried until it is there."""

import asyncio

from pbtui.desk.journal.open_writes import OpenWrites
from pbtui.desk.team.store import LOST, HaltRecord, StoreUnreachable, TeamStore

_AGAIN_AFTER_S = 0.1
_READ_EVERY_S = 1.0
_LAST_TRY_S = 0.5


class SharedHalt:
    """Halts the team, and counts the sends that were registered before and can still enter an order.

    `open_writes` is None until the store has answered. `problem` says why it has not.
    """

    def __init__(self, store: TeamStore) -> None:
        self._store = store
        self._halting: asyncio.Task[None] | None = None
        self.open_writes: OpenWrites | None = None
        self.problem = ""

    def begin(self, token: str, reason: str, *, portfolios: tuple[str, ...], action: str) -> None:
        """Begin the halt with this token, after an earlier one."""
        self.stop()
        self.open_writes = None
        self._halting = asyncio.create_task(self._halt(token, reason, portfolios, action))

    def stop(self) -> None:
        """Try no longer: the profile is to be re-armed."""
        if self._halting is not None:
            self._halting.cancel()
            self._halting = None
        self.problem = ""

    async def _halt(self, token: str, reason: str, portfolios: tuple[str, ...], action: str) -> None:
        halt: HaltRecord | None = None
        while True:
            try:
                if halt is None:
                    halt = await self._store.halt(token, reason, portfolios=portfolios, action=action)
                sends = await self._store.sends_open(halt.epoch)
            except StoreUnreachable as error:
                self.open_writes = None
                done = "The halt is there" if halt is not None else "Other desks are not halted by this kill"
                self.problem = f"{error}. {done}; it is tried again"
                await asyncio.sleep(_AGAIN_AFTER_S)
                continue
            self.problem = ""
            lost = sum(send.ending == LOST for send in sends)
            self.open_writes = OpenWrites(len(sends) - lost, lost)
            await asyncio.sleep(_AGAIN_AFTER_S if sends else _READ_EVERY_S)

    async def close(self) -> None:
        """Let a call that is under way end, and close the store."""
        if self._halting is not None:
            await asyncio.wait({self._halting}, timeout=0 if self.open_writes is not None else _LAST_TRY_S)
        self.stop()
        await self._store.close()
