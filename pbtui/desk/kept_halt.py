"""The halt on disk as a running desk reads it again and again: one that vanishes is an alarm, never a re-arm."""

from collections.abc import Callable

from pbtui.api.clock import utc_now
from pbtui.api.structs import replace
from pbtui.desk.journal.recent import was_rearmed
from pbtui.desk.journal.writer import JournalUnusable
from pbtui.desk.kill.halt import Halt, read_halt, write_again
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import halt_file
from pbtui.settings.profiles import Profile

VANISHED = "its halt file vanished, and nobody re-armed the profile"


class KeptHalt:
    """Remembers the halt that it read. If its file is gone without the record of a re-arm, it is written again.

    `alarm` is called with the halt that vanished. The halt of another state folder, of which this one has no file, is
    not remembered: its re-arm is recorded elsewhere.
    """

    def __init__(self, profile: Profile, alarm: Callable[[Halt], None]) -> None:
        self._profile = profile
        self._alarm = alarm
        self._known: Halt | None = None

    def read(self) -> Halt | None:
        """Read the halt that holds for the profile."""
        before = self._known
        if before is not None and _has_vanished(before):
            if VANISHED not in before.reason:
                self._known = before = replace(before, reason=f"{before.reason}; {VANISHED}")
                self._alarm(before)
            write_again(before)
            return read_halt(self._profile) or before
        found = read_halt(self._profile)
        self._known = None if found is None or not _has_own_file(found) else _to_keep(found, before)
        return found

    @property
    def vanished(self) -> Halt | None:
        """The halt whose file vanished, as last read; None while it is on disk as it was."""
        return self._known if self._known is not None and VANISHED in self._known.reason else None


def _has_own_file(halt: Halt) -> bool:
    try:
        return not halt.is_of_name and disk().has(halt_file(halt.owner))
    except OSError:
        return False


def _to_keep(found: Halt, before: Halt | None) -> Halt:
    """The halt to write again. Of one that can't be read: what it said before, else that it was there from now on."""
    if not found.problem:
        return found
    return before if before is not None and before.owner == found.owner else replace(found, halted_at=utc_now())


def _has_vanished(halt: Halt) -> bool:
    """Whether its file is gone, and the journal has no record of a re-arm: that is written before it is removed."""
    try:
        return not disk().has(halt_file(halt.owner)) and not was_rearmed(halt.owner, halt.halted_at)
    except JournalUnusable:
        return True
    except OSError:
        return False
