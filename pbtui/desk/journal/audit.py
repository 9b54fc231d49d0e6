"""Reads the journal and verifies that it is unchanged.

Each line contains the hash of the line before, so a changed line is detected. The sequence numbers also show lines
that were removed, inserted or moved. The last line of a file is protected only if the first line of a later file names
it. A last line without a line end is not a fault: the run was killed while writing it. Kill reports are compared with
the hashes in the journal.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pbtui.desk.journal.line import JournalEntry, LineUnreadable, line_hash, read_line, report_hash
from pbtui.desk.journal.writer import JournalUnusable, Kind, journal_files
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import report_folder


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """A changed line: its number, counted from 1 (0: the whole file), and the reason."""

    line_no: int
    reason: str


@dataclass(frozen=True, slots=True)
class JournalReading:
    """One journal file: its readable entries and its faults."""

    entries: tuple[JournalEntry, ...]
    faults: tuple[Fault, ...]


def read_journal(path: Path) -> JournalReading:
    """Read one journal file. Raises JournalUnusable if the file can't be read."""
    return _read(_content(path))


def verify_all(profile_name: str) -> dict[Path, list[Fault]]:
    """The faults of a profile's journal, by file, including lines that do not match the hash in a later file.

    A changed kill report is a fault of the line that contains its hash. Raises JournalUnusable if the folder can't be
    read.
    """
    files = {path.name: path for path in journal_files(profile_name)}
    faults: dict[Path, list[Fault]] = {path: [] for path in files.values()}
    contents: dict[str, bytes] = {}
    for name, path in files.items():
        try:
            contents[name] = _content(path)
        except JournalUnusable as trouble:
            faults[path].append(Fault(0, str(trouble)))
    readings = {name: _read(content) for name, content in contents.items()}
    for name, fault in _report_faults(report_folder(profile_name), readings):
        faults[files[name]].append(fault)
    for name, reading in readings.items():
        faults[files[name]] += reading.faults
        anchor = _anchor(reading.entries)
        if anchor is None:
            continue
        earlier, line_no, known_hash = anchor
        if earlier not in files:
            faults[files[name]].append(Fault(1, f"names an earlier file that is missing: {earlier}"))
        elif earlier in contents and _hash_of_line(contents[earlier], line_no) != known_hash:
            faults[files[earlier]].append(Fault(line_no, f"changed or removed after {name} was created"))
    return {path: sorted(set(found)) for path, found in faults.items()}


def _content(path: Path) -> bytes:
    try:
        return disk().read(path)
    except OSError as error:
        raise JournalUnusable(f"can't be read: {error.strerror} ({path})") from error


def _read(content: bytes) -> JournalReading:
    *lines, _torn = content.split(b"\n")
    entries: list[JournalEntry | None] = []
    faults = []
    for line_no, line in enumerate(lines, 1):
        try:
            entries.append(read_line(line))
        except LineUnreadable as error:
            entries.append(None)
            faults.append(Fault(line_no, str(error)))
    faults += _chain_faults(lines, entries)
    return JournalReading(tuple(e for e in entries if e is not None), tuple(sorted(faults)))


def _chain_faults(lines: Sequence[bytes], entries: Sequence[JournalEntry | None]) -> Iterator[Fault]:
    if entries and (first := entries[0]) is not None and first.seq != 1:
        yield Fault(1, f"has number {first.seq} instead of 1: earlier lines were removed")
    for line_no, (before, after) in enumerate(itertools.pairwise(entries), 2):
        if after is None:
            continue
        # The number after an unreadable line is not known; the hash check covers it.
        expected = after.seq if before is None else before.seq + 1
        if after.seq > expected:
            yield Fault(line_no, f"has number {after.seq} instead of {expected}: lines before it were removed")
        elif after.seq < expected:
            yield Fault(line_no, f"has number {after.seq} instead of {expected}: lines were inserted or moved")
        elif before is not None and after.prev != line_hash(lines[line_no - 2]):
            yield Fault(line_no - 1, f"changed: line {line_no} contains a different hash of it")


def _anchor(entries: Sequence[JournalEntry]) -> tuple[str, int, str] | None:
    """File, line number and hash of the earlier line that the first entry names."""
    if not entries or entries[0].kind != Kind.OPENED:
        return None
    match entries[0].facts.get("earlier"):
        case {"file": str(file), "line": int(line_no), "hash": str(known_hash)}:
            return file, line_no, known_hash
    return None


def _report_faults(folder: Path, readings: Mapping[str, JournalReading]) -> Iterator[tuple[str, Fault]]:
    """Kill reports that do not match their newest hash in the journal, each with the journal file of that hash."""
    newest: dict[str, tuple[str, int, object]] = {}
    for name, reading in readings.items():
        for entry in reading.entries:
            hashes = entry.facts.get("report")
            if entry.kind == Kind.KILL_END and isinstance(hashes, dict):
                newest |= {report: (name, entry.seq, known_hash) for report, known_hash in hashes.items()}
    for report, (name, line_no, known_hash) in newest.items():
        try:
            content = disk().read(folder / Path(report).name)
        except OSError as error:
            yield name, Fault(line_no, f"the report {report} can't be read: {error.strerror}")
            continue
        if report_hash(content) != known_hash:
            reason = f"the report {report} does not match its hash here: it was changed, or not written completely"
            yield name, Fault(line_no, reason)


def _hash_of_line(content: bytes, line_no: int) -> str | None:
    lines = content.split(b"\n")[:-1]
    return line_hash(lines[line_no - 1]) if 0 < line_no <= len(lines) else None
