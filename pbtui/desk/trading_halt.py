"""The halt as one desk knows it: its own, which stops only this desk, that on disk, and those of its team."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from pbtui.api.client import Gate
from pbtui.api.structs import replace
from pbtui.desk.cutting_loose import NotCutLoose, cut_loose, why_not_loose
from pbtui.desk.journal.writer import Journal
from pbtui.desk.kept_halt import KeptHalt
from pbtui.desk.kill.gate import halt_gate
from pbtui.desk.kill.halt import Halt, HaltNotOnDisk, halt_here, read_halt, reason_of
from pbtui.desk.kill.recovery.rearming import rearm, require_rearmable
from pbtui.desk.team.feed import TeamView
from pbtui.desk.team.halts.known import VANISHED
from pbtui.desk.team.halts.verdicts import lacks_verdict, with_verdict
from pbtui.desk.team.lone import Lone
from pbtui.desk.team.member import TeamMember
from pbtui.desk.team.opening import participant_of
from pbtui.desk.team.presence import Activity
from pbtui.desk.team.store import HaltRecord, RearmRefused, RearmRequest, StoreUnreachable, TeamStore, WantedHalt
from pbtui.settings.profiles import Profile

_NO_TEAM = TeamView()
LIFTED_OR_NOT = "The store may have lifted it all the same: look at the halt before you try again"


def as_halt(record: HaltRecord) -> Halt:
    """A halt of the team in the form of one on disk."""
    return Halt(
        reason=record.what,
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


def lifted_with(halt: Halt, of_team: Sequence[HaltRecord]) -> tuple[HaltRecord, ...]:
    """The records of the team that a re-arm lifts with this halt: those of its kills, and no other."""
    return tuple(record for record in of_team if record.token in {kill.token for kill in _kills_of(halt)})


def not_in_store(halt: Halt, of_team: Sequence[HaltRecord]) -> tuple[WantedHalt, ...]:
    """The kills of a halt on disk that the store does not hold: it never got them, or they were lifted there.

    With their verdicts, as far as this host knows them.
    """
    there = {record.token for record in of_team}
    missing = (kill for kill in _kills_of(halt) if halt.owner and kill.token not in there)
    return tuple(with_verdict(kill, halt.owner) for kill in missing)


def with_verdicts(halt: Halt, of_team: Sequence[HaltRecord]) -> tuple[HaltRecord, ...]:
    """The records of the team, with the verdicts of the kills of a halt on disk that this host knows alone."""
    kills = {kill.token: kill for kill in _kills_of(halt) if halt.owner}
    return tuple(
        replace(record, verdict=with_verdict(kill, halt.owner).verdict)
        if lacks_verdict(record) and (kill := kills.get(record.token))
        else record
        for record in of_team
    )


def _kills_of(halt: Halt) -> Iterator[WantedHalt]:
    """The newest kill, whose plan may be unreadable, then the earlier ones; those without a token were never shared."""
    if halt.token:
        yield WantedHalt(halt.token, halt.reason, halt.portfolios, halt.action, _aware(halt.halted_at))
    for kill in halt.earlier:
        scope = () if kill.plan.action.is_account_wide else halt.portfolios
        for token in kill.tokens:
            at = _aware(kill.fired_at) if token == kill.token else None
            yield WantedHalt(token, reason_of(kill.plan), scope, kill.plan.action.value, at)


def _aware(at: datetime | None) -> datetime | None:
    """A time of a halt file, which may have been edited."""
    return None if at is None or at.tzinfo is None else at.astimezone(UTC)


def _is_of_kill_after(fired: Halt, on_disk: Halt) -> bool:
    """Return whether the halt on disk is that of a kill that this user fired on this host since this desk fired."""
    if not (on_disk.is_own and on_disk.action and on_disk.token and fired.halted_at and on_disk.halted_at):
        return False
    is_of_same = (on_disk.operator, on_disk.host) == (fired.operator, fired.host)
    return is_of_same and on_disk.halted_at >= fired.halted_at


@contextmanager
def _team_errors() -> Iterator[None]:
    """Turn the errors of the team store into HaltNotOnDisk."""
    try:
        yield
    except RearmRefused as error:
        raise HaltNotOnDisk(str(error)) from error
    except StoreUnreachable as error:
        raise HaltNotOnDisk(f"{error}. {LIFTED_OR_NOT}") from error


class TradingHalt:
    """Holds all of them as last read. `begin` and `end` may be called from any thread.

    `team` is the store of the team, None without one. `changed` is called when its halts, or its problem, are others,
    and `alarm` with a halt that vanished from the disk or from the store although nobody lifted it,
    `joined` when a host that was cut loose has joined the team again.
    """

    def __init__(
        self,
        profile: Profile,
        team: TeamStore | None,
        changed: Callable[[], None],
        alarm: Callable[[Halt], None] = lambda _: None,
        joined: Callable[[Lone], None] = lambda _: None,
    ) -> None:
        self._profile = profile
        self._changed = changed
        self._by_kill: Halt | None = None
        self._by_key: Halt | None = None
        self._changing_here = Lock()
        self._kept = KeptHalt(profile, alarm)
        self._on_disk = self._kept.read()
        self.last_kill: Halt | None = None
        """The halt of the newest kill that this desk has seen, also after it was lifted."""
        self._alarm = alarm
        local = halt_gate(profile, self._stops_here)
        self._member = None if team is None else TeamMember(team, local, profile, self._learn, joined)
        self.lone: Lone | None = None
        """Set while the profile is cut loose from its team at this host, as last read."""
        self._vanished: tuple[HaltRecord, ...] = ()
        self._team_was_asked = asyncio.Event()
        who = participant_of(profile)
        self._here = who.operator, who.host
        self.gate: Gate = local if self._member is None else self._member.gate
        """For `OrdersClient.gate`."""

    @property
    def here(self) -> Halt | None:
        """The halt of this desk alone: of its kill, until that is on disk, or of the kill key, until it is let go."""
        return self._by_kill or self._by_key

    @property
    def present(self) -> Halt | None:
        """The halt that holds, as last read: one on disk or of this desk comes before those of the team."""
        return self._on_disk or self.here or self._newest_of_team

    @property
    def _of_team(self) -> tuple[HaltRecord, ...]:
        return self.team.halts

    @property
    def _newest_of_team(self) -> Halt | None:
        if not self._of_team:
            return None
        newest = self._of_team[0]
        halt = as_halt(newest)
        return replace(halt, reason=f"{halt.reason}; {VANISHED}") if newest in self.team.vanished else halt

    def _stops_here(self) -> Halt | None:
        """The halt that stops a request whatever the disk and the store say now: both may have lost it."""
        return self.here or self._kept.vanished or self._newest_of_team

    @property
    def team(self) -> TeamView:
        """The team as last read."""
        return _NO_TEAM if self._member is None else self._member.view

    @property
    def halts_of_others(self) -> tuple[HaltRecord, ...] | None:
        """The halts of the team that others began, by user and host; None before the team was read."""
        halts = (halt for halt in self._of_team if (halt.operator, halt.host) != self._here)
        return tuple(halts) if self.team.was_read else None

    @property
    def lifted_by_others(self) -> tuple[HaltRecord, ...]:
        """The halts of the team that others lifted, oldest first."""
        return tuple(halt for halt in self.team.lifted if (halt.lifted_by, halt.lifted_on) != self._here)

    def begin(self, reason: str, *, fires: bool = False) -> None:
        """Stop this desk. The disk may hang, so it is left alone. `fires` is set where its kill is fired now."""
        with self._changing_here:
            if fires:
                self._by_kill = halt_here(reason)
            else:
                self._by_key = halt_here(reason)

    def end(self) -> None:
        """Let the kill key go. The halt of a kill that this desk fired stays, and so do those of disk and team."""
        self._by_key = None

    def read(self) -> None:
        """Read the halt on disk, which another desk of the profile may have changed.

        Once it is that of this desk's kill, it takes the place of the one here: a recorded re-arm ends both.
        """
        fired = self._by_kill
        self._on_disk = halt = self._kept.read()
        is_kept = halt is not None and self._kept.remembers(halt)
        if fired is not None and halt is not None and is_kept and _is_of_kill_after(fired, halt):
            with self._changing_here:
                self._by_kill = None if self._by_kill is fired else self._by_kill
        self._keep_kill(halt)
        self.lone = None if self._member is None else self._member.lone.read()
        if self._member is not None and halt is not None and halt.is_own and halt.action and halt.token:
            # An earlier one may reach further, and have been replaced before it was there.
            self._member.keep(_kills_of(halt))

    def _keep_kill(self, halt: Halt | None) -> None:
        if halt is None or not halt.action or halt.halted_at is None:
            return
        before = self.last_kill
        if before is None or before.halted_at is None or halt.halted_at > before.halted_at:
            self.last_kill = halt

    async def beside(self, work: Coroutine[Any, Any, None], activity: Callable[[], Activity] | None = None) -> None:
        """Follow the team until the work ends, and show it the `activity` of this desk; None: nothing."""
        await (work if self._member is None else self._member.beside(work, activity))

    async def ask_team(self) -> None:
        """Wait until the store was asked, if this host knows a halt of the team: it may have been lifted since.

        If the store does not answer, what this host knows holds. `beside` asks.
        """
        if self._of_team:
            await self._team_was_asked.wait()

    def _learn(self, team: TeamView) -> None:
        self._team_was_asked.set()
        self.lone = None if self._member is None else self._member.lone.read()
        self._keep_kill(self._newest_of_team)
        known = {halt.token for halt in self._vanished}
        self._vanished = team.vanished
        for halt in team.vanished:
            if halt.token not in known:
                self._alarm(as_halt(halt))
        self._changed()

    def cut_loose(self, journal: Journal, reason: str) -> Lone:
        """Cut the profile loose from its team at this host, and record the reason before.

        Raises JournalUnusable, or NotCutLoose with the reason.
        """
        if refusal := why_not_loose(self._profile, self.present, self.team.problem):
            raise NotCutLoose(refusal)
        self.lone = lone = cut_loose(self._profile, journal, reason)
        return lone

    async def rearm_team(self, journal: Journal, reason: str, shown: Halt) -> None:
        """Lift the halt that was shown in the store of the team, and record the reason before. Others there still hold.

        Where two persons must re-arm, it waits for the second one; cancelled, it withdraws the request.
        Raises JournalUnusable, or HaltNotOnDisk if one could not be lifted; those lifted before it stay lifted.
        """
        if self._member is None:
            return
        halt = self._meant(shown)
        require_rearmable(self._profile, halt if halt.owner else read_halt(self._profile))
        halts, missing = lifted_with(halt, self._of_team), not_in_store(halt, self._of_team)
        if not set(halts).isdisjoint(self.team.vanished):  # the epoch is that of before
            raise HaltNotOnDisk("the team store has lost this halt, and gets it again; try again in a moment")
        before = self.here
        with _team_errors():
            await self._member.rearm(halts, missing, reason, journal)
        if self.here is not None and self.here is not before:  # a second person may take minutes
            raise HaltNotOnDisk(f"the team lifted it, and this desk was halted again meanwhile: {self.here.words}")

    async def confirm_rearm(self, journal: Journal, request: RearmRequest) -> Halt | None:
        """Confirm the re-arm that another operator asks for; return the halt that still holds.

        Raises JournalUnusable, or HaltNotOnDisk if it was not lifted.
        """
        if self._member is not None:
            with _team_errors():
                await self._member.confirm(request, journal)
        self.read()
        return self.present

    def rearm(self, journal: Journal, reason: str, shown: Halt) -> Halt | None:
        """Lift the halt that was shown, on disk and here, and record the reason; return the halt that still holds.

        Raises JournalUnusable or HaltNotOnDisk if the halt could not be lifted.
        """
        halt = self._meant(shown)
        self._keep_kill(halt)
        if halt.owner or not halt.is_others:
            rearm(self._profile, journal, reason, halt if halt.owner else None)
            with self._changing_here:
                self._by_kill = self._by_key = None
        self.read()
        return self.present

    def _meant(self, shown: Halt) -> Halt:
        """The halt to lift: with one of this desk that of its kill, which came to the disk after it was shown."""
        if shown.owner or shown.is_others:
            return shown
        on_disk = read_halt(self._profile)
        return on_disk if on_disk is not None and on_disk.is_own else shown

    async def close(self) -> None:
        """Leave the team."""
        if self._member is not None:
            await self._member.close()
