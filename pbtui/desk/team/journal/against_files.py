"""Compares the journal files of this host with the lines that the team store has of them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from pbtui.desk.journal.against_head import KnownHead
from pbtui.desk.journal.chain import JournalReading
from pbtui.desk.team.journal.audit import KEPT, StoredRun
from pbtui.desk.team.journal.confirmed import Confirmed


class Here(Struct, frozen=True, kw_only=True):
    """The journal of a profile at this host, as it was read at a time. `unreadable` are files that can't be read."""

    at: datetime
    host: str
    folder: Path
    files: Mapping[Path, JournalReading]
    unreadable: frozenset[Path]
    head: KnownHead
    confirmed: Confirmed


def compare_files(
    here: Here, runs: Sequence[StoredRun], hashes: Mapping[str, Mapping[int, str]]
) -> tuple[list[str], int]:
    """The problems, and the number of lines that the store does not have yet.

    `hashes` are those of the lines in the store, by run and number. `runs` are all runs of the profile there.
    """
    problems: list[str] = []
    waiting = 0
    for path, reading in here.files.items():
        if reading.hashes:
            stored = hashes.get(reading.hashes[0], {})
            problems += _differences(path, reading, stored)
            missing = [number for number in range(1, len(reading.hashes) + 1) if number not in stored]
            cut, late = _split(here, path, missing)
            waiting += late
            problems += _cut_there(here, path, reading, cut)
    for head in here.confirmed.lost:
        problems.append(
            f"the store: it had confirmed {head.no} lines with the hash {head.chain} at {head.at:%Y-%m-%d %H:%M:%S}Z,"
            " and did not know that head later: it was restored, is another one, or was cut"
        )
    return [*problems, *_not_here(here, runs)], waiting


def _differences(path: Path, reading: JournalReading, stored: Mapping[int, str]) -> Iterator[str]:
    others = [number for number, known in enumerate(reading.hashes, 1) if stored.get(number, known) != known]
    if others:
        yield f"{path}, line {others[0]}: differs from the line that the store has"
    count, there = len(reading.hashes), max(stored, default=0)
    if there > count:
        yield f"{path}, line {count + 1}: is missing here: the store has {there} lines of this file"


def _split(here: Here, path: Path, missing: Sequence[int]) -> tuple[list[int], int]:
    """The lines that the store had confirmed, of those that it lacks, and the number of the others."""
    newest, known = here.confirmed.newest, here.head.files.get(path.name)
    if newest is None or known is None:
        return [], len(missing)
    done = [
        number
        for number in missing
        if (line := known.lines.get(max(number, known.first))) is not None and line.no <= newest.no
    ]
    return done, len(missing) - len(done)


def _cut_there(here: Here, path: Path, reading: JournalReading, cut: Sequence[int]) -> Iterator[str]:
    refused = [refusal for refusal in here.confirmed.refused if refusal.file == path.name]
    for refusal in refused:
        yield f"{path}, line {refusal.line}: did not come into the store, nor what follows: {refusal.reason}"
    newest = reading.entries[-1].at if reading.entries else None
    if cut and not refused and (newest is None or newest > here.at - KEPT):
        later = "" if len(cut) == 1 else f", of {len(cut)} such lines"
        yield f"{path}, line {cut[0]}: is missing in the store, which had confirmed it{later}: cut there"


def _not_here(here: Here, runs: Sequence[StoredRun]) -> Iterator[str]:
    """The files that this host wrote into this folder, and does not have any more."""
    present = {reading.hashes[0] for reading in here.files.values() if reading.hashes}
    for run in runs:
        path = Path(run.file)
        if run.run in present or run.host != here.host or path.parent != here.folder:
            continue
        if path in here.unreadable:
            continue
        count = f"{run.lines} line{'s' if run.lines != 1 else ''}"
        if path in here.files:
            yield f"{path}, line 1: is not the first line that the store has of this file, which has {count} there"
        else:
            yield f"{path}: is missing here: the store has {count} of it"
