"""The hosts that one address names: all are asked at once, so that a silent one does not use up the time of the others.

Each desk takes the same one as long as the servers answer alike: the first of the address that is the primary.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

_HEAD_START_S = 0.3
"""The time that a host has after a later one has connected."""

Connecting = asyncio.Task[psycopg.AsyncConnection]


def addresses_of(url: str) -> tuple[str, ...]:
    """An address for each host that this one names, in their order. Lists that do not fit are left to libpq."""
    given: dict[str, Any] = {**conninfo_to_dict(url)}
    lists = {name: str(given[name]).split(",") for name in ("host", "hostaddr", "port") if given.get(name)}
    count = max(len(lists.get(name, ())) for name in ("host", "hostaddr"))
    if count < 2 or any(len(each) != count and (name, len(each)) != ("port", 1) for name, each in lists.items()):
        return (url,)
    return tuple(
        make_conninfo(**{**given, **{name: each[number % len(each)] for name, each in lists.items()}})
        for number in range(count)
    )


async def first_of(attempts: Iterable[Coroutine[Any, Any, psycopg.AsyncConnection]]) -> psycopg.AsyncConnection:
    """The first of these connections that comes about; a later one only if those before it fail, or are silent.

    The others are closed. Raises the error of the first one if all fail.
    """
    tasks = [asyncio.ensure_future(attempt) for attempt in attempts]
    chosen: Connecting | None = None
    try:
        chosen = await _chosen(tasks)
    finally:  # nothing is awaited here: a cancellation meanwhile would leave the chosen one open
        for task in tasks:
            if task is not chosen:
                task.add_done_callback(_close)
                task.cancel()
    return chosen.result()


def _close(task: Connecting) -> None:
    if _has_connected(task):
        task.result().pgconn.finish()


async def _chosen(tasks: Sequence[Connecting]) -> Connecting:
    loop = asyncio.get_running_loop()
    until_s: float | None = None
    while True:
        first = next((task for task in tasks if not task.done() or _has_connected(task)), tasks[0])
        if first.done():
            return first
        connected = next(filter(_has_connected, tasks), None)
        if connected is not None:
            until_s = until_s or loop.time() + _HEAD_START_S
            if loop.time() >= until_s:
                return connected
        await asyncio.wait(
            [task for task in tasks if not task.done()],
            timeout=None if until_s is None else until_s - loop.time(),
            return_when=asyncio.FIRST_COMPLETED,
        )


def _has_connected(task: Connecting) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
