"""What a kill leaves on disk: the latch, lines in the journal, and its report.

All of it is written by threads of its own. Whatever fails there is told and holds up nothing.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from pbtui.desk.disk_thread import DiskThread, Errand
from pbtui.desk.halt import engage, halt_here
from pbtui.desk.journal import Journal, Kind, circumstances
from pbtui.desk.kill_plan import AnyOrder, KillPlan
from pbtui.desk.kill_report import report_file, write_report
from pbtui.desk.kill_view import KillCall, KillView
from pbtui.settings.profiles import Profile


class KillRecord:
    """The record of one kill after the other. `trouble` is why something could not be written, by what it is."""

    def __init__(self, profile: Profile, journal: Journal) -> None:
        self._profile = profile
        self._journal = journal
        self._latch = DiskThread("latch")
        self._pen = DiskThread("kill record")
        self._guard = ""
        self.trouble: dict[str, str] = {}
        self.report: Path | None = None
        """The JSON report of the present kill."""

    def troubles(self, patience_s: float) -> tuple[str, ...]:
        """All that could not be written, or takes longer than so."""
        slow = (self._latch, "the halt"), (self._pen, "the record of the kill")
        hanging = [f"{what} can't be written: the disk hangs" for pen, what in slow if pen.errand_age_s > patience_s]
        return (*tuple(self.trouble.values()), *hanging)

    def halt(self, plan: KillPlan, started_at: datetime, guard: str) -> None:
        """Put the halt on disk, and begin the record of a kill that is fired now."""
        self._guard = guard
        self.report = report_file(self._profile.name, started_at)
        halt = halt_here(f"kill {plan.action.value} fired", action=plan.action.value, report=str(self.report))
        told = "the halt is not on disk, it ends with this program"
        self._do(self._latch, told, lambda: engage(self._profile.name, halt))

    async def is_latched(self, within_s: float) -> bool:
        """Wait at most so long for the halt to be on disk, and tell whether it is."""
        return await self._latch.done(within_s)

    def begin(self, plan: KillPlan, before: Sequence[AnyOrder]) -> None:
        """Note what was fired, and at which orders."""
        facts = {
            "action": plan.action,
            "call": plan.call,
            "scope": plan.scope,
            "guard": self._guard,
            "orders": len(before),
            "known": [order.order_id or order.key for order in before],
            "report": str(self.report),
        }
        self._note(Kind.KILL, facts)

    def call(self, call: KillCall) -> None:
        """Note a request that took orders out of the market, or was to."""
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
        """Write the report as it now stands, and chain its hashes into the journal."""
        file, guard = self.report, self._guard
        assert file is not None  # noqa: S101 - the kill was begun

        def write() -> None:
            hashes.update(write_report(file, view, {**circumstances(self._profile), "guard": guard}))

        hashes: dict[str, str] = {}
        self._do(self._pen, "the report can't be written", write)
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
        """Wait at most so long until all of it is on disk, and tell whether it is."""
        done = await asyncio.gather(self._latch.done(within_s), self._pen.done(within_s))
        return all(done)

    def _note(self, kind: Kind, facts: Mapping[str, object]) -> None:
        told = "the journal can't be written"
        self._do(self._pen, told, lambda: self._journal.record(kind, **facts))

    def _do(self, pen: DiskThread, told: str, errand: Errand) -> None:
        def watched() -> None:
            try:
                errand()
            except Exception as error:  # noqa: BLE001 - whatever it is, the kill goes on without that line
                self.trouble[told] = f"{told}: {error}"
            else:
                self.trouble.pop(told, None)

        pen.do(watched)
