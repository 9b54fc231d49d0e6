"""Splits the bytes of a list of orders or trades into one raw slice per element."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import msgspec

from pbtui.api.answer import Answer
from pbtui.api.errors import UnreadableReply
from pbtui.api.sanitize import safe_text

_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(?P<half>u[dD][89a-fA-F]..)|.)", re.DOTALL)
MAX_ORDERS = 300_000
"""The longest list that is read. Accounts have a hundred times fewer orders; a faulty server may send anything."""
_PER_ORDER = 10
"""An order has fewer lists and objects in it than this."""
_BLANKS = re.compile(r"[ \t\r\n]*")
_DECODE_INLINE_BYTES = 64 * 2**10
"""A larger body is decoded in a separate thread, so that the desk's event loop can send requests meanwhile."""

T = TypeVar("T")

_split_list = msgspec.json.Decoder(list[msgspec.Raw]).decode


class UnreadableList(ValueError):
    """The body is not a JSON list; the message says what it is instead."""


async def decoded(call: str, answer: Answer, decode: Callable[[bytes], T]) -> T:
    """Decode the list in an answer. Raises UnreadableReply where `decode` raises UnreadableList."""
    try:
        if len(answer.body) > _DECODE_INLINE_BYTES:
            return await asyncio.to_thread(decode, answer.body)
        return decode(answer.body)
    except UnreadableList as error:
        raise UnreadableReply(call, f"the answer is {error}", status=answer.status, is_own=answer.is_own) from None


def split(body: bytes) -> Sequence[msgspec.Raw]:
    """Return the elements of a JSON list as they were sent. Raises UnreadableList.

    Each keeps the whole body in memory: to keep one, copy it with `bytes`.
    """
    if len(body) > MAX_ORDERS:
        _refuse_too_many(body)
    try:
        return _raw_slices(body)
    except (msgspec.DecodeError, RecursionError):
        whole = _without_half_characters(body)
    try:
        return _raw_slices(whole)
    except (msgspec.DecodeError, RecursionError) as error:
        return _split_with_constants(whole, str(error))


def _refuse_too_many(body: bytes) -> None:
    """Raise UnreadableList for a list that is far too long, before memory is used for its elements.

    Elements that are objects or lists each have a bracket. Others each have a comma that no field's colon goes with.
    Without that many commas at all the list is short enough, which one look at the body of an ordinary list shows.
    """
    commas = body.count(b",")
    if commas <= _PER_ORDER * MAX_ORDERS:
        return
    brackets = body.count(b"{") + body.count(b"[")
    loose = commas - body.count(b":")
    if max(brackets, loose) > _PER_ORDER * MAX_ORDERS:
        raise UnreadableList(f"a list of more than {MAX_ORDERS} elements: {_first_words(body)}")


def _raw_slices(body: bytes) -> Sequence[msgspec.Raw]:
    try:
        elements = _split_list(body)
    except msgspec.ValidationError:
        raise _no_list(body) from None
    if len(elements) > MAX_ORDERS:
        raise UnreadableList(f"a list of {len(elements)} elements: {_first_words(body)}")
    return elements


def _without_half_characters(body: bytes) -> bytes:
    """Return the body with U+FFFD in place of each unpaired surrogate escape.

    Some servers cut texts inside a surrogate pair, and JSON decoders refuse the half that is left.
    """
    return _ESCAPE.sub(lambda match: rb"\ufffd" if match["half"] else match[0], body)


def _split_with_constants(body: bytes, reason: str) -> Sequence[msgspec.Raw]:
    """Split a list that is valid JSON except for NaN and Infinity, which some servers write for a missing number."""
    try:
        elements = list(islice(_elements(body), MAX_ORDERS + 1))
    except UnreadableList:
        raise
    except (ValueError, IndexError, RecursionError):
        raise UnreadableList(f"not JSON ({reason}): {_first_words(body)}") from None
    if len(elements) > MAX_ORDERS:
        raise UnreadableList(f"a list of more than {MAX_ORDERS} elements: {_first_words(body)}")
    return elements


def _elements(body: bytes) -> Iterator[msgspec.Raw]:
    text = body.decode(errors="surrogateescape")
    decoder = json.JSONDecoder(parse_int=str, parse_float=str)
    place = _after_blanks(text, 0)
    if text[place] != "[":
        decoder.raw_decode(text, place)
        raise _no_list(body)
    place = _after_blanks(text, place + 1)
    separator = ","
    if text[place] == "]":
        separator, place = "]", _after_blanks(text, place + 1)
    while separator == ",":
        _, end = decoder.raw_decode(text, place)
        yield msgspec.Raw(text[place:end].encode(errors="surrogateescape"))
        place = _after_blanks(text, end)
        separator = text[place]
        place = _after_blanks(text, place + 1)
    if separator != "]" or place != len(text):
        raise ValueError(f"{separator} after an element")


def _after_blanks(text: str, place: int) -> int:
    match = _BLANKS.match(text, place)
    return match.end() if match else place


def _no_list(body: bytes) -> UnreadableList:
    return UnreadableList(f"not a list but {_first_words(body)}")


def _first_words(body: bytes) -> str:
    if not body:
        return "an empty body"
    return f"{len(body)} bytes that begin with {safe_text(body[:80].decode(errors='replace'))!r}"
