"""Faults of an entry line and their places: words that are not understood, and values that are not valid."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pbtui.desk.drafts.draft import read_entry
from pbtui.desk.drafts.entry_line import EntryLine, read_line
from pbtui.desk.drafts.line_names import known_names
from pbtui.desk.drafts.line_words import Span
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.settings.profiles import Profile


class Fault(NamedTuple):
    """A sentence about a part of a line. `at` is its place; None if it is not in the line."""

    reason: str
    at: Span | None


def faults_of(line: EntryLine, problems: Mapping[str, str]) -> Sequence[Fault]:
    """Return what is wrong with a line, from left to right.

    `problems` are those of the order that it means, by field; only those of fields in the line count.
    """
    found = [Fault(problem, at) for problem, at in zip(line.problems, line.places, strict=True)]
    named = ((name, problems[name]) for name in line.spans if name in problems)
    found += [Fault(f"{FIELDS[name].label}: {reason}", line.spans[name]) for name, reason in named]
    return sorted(found, key=lambda fault: fault.at or (0, 0))


def marks(length: int, faults: Iterable[Fault]) -> str:
    """Return the line that stands below a line of this length: a caret below each place of a fault."""
    places = [fault.at for fault in faults if fault.at is not None]
    return "".join("^" if any(start <= at < end for start, end in places) else " " for at in range(length)).rstrip()


def preset_faults(profile: Profile, now: datetime) -> Iterator[tuple[str, str]]:
    """Yield the presets that no line can use, with the reason: what they say can't be read.

    A word that can be the name of a portfolio or a contract passes, and so does what needs more words, such as `aon`.
    """
    zone, known = ZoneInfo(profile.market_timezone), known_names(profile, now)
    for name in profile.presets:
        line = read_line(f"={name}", zone, now, known)
        reading = read_entry(line.texts, zone, now)
        wrong = [problem for problem in line.problems if problem not in line.unknown]
        unread = [name for name in line.texts if name not in reading.values]
        wrong += [f"{FIELDS[name].label}: {reading.problems[name]}" for name in unread]
        if wrong:
            yield name, "; ".join(wrong)
