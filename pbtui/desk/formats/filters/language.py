"""Filter language of the tables: `side:buy price>50 area:amp,tng !mine or gate<30m`.

Terms are separated by spaces; a row must match all of them, or all on one side of an `or`. A leading ! negates a term.

    side:buy            the field contains the text, in upper or lower case
    area:amp,tng        it contains one of them
    portfolio=DE1       it is the text, or one of its words is
    txt~algo[0-9]       the pattern (regular expression) is found in it
    price>50, mw<=5     numbers, with < <= > >= and =
    delivery:14:15      delivers then; delivery>18:00 and the like compare its start. A time without a day is today's
    delivery:tomorrow   starts on that day; also with a time: delivery>tomorrow 06:00
    gate<30m, age>5m    lengths of time, in s, m or h
    mine, algo, contract    entered by this profile; by an algorithm; of the contract under the cursor
    word                a bare word: one of the texts contains it, exactly as typed, in upper or lower case
    ~hdg                one of the words has these letters in this sequence, as hedge has
    "or"                quotes take a text as it is, with spaces and commas: portfolio="A, B"

There are no parentheses. A bare word is never matched by likeness: what a filter shows can be marked and withdrawn at
once, so it must not show an order that nobody meant. Likeness has a sign of its own, ~.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

from pbtui.api.structs import replace
from pbtui.desk.formats.filters.terms import (
    LIKE,
    AnyRow,
    Field,
    NotKnownYet,
    Scene,
    Term,
    TermRefused,
    Test,
    Typed,
    Word,
)
from pbtui.desk.formats.filters.times import is_day
from pbtui.settings.decode import did_you_mean

OR = "or"
_REFUSED_WORDS = {
    "and": "leave it out: terms side by side must all match",
    "not": "write ! directly before a term",
}
_TOKEN = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
TERM = re.compile(r"(?P<not>!?)(?:(?P<field>[A-Za-z]+)(?P<operator>[:=~]|[<>]=?))?(?P<value>.*)", re.DOTALL)
_CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}[ab]?", re.ASCII | re.IGNORECASE)
_ITEM = re.compile(r'(?:[^,"]|"[^"]*")*')


class FilterError(ValueError):
    """A filter that is not valid. `start` and `end` are the place of the term in the text, `reason` says why.

    One that `waits` is about what is not known now: later the same text can be valid.
    """

    def __init__(self, text: str, start: int, end: int, reason: str, *, waits: bool = False) -> None:
        word = text[start:end]
        super().__init__(f"{word}: {reason}" if word else reason)
        self.start, self.end, self.reason, self.waits = start, end, reason, waits


@dataclass(frozen=True, slots=True)
class Filter(Generic[AnyRow]):
    """A test of rows. `bounds` as in `Term`: a filter with other bounds has to be made anew for another scene."""

    test: Test[AnyRow]
    bounds: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A word of a filter and its place, up to `end`."""

    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FilterFields(Generic[AnyRow]):
    """The table of terms for one kind of rows: fields by name, words that stand alone, and what a bare word matches."""

    fields: Mapping[str, Field[AnyRow]]
    words: Mapping[str, Word[AnyRow]]
    any_text: Callable[[Typed, Scene], Term[AnyRow]]

    def parse(self, text: str, scene: Scene) -> Filter[AnyRow]:
        """Return the filter; an empty text matches every row. Raises FilterError."""
        sides: list[list[Term[AnyRow]]] = [[]]
        pieces = list(pieces_of(text))
        for piece in pieces:
            if piece.word.casefold() == OR:
                if not sides[-1] or piece is pieces[-1]:
                    raise FilterError(text, piece.start, piece.end, "needs a term before it and one after it")
                sides.append([])
            else:
                sides[-1].append(self._term(text, piece, scene))
        bounds = tuple(bound for side in sides for term in side for bound in term.bounds)
        return Filter(_any_of([_all_of([term.test for term in side]) for side in sides]), bounds)

    def words_in(self, text: str) -> frozenset[str]:
        """Return the fields and the words that stand alone that a text refers to."""
        matches = (TERM.fullmatch(piece.word) for piece in pieces_of(text))
        named = {(match["field"] or match["value"]).casefold() for match in matches if match is not None}
        return frozenset(named & {*self.fields, *self.words})

    def _term(self, text: str, piece: Piece, scene: Scene) -> Term[AnyRow]:
        try:
            term = self._positive(piece.word.removeprefix("!"), scene)
        except TermRefused as refused:
            waits = isinstance(refused, NotKnownYet)
            raise FilterError(text, piece.start, piece.end, str(refused), waits=waits) from None
        return replace(term, test=_negated(term.test)) if piece.word.startswith("!") else term

    def _positive(self, word: str, scene: Scene) -> Term[AnyRow]:
        match = TERM.fullmatch(word)
        assert match is not None  # noqa: S101 - the pattern takes any text
        if match["field"] is None:
            return self._bare(word, scene)
        field = self.fields.get(match["field"].lower())
        if field is None:
            near = did_you_mean(match["field"].lower(), [*self.fields, *self.words])
            known = near if near != "." else f"; known are {', '.join(self.fields)}"
            raise TermRefused(f"unknown field {match['field']!r}{known}")
        return field.term(Typed(match["operator"], _values(match["operator"], match["value"])), scene)

    def _bare(self, word: str, scene: Scene) -> Term[AnyRow]:
        lower = word.casefold()
        if lower in self.words:
            return self.words[lower].term(scene)
        if lower in _REFUSED_WORDS:
            raise TermRefused(_REFUSED_WORDS[lower])
        if word.startswith("(") or word.endswith(")"):
            raise TermRefused(f'there are no parentheses; to find one, write "{word}"')
        wanted = _unquoted(word.removeprefix("~"))
        if not wanted:
            raise TermRefused("the value is missing")
        typed = Typed(LIKE if word.startswith("~") else ":", [wanted])
        return self.any_text(typed, scene)


def in_any(fields: Iterable[Field[AnyRow]]) -> Callable[[Typed, Scene], Term[AnyRow]]:
    """Return what a bare word matches: one of these fields."""
    return lambda typed, scene: Term(_any_of([field.term(typed, scene).test for field in fields]))


def pieces_of(text: str) -> Iterator[Piece]:
    """Yield the words of a filter. A time after a day is of the same word: `delivery>tomorrow 06:00`."""
    before: Piece | None = None
    for found in _TOKEN.finditer(text):
        piece = Piece(found[0], found.start(), found.end())
        if before is not None:
            if _CLOCK.fullmatch(piece.word) and is_day(re.split(r"[:=<>,]", before.word)[-1]) and before.word != OR:
                piece, before = Piece(f"{before.word} {piece.word}", before.start, piece.end), None
            else:
                yield before
        before = piece
    if before is not None:
        yield before


def _values(operator: str, value: str) -> Sequence[str]:
    """Return the values of a list; a pattern is one value, whatever is in it. Raises TermRefused."""
    items = [value] if operator == "~" else list(_items(value))
    values = [_unquoted(item) for item in items]
    if not all(values):
        raise TermRefused("the value is missing" if len(values) == 1 else "a value of the list is missing")
    return values


def _items(value: str) -> Iterator[str]:
    at = 0
    while True:
        found = _ITEM.match(value, at)
        assert found is not None  # noqa: S101 - the pattern matches an empty text too
        if found.end() < len(value) and value[found.end()] == '"':
            raise TermRefused("the closing quote is missing")
        yield found[0]
        if found.end() == len(value):
            return
        at = found.end() + 1


def _unquoted(text: str) -> str:
    if text.count('"') % 2:
        raise TermRefused("the closing quote is missing")
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def quoted(text: str) -> str:
    """Return a value as it must stand in a filter; an empty text if it can't: no value can hold a quote."""
    if '"' in text:
        return ""
    return f'"{text}"' if re.search(r"[\s,]", text) else text


def _negated(test: Test[AnyRow]) -> Test[AnyRow]:
    return lambda row: not test(row)


def _all_of(tests: Sequence[Test[AnyRow]]) -> Test[AnyRow]:
    if len(tests) == 1:
        return tests[0]

    def all_hold(row: AnyRow) -> bool:
        for test in tests:  # noqa: SIM110 - a loop takes a third of the time of all() over a generator
            if not test(row):
                return False
        return True

    return all_hold


def _any_of(tests: Sequence[Test[AnyRow]]) -> Test[AnyRow]:
    if len(tests) == 1:
        return tests[0]

    def any_holds(row: AnyRow) -> bool:
        for test in tests:  # noqa: SIM110 - as above
            if test(row):
                return True
        return False

    return any_holds
