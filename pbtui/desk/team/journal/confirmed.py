"""The file that says how far the store has the journal of a profile at this host. The next program goes on from there.

It is no proof and no lock. Without it everything is brought again, and the store takes no line twice.
"""

from datetime import datetime

import msgspec

from pbtui.desk.journal.head import HeadLine
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import Owner, confirmed_file

_MOST_BYTES = 2**20


class Refusal(msgspec.Struct, frozen=True):
    """A line from which on the store does not have a file, and why."""

    file: str
    line: int
    reason: str


class StoreHead(msgspec.Struct, frozen=True):
    """The head of a profile's lines in the store, as it was at a time: the number of lines, and their hash."""

    no: int
    chain: str
    at: datetime


class Confirmed(msgspec.Struct, frozen=True, omit_defaults=True):
    """The part of the journal that the store has.

    `newest` is the newest line of the local head whose journal line it has, and `size` the bytes of the head up to its
    end. `head` is that of the store as it confirmed it. `refused` are the files that it does not have whole. `lost` are
    heads that it had confirmed, and did not know later.
    """

    newest: HeadLine | None = None
    size: int = 0
    head: StoreHead | None = None
    refused: tuple[Refusal, ...] = ()
    lost: tuple[StoreHead, ...] = ()


def read_confirmed(owner: Owner) -> Confirmed:
    """Read the file; nothing is confirmed if there is none, or an unreadable one. Raises OSError."""
    try:
        return msgspec.json.decode(disk().read(confirmed_file(owner), _MOST_BYTES), type=Confirmed)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return Confirmed()


def write_confirmed(owner: Owner, confirmed: Confirmed) -> None:
    """Write the file. Raises OSError."""
    disk().write_whole(confirmed_file(owner), msgspec.json.encode(confirmed) + b"\n")
