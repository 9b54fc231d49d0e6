"""Files of a kill: the halt file, journal lines, and the report.

Its own threads do the writing. A disk error is reported in the kill's view and never delays a request.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from pbtui.desk.journal.recent import was_rearmed
from pbtui.desk.journal.writer import Journal, JournalUnusable, Kind, circumstances
from pbtui.desk.kill.halt import Halt, engage, halt_here, read_halt
from pbtui.desk.kill.plan import AnyOrder, KillPlan
from pbtui.desk.kill.protocol.events import Latch
from pbtui.desk.kill.report import EarlierKill, read_report, write_report
from pbtui.desk.kill.view import KillCall, KillView
from pbtui.desk.storage.disk_thread import DiskThread, Job
from pbtui.desk.storage.places import report_file
from pbtui.settings.profiles import Profile

_LIFTED_WITHIN_S = 0.5
_NO_REPORT = "the report of the kill can't be written"


class KillRecord:
    """Writes the record of each kill of one profile. `problems` holds the present problems, each by what failed."""

    def __init__(self, profile: Profile, journal: Journal) -> None:
        self._profile = profile
        self._journal = journal
        self._latch = DiskThread("latch")
        self._pen = DiskThread("kill record")
        self._guard = ""
        self._halt: Halt | None = None
        """The halt of this kill, once it is on disk."""
        self._earlier_report = ""
        self.problems: dict[str, str] = {}
        self.report: Path | None = None
        """The path of the present kill's JSON report; None before a kill, or if no path can be determined."""

    @property
    def shown_report(self) -> Path | None:
        """The path of the report; None if the report could not be written."""
        return None if _NO_REPORT in self.problems else self.report

    def present_problems(self, timeout_s: float) -> tuple[str, ...]:
        """All present problems, including writes that take longer than `timeout_s`."""
        slow = (self._latch, "the halt"), (self._pen, "the record of the kill")
        hanging = [
            f"{what} is not on disk yet: the disk does not respond" for pen, what in slow if pen.job_age_s > timeout_s
        ]
        return (*tuple(self.problems.values()), *hanging)

    def halt(self, plan: KillPlan, started_at: datetime, guard: str) -> None:
        """Write the halt to disk and begin the record of a kill that starts now. Returns at once."""
        self._guard, self._halt, self._earlier_report = guard, None, ""
        self.report = self._place(started_at)

        def latch() -> None:
            name, action = self._profile.name, plan.action.value
            earlier = read_halt(name)
            self._earlier_report = "" if earlier is None else earlier.report
            kills = () if earlier is None else earlier.kills
            reason, report = f"kill {action} fired", self._report_text
            halt = halt_here(reason, action=action, report=report, plan=plan, earlier=kills)
            engage(name, halt)
            self._halt = halt

        self._do(self._latch, "the halt is not on disk and ends when this program ends", latch)

    async def is_latched(self, within_s: float) -> bool:
        """Wait at most `within_s` for the halt to be on disk. Returns whether it is."""
        return await self._latch.done(within_s)

    async def check_halt(self) -> Latch:
        """Ask the disk for the halt of this kill. HELD if the disk does not respond in time.

        A halt that vanished is written again.
        """
        found: list[Latch] = []

        def look() -> None:
            halt, name = self._halt, self._profile.name
            if halt is None or read_halt(name) is not None:
                found.append(Latch.HELD)
            elif _was_rearmed(name, halt):
                found.append(Latch.REARMED)
            else:
                found.append(Latch.VANISHED)
                engage(name, halt)

        self._do(self._latch, "the halt can't be read", look)
        await self._latch.done(_LIFTED_WITHIN_S)
        return found[0] if found else Latch.HELD

    async def read_back(self, report: str, within_s: float) -> EarlierKill | None:
        """Read what the report of an earlier kill says; None if it can't be read in time."""
        if not report:
            return None
        found: list[EarlierKill] = []
        problem = "the report of the earlier kill can't be read"
        self._do(self._pen, problem, lambda: found.append(read_report(Path(report))))
        await self._pen.done(within_s)
        return found[0] if found else None

    async def earlier_orders(self, within_s: float) -> Sequence[AnyOrder]:
        """The orders from before the kill that halted the profile earlier; empty if they can't be read in time."""
        earlier = await self.read_back(self._earlier_report, within_s)
        return () if earlier is None else earlier.before

    def begin(self, plan: KillPlan, before: Sequence[AnyOrder]) -> None:
        """Record what was fired, and at which orders."""
        facts = {
            "action": plan.action,
            "call": plan.call,
            "scope": plan.scope,
            "guard": self._guard,
            "orders": len(before),
            "known": [order.order_id or order.key for order in before],
            "report": self._report_text,
        }
        self._note(Kind.KILL, facts)

    def call(self, call: KillCall) -> None:
        """Record a kill request that has ended, with its result."""
        facts = {
            "method": call.method,
            "path": call.path,
            "about": call.about,
            "requested_at": call.requested_at,
            "requested_s": call.requested_s,
            "ended_s": call.ended_s,
            "status": call.status,
            "end": call.end,
        }
        self._note(Kind.KILL_CALL, facts)

    def verdict(self, view: KillView) -> None:
        """Write the report of this view, and record its hashes in the journal."""
        file, guard = self.report, self._guard
        hashes: dict[str, str] = {}

        def write() -> None:
            if file is not None:
                hashes.update(write_report(file, view, {**circumstances(self._profile), "guard": guard}))

        self._do(self._pen, _NO_REPORT, write)
        facts = {
            "phase": view.phase,
            "headline": view.headline,
            "first_request_s": view.first_request_s,
            "verified_s": view.verified_s,
            "counts": {fate.value: count for fate, count in view.counts().items()},
            "report": hashes,
        }
        self._note(Kind.KILL_END, facts)

    async def done(self, within_s: float) -> bool:
        """Wait at most `within_s` until everything is on disk. Returns whether it is."""
        done = await asyncio.gather(self._latch.done(within_s), self._pen.done(within_s))
        return all(done)

    async def close(self, within_s: float) -> None:
        """Close the journal, and wait at most `within_s` for it."""

        def close() -> None:
            if self._journal.path is not None:
                self._journal.close()

        self._do(self._pen, "the journal can't be closed", close)
        await self._pen.done(within_s)

    @property
    def _report_text(self) -> str:
        return "" if self.report is None else str(self.report)

    def _place(self, started_at: datetime) -> Path | None:
        problem = "the folder for the report can't be determined"
        self.problems.pop(problem, None)
        try:
            return report_file(self._profile.name, started_at)
        except Exception as error:  # noqa: BLE001 - no error here may stop the kill
            self.problems[problem] = f"{problem}: {error}"
            return None

    def _note(self, kind: Kind, facts: Mapping[str, object]) -> None:
        self._do(self._pen, "the journal can't be written", lambda: self._journal.record(kind, **facts))

    def _do(self, pen: DiskThread, problem: str, job: Job) -> None:
        def watched() -> None:
            try:
                job()
            except Exception as error:  # noqa: BLE001 - no error here may stop the kill
                self.problems[problem] = f"{problem}: {error}"
            else:
                self.problems.pop(problem, None)

        pen.do(watched)


def _was_rearmed(profile_name: str, halt: Halt) -> bool:
    """Whether somebody re-armed the profile. If the journal can't be read, the halt is only absent: nobody did."""
    try:
        return was_rearmed(profile_name, halt.halted_at)
    except (JournalUnusable, OSError):
        return False
