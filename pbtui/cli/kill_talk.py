"""A kill on the command line: fired, followed until its verdict, and told; for `pbtui kill` and `pbtui drill`."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from pbtui.cli.kill_opener import kill_opener
from pbtui.desk.halt import Halt
from pbtui.desk.kill_pace import Pace
from pbtui.desk.kill_plan import AnyOrder, KillPlan
from pbtui.desk.kill_view import ALARMS, KillView, Phase
from pbtui.settings.profiles import Profile

if TYPE_CHECKING:
    from pydantic import SecretStr

LONGEST_AFTER_HANG_UP_S = 60.0
EXIT_CODES = {Phase.VERIFIED: 0, Phase.REAPPEARED: 3, Phase.INCOMPLETE: 3, Phase.REFUSED: 4, Phase.UNKNOWN: 5}
MOST_TOLD = 50


def run_kill(
    profile: Profile,
    api_key: SecretStr,
    plan: KillPlan,
    known: Sequence[AnyOrder] = (),
    *,
    guard: str,
    verify_within_s: float,
    resumes: Halt | None = None,
) -> KillView:
    """Fire and verify, and tell each new headline on stderr; gives the last view.

    A terminal that is lost does not end it: what is fired is verified for a minute more at most, and the report is
    written. Ctrl+C ends it.
    """
    pace = Pace(verify_within_s=verify_within_s, watch_s=0)
    headlines = _Headlines()

    async def run() -> KillView:
        async with kill_opener(profile, lambda: api_key, pace)(headlines.show, lambda: 0) as switch:
            with _signals(switch.release):
                going = switch.fire(plan, known, guard=guard) if resumes is None else switch.resume(resumes)
                firing = asyncio.create_task(going)
                asyncio.get_running_loop().call_later(1.0, gc.enable)
                verdict = asyncio.create_task(switch.verdict())
                await asyncio.wait({firing, verdict}, return_when=asyncio.FIRST_COMPLETED)
                switch.release()
                return await firing

    return asyncio.run(run())


@contextlib.contextmanager
def _signals(release: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def hang_up() -> None:
        loop.call_later(LONGEST_AFTER_HANG_UP_S, release)

    loop.add_signal_handler(signal.SIGINT, release)
    for number in (signal.SIGHUP, signal.SIGTERM):
        loop.add_signal_handler(number, hang_up)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            loop.remove_signal_handler(number)


class _Headlines:
    """Tells a headline and a note when it is news."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def show(self, view: KillView) -> None:
        for text in (view.headline, *(f"  {note}" for note in view.trouble)):
            if text not in self._told:
                self._told.add(text)
                say(text)


def say(text: str) -> None:
    """On stderr, unless that is gone."""
    with contextlib.suppress(OSError):
        click.echo(text, err=True)


def tell(view: KillView) -> None:
    """The verdict, what limits it, what is left and what to do next."""
    with contextlib.suppress(OSError):
        click.echo("\n".join(_lines(view)))


def _lines(view: KillView) -> Iterator[str]:
    yield view.headline
    yield from (f"  {note}" for note in (*view.notes, *view.trouble))
    counts = ", ".join(f"{count} {fate.value}" for fate, count in view.counts().items())
    if view.initial is not None:
        yield f"  of {view.initial} orders before: {counts or 'nothing was active'}"
    elif counts:
        yield f"  of the orders that were read since: {counts}"
    for title, fates in (("still live", view.survivors), ("came after the kill", view.reappeared)):
        if fates:
            yield f"{title}:"
            for fate in fates[:MOST_TOLD]:
                order_id = fate.order.order_id or fate.order.key
                yield f"  {order_id}  {fate.fate.value}  {fate.origin}  {fate.note}".rstrip()
            if len(fates) > MOST_TOLD:
                yield f"  and {len(fates) - MOST_TOLD} more, see the report"
    if view.phase in ALARMS:
        yield from (f"call: {phone}" for phone in view.phones)
        yield "by hand, with the key in that variable:"
        yield from (f"  {line}" for line in view.curl.splitlines())
    if view.report is not None:
        yield f"  report: {view.report}"
