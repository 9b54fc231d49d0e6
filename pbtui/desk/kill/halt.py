"""The halt: the latch that keeps a profile from entering, changing or activating orders until it is re-armed.

A file per profile at the platform's state place, under `halt/<profile>.json`, so that it holds for every desk and every
command of this user, across restarts and kill -9. A file that is there and can't be read halts as well.
"""

import os
import pwd
import socket
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import msgspec

from pbtui.api.clock import utc_now
from pbtui.desk.journal.writer import Journal, Kind
from pbtui.desk.kill.plan import KillPlan
from pbtui.desk.storage.atomic_file import write_whole
from pbtui.desk.storage.places import halt_file


class HaltNotOnDisk(Exception):
    """The latch could not be written or taken away; the message is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """Why, since when and by whom a profile is halted.

    `action` is that of the kill, empty where none was fired; `report` the path of its JSON report; `plan` what it was
    to reach, None where no kill was fired or that can't be read. `trouble` says why the file can't be read, and is
    empty where it can.
    """

    reason: str
    halted_at: datetime | None = None
    operator: str = ""
    host: str = ""
    action: str = ""
    report: str = ""
    plan: KillPlan | None = None
    trouble: str = ""

    @property
    def is_fired(self) -> bool:
        """Whether it is on disk, or was to be: it then lasts until it is re-armed."""
        return bool(self.action or self.trouble)

    @property
    def words(self) -> str:
        """The whole of it in words."""
        if self.trouble:
            return self.trouble
        by = f" by {self.operator} on {self.host}" if self.operator else ""
        return f"{self.reason}{self._since}{by}"

    @property
    def _since(self) -> str:
        if self.halted_at is None:
            return ""
        day = "" if self.halted_at.date() == utc_now().date() else f"{self.halted_at:%Y-%m-%d} "
        return f", {day}{self.halted_at:%H:%M:%S}Z"


def halt_here(reason: str, *, action: str = "", report: str = "", plan: KillPlan | None = None) -> Halt:
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
    )


def read_halt(profile_name: str) -> Halt | None:
    """The halt of a profile; None where there is none. A file that can't be read is a halt whose `trouble` says so."""
    file = halt_file(profile_name)
    try:
        facts = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
        known = {each.name: facts[each.name] for each in fields(Halt) if each.name in facts and each.name != "plan"}
        return replace(msgspec.convert(known, Halt), plan=_plan(facts.get("plan")))
    except FileNotFoundError:
        return None
    except OSError as error:
        return Halt(reason="halted", trouble=f"the halt file can't be read: {error.strerror} ({file})")
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return Halt(reason="halted", trouble=f"the halt file is damaged ({file})")


def _plan(facts: object) -> KillPlan | None:
    """The plan in a halt file; one that can't be read spoils nothing else of it."""
    try:
        return msgspec.convert(facts, KillPlan | None)
    except msgspec.ValidationError:
        return None


def engage(profile_name: str, halt: Halt) -> None:
    """Put the halt on disk, whole and synced. Raises HaltNotOnDisk."""
    file = halt_file(profile_name)
    try:
        write_whole(file, msgspec.json.encode(halt) + b"\n")
    except OSError as error:
        raise HaltNotOnDisk(f"{error.strerror or error} ({file})") from error


def release(profile_name: str) -> None:
    """Take the halt away. Raises HaltNotOnDisk where it stays."""
    file = halt_file(profile_name)
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise HaltNotOnDisk(f"{error.strerror or error} ({file})") from error


def rearm(profile_name: str, journal: Journal, reason: str, shown: Halt | None) -> None:
    """Lift the halt that was shown to the trader, with a line in the journal before. It activates nothing.

    Raises JournalUnusable or HaltNotOnDisk, the latter also where another one has taken its place; it then stays
    halted.
    """
    _hold_unchanged(profile_name, shown)
    journal.record(Kind.REARM, reason=reason, was="" if shown is None else shown.words)
    _hold_unchanged(profile_name, shown)  # a slow disk may have left the time for another kill
    release(profile_name)


def _hold_unchanged(profile_name: str, shown: Halt | None) -> None:
    present = read_halt(profile_name)
    if present is not None and present != shown:
        raise HaltNotOnDisk(f"another kill was fired meanwhile: {present.words}")
