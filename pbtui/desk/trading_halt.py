"""The halt as one desk knows it: its own, which stops only this desk, and that on disk, which the profile shares."""

from pbtui.desk.journal.writer import Journal
from pbtui.desk.kill.halt import Halt, halt_here, read_halt, rearm
from pbtui.settings.profiles import Profile


class TradingHalt:
    """Holds both halts as last read. `here` may be read and set from any thread."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self.here: Halt | None = None
        self._on_disk = read_halt(profile)

    @property
    def present(self) -> Halt | None:
        """The halt that holds, as last read."""
        return self._on_disk or self.here

    def begin(self, reason: str) -> None:
        """Stop this desk. The disk may hang, so it is left alone."""
        self.here = halt_here(reason)

    def end(self) -> None:
        """Let this desk go on, unless there is a halt on disk."""
        self.here = None

    def read(self) -> None:
        """Read the halt on disk, which another desk of the profile may have changed."""
        self._on_disk = read_halt(self._profile)

    def rearm(self, journal: Journal, reason: str) -> Halt | None:
        """Lift both halts, and record the reason; return the halt that still holds.

        Raises JournalUnusable or HaltNotOnDisk if the halt could not be lifted.
        """
        rearm(self._profile, journal, reason, self._on_disk or read_halt(self._profile))
        self.here = None
        self.read()
        return self._on_disk
