"""The kill as it is shown: the state of a run, with its requests, its record, its later reads and the kills before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from pbtui.api.clock import steady_s
from pbtui.api.structs import replace
from pbtui.desk.kill.certificate.fate import Fate
from pbtui.desk.kill.commands import curl_lines
from pbtui.desk.kill.conditions.algorithms import AlgorithmsSeen
from pbtui.desk.kill.describe import doubts, headline, last_kill_call, notes, owed_text, problems, verified_at
from pbtui.desk.kill.later_reads.of_run import LaterReads
from pbtui.desk.kill.plan import AnyOrder, KillPlan, plan_for
from pbtui.desk.kill.progress import ALARMS, UNDECIDED, Doubt, KillView, Phase
from pbtui.desk.kill.protocol.step import is_decided, phase_of
from pbtui.desk.kill.record import KillRecord
from pbtui.desk.kill.run import KillRun
from pbtui.settings.profiles import Profile

if TYPE_CHECKING:
    from pbtui.desk.team.halts.of_kill import SharedHalt


class ShownKill:
    """Makes the views of one switch.

    `earlier` is the last view of the run before, `still_owed` are the kills that the present one does not include. What
    the disk has not done within `disk_within_s` is a problem of the view, and so is a store of the team, `shared`, that
    can't be reached.
    """

    def __init__(self, profile: Profile, record: KillRecord, shared: SharedHalt | None, disk_within_s: float) -> None:
        self._profile = profile
        self._record = record
        self._shared = shared
        self._disk_within_s = disk_within_s
        self._before: dict[str, AnyOrder] = {}
        self.earlier: KillView | None = None
        self.still_owed: tuple[KillPlan, ...] = ()

    def add_before(self, orders: Iterable[AnyOrder]) -> None:
        """Add orders from before an earlier kill to the restore list, as far as it does not have them."""
        for order in orders:
            self._before.setdefault(order.key, order)

    def take_before(self, orders: Iterable[AnyOrder]) -> None:
        """Put the orders from before the present run on the restore list, as that run read them."""
        self._before |= {order.key: order for order in orders}

    def ready(self) -> KillView:
        """Return the view before a kill was fired."""
        plan = plan_for(self._profile)
        return KillView(
            phase=Phase.READY,
            plan=plan,
            fired=plan,
            headline="",
            curl=curl_lines(self._profile, plan),
            phones=self._profile.kill.phones,
        )

    def view_of(
        self,
        run: KillRun,
        later: LaterReads | None,
        last: KillView,
        ended_s: float | None = None,
        disk_within_s: float | None = None,
    ) -> KillView:
        """Return the view of a run. `last` is the view before it; `ended_s` says when the run ended, if it has."""
        state, first_request_s = replace(run.state, now_s=max(run.state.now_s, steady_s())), run.calls.first_request_s
        phase, book = phase_of(state), state.book
        live = [fate.fate for fate in book.fates.values() if fate.fate.is_live]
        timeout_s = self._disk_within_s if disk_within_s is None else disk_within_s
        last_call = last_kill_call(run.calls.all, state.fired)
        return KillView(
            phase=phase,
            plan=state.plan,
            fired=state.fired,
            headline=headline(state, phase, first_request_s, last_call, halt_is_kept=self._record.halt_is_kept),
            attempt=state.attempt,
            earlier=self.earlier,
            notes=(*notes(state, first_request_s), *filter(None, [self._record.moved])),
            problems=(
                *problems(state, last_call, "" if self._shared is None else self._shared.problem),
                *map(owed_text, self.still_owed),
                *self._record.present_problems(timeout_s),
            ),
            started_at=state.started_at,
            started_steady_s=state.started_s,
            ended_s=ended_s,
            first_request_s=first_request_s,
            verified_s=state.verified_s,
            verified_at=verified_at(state),
            is_watching=state.is_watching,
            is_decided=is_decided(state),
            doubts=(*doubts(state), *self._doubts()),
            initial=book.initial,
            active=book.active,
            unknown=live.count(Fate.UNKNOWN),
            fates=book.fates,
            certificate=None if later is None or phase in UNDECIDED else later.certificate,
            algorithms=None if phase in UNDECIDED else _algorithms(later, book.newcomers, ended_s),
            newcomers=book.newcomers,
            calls=run.calls.all,
            curl=curl_lines(self._profile, state.fired, book.targets) if phase in ALARMS else last.curl,
            phones=self._profile.kill.phones,
            report=self._record.shown_report,
            before=tuple(self._before.values()),
        )

    def _doubts(self) -> Iterator[Doubt]:
        if self.still_owed:
            yield Doubt.KILL_OWED
        if not self._record.halt_is_kept:
            yield Doubt.HALT_NOT_KEPT


def _algorithms(reads: LaterReads | None, newcomers: Sequence[str], ended_s: float | None) -> AlgorithmsSeen | None:
    """The algorithms once there is something to say: they were read, orders came back, or no read follows."""
    if reads is None or not (reads.has_algorithms or newcomers or ended_s is not None):
        return None
    return reads.algorithms


def later_standing(view: KillView) -> tuple[object, ...]:
    """Return the state of the certificate and of the algorithms that the report on disk has to show."""
    certificate, algorithms = view.certificate, view.algorithms
    certified = None if certificate is None else (certificate.standing, certificate.is_complete)
    if algorithms is None or view.started_at is None:
        return (certified,)
    running = frozenset(each.key for each in algorithms.came_back(view.plan, view.started_at))
    return certified, algorithms.after is None, running
