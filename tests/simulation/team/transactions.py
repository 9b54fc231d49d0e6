"""Transactions of a PostgreSQL in memory: others see what one changes once it commits; then its locks end."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from enum import Enum

import psycopg


class Mode(Enum):
    """How a row is locked. Two transactions may have it for SHARE at once; every other pair has to wait."""

    SHARE = "for share"
    CHANGE = "for no key update, or inserted"


class RowLocks:
    """The locks of all rows, each by a key. A lock that fits the present ones is given at once, as PostgreSQL does."""

    def __init__(self) -> None:
        self._held: defaultdict[str, dict[Transaction, Mode]] = defaultdict(dict)
        self._waiting: defaultdict[str, list[asyncio.Future[None]]] = defaultdict(list)

    async def take(self, owner: "Transaction", key: str, mode: Mode, within_s: float | None) -> None:
        """Wait until the lock is free, and take it. Raises LockNotAvailable after `within_s`, None: waits on."""
        held = self._held[key]
        loop = asyncio.get_running_loop()
        ends_s = None if within_s is None else loop.time() + within_s
        while not _fits(held, owner, mode):
            free: asyncio.Future[None] = loop.create_future()
            self._waiting[key].append(free)
            done, _ = await asyncio.wait({free}, timeout=None if ends_s is None else ends_s - loop.time())
            if not done:
                self._waiting[key].remove(free)
                raise psycopg.errors.LockNotAvailable("canceling statement due to lock timeout")
        if held.get(owner) is not Mode.CHANGE:
            held[owner] = mode

    def release(self, owner: "Transaction") -> None:
        """End all locks of a transaction."""
        for key, held in self._held.items():
            if held.pop(owner, None) is None:
                continue
            waiting, self._waiting[key] = self._waiting[key], []
            for free in waiting:
                free.set_result(None)


def _fits(held: dict["Transaction", Mode], owner: "Transaction", mode: Mode) -> bool:
    others = [other for holder, other in held.items() if holder is not owner]
    return not others or (mode is Mode.SHARE and Mode.CHANGE not in others)


class Transaction:
    """One call of a function. `pause` is awaited between two statements: then others run."""

    def __init__(self, locks: RowLocks, pause: Callable[[], Awaitable[None]], lock_timeout_s: float | None) -> None:
        self._locks = locks
        self._pause = pause
        self._lock_timeout_s = lock_timeout_s
        self._changes: list[Callable[[], None]] = []

    async def lock(self, key: str, mode: Mode) -> None:
        """Lock a row until the end."""
        await self._locks.take(self, key, mode, self._lock_timeout_s)

    async def next_statement(self) -> None:
        """Let time pass: the next statement sees what was committed meanwhile."""
        await self._pause()

    def change(self, what: Callable[[], None]) -> None:
        """Do this when it commits."""
        self._changes.append(what)

    def commit(self) -> None:
        """Do all changes, which others see at once."""
        for change in self._changes:
            change()
        self.end()

    def end(self) -> None:
        """End the locks. What was not committed never happened."""
        self._changes.clear()
        self._locks.release(self)
