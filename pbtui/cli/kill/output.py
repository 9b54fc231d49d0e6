"""Runs a kill on the command line and prints its progress and its verdict; for `pbtui kill` and `pbtui drill`.

The kill never waits for the output: see `pbtui.cli.background_writer`.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct

from pbtui.api.clock import steady_s
from pbtui.api.structs import replace
from pbtui.cli.background_writer import BackgroundWriter
from pbtui.cli.interrupts import interrupts
from pbtui.cli.kill.opener import kill_opener
from pbtui.cli.progress import REDRAWN_AFTER_S, SHOWN_AFTER_S, can_draw
from pbtui.desk import event_loop
from pbtui.desk.formats.time_format import age_text, in_zone
from pbtui.desk.kill.certificate.fate import OrderFate
from pbtui.desk.kill.certificate.words import certificate_lines
from pbtui.desk.kill.conditions.algorithm_lines import shortened
from pbtui.desk.kill.halt import Halt
from pbtui.desk.kill.plan import AnyOrder, KillPlan
from pbtui.desk.kill.progress import ALARMS, Doubt, KillView, Phase
from pbtui.desk.kill.protocol.timing import Timing
from pbtui.settings.key_text import Secret
from pbtui.settings.profiles import Profile

if TYPE_CHECKING:
    from pbtui.api.reads.algorithms import AlgoDetails

LONGEST_AFTER_HANG_UP_S = 60.0
EXIT_CODES = {Phase.REAPPEARED: 3, Phase.INCOMPLETE: 3, Phase.REFUSED: 4}
EXIT_NOT_KNOWN = 5
_ORDERS_ACTIVE = (Doubt.MATCHED_NOTHING, Doubt.CAME_BACK)
MOST_SHOWN = 50
WATCH_S = Timing().watch_s


class KillOutput:
    """Prints one kill: its progress on stderr with times in this zone, the verdict on stdout.

    `in_full` formats the verdict. `watch_s` is how long a verified kill is watched before the verdict is printed. With
    `resumes` the plan of the resumed kill is printed first. A typed line ends the watch if it `ends_by_line`.
    """

    def __init__(
        self,
        in_full: Callable[[KillView], str],
        zone: ZoneInfo,
        *,
        watch_s: float = 0.0,
        resumes: bool = False,
        ends_by_line: bool = False,
    ) -> None:
        self.watch_s = watch_s
        self.ends_by_line = ends_by_line
        self.err = BackgroundWriter(sys.stderr)
        self._out = BackgroundWriter(sys.stdout)
        self._in_full = in_full
        self._zone = zone
        self._resumes = resumes
        self._shown: set[str] = set()

    def show(self, view: KillView) -> None:
        """Print the headline, the problems and re-appeared orders of a view, each text once."""
        plan = f"resuming {view.plan.call}: {view.plan.verb} {view.plan.scope}" if self._resumes else ""
        news = [plan, view.headline, *(f"  {problem}" for problem in view.problems)]
        if view.is_watching:
            news += [f"  re-appeared: {_described(fate)}" for fate in view.survivors]
        for text in news:
            if text and text not in self._shown:
                self._shown.add(text)
                self.err.say(in_zone(text, self._zone))

    async def draw(self, view: Callable[[], KillView]) -> None:
        """Draw how far the kill is, anew every moment, if stderr is a terminal. Ends only when it is cancelled."""
        await asyncio.sleep(SHOWN_AFTER_S)
        while can_draw():
            self.err.draw(progress_words(view(), steady_s()))
            await asyncio.sleep(REDRAWN_AFTER_S)

    def show_watch(self, view: KillView) -> None:
        """Print the limits of the verdict, and that the watch has begun."""
        for note in view.notes:
            self.err.say(f"  {in_zone(note, self._zone)}")
        way = "a line that is typed ends it and is done" if self.ends_by_line else "Ctrl+C stops watching"
        self.err.say(f"watching for orders that re-appear; {way}; the profile stays halted")

    def show_verdict(self, view: KillView) -> None:
        """Print the verdict, and wait until it is written, or until the stream accepts nothing for a while."""
        self.err.draw("")
        self.err.finish()
        self._out.say(self._in_full(view))
        self._out.finish()


def run_kill(
    profile: Profile,
    api_key: Secret,
    plan: KillPlan,
    known: Sequence[AnyOrder] = (),
    *,
    output: KillOutput,
    guard: str,
    verify_within_s: float,
    resumes: Halt | None = None,
    algorithms: Sequence[AlgoDetails] | None = None,
) -> KillView:
    """Fire, verify and watch a kill, and print its progress. Returns the last view.

    If the terminal is lost, the kill goes on until its verdict, at most one minute, and writes its report. Ctrl+C ends
    it.
    """
    timing = Timing(verify_within_s=verify_within_s, watch_s=output.watch_s)

    async def run() -> KillView:
        async with kill_opener(profile, lambda: api_key, timing)(output.show, lambda: 0) as switch:
            session = _Session(switch.release)
            interrupts.pass_to_loop(session.interrupt)
            if resumes is None:
                # They were read before the trader confirmed: another program may have entered orders since.
                going = switch.fire(plan, known, guard=guard, knows_all=False, algorithms=algorithms)
            else:
                going = switch.resume(resumes)
            firing = asyncio.create_task(going)
            asyncio.get_running_loop().call_later(1.0, gc.enable)
            drawing = asyncio.create_task(output.draw(lambda: switch.view))
            verdict = asyncio.create_task(switch.verdict())
            await asyncio.wait({firing, verdict}, return_when=asyncio.FIRST_COMPLETED)
            decided = switch.view
            if decided.verified_s is not None and output.watch_s and not session.is_lost:
                session.is_decided = True
                output.show_watch(decided)
                with _released_by_line(switch.release) if output.ends_by_line else nullcontext():
                    await asyncio.wait({firing})
            elif decided.phase in (Phase.VERIFIED, Phase.INCOMPLETE):
                await switch.certified()
            switch.release()
            last = await firing
            drawing.cancel()
            return _last(decided, last)

    return event_loop.run(run())


@contextmanager
def _released_by_line(release: Callable[[], None]) -> Iterator[None]:
    """Call `release` as soon as a line is typed, or the input ends. The line is left for the next reader of stdin."""
    loop, stdin = asyncio.get_running_loop(), sys.stdin.fileno()

    def typed() -> None:
        loop.remove_reader(stdin)
        release()

    loop.add_reader(stdin, typed)
    try:
        yield
    finally:
        loop.remove_reader(stdin)


class _Session(Struct):
    """The terminal session. `is_lost`: it hung up. From `is_decided` on, a hang-up ends the kill at once."""

    release: Callable[[], None]
    is_lost: bool = False
    is_decided: bool = False

    def interrupt(self, number: int) -> None:
        """End the kill at Ctrl+C; at a hang-up or SIGTERM give it time for its verdict."""
        if number == signal.SIGINT:
            self.release()
            return
        self.is_lost = True
        delay_s = 0 if self.is_decided else LONGEST_AFTER_HANG_UP_S
        asyncio.get_running_loop().call_later(delay_s, self.release)


def _last(decided: KillView, last: KillView) -> KillView:
    """The last view, with the earlier verdict if the end of the run would turn it into UNKNOWN."""
    if last.phase is Phase.UNKNOWN and decided.phase in (Phase.INCOMPLETE, Phase.REFUSED):
        return replace(last, phase=decided.phase, headline=decided.headline)
    return last


def progress_words(view: KillView, now_s: float) -> str:
    """Return how far a kill is, as in `8 s: 5 of 7 requests answered, the last 0.4 s ago, 38 orders active`.

    `now_s` is on the steady clock.
    """
    took_s = view.elapsed_s(now_s)
    answered_s = [call.ended_s for call in view.calls if call.ended_s is not None and call.status is not None]
    words = [f"{len(answered_s)} of {len(view.calls)} requests answered"]
    if answered_s:
        words.append(f"the last {age_text(took_s - max(answered_s))} ago")
    words.append("reading which orders are active" if view.active is None else f"{view.active} orders active")
    return f"  {age_text(took_s)}: {', '.join(words)}"


def exit_code(view: KillView) -> int:
    """0 only if it was verified, and nothing is left open: see `Doubt`."""
    if view.phase is not Phase.VERIFIED:
        return EXIT_CODES.get(view.phase, EXIT_NOT_KNOWN)
    if set(view.doubts) - set(_ORDERS_ACTIVE):
        return EXIT_NOT_KNOWN
    return 3 if view.doubts else 0


def command_verdict(view: KillView, zone: ZoneInfo) -> str:
    """The verdict of a command that ends with it, times in this zone."""
    ends = "  this command has ended: orders that re-appear from now on are neither withdrawn nor reported"
    return f"{verdict_text(view, zone)}\n{ends}"


def verdict_text(view: KillView, zone: ZoneInfo) -> str:
    """The verdict, its action and scope, its limits, the orders still active, and what to do next."""
    return "\n".join(_lines(view, zone))


def _lines(view: KillView, zone: ZoneInfo) -> Iterator[str]:
    yield in_zone(view.headline, zone)
    yield f"  {view.fired.action}, {view.fired.call}: {view.fired.scope}"
    yield from (f"  {in_zone(note, zone)}" for note in (*view.notes, *view.problems))
    counts = ", ".join(f"{count} {fate.value}" for fate, count in view.counts().items())
    if view.initial is not None:
        yield f"  active before the kill: {view.initial}; now: {counts or 'no order'}"
    elif counts:
        yield f"  orders read since the kill: {counts}"
    if view.certificate is not None:
        yield from (f"  {in_zone(line, zone)}" for line in shortened(certificate_lines(view.certificate), MOST_SHOWN))
    yield from (f"  {in_zone(line, zone)}" for line in shortened(view.algorithm_lines(), MOST_SHOWN))
    for title, fates in (("still active or unknown", view.survivors), ("appeared after the kill", view.reappeared)):
        if fates:
            yield f"{title}:"
            yield from (f"  {_described(fate)}" for fate in fates[:MOST_SHOWN])
            if len(fates) > MOST_SHOWN:
                yield f"  and {len(fates) - MOST_SHOWN} more, see the report"
    if view.phase in ALARMS:
        yield from (f"call: {phone}" for phone in view.phones)
        yield "to kill by hand, set the API key in the variable below and run:"
        yield from (f"  {line}" for line in view.curl.splitlines())
    if view.report is not None:
        yield f"  report: {view.report}"


def _described(fate: OrderFate) -> str:
    return f"{fate.fate.value}  {fate.words}  {fate.origin}  {fate.note}".rstrip()
