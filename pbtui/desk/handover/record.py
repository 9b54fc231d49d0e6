"""The records of a hand-over: notes, and who took over from whom, with the report that was shown."""

from zoneinfo import ZoneInfo

from pbtui.desk.handover.report import Report
from pbtui.desk.handover.shift import Shift
from pbtui.desk.handover.words import digest_of, report_text, summary_of
from pbtui.desk.journal.writer import Journal, Kind

LONGEST_NAME = 60
LONGEST_NOTE = 2000
"""In characters: a journal line that people read."""


class Refused(ValueError):
    """A name or note that is not recorded; the message is a short reason."""


def valid_name(text: str) -> str:
    """The name of whoever takes over, without spaces around it. Raises Refused."""
    return _valid(text, "name", LONGEST_NAME)


def valid_note(text: str) -> str:
    """A note, without spaces around it. Raises Refused."""
    return _valid(text, "note", LONGEST_NOTE)


def _valid(text: str, what: str, most: int) -> str:
    text = text.strip()
    if not text:
        raise Refused(f"the {what} is empty")
    if len(text) > most:
        raise Refused(f"the {what} has {len(text)} characters, more than {most}")
    if not text.isprintable():
        raise Refused(f"the {what} has a character that does not print")
    return text


def record_note(journal: Journal, text: str) -> None:
    """Write a note into the journal. Raises JournalUnusable and Refused."""
    journal.record(Kind.NOTE, text=valid_note(text))


def record_take_over(journal: Journal, report: Report, zone: ZoneInfo, name: str, present: Shift) -> str:
    """Record who takes over from whom, and the report that was shown. Returns the SHA-256 of its text.

    `present` is the shift as it was read just now. Raises JournalUnusable, and Refused if somebody else took over
    meanwhile.
    """
    name = valid_name(name)
    last = present.last
    if last is not None and last != report.shift.last:
        raise Refused(f"{last.name} took over meanwhile ({last.who}); look at the report again")
    digest = digest_of(report_text(report, zone))
    journal.record(
        Kind.TAKE_OVER,
        name=name,
        **{"from": whose_shift(report)},
        since=report.shift.since,
        report_sha256=digest,
        summary=summary_of(report),
    )
    return digest


def whose_shift(report: Report) -> str:
    """The name of the last who took over; without one, all operators whose desks and commands changed something."""
    last = report.shift.last
    if last is not None:
        return last.name
    writers = {change.who for change in report.changes.items} | {note.who for note in report.notes.items}
    return ", ".join(sorted(writers))
