"""Runs a command that writes: opens a desk, waits for its first read, sends tickets, and waits for their results."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from functools import partial
from itertools import chain, repeat
from typing import NamedTuple, NoReturn
from zoneinfo import ZoneInfo

import click

from pbtui.api.errors import OrdersApiError, Rejected, Unauthorized
from pbtui.cli.access import RefusedByServer
from pbtui.cli.api_key import obtain_api_key
from pbtui.cli.desk import ANSWERS_WITHIN_S, desk_opener
from pbtui.cli.interrupts import interrupts
from pbtui.cli.invocation import Invocation, Session
from pbtui.cli.process import say
from pbtui.cli.progress import drawn, looked_at
from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.write.result import print_left_over
from pbtui.desk import event_loop
from pbtui.desk.desk import Desk
from pbtui.desk.tickets.ticket import Ticket
from pbtui.desk.view import DeskView
from pbtui.settings.key_text import Secret
from pbtui.settings.profiles import Profile

RECONCILED_WITHIN_S = 30.0


class OpenDesk(NamedTuple):
    """The desk of a command. One that `stays_open` is a session's, which reports later results and notes itself.

    `signals` are the numbers of those that have interrupted the command so far.
    """

    desk: Desk
    signals: Sequence[int]
    stays_open: bool = False


Work = Callable[[OpenDesk], Awaitable[int]]


def run_with_desk(profile: Profile, work: Work, *, withdraws: bool = False) -> NoReturn:
    """Open a desk, wait for its first read, do the work, and exit with its code. In a session use the desk of that.

    Work that `withdraws` only is done even if the read fails. Raises LocalRefusal if nothing was sent, RefusedByServer
    if the server refused the reads before.
    """
    context = click.get_current_context(silent=True)
    invocation = context and context.find_object(Invocation)
    if invocation and invocation.session is not None:
        sys.exit(_run_in(invocation.session, work, withdraws=withdraws))
    api_key, code = obtain_api_key(profile), None

    async def run() -> None:
        nonlocal code
        signals = _cancel_when_interrupted()
        async with _open_desk(profile, api_key) as (desk, first_view):
            with drawn("reading orders", "KB") as shown, looked_at(shown, lambda: desk.received_bytes // 1000):
                view = await first_view
            await _until_ready(desk, view, withdraws=withdraws)
            code = await work(OpenDesk(desk, signals))

    try:
        event_loop.run(run())
    except OrdersApiError as error:
        raise _nothing_sent(error) from None
    except asyncio.CancelledError:
        if code is None:
            raise LocalRefusal("interrupted; nothing was sent") from None
    sys.exit(code)


def _run_in(session: Session, work: Work, *, withdraws: bool) -> int:
    """Do the work with the desk of a session, and return its code."""

    async def run(desk: Desk) -> int:
        signals = _cancel_when_interrupted()
        await _until_ready(desk, desk.view, withdraws=withdraws)
        return await work(OpenDesk(desk, signals, stays_open=True))

    try:
        return session.run(run)
    except OrdersApiError as error:
        raise _nothing_sent(error) from None
    except CancelledError:
        raise LocalRefusal("interrupted; nothing was sent") from None


@contextlib.asynccontextmanager
async def _open_desk(profile: Profile, api_key: Secret) -> AsyncIterator[tuple[Desk, asyncio.Future[DeskView]]]:
    """Open a desk that reads, with a future of its first view; at the end print what an earlier run left open."""
    first_view = asyncio.get_running_loop().create_future()
    async with desk_opener(profile, lambda: api_key, reads_market=False)(partial(_pass_first, first_view)) as desk:
        running = asyncio.create_task(desk.run())
        try:
            yield desk, first_view
        finally:
            await event_loop.end_tasks(running)
            print_left_over(desk.view, ZoneInfo(profile.market_timezone))


def _pass_first(first: asyncio.Future[DeskView], view: DeskView) -> None:
    """Pass on the first view that a read, or its failure, has made."""
    if not first.done() and (view.link.read_s is not None or view.link.failure is not None):
        first.set_result(view)


def _cancel_when_interrupted() -> Sequence[int]:
    """Make a signal cancel the command. A request that has left is awaited and recorded, until a second signal.

    Returns the list that each signal is added to.
    """
    task, signals = asyncio.current_task(), list[int]()
    assert task is not None  # noqa: S101 - called from a coroutine

    def cancel(number: int) -> None:
        signals.append(number)
        task.cancel()

    interrupts.pass_to_loop(cancel)
    return signals


async def _until_ready(desk: Desk, view: DeskView, *, withdraws: bool) -> None:
    """Raise the error of the first read, if that failed. A withdrawal is refused for a key that is not known alone.

    What is not withdrawn waits until it is known whether the halt of an earlier run still holds.
    """
    failure = view.link.failure
    if view.link.read_s is None and failure is not None and stops(failure.error, withdraws=withdraws):
        raise failure.error
    if not withdraws:
        await desk.ask_team()


def stops(error: OrdersApiError, *, withdraws: bool) -> bool:
    """Return whether a read that failed stops the command."""
    return not withdraws or isinstance(error, Unauthorized)


def _nothing_sent(error: OrdersApiError) -> click.ClickException:
    """Return the end of a command whose reads before the request failed."""
    text = f"{error}; nothing was sent"
    return RefusedByServer(text) if isinstance(error, Rejected) else LocalRefusal(text)


async def sent(opened: OpenDesk, ticket: Ticket, place: str = "") -> Ticket:
    """Send the ticket and wait for its result: at most RECONCILED_WITHIN_S, or until Ctrl+C or a hang-up.

    A terminal shows of how many of several orders the result is known; `place` is that of the ticket among others.
    """
    desk = opened.desk
    try:
        with _results_counted(opened, ticket, place):
            answered = await desk.submit(ticket)
            if not answered.is_open:
                return answered
            async with asyncio.timeout(RECONCILED_WITHIN_S):
                return await desk.reconciled(ticket.token)
    except TimeoutError:
        pass
    except asyncio.CancelledError:
        if opened.stays_open:
            say("\nInterrupted: a request that was sent is not taken back.", err=True)
        else:
            await _close(desk, opened.signals)
    return desk.find_ticket(ticket.token)


@contextlib.contextmanager
def _results_counted(opened: OpenDesk, ticket: Ticket, place: str) -> Iterator[None]:
    """Show of how many orders of the ticket the result is known. A session of lines and questions draws nothing."""
    if opened.stays_open or len(ticket.lines) == 1:
        yield
        return

    def known() -> int:
        with contextlib.suppress(KeyError):  # it is not submitted yet
            return sum(not line.is_open for line in opened.desk.find_ticket(ticket.token).lines)
        return 0

    with drawn(f"{place}waiting for results", "orders") as shown, looked_at(shown, known, len(ticket.lines)):
        yield


async def _close(desk: Desk, signals: Sequence[int]) -> None:
    """Wait for the answer on its way, until a second signal: what is known then is recorded and printed.

    It never raises CancelledError: that would say that nothing was sent.
    """
    say(_waiting_words(signals[-1] if signals else signal.SIGINT), err=True)
    for within_s in chain([ANSWERS_WITHIN_S], repeat(0.0)):
        with contextlib.suppress(asyncio.CancelledError):
            await desk.close(within_s)
            return


def _waiting_words(number: int) -> str:
    """Say that the answer is awaited, and when that ends: after a hang-up nobody can press a key."""
    waiting = f"waiting for the answer, at most {ANSWERS_WITHIN_S:.0f} s"
    if number == signal.SIGINT:
        return f"Interrupted: {waiting}. Press Ctrl+C again to end now."
    cause = "the terminal hung up" if number == signal.SIGHUP else "asked to end"
    return f"Interrupted, {cause}: {waiting}; then this command ends."
