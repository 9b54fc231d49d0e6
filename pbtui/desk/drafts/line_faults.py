"""Faults of an entry line and their places: words that are not understood, and values that are not valid."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pbtui.desk.drafts.entry_line import EntryLine
from pbtui.desk.drafts.line_words import Span
from pbtui.desk.formats.order_fields import FIELDS


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
