"""The halt as one desk knows it: its own, which stops only this desk, that on disk, and those of its team."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from pbtui.api.client import Gate
from pbtui.desk.journal.writer import Journal, Kind
from pbtui.desk.kill.gate import halt_gate
from pbtui.desk.kill.halt import Halt, HaltNotOnDisk, halt_here, read_halt, rearm, require_rearmable
from pbtui.desk.team.feed import TeamView
from pbtui.desk.team.member import TeamMember
from pbtui.desk.team.store import HaltRecord, Participant, RearmRefused, StoreUnreachable, TeamStore
from pbtui.settings.profiles import Profile


def as_halt(record: HaltRecord) -> Halt:
    """A halt of the team in the form of one on disk."""
    return Halt(
        reason=record.reason,
        halted_at=record.halted_at,
        operator=record.operator,
        host=record.host,
        action=record.action,
        profile=record.profile,
        server=record.server,
        portfolios=record.portfolios,
        is_others=True,
        token=record.token,
    )


def lifted_with(halt: Halt, of_team: Sequence[HaltRecord], who: Participant) -> tuple[HaltRecord, ...]:
    """The records of the team that a re-arm lifts with this halt: its own, and with a halt of `who` all of them.

    A kill that is fired again has a record of its own.
    """
    return tuple(record for record in of_team if record.token == halt.token or (halt.is_own and record.is_by(who)))


class TradingHalt:
    """Holds all of them as last read. `here` may be read and set from any thread.

    `team` is the store of the team, None without one. `changed` is called when its halts, or its problem, are others.
    """

    def __init__(self, profile: Profile, team: TeamStore | None, changed: Callable[[], None]) -> None:
        self._profile = profile
        self._changed = changed
        self.here: Halt | None = None
        self._on_disk = read_halt(profile)
        self._of_team: tuple[HaltRecord, ...] = ()
        local = halt_gate(profile, lambda: self.here)
        self._member = None if team is None else TeamMember(team, local, self._learn)
        self.gate: Gate = local if self._member is None else self._member.gate
        """For `OrdersClient.gate`."""

    @property
    def present(self) -> Halt | None:
        """The halt that holds, as last read: one on disk or of this desk comes before those of the team."""
        return self._on_disk or self.here or (as_halt(self._of_team[0]) if self._of_team else None)

    @property
    def team_problem(self) -> str:
        """Since when and why the store of the team can't be reached; empty if it can."""
        return "" if self._member is None else self._member.view.problem

    def begin(self, reason: str) -> None:
        """Stop this desk. The disk may hang, so it is left alone."""
        self.here = halt_here(reason)

    def end(self) -> None:
        """Let this desk go on, unless there is a halt on disk or of the team."""
        self.here = None

    def read(self) -> None:
        """Read the halt on disk, which another desk of the profile may have changed."""
        self._on_disk = halt = read_halt(self._profile)
        if self._member is not None and halt is not None and halt.is_own and halt.action:
            self._member.keep(halt.token, halt.reason, portfolios=halt.portfolios, action=halt.action)

    async def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Follow the halts of the team until the work ends."""
        await (work if self._member is None else self._member.beside(work))

    def _learn(self, team: TeamView) -> None:
        self._of_team = team.halts
        self._changed()

    async def rearm_team(self, journal: Journal, reason: str) -> None:
        """Lift the present halt in the store of the team, and record the reason before. Others there still hold.

        Raises JournalUnusable, or HaltNotOnDisk if one could not be lifted; those lifted before it stay lifted.
        """
        if self._member is None or (present := self.present) is None:
            return
        require_rearmable(self._profile, self._on_disk or read_halt(self._profile))
        halts = lifted_with(present, self._of_team, self._member.participant)
        for halt in halts:
            journal.record(Kind.TEAM_REARM, reason=reason, was=halt.words, epoch=halt.epoch)
        try:
            await self._member.rearm(halts, reason)
        except (RearmRefused, StoreUnreachable) as error:
            raise HaltNotOnDisk(str(error)) from error

    def rearm(self, journal: Journal, reason: str) -> Halt | None:
        """Lift the halt on disk and that of this desk, and record the reason; return the halt that still holds.

        Raises JournalUnusable or HaltNotOnDisk if the halt could not be lifted.
        """
        rearm(self._profile, journal, reason, self._on_disk or read_halt(self._profile))
        self.here = None
        self.read()
        return self.present

    async def close(self) -> None:
        """Leave the team."""
        if self._member is not None:
            await self._member.close()
