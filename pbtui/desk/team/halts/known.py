"""The halts of the team that this host knows: one that vanishes from the store is an alarm, never a re-arm.

The store never loses a halt by itself: it was restored from a backup, is another one, or somebody changed its tables. A
halt ends by a re-arm alone, whose record stays in the store. So one that is neither held nor lifted there still holds,
and is put back with the id that it had. Any number of desks put it back once.

A halt that this host has lifted it forgets at once: the store may be away before it is read again.
"""

from collections.abc import Iterable, Sequence, Set
from pathlib import Path

import msgspec
from msgspec import Struct

from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import known_halts_file, known_halts_folder, owner_of
from pbtui.desk.storage.problem import problem_of
from pbtui.desk.team.store import HaltRecord, TeamNow, TeamStore, WantedHalt
from pbtui.settings.profiles import Profile

_MOST_BYTES = 2**20
_PUT_BACK = "put back, because the team store had lost it: "
VANISHED = "the team store has lost this halt, and nobody re-armed it"


class _File(Struct, frozen=True):
    halts: tuple[HaltRecord, ...]


class KnownHalts:
    """The halts that hold for a profile, as this host read them last, also before this program started.

    The file is no lock: without it, only halts that vanish while a desk is open are found. `problem` is the reason why
    it can't be read, otherwise empty: then it is not known which halts held.
    """

    def __init__(self, profile: Profile) -> None:
        self._file = known_halts_file(owner_of(profile))
        self._portfolios = set(profile.portfolios)
        self._written, self.problem = _read(self._file)
        self.held: tuple[HaltRecord, ...] = tuple(halt for halt in self._written if self._concerns(halt))
        self._forgotten: tuple[HaltRecord, ...] = ()

    async def read(self, store: TeamStore) -> tuple[TeamNow, tuple[HaltRecord, ...]]:
        """Read what the store says now, and which of the halts held vanished from it. Raises StoreUnreachable.

        It also says of those that were forgotten since the last read who has lifted them.
        """
        asked, forgotten = self.held, self._forgotten
        now = await store.now([halt.epoch for halt in (*asked, *forgotten)])
        self._forgotten = self._forgotten[len(forgotten) :]
        lost = vanished(asked, now)
        self._hold((*now.halts, *lost))
        return now, lost

    async def put_back(self, store: TeamStore, lost: Sequence[HaltRecord]) -> None:
        """Bring halts that vanished to the store again; each names who began it. Raises StoreUnreachable.

        Another desk may have done that before, and the halt may be lifted since: so the number that it has now is kept,
        under which the next read finds it.
        """
        for halt in lost:
            reason = halt.reason if halt.reason.startswith(_PUT_BACK) else f"{_PUT_BACK}{halt.words}"
            there = await store.halt(WantedHalt(halt.token, reason, halt.portfolios, halt.action))
            self._hold(tuple(there if held.token == there.token else held for held in self.held))

    def forget(self, lifted: Iterable[HaltRecord]) -> None:
        """Forget halts that the store has lifted, also for the other profiles of this host."""
        tokens = frozenset(halt.token for halt in lifted)
        self._forgotten += tuple(halt for halt in self.held if halt.token in tokens)
        self.held = _without(tokens, self.held)
        for file in _files():
            halts, _ = _read(file)
            left = _without(tokens, halts)
            if left != halts:
                _write(file, left)
        self._written, self.problem = _read(self._file)

    def _hold(self, halts: tuple[HaltRecord, ...]) -> None:
        self.held = halts
        if (halts != self._written or self.problem) and _write(self._file, halts):
            self._written, self.problem = halts, ""

    def _concerns(self, halt: HaltRecord) -> bool:
        """Return whether it holds for the profile: its portfolios may be others than when the file was written."""
        return not self._portfolios or not halt.portfolios or not self._portfolios.isdisjoint(halt.portfolios)


def _files() -> list[Path]:
    try:
        return [file for file in disk().files(known_halts_folder()) if file.suffix == ".json"]
    except OSError:
        return []


def _read(file: Path) -> tuple[tuple[HaltRecord, ...], str]:
    """The halts in the file, and the reason if it can't be read."""
    try:
        return msgspec.json.decode(disk().read(file, _MOST_BYTES), type=_File).halts, ""
    except FileNotFoundError:
        return (), ""
    except OSError as error:
        return (), problem_of(error, file)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return (), f"it is damaged ({file})"


def _write(file: Path, halts: tuple[HaltRecord, ...]) -> bool:
    """Write the file. Returns whether it could be written."""
    try:
        disk().write_whole(file, msgspec.json.encode(_File(halts)) + b"\n")
    except OSError:
        return False
    return True


def _without(tokens: Set[str], halts: Iterable[HaltRecord]) -> tuple[HaltRecord, ...]:
    return tuple(halt for halt in halts if halt.token not in tokens)


def vanished(held: Iterable[HaltRecord], now: TeamNow) -> tuple[HaltRecord, ...]:
    """The halts that the store neither holds nor has lifted. By their ids: a restored store counts epochs anew."""
    there = {halt.token for halt in (*now.halts, *now.lifted)}
    return tuple(halt for halt in held if halt.token not in there)
