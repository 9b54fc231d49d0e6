"""Moves the state that earlier versions kept under a profile's name to the profile and its server.

It is moved once, by the first program of the profile that finds it, and only if the journal shows that it is of this
server. The halt is moved last, and it halts every profile of that name until then. The file `moving/<name>` is written
before the first step, so that after a crash the next program takes the same steps.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from pbtui.desk.storage.disk import SharedFile, disk
from pbtui.desk.storage.places import (
    Owner,
    earlier_owner,
    halt_file,
    journal_folder,
    journal_head,
    key_proof_file,
    move_file,
    owner_of,
    report_folder,
)
from pbtui.settings.profiles import Environment, Profile

_LOCK_WITHIN_S = 2.0
_JOURNAL: tuple[Callable[[Owner], Path], ...] = (journal_head, journal_folder, report_folder)
_PLACES: tuple[Callable[[Owner], Path], ...] = (*_JOURNAL, key_proof_file, halt_file)


def move_earlier_state(profile: Profile) -> str:
    """Move it. Returns a sentence for the trader on what was done, empty if there was nothing. Raises OSError."""
    earlier = earlier_owner(profile)
    if not any(disk().has(place(earlier)) for place in _PLACES):
        return ""
    lock = move_file(earlier)
    with closing(disk().open_shared(lock, _LOCK_WITHIN_S)) as decision:
        return _move(profile, earlier, decision)


def _move(profile: Profile, earlier: Owner, decision: SharedFile) -> str:
    lock = move_file(earlier)
    decided = disk().read(lock).decode("ascii", "replace").split()
    if len(decided) < 2:
        reason, files = _why_not(profile, earlier)
        if reason:
            disk().remove(lock)
            kept = ", ".join(str(place(earlier)) for place in _PLACES if disk().has(place(earlier)))
            return f"State of profile {profile.name} from an earlier version was not moved, {reason}: {kept}"
        decided = [owner_of(profile), _moved_with(profile, earlier, files)]
        decision.cut_back(0)
        decision.append(" ".join(decided).encode() + b"\n")
        decision.sync()
    owner, kinds = Owner(decided[0]), decided[1]
    for place in _PLACES:
        if place.__name__ in kinds.split(",") and disk().has(place(earlier)) and not disk().has(place(owner)):
            disk().move(place(earlier), place(owner))
    disk().remove(lock)
    return f"The state of profile {profile.name} from an earlier version was moved to {owner}, as it is of this server."


def _why_not(profile: Profile, earlier: Owner) -> tuple[str, list[Path]]:
    """The reason not to move the state, and the files of the journal, newest first."""
    try:
        files = disk().files(journal_folder(earlier))[::-1]
    except FileNotFoundError:
        files = []
    if any(disk().is_locked(file) for file in files):
        return "because an earlier version of pbtui still writes it; close that first", files
    newest = next((facts for facts in map(_opening, files) if facts), None)
    if newest is None:
        return "because it does not show its server", files
    if not _is_of(profile, newest):
        return f"because it is of {newest.get('exchange')} at {newest.get('server')}", files
    return "", files


def _moved_with(profile: Profile, earlier: Owner, files: list[Path]) -> str:
    """The names of the places to move: the journal not beside a newer one, the halt only if its kill was fired here."""
    owner = owner_of(profile)
    has_journal = any(disk().has(place(owner)) for place in _JOURNAL)
    places = [place.__name__ for place in _PLACES if not (has_journal and place in _JOURNAL)]
    if not _was_halted_at(profile, earlier, files):
        places.remove(halt_file.__name__)
    return ",".join(places)


def _was_halted_at(profile: Profile, earlier: Owner, files: list[Path]) -> bool:
    """Return whether the journal shows that the kill of the halt was fired at this server."""
    try:
        halt = msgspec.json.decode(disk().read(halt_file(earlier)))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return False
    report = halt.get("report") if isinstance(halt, dict) else None
    if not isinstance(report, str) or not report:
        return False
    named = Path(report).name.encode()
    return any(_is_of(profile, _opening(file)) for file in files if named in disk().read(file))


def _opening(file: Path) -> Mapping[str, Any]:
    """The facts of the first line of a journal file, empty if it can't be read."""
    line = next(_lines(file), b"")
    try:
        facts = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return facts if isinstance(facts, dict) and facts.get("kind") == "opened" else {}


def _lines(file: Path) -> Iterator[bytes]:
    try:
        yield from disk().read(file).split(b"\n")
    except OSError:
        return


def _is_of(profile: Profile, opening: Mapping[str, Any]) -> bool:
    """Return whether a run was one of this profile's server, as far as earlier versions recorded it."""
    if profile.environment is Environment.SIMULATION:
        return opening.get("environment") == profile.environment
    return (opening.get("server"), opening.get("exchange")) == (profile.host, profile.exchange)
