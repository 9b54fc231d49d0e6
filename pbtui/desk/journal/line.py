"""Encodes and decodes one line of the journal.

A line is JSON in ASCII: it contains no line break and nothing that a terminal would obey.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

import msgspec

from pbtui.desk.formats.ascii_json import ascii_json

RESERVED = ("seq", "at", "kind", "prev")
"""The fields of every line; a fact can't have one of these names."""

Results = Mapping[str, Mapping[str, Any]]
"""The results of the lines of a ticket, by their keys."""

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


class LineUnreadable(ValueError):
    """The bytes are not a journal line."""


class Anchor(msgspec.Struct, frozen=True):
    """A reference to one line of one file: its number, counted from 1, and its SHA-256."""

    file: str
    line: int
    hash: str


class JournalEntry(msgspec.Struct, frozen=True):
    """One line of the journal. Fractional numbers are Decimals; times among the facts are ISO texts in UTC."""

    seq: int
    at: datetime
    kind: str
    facts: Mapping[str, Any]
    prev: str | None


def journal_line(seq: int, at: datetime, kind: str, facts: Mapping[str, object], prev: str | None) -> bytes:
    """One line as bytes, without the line end. The facts must be the result of `plain`."""
    content = {"seq": seq, "at": _iso(at, "microseconds"), "kind": kind, **facts, "prev": prev}
    return ascii_json(_encoder.encode(content).decode()).encode("ascii")


def read_line(line: bytes) -> JournalEntry:
    """Decode a line. Raises LineUnreadable."""
    try:
        content = _decoder.decode(line)
        seq, at, kind, prev = (content.pop(name) for name in RESERVED)
        moment = datetime.fromisoformat(at)
    except (msgspec.DecodeError, RecursionError, KeyError, TypeError, ValueError):
        raise LineUnreadable("is not a journal line") from None
    if type(seq) is not int or not isinstance(kind, str) or not isinstance(prev, str | None) or moment.tzinfo is None:
        raise LineUnreadable("is not a journal line")
    return JournalEntry(seq, moment, kind, content, prev)


def line_hash(line: bytes) -> str:
    """The SHA-256 of a line without its line end; the next line contains it as `prev`."""
    return hashlib.sha256(line).hexdigest()


def report_hash(content: bytes) -> str:
    """The SHA-256 of a kill report, as recorded in the journal."""
    return hashlib.sha256(content).hexdigest()


def plain(fact: object) -> object:
    """A fact as a JSON value: Decimals become exact numbers, aware datetimes become ISO texts in UTC.

    Raises TypeError or ValueError for a value that JSON can't represent.
    """
    if fact is None or isinstance(fact, int):
        return fact
    if isinstance(fact, str):
        return plain_text(fact)
    if isinstance(fact, Decimal | float):
        if not isfinite(fact):
            raise ValueError(f"the journal can't store the number {fact}")
        return fact
    if isinstance(fact, datetime):
        return _iso(fact, "auto")
    if isinstance(fact, Mapping):
        return {plain_text(name): plain(value) for name, value in fact.items()}
    if isinstance(fact, Sequence) and not isinstance(fact, bytes | bytearray):
        return [plain(value) for value in fact]
    raise TypeError(f"the journal can't store a {type(fact).__name__}")


def plain_text(text: str) -> str:
    """The text with characters that UTF-8 can't encode (lone surrogates) written as backslash escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def _iso(at: datetime, timespec: str) -> str:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=timespec) + "Z"


def keys_of(items: Any) -> list[str]:
    """The keys of the lines or results of a ticket. Other values have no keys: the journal may have been edited."""
    return [item["key"] for item in dicts_of(items) if isinstance(item.get("key"), str)]


def newest_results(entries: Iterable[JournalEntry], *kinds: str) -> Mapping[str, Results]:
    """The newest results in entries of these kinds, by ticket and key."""
    newest: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for entry in entries:
        if entry.kind in kinds:
            results = dicts_of(entry.facts.get("results"))
            newest[str(entry.facts.get("ticket"))] |= {str(result.get("key")): result for result in results}
    return newest


def dicts_of(items: Any) -> list[dict[str, Any]]:
    """The JSON objects in a list; none of anything else."""
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
