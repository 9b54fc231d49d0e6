"""One line of the journal: facts into bytes, and bytes into facts.

JSON in plain ASCII: looking at a journal can't move a terminal, and a line never holds a line break.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

import msgspec

RESERVED = ("seq", "at", "kind", "prev")
"""What every line says of itself; no fact can be called so."""

_NOT_PRINTABLE_ASCII = re.compile(r"[^\x20-\x7e]")
_LARGEST_JSON_INTEGER = 2**63 - 1
_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


class LineUnreadable(ValueError):
    """Bytes that are no line of a journal."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """One line of one file, by its number and its hash."""

    file: str
    line: int
    hash: str


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line as it reads. Numbers that are not whole are Decimals; times among the facts are ISO texts in UTC."""

    seq: int
    at: datetime
    kind: str
    facts: Mapping[str, Any]
    prev: str | None


def journal_line(seq: int, at: datetime, kind: str, facts: Mapping[str, object], prev: str | None) -> bytes:
    """A line, without its end. Facts have to be plain (`plain`)."""
    content = {"seq": seq, "at": _iso(at, "microseconds"), "kind": kind, **facts, "prev": prev}
    return ascii_json(_encoder.encode(content).decode()).encode("ascii")


def read_line(line: bytes) -> JournalEntry:
    """The entry in a line. Raises LineUnreadable."""
    try:
        content = _decoder.decode(line)
        seq, at, kind, prev = (content.pop(name) for name in RESERVED)
        moment = datetime.fromisoformat(at)
    except (msgspec.DecodeError, RecursionError, KeyError, TypeError, ValueError):
        raise LineUnreadable("is no line of a journal") from None
    if type(seq) is not int or not isinstance(kind, str) or not isinstance(prev, str | None) or moment.tzinfo is None:
        raise LineUnreadable("is no line of a journal")
    return JournalEntry(seq, moment, kind, content, prev)


def line_hash(line: bytes) -> str:
    """What the next line gives as `prev`: the SHA-256 of the line without its end."""
    return hashlib.sha256(line).hexdigest()


def report_hash(content: bytes) -> str:
    """What the journal has of a report's file: its SHA-256."""
    return hashlib.sha256(content).hexdigest()


def ascii_json(text: str) -> str:
    """JSON with all but printable ASCII escaped: the same value, and nothing in it that a terminal could obey."""
    return _NOT_PRINTABLE_ASCII.sub(lambda found: _escaped(found[0]), text)


def plain(fact: object) -> object:
    """A fact in what JSON can hold: Decimals exactly, as numbers; aware datetimes as ISO texts in UTC.

    Raises TypeError or ValueError for anything that JSON has no form for.
    """
    if fact is None or isinstance(fact, bool):
        return fact
    if isinstance(fact, int):
        return fact if abs(fact) <= _LARGEST_JSON_INTEGER else Decimal(fact)
    if isinstance(fact, str):
        return plain_text(fact)
    if isinstance(fact, Decimal | float):
        if not isfinite(fact):
            raise ValueError(f"{fact} is not a number")
        return fact
    if isinstance(fact, datetime):
        return _iso(fact, "auto")
    if isinstance(fact, Mapping):
        return {plain_text(name): plain(value) for name, value in fact.items()}
    if isinstance(fact, Sequence) and not isinstance(fact, bytes | bytearray):
        return [plain(value) for value in fact]
    raise TypeError(f"the journal has no form for {type(fact).__name__}")


def plain_text(text: str) -> str:
    """The text, with what is no character at all (half of one, a byte that is no UTF-8) spelt out."""
    return text.encode("utf-8", "backslashreplace").decode()


def _iso(at: datetime, timespec: str) -> str:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=timespec) + "Z"


def _escaped(character: str) -> str:
    return "\\u007f" if character == "\x7f" else json.dumps(character)[1:-1]
