"""The entries of all runs in the order in which they were written, independent of the clock."""

from collections.abc import Mapping
from pathlib import Path

from pbtui.desk.journal.against_head import KnownHead
from pbtui.desk.journal.chain import JournalReading
from pbtui.desk.journal.line import JournalEntry


def in_order(readings: Mapping[Path, JournalReading], head: KnownHead) -> list[JournalEntry]:
    """The entries by their number in the head. What the head does not have comes last, by run and line."""
    return [entry for _, entry in in_order_with_files(readings, head)]


def in_order_with_files(readings: Mapping[Path, JournalReading], head: KnownHead) -> list[tuple[Path, JournalEntry]]:
    """The same, each entry with its file."""
    places = [
        (_place(reading, path, entry, head), path, entry)
        for path, reading in readings.items()
        for entry in reading.entries
    ]
    return [(path, entry) for _, path, entry in sorted(places, key=lambda place: place[0])]


def _place(reading: JournalReading, path: Path, entry: JournalEntry, head: KnownHead) -> tuple[int, int, str, int]:
    known = head.files.get(path.name)
    if known is None:
        return (len(head.lines) + 1, reading.run_number or 0, path.name, entry.seq)
    # A line without a line of its own in the head was written before a taken-over line, or after the newest one.
    line = known.lines.get(entry.seq) or known.lines[known.first if entry.seq < known.first else known.count]
    return (line.no, known.run, path.name, entry.seq)
