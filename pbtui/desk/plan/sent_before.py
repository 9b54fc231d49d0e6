"""New orders of files that were sent before, by this program on this machine: the journal has each of them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from pbtui.api.clock import utc_now
from pbtui.desk.journal.against_head import KnownHead, known_head
from pbtui.desk.journal.chain import read_journal
from pbtui.desk.journal.chronicle import in_order
from pbtui.desk.journal.line import JournalEntry, dicts_of, keys_of
from pbtui.desk.journal.recent import LOOK_BACK
from pbtui.desk.journal.writer import JournalUnusable, Kind, journal_files
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import Owner, owner_of
from pbtui.desk.tickets.state import State
from pbtui.settings.profiles import Profile

_WITHOUT_ORDER = (State.NOT_SENT, State.REJECTED, State.CONFLICT)


class Sent(Struct, frozen=True):
    """A new order that was sent: its ticket, and the newest result in the journal."""

    ticket: str
    at: datetime
    state: str = State.UNKNOWN
    is_done: bool = False
    order_ids: tuple[str, ...] = ()

    @property
    def has_no_order(self) -> bool:
        """Return whether it is known that nothing was entered."""
        return self.state in _WITHOUT_ORDER

    @property
    def is_known(self) -> bool:
        """Return whether it is known that something was entered, whatever became of it."""
        return self.is_done or self.state in (State.DIFFERENT, State.TWICE, State.FILLED, State.NOT_FILLED)

    @property
    def has_ended(self) -> bool:
        """Return whether it is known that the order traded all, or was dropped at once."""
        return self.state in (State.FILLED, State.NOT_FILLED)

    def __str__(self) -> str:
        return f"sent at {self.at:%Y-%m-%d %H:%M:%S} UTC (ticket {self.ticket}): {self.state}"


def sent_before(profile: Profile, marks: Collection[str]) -> dict[str, Sent]:
    """Return the new orders with these tokens that were sent in the last two weeks.

    Of several tickets with one token, it is the last one that may have entered an order. Raises JournalUnusable or
    OSError if the journal can't be read.
    """
    since_s = (utc_now() - LOOK_BACK).timestamp()
    owner = owner_of(profile)
    files = [path for path in journal_files(owner) if disk().changed_at_s(path) >= since_s]
    return newest_results(in_order({path: read_journal(path) for path in files}, _head_of(owner)), marks)


def _head_of(owner: Owner) -> KnownHead:
    """Return the head; without a readable one the order of the runs has to do."""
    try:
        return known_head(owner)
    except JournalUnusable:
        return KnownHead()


def newest_results(entries: Iterable[JournalEntry], marks: Collection[str]) -> dict[str, Sent]:
    """Return, by token, what these entries, oldest first, say of the new orders with these tokens."""
    found: dict[tuple[str, str], Sent] = {}
    for entry in entries:
        ticket = str(entry.facts.get("ticket"))
        if entry.kind == Kind.INTENT:
            for key in (key for key in keys_of(entry.facts.get("lines")) if key in marks):
                found[ticket, key] = Sent(ticket, entry.at)
        elif entry.kind in (Kind.OUTCOME, Kind.RECONCILIATION):
            for result in dicts_of(entry.facts.get("results")):
                if (before := found.get((ticket, str(result.get("key"))))) is not None:
                    found[ticket, str(result.get("key"))] = _with_result(before, result)
    by_mark: dict[str, Sent] = {}
    for (_, key), sent in found.items():
        if key not in by_mark or by_mark[key].has_no_order or not sent.has_no_order:
            by_mark[key] = sent
    return by_mark


def _with_result(sent: Sent, result: Mapping[str, object]) -> Sent:
    ids = result.get("order_ids")
    return Sent(
        sent.ticket,
        sent.at,
        str(result.get("state") or State.UNKNOWN),
        bool(result.get("is_done")),
        tuple(map(str, ids)) if isinstance(ids, list) else (),
    )
