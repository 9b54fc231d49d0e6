"""The halt of a profile: no order can be entered, changed or activated until the profile is re-armed.

Each halted profile has a file `halt/<profile>.json` in the platform's state folder. So the halt holds for every desk
and every command of this user, across restarts and kill -9. A file that can't be read also counts as a halt.
"""

import contextlib
import os
import pwd
import socket
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from pbtui.api.clock import utc_now
from pbtui.api.structs import replace
from pbtui.desk.journal.recent import has_undecided_kill
from pbtui.desk.journal.writer import Journal, Kind
from pbtui.desk.kill.plan import KillPlan
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import halt_file

MOST_EARLIER = 20


class HaltNotOnDisk(Exception):
    """The halt file could not be written or removed; the message is the reason."""


class FiredKill(msgspec.Struct, frozen=True):
    """A kill of a halted profile: what it was to do, and the path of its JSON report."""

    plan: KillPlan
    report: str = ""


class Halt(msgspec.Struct, frozen=True, kw_only=True):
    """The halt of a profile: its reason, its start and the user.

    `action` is the action of the kill, empty if none was fired. `report` is the path of its JSON report. `plan` is the
    plan that was fired, None if no kill was fired or the plan can't be read. `earlier` are the kills fired before it
    while the profile was halted. `problem` is the reason if the halt file can't be read, otherwise empty.
    """

    reason: str
    halted_at: datetime | None = None
    operator: str = ""
    host: str = ""
    action: str = ""
    report: str = ""
    plan: KillPlan | None = None
    earlier: tuple[FiredKill, ...] = ()
    problem: str = ""

    @property
    def kills(self) -> tuple[FiredKill, ...]:
        """All kills fired since the profile was halted, the newest first, if their plans can be read."""
        return self.earlier if self.plan is None else (FiredKill(self.plan, self.report), *self.earlier)

    @property
    def is_fired(self) -> bool:
        """Whether a kill was fired or the file is unreadable: the halt then lasts until the profile is re-armed."""
        return bool(self.action or self.problem)

    @property
    def words(self) -> str:
        """The halt as one text: reason, time, user and host."""
        if self.problem:
            return self.problem
        by = f" by {self.operator} on {self.host}" if self.operator else ""
        return f"{self.reason}{self._since}{by}"

    @property
    def _since(self) -> str:
        if self.halted_at is None:
            return ""
        day = "" if self.halted_at.date() == utc_now().date() else f"{self.halted_at:%Y-%m-%d} "
        return f", {day}{self.halted_at:%H:%M:%S}Z"


def halt_here(
    reason: str,
    *,
    action: str = "",
    report: str = "",
    plan: KillPlan | None = None,
    earlier: tuple[FiredKill, ...] = (),
) -> Halt:
    """A halt that begins now, by this user on this host."""
    try:
        operator = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        operator = f"uid {os.getuid()}"
    return Halt(
        reason=reason,
        halted_at=utc_now(),
        operator=operator,
        host=socket.gethostname(),
        action=action,
        report=report,
        plan=plan,
        earlier=earlier[:MOST_EARLIER],
    )


def read_halt(profile_name: str) -> Halt | None:
    """The halt of a profile, None if it is not halted. An unreadable file gives a halt with `problem` set."""
    file = halt_file(profile_name)
    try:
        facts = msgspec.json.decode(disk().read(file), type=dict[str, Any])
        plain = [name for name in Halt.__struct_fields__ if name not in ("plan", "earlier")]
        halt = msgspec.convert({name: facts[name] for name in plain if name in facts}, Halt)
        return replace(halt, plan=_plan(facts.get("plan")), earlier=tuple(_fired(facts.get("earlier"))))
    except FileNotFoundError:
        return None
    except OSError as error:
        return Halt(reason="halted", problem=f"the halt file can't be read: {error.strerror} ({file})")
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return Halt(reason="halted", problem=f"the halt file is damaged ({file})")


def _plan(facts: object) -> KillPlan | None:
    """The plan in a halt file, None if it can't be read; the rest of the file stays usable."""
    try:
        return msgspec.convert(facts, KillPlan | None)
    except msgspec.ValidationError:
        return None


def _fired(facts: object) -> Iterator[FiredKill]:
    """The earlier kills in a halt file, without those that can't be read."""
    for fact in facts if isinstance(facts, list) else []:
        with contextlib.suppress(msgspec.ValidationError):
            yield msgspec.convert(fact, FiredKill)


def engage(profile_name: str, halt: Halt) -> None:
    """Write the halt to disk, atomically and synced. Raises HaltNotOnDisk."""
    file = halt_file(profile_name)
    try:
        disk().write_whole(file, msgspec.json.encode(halt) + b"\n")
    except OSError as error:
        raise HaltNotOnDisk(f"{error.strerror or error} ({file})") from error


def release(profile_name: str) -> None:
    """Remove the halt file. Raises HaltNotOnDisk if it can't be removed."""
    file = halt_file(profile_name)
    try:
        disk().remove(file)
    except OSError as error:
        raise HaltNotOnDisk(f"{error.strerror or error} ({file})") from error


def rearm(profile_name: str, journal: Journal, reason: str, shown: Halt | None) -> None:
    """Lift the halt that was shown to the trader, after recording it in the journal. No order is activated.

    Raises JournalUnusable if the journal can't be written, and HaltNotOnDisk if the file can't be removed, another kill
    has replaced the halt, or a kill has no verdict yet. The profile then stays halted.
    """
    with contextlib.suppress(OSError):
        if has_undecided_kill(profile_name):
            raise HaltNotOnDisk("a kill of this profile has no verdict yet; wait for it, it takes a minute at most")
    _require_unchanged(profile_name, shown)
    journal.record(Kind.REARM, reason=reason, was="" if shown is None else shown.words)
    _require_unchanged(profile_name, shown)  # another kill may have been fired while the disk was slow
    release(profile_name)


def _require_unchanged(profile_name: str, shown: Halt | None) -> None:
    present = read_halt(profile_name)
    if present is not None and present != shown:
        raise HaltNotOnDisk(f"another kill was fired in the meantime: {present.words}")
