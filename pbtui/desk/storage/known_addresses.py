"""The addresses that the names of servers had when they were last looked up, for times without a name server."""

import contextlib
from collections.abc import Sequence

import msgspec

from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import known_addresses_file

MOST_NAMES = 50

_Addresses = dict[str, list[str]]


class KnownAddresses:
    """Reads and writes the file. A file that can't be read or written is no error: the addresses are then not known."""

    def __init__(self) -> None:
        self._noted: _Addresses = {}

    def of(self, name: str) -> Sequence[str]:
        """The last known addresses of a name; empty if there are none."""
        return self._noted.get(name) or _read().get(name) or ()

    def note(self, name: str, addresses: Sequence[str]) -> None:
        """Keep the present addresses of a name. Does nothing if they are those that are known."""
        present = list(dict.fromkeys(addresses))
        if sorted(self._noted.get(name, ())) == sorted(present):
            return
        self._noted[name] = present
        kept = _read()
        if sorted(kept.get(name, ())) == sorted(present):
            return
        kept.pop(name, None)
        newest = [*kept.items(), (name, present)][-MOST_NAMES:]
        with contextlib.suppress(OSError):
            disk().write_whole(known_addresses_file(), msgspec.json.encode(dict(newest)) + b"\n")


def _read() -> _Addresses:
    try:
        return msgspec.json.decode(disk().read(known_addresses_file()), type=_Addresses)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
