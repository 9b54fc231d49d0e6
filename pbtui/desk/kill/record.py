"""Files of a kill: the halt file, journal lines, and the report.

Its own threads do the writing. A disk error is reported in the kill's view and never delays a request.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from pbtui.desk.journal.line import report_hash
from pbtui.desk.journal.recent import was_rearmed
from pbtui.desk.journal.writer import Journal, JournalUnusable, Kind, circumstances
from pbtui.desk.kill.certificate.words import certificate_lines
from pbtui.desk.kill.halt import FiredKill, Halt, engage, halt_here, own_halts, reason_of
from pbtui.desk.kill.plan import AnyOrder, KillPlan
from pbtui.desk.kill.progress import KillCall, KillView
from pbtui.desk.kill.protocol.events import Latch
from pbtui.desk.kill.report import EarlierKill, read_report, report_files
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.disk_thread import DiskThread, Job
from pbtui.desk.storage.earlier_state import move_earlier_state
from pbtui.desk.storage.halt_files import Written, is_there
from pbtui.desk.storage.places import Owner, owner_of, report_file, report_folder
from pbtui.desk.storage.problem import problem_of
from pbtui.settings.profiles import Profile

_LIFTED_WITHIN_S = 0.5
MOST_LINES_IN_JOURNAL = 20
"""Lines of the certificate in a journal line; the report has all of it."""
_NO_REPORT = "the report of the kill can't be written"
_NO_CONTENT = "the report of the kill can't be composed"


class KillRecord:
    """Writes the record of each kill of one profile. `problems` holds the present problems, each by what failed."""

    def __init__(self, profile: Profile, journal: Journal) -> None:
        self._profile = profile
        self._journal = journal
        self._latch = DiskThread("latch")
        self._pen = DiskThread("kill record")
        self._guard = self._token = ""
        self._halt: Halt | None = None
        """The halt of this kill, once it was written."""
        self._replaced: Sequence[Halt] = ()
        """The halts that it replaced."""
        self._earlier: Sequence[FiredKill] = ()
        self._written = Written()
        self._moved_here = ""
        self._earlier_report = ""
        self.problems: dict[str, str] = {}
        self.report: Path | None = None
        """The path of the present kill's JSON report; None before a kill, or if no path can be determined."""

    @property
    def shown_report(self) -> Path | None:
        """The path of the report; None if the report could not be written."""
        return None if {_NO_CONTENT, _NO_REPORT} & self.problems.keys() else self.report

    def present_problems(self, timeout_s: float) -> tuple[str, ...]:
        """All present problems, including writes that take longer than `timeout_s`."""
        slow = (self._latch, "the halt"), (self._pen, "the record of the kill")
        hanging = [*self._unwritten()]
        hanging += [
            f"{what} is not on disk yet: the disk does not respond" for pen, what in slow if pen.job_age_s > timeout_s
        ]
        return (*tuple(self.problems.values()), *hanging)

    @property
    def moved(self) -> str:
        """A sentence on the state that an earlier version left; empty if there was none."""
        return self._moved_here or self._journal.moved

    @property
    def halt_is_kept(self) -> bool:
        """Return whether the halt of this kill is in the state folder, where it outlives this program and a restart."""
        return self._halt is not None and not self._written.problem

    def halt(self, plan: KillPlan, started_at: datetime, guard: str, token: str) -> None:
        """Write the halt to disk and begin the record of a kill that starts now. Returns at once.

        `token` is the id of the halt in the team store.
        """
        self._guard, self._token = guard, token
        self._halt, self._replaced, self._earlier, self._earlier_report = None, (), (), ""
        self._written = Written()
        self.report = self._place(started_at)

        def latch() -> None:
            with contextlib.suppress(OSError):  # the journal reports it
                self._moved_here = move_earlier_state(self._profile)
            self._replaced = replaced = own_halts(self._profile)
            self._earlier_report = next((earlier.report for earlier in replaced), "")
            self._earlier = kills = tuple(dict.fromkeys(kill for earlier in replaced for kill in earlier.kills))
            halt = halt_here(
                reason_of(plan),
                action=plan.action.value,
                report=self._report_text,
                plan=plan,
                earlier=kills,
                token=token,
            )
            self._written = engage(self._profile, halt, replaced)
            self._halt = halt

        self._do(self._latch, "the halt is not on disk and ends when this program ends", latch)

    async def is_latched(self, within_s: float) -> bool:
        """Wait at most `within_s` for the halt to be on disk. Returns whether it is."""
        return await self._latch.done(within_s)

    async def check_halt(self) -> Latch:
        """Ask the disk for the halt of this kill. HELD if the disk does not respond in time.

        A halt that vanished is written again, and so is one that the state folder could not take.
        """
        found: list[Latch] = []

        def look() -> None:
            halt, owner = self._halt, owner_of(self._profile)
            if halt is None:
                found.append(Latch.HELD)
                return
            is_held = not self._written.is_anywhere or is_there(owner, self._written)
            if not is_held and _was_rearmed(owner, halt):
                found.append(Latch.REARMED)
                return
            found.append(Latch.HELD if is_held else Latch.VANISHED)
            if not is_held or self._written.problem:
                self._written = engage(self._profile, halt, self._replaced)

        self._do(self._latch, "the halt can't be read", look)
        await self._latch.done(_LIFTED_WITHIN_S)
        return found[0] if found else Latch.HELD

    async def read_back(self, report: str, within_s: float) -> EarlierKill | None:
        """Read what the report of an earlier kill says; None if it can't be read in time."""
        if not report:
            return None
        found: list[EarlierKill] = []
        problem = "the report of the earlier kill can't be read"
        self._do(self._pen, problem, lambda: found.append(read_report(self._present_path(Path(report)))))
        await self._pen.done(within_s)
        return found[0] if found else None

    async def earlier_kills(self, within_s: float) -> Sequence[FiredKill]:
        """The kills fired before while the profile was halted, the newest first; empty if the disk does not respond."""
        await self._latch.done(within_s)
        return self._earlier

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
            "orders": call.names,
            "requested_at": call.requested_at,
            "requested_s": call.requested_s,
            "ended_s": call.ended_s,
            "status": call.status,
            "end": call.end,
        }
        self._note(Kind.KILL_CALL, facts)

    def verdict(self, view: KillView) -> None:
        """Record this view in the journal with the hashes of its report, then write the report.

        A program that ends in between leaves an earlier report, or none, but none that the journal does not know.
        """
        file, guard = self.report, self._guard
        contents: dict[Path, bytes] = {}
        hashes: dict[str, str] = {}
        certificate: list[str] = []

        def compose() -> None:
            if view.certificate is not None:
                certificate.extend(islice(certificate_lines(view.certificate), MOST_LINES_IN_JOURNAL))
            if file is not None:
                contents.update(report_files(file, view, {**circumstances(self._profile), "guard": guard}))
                hashes.update({path.name: report_hash(content) for path, content in contents.items()})

        self._do(self._pen, _NO_CONTENT, compose)
        facts = {
            "token": self._token,
            "phase": view.phase,
            "headline": view.headline,
            "first_request_s": view.first_request_s,
            "verified_s": view.verified_s,
            "counts": {fate.value: count for fate, count in view.counts().items()},
            "certificate": certificate,
            "report": hashes,
        }
        self._note(Kind.KILL_END, facts)
        self._do(self._pen, _NO_REPORT, lambda: self._write(contents))

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

    def _write(self, contents: Mapping[Path, bytes]) -> None:
        """Write the files of a report. If one can't be written, the journal has it, and OSError is raised."""
        unwritten = [path.name for path in contents]
        try:
            for path, content in contents.items():
                disk().write_whole(path, content)
                unwritten.remove(path.name)
        except OSError as error:
            with contextlib.suppress(JournalUnusable):  # the next line that can be written names it
                self._journal.record(Kind.REPORT_UNWRITTEN, reports=unwritten, reason=error.strerror)
            raise

    def _unwritten(self) -> Iterator[str]:
        """The places that the halt is missing from."""
        problem, shared, shared_problem = self._written
        if problem and shared is not None:
            yield f"the halt is not in the state folder: {problem}; it is in {shared} and ends when this host restarts"
        elif problem:
            yield f"the halt is not on disk and ends when this program ends: {problem}"
        if shared_problem:
            yield f"programs with another home or state folder do not see the halt: {shared_problem}"

    def _present_path(self, report: Path) -> Path:
        """The present path of a report that a halt names: the halt may be of an earlier version."""
        moved = report_folder(owner_of(self._profile)) / report.name
        return report if disk().has(report) or not disk().has(moved) else moved

    @property
    def _report_text(self) -> str:
        return "" if self.report is None else str(self.report)

    def _place(self, started_at: datetime) -> Path | None:
        problem = "the folder for the report can't be determined"
        self.problems.pop(problem, None)
        try:
            return report_file(owner_of(self._profile), started_at)
        except Exception as error:  # noqa: BLE001 - no error here may stop the kill
            self.problems[problem] = f"{problem}: {problem_of(error)}"
            return None

    def _note(self, kind: Kind, facts: Mapping[str, object]) -> None:
        self._do(self._pen, "the journal can't be written", lambda: self._journal.record(kind, **facts))

    def _do(self, pen: DiskThread, problem: str, job: Job) -> None:
        def watched() -> None:
            try:
                job()
            except Exception as error:  # noqa: BLE001 - no error here may stop the kill
                self.problems[problem] = f"{problem}: {problem_of(error)}"
            else:
                self.problems.pop(problem, None)

        pen.do(watched)


def _was_rearmed(owner: Owner, halt: Halt) -> bool:
    """Return whether somebody is known to have re-armed the profile. False if the journal can't be read."""
    try:
        return was_rearmed(owner, halt.halted_at, halt.token)
    except (JournalUnusable, OSError):
        return False
