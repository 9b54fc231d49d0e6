"""The halt on disk as a running desk reads it again and again: one that vanishes is an alarm, never a re-arm."""

from collections.abc import Callable

from pbtui.api.clock import utc_now
from pbtui.api.structs import replace
from pbtui.desk.journal.recent import was_rearmed
from pbtui.desk.journal.writer import JournalUnusable
from pbtui.desk.kill.halt import Halt, read_halts, write_again
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import Owner, halt_file
from pbtui.settings.profiles import Profile

VANISHED = "its halt file vanished, and nobody re-armed the profile"


class KeptHalt:
    """Remembers the halts that it read. If the file of one is gone without the record of a re-arm, it is written again.

    `alarm` is called with the halt that vanished. The halt of another state folder, of which this one has no file, is
    not remembered: its re-arm is recorded elsewhere.
    """

    def __init__(self, profile: Profile, alarm: Callable[[Halt], None]) -> None:
        self._profile = profile
        self._alarm = alarm
        self._known: dict[Owner, Halt] = {}

    def read(self) -> Halt | None:
        """Read the halt that holds for the profile, its own first."""
        before = self._known
        self._known = {owner: self._put_back(halt) for owner, halt in before.items() if _has_vanished(halt)}
        found = list(read_halts(self._profile))
        for halt in reversed(found):  # the first one of an owner counts
            if _has_own_file(halt):
                self._known[halt.owner] = _to_keep(halt, before.get(halt.owner))
        return next(iter(found), None) or self.vanished

    def remembers(self, halt: Halt) -> bool:
        """Return whether this halt would hold if its file vanished."""
        return halt.owner in self._known

    def _put_back(self, halt: Halt) -> Halt:
        if VANISHED not in halt.reason:
            halt = replace(halt, reason=f"{halt.reason}; {VANISHED}")
            self._alarm(halt)
        write_again(halt)
        return halt

    @property
    def vanished(self) -> Halt | None:
        """A halt whose file vanished, as last read; None while all are on disk as they were."""
        return next((halt for halt in self._known.values() if VANISHED in halt.reason), None)


def _has_own_file(halt: Halt) -> bool:
    try:
        return not halt.is_of_name and disk().has(halt_file(halt.owner))
    except OSError:
        return False


def _to_keep(found: Halt, before: Halt | None) -> Halt:
    """The halt to write again. Of one that can't be read: what it said before, else that it was there from now on."""
    if not found.problem:
        return found
    return before or replace(found, halted_at=utc_now())


def _has_vanished(halt: Halt) -> bool:
    """Return whether its file is gone without a re-arm in the journal, which is recorded before a re-arm removes it."""
    try:
        return not disk().has(halt_file(halt.owner)) and not was_rearmed(halt.owner, halt.halted_at, halt.token)
    except JournalUnusable:
        return True
    except OSError:
        return False
