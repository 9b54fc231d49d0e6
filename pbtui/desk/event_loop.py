"""The event loop of commands and of the desk's threads. Blocking work neither stops it nor delays the program's end.

asyncio gives blocking work to a pool of threads and waits for all of them at the end. A name server that does not
answer holds such a thread for half a minute. Here each job has a daemon thread. If no thread can be started, the job
runs at once, in the loop.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from pbtui.desk.storage.known_addresses import KnownAddresses

KNOWN_AFTER_S = 0.5
"""The time that a name server has before the last known address is used."""
_NOTED_WITHIN_S = 0.5

_NAME_SERVER_FAILS = (socket.EAI_AGAIN, socket.EAI_FAIL, socket.EAI_SYSTEM)

T = TypeVar("T")
_AddressInfo = tuple[Any, Any, int, str, Any]


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, like `asyncio.run`."""
    loop = EventLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        try:
            return runner.run(main)
        finally:
            loop.finish_notes()


async def end_tasks(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait until they have ended.

    Close what they use after that: a connection that opens later would stay open.
    """
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class EventLoop(asyncio.SelectorEventLoop):
    """The loop. Look-ups of the same name are shared."""

    def __init__(self) -> None:
        super().__init__()
        self._known = KnownAddresses()
        self._look_ups: dict[object, asyncio.Future[list[_AddressInfo]]] = {}
        self._noting: set[threading.Thread] = set()

    def finish_notes(self) -> None:
        """Wait a moment until the addresses that were looked up are on disk."""
        for thread in tuple(self._noting):
            thread.join(_NOTED_WITHIN_S)

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> "asyncio.Future[T]":
        """Run a function on a thread; also for `asyncio.to_thread`."""
        if executor is not None:
            return super().run_in_executor(executor, func, *args)
        job = partial(func, *args)
        try:
            return self._on_thread(job)
        except RuntimeError:
            done: asyncio.Future[T] = self.create_future()
            _end(done, *_result(job))
            return done

    async def getaddrinfo(
        self,
        host: bytes | str | None,
        port: bytes | str | int | None,
        *,
        family: int = 0,
        type: int = 0,  # noqa: A002 - the loop's own parameter
        proto: int = 0,
        flags: int = 0,
    ) -> list[_AddressInfo]:
        """Look up a name. If the name server fails or is slow, the last known addresses of the name are used.

        A name that has no known address is looked up for as long as its caller waits. Raises socket.gaierror.
        """
        name = host.decode() if isinstance(host, bytes) else host or ""
        look_up = partial(socket.getaddrinfo, host, port, family, type, proto, flags)
        try:
            looking_up = self._shared((name, port, family, type, proto, flags), look_up, name)
        except RuntimeError:  # without a thread, a name server that does not answer would stop the loop
            looking_up = None
        if looking_up is not None:
            await asyncio.wait({looking_up}, timeout=KNOWN_AFTER_S)
            if looking_up.done() and not _is_name_server_failing(looking_up.exception()):
                return looking_up.result()
        known = await self._known_addresses(name)
        if known:
            numeric = partial(socket.getaddrinfo, port=port, family=family, type=type, proto=proto)
            return [info for address in known for info in numeric(address, flags=flags | socket.AI_NUMERICHOST)]
        return look_up() if looking_up is None else await asyncio.shield(looking_up)

    def _shared(
        self, key: object, look_up: Callable[[], list[_AddressInfo]], name: str
    ) -> "asyncio.Future[list[_AddressInfo]]":
        """The look-up that is under way, or a new one. Raises RuntimeError if no thread can be started."""
        if key not in self._look_ups:
            looking_up = self._look_ups[key] = self._on_thread(look_up, partial(self._note, name))
            looking_up.add_done_callback(lambda _: self._look_ups.pop(key, None))
        return self._look_ups[key]

    def _note(self, name: str, found: list[_AddressInfo]) -> None:
        self._known.note(name, [str(info[4][0]) for info in found])

    async def _known_addresses(self, name: str) -> Sequence[str]:
        reading = self.run_in_executor(None, self._known.of, name)
        await asyncio.wait({reading}, timeout=KNOWN_AFTER_S)
        return reading.result() if reading.done() else ()

    def _on_thread(self, job: Callable[[], T], then: Callable[[T], object] | None = None) -> "asyncio.Future[T]":
        """Run a job on a thread of its own, and `then` with its result after the result was handed over.

        Raises RuntimeError if no thread can be started.
        """
        future: asyncio.Future[T] = self.create_future()

        def work() -> None:
            result, error = _result(job)
            if error is None and then is not None:
                self._noting.add(thread)
            with suppress(RuntimeError):  # the loop was closed: no one waits for it any more
                self.call_soon_threadsafe(_end, future, result, error)
            if error is None and then is not None:
                then(result)  # type: ignore[arg-type]
            self._noting.discard(thread)

        thread = threading.Thread(target=work, name="blocking work", daemon=True)
        thread.start()
        return future


def _is_name_server_failing(error: BaseException | None) -> bool:
    return isinstance(error, socket.gaierror) and error.errno in _NAME_SERVER_FAILS


def _result(job: Callable[[], T]) -> tuple[T | None, BaseException | None]:
    try:
        return job(), None
    except BaseException as error:  # noqa: BLE001 - it belongs to the caller
        return None, error


def _end(future: "asyncio.Future[T]", result: T | None, error: BaseException | None) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(result)  # type: ignore[arg-type]
    else:
        future.set_exception(error)
