"""A kill on the command line: fired, followed until its verdict, watched, and told; for `pbtui kill` and `drill`.

None of it waits for the terminal, nor for whoever reads it: see `pbtui.cli.voice`.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pbtui.cli.kill.opener import kill_opener
from pbtui.cli.voice import Voice
from pbtui.desk.kill.halt import Halt
from pbtui.desk.kill.plan import AnyOrder, KillPlan
from pbtui.desk.kill.timing import Timing
from pbtui.desk.kill.view import ALARMS, KillView, OrderFate, Phase
from pbtui.settings.profiles import Profile

if TYPE_CHECKING:
    from pydantic import SecretStr

LONGEST_AFTER_HANG_UP_S = 60.0
EXIT_CODES = {Phase.VERIFIED: 0, Phase.REAPPEARED: 3, Phase.INCOMPLETE: 3, Phase.REFUSED: 4, Phase.UNKNOWN: 5}
MOST_TOLD = 50
WATCH_S = Timing().watch_s


class KillTalk:
    """Tells of one kill: news on stderr, the verdict on stdout.

    `in_full` is what the verdict prints; `watch_s` how long the kill is watched before that, once it is verified.
    `resumes`: what it goes on with has to be told, as nobody has named it.
    """

    def __init__(self, in_full: Callable[[KillView], str], *, watch_s: float = 0.0, resumes: bool = False) -> None:
        self.watch_s = watch_s
        self.err = Voice(sys.stderr)
        self._out = Voice(sys.stdout)
        self._in_full = in_full
        self._resumes = resumes
        self._told: set[str] = set()

    def show(self, view: KillView) -> None:
        """Tell a headline, a trouble and an order that came back when it is news."""
        plan = f"going on with {view.plan.call}: {view.plan.verb} {view.plan.scope}" if self._resumes else ""
        news = [plan, view.headline, *(f"  {trouble}" for trouble in view.trouble)]
        if view.is_watching:
            news += [f"  came back: {_described(fate)}" for fate in view.survivors]
        for text in news:
            if text and text not in self._told:
                self._told.add(text)
                self.err.say(text)

    def tell_watch(self, view: KillView) -> None:
        """Tell that it is verified within which limits, and goes on."""
        for note in view.notes:
            self.err.say(f"  {note}")
        self.err.say("watching for orders that come back; Ctrl+C ends it; the halt stays")

    def tell(self, view: KillView) -> None:
        """Tell it in full, and wait for that to be read, but neither for ever nor after Ctrl+C."""
        with contextlib.suppress(KeyboardInterrupt):
            self.err.finish()
            self._out.say(self._in_full(view))
            self._out.finish()


def run_kill(
    profile: Profile,
    api_key: SecretStr,
    plan: KillPlan,
    known: Sequence[AnyOrder] = (),
    *,
    talk: KillTalk,
    guard: str,
    verify_within_s: float,
    resumes: Halt | None = None,
) -> KillView:
    """Fire, verify and watch, and tell what is news; gives the last view.

    A terminal that is lost does not end it before the verdict: what is fired is verified for a minute more at most, and
    the report is written. Ctrl+C ends it.
    """
    timing = Timing(verify_within_s=verify_within_s, watch_s=talk.watch_s)

    async def run() -> KillView:
        async with kill_opener(profile, lambda: api_key, timing)(talk.show, lambda: 0) as switch:
            with _session(switch.release) as session:
                going = switch.fire(plan, known, guard=guard) if resumes is None else switch.resume(resumes)
                firing = asyncio.create_task(going)
                asyncio.get_running_loop().call_later(1.0, gc.enable)
                verdict = asyncio.create_task(switch.verdict())
                await asyncio.wait({firing, verdict}, return_when=asyncio.FIRST_COMPLETED)
                decided = switch.view
                if decided.verified_s is not None and talk.watch_s and not session.is_lost:
                    session.is_decided = True
                    talk.tell_watch(decided)
                    await asyncio.wait({firing})
                switch.release()
                return _last(decided, await firing)

    return asyncio.run(run())


@dataclass
class _Session:
    """What became of the terminal: `is_lost` once it hung up. From `is_decided` on that ends everything at once."""

    is_lost: bool = False
    is_decided: bool = False


@contextlib.contextmanager
def _session(release: Callable[[], None]) -> Iterator[_Session]:
    loop, session = asyncio.get_running_loop(), _Session()

    def hang_up() -> None:
        session.is_lost = True
        loop.call_later(0 if session.is_decided else LONGEST_AFTER_HANG_UP_S, release)

    loop.add_signal_handler(signal.SIGINT, release)
    for number in (signal.SIGHUP, signal.SIGTERM):
        loop.add_signal_handler(number, hang_up)
    try:
        yield session
    finally:
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _last(decided: KillView, last: KillView) -> KillView:
    """The last view; how the run was ended does not take back that orders were read as active."""
    if last.phase is Phase.UNKNOWN and decided.phase in (Phase.INCOMPLETE, Phase.REFUSED):
        return replace(last, phase=decided.phase, headline=decided.headline)
    return last


def verdict_text(view: KillView) -> str:
    """The verdict, what limits it, what is left and what to do next."""
    return "\n".join(_lines(view))


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
            yield from (f"  {_described(fate)}" for fate in fates[:MOST_TOLD])
            if len(fates) > MOST_TOLD:
                yield f"  and {len(fates) - MOST_TOLD} more, see the report"
    if view.phase in ALARMS:
        yield from (f"call: {phone}" for phone in view.phones)
        yield "by hand, with the key in that variable:"
        yield from (f"  {line}" for line in view.curl.splitlines())
    if view.report is not None:
        yield f"  report: {view.report}"
    yield "  from here on nothing is fired or watched: what comes back is not told"


def _described(fate: OrderFate) -> str:
    return f"{fate.order.order_id or fate.order.key}  {fate.fate.value}  {fate.origin}  {fate.note}".rstrip()
