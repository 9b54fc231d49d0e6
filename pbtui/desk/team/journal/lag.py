"""The journal lines of this host that the team store does not have yet."""

from msgspec import Struct

from pbtui.desk.journal.head import newest_line
from pbtui.desk.storage.places import Owner
from pbtui.desk.team.journal.confirmed import Confirmed, read_confirmed


class Lag(Struct, frozen=True):
    """The lines that wait, of all lines of a profile at this host, and what the store has confirmed."""

    waiting: int
    lines: int
    confirmed: Confirmed

    @property
    def words(self) -> str:
        """The lag in words, with what the store refused and lost."""
        head = self.confirmed.head
        at = "" if head is None else f"; the last one was confirmed {head.at:%Y-%m-%d %H:%M:%S}Z"
        many = f"{self.waiting} of {self.lines} lines are not in the store yet{at}"
        one = f"1 of {self.lines} lines is not in the store yet{at}"
        parts = [one if self.waiting == 1 else many if self.waiting else f"all {self.lines} lines are in the store"]
        for each in self.confirmed.refused:
            parts.append(f"not {each.file} from line {each.line} on: {each.reason}")
        for lost in self.confirmed.lost:
            parts.append(f"the store does not know its head {lost.no}:{lost.chain} of {lost.at:%Y-%m-%d %H:%M:%S}Z")
        return "; ".join(parts)


def lag_of(owner: Owner) -> Lag | None:
    """The lag of a profile, by the head of its journal; None if it has none. Raises OSError."""
    newest = newest_line(owner)
    if newest is None:
        return None
    confirmed = read_confirmed(owner)
    done = 0 if confirmed.newest is None else confirmed.newest.no
    return Lag(max(newest.no - done, 0), newest.no, confirmed)
