"""Journal lines that could not be written: which they are, for the journal and for the trader."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from pbtui.desk.journal.line import dicts_of

_NAMED = 50
"""The number of lines that a gap names one by one."""


class Unwritten(Struct, frozen=True):
    """A line that could not be written. `ticket` is its ticket, None if it has none."""

    at: datetime
    kind: str
    ticket: object


def gap_facts(lines: Sequence[Unwritten], reason: str) -> dict[str, object]:
    """The facts of a gap in the journal. The lines must not be empty."""
    return {
        "count": len(lines),
        "since": lines[0].at.isoformat(),
        "reason": reason,
        "missing": [{"kind": line.kind, "of": line.ticket} for line in lines[:_NAMED]],
    }


def gap_words(lines: Sequence[Unwritten], reason: str) -> str:
    """Return a sentence, without a full stop, about the missing lines and the reason."""
    return _sentence(len(lines), [(line.kind, line.ticket) for line in lines[:_NAMED]], reason)


def recorded_gap_words(facts: Mapping[str, Any]) -> str:
    """The same for a gap that the journal has recorded; facts of any other form are passed over."""
    pairs = [(item.get("kind"), item.get("of")) for item in dicts_of(facts.get("missing"))]
    return _sentence(facts.get("count"), pairs, facts.get("reason"))


def missing_kinds(facts: Mapping[str, Any]) -> set[object]:
    """The kinds of the missing lines of a gap that the journal has recorded, as far as it names them."""
    return {str(item.get("kind")) for item in dicts_of(facts.get("missing"))}


def _sentence(count: object, named: Sequence[tuple[object, object]], reason: object) -> str:
    by_ticket: dict[str, list[str]] = {}
    for kind, ticket in named:
        by_ticket.setdefault(str(ticket or ""), []).append(str(kind))
    parts = [f"{', '.join(kinds)}{f' of ticket {ticket}' if ticket else ''}" for ticket, kinds in by_ticket.items()]
    lines = "1 line" if count == 1 else f"{count} lines"
    return f"{lines} could not be written to the journal ({'; '.join(parts)}): {reason}"
