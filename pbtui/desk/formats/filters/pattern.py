r"""Patterns (regular expressions) that a trader types, matched in a time that only grows with the length of the text.

`re` tries one way after the other: with `(a+)+$` it takes years over forty letters, and the screen stands still. Here
all ways are followed at once, as a set of places in the pattern (the automaton of Glushkov). That leaves out back
references and lookaround. A pattern has characters, `.`, `[...]`, `\d` and the like, `^`, `$`, groups, `|`, and the
repeats `*`, `+`, `?`, `{2}`, `{2,}`, `{2,4}`; upper and lower case are equal. What one character of it matches is left
to `re`. So is a whole pattern without groups that has no repeat, or a single one and begins with `^`: `re` then tries
one way at each letter of the text, and compares at most MOST_PLACES letters for each.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial, reduce
from operator import getitem, or_
from typing import NamedTuple

MOST_PLACES = 100
"""Characters of a pattern with its repeats written out: a step through a text takes a time that grows with them."""
_DEEPEST = 20
_STEPS_KEPT = 20_000
_ITEM = re.compile(r"\\[dDwWsS]|\\[^0-9A-Za-z]|\[\^?\]?(?:\\.|[^\]\\])*\]|[^\\\[]", re.DOTALL)
_REPEAT = re.compile(r"(?P<sign>[*+?])|\{(?:(?P<least>[0-9]*),(?P<most>[0-9]*)|(?P<exact>[0-9]+))\}", re.ASCII)
_SIGNS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_PLAIN = r"(?:[^\\^$*+?{}()|]|\\[dDwWsS])*"
_ONE_WAY = re.compile(rf"\^?{_PLAIN}\$?|\^{_PLAIN}[*+?]{_PLAIN}\$?")
"""A pattern with one way at each letter of a text. A sign in brackets, as in `[+]`, is taken for a repeat here."""
_START, _END, _EMPTY = "before the text", "after the text", "before and after an empty text"
_ANCHORS = {"^": (_START, _EMPTY), "$": (_END, _EMPTY)}


class PatternRefused(ValueError):
    """A pattern that can't be used; the message says why."""


class Pattern:
    """A pattern as it was typed. Raises PatternRefused."""

    def __init__(self, typed: str) -> None:
        places = _Places()
        self._first, self._last, self._is_empty = _Reader(typed).whole()(places)
        self._matches, self._after = [_matcher(item) for item in places.items], places.after
        begins, ends = places.items.count("^"), places.items.count("$")
        self._before_text, self._after_text = [_START] * begins, [_END] * ends
        self._empty_text = [_EMPTY] * (begins + ends)
        self._states: dict[int, _State] = {}
        self._steps_kept = 0
        self._begin = self._state(0)
        self._one_way = _compiled(typed) if _ONE_WAY.fullmatch(typed) else None

    def is_in(self, text: str) -> bool:
        """Return whether the pattern is found anywhere in the text."""
        if self._is_empty:
            return True
        if self._one_way is not None:
            return self._one_way.search(text) is not None
        letters = (*self._before_text, *text, *self._after_text) if text else self._empty_text
        return reduce(getitem, letters, self._begin).is_end

    def _state(self, places: int) -> "_State":
        return _State(partial(self._step, places), is_end=bool(places & self._last))

    def _step(self, places: int, letter: str) -> "_State":
        """Return the state that a letter leads to, from these places and from the beginning.

        What was found stays found, so that only the last state of a text has to be looked at.
        """
        if places & self._last:
            after = places
        else:
            ahead = reduce(or_, (self._after[place] for place in _numbers(places)), self._first)
            after = sum(1 << place for place in _numbers(ahead) if self._matches[place](letter))
        if self._steps_kept >= _STEPS_KEPT:
            self._forget()
        self._steps_kept += 1
        if after not in self._states:
            self._states[after] = self._state(after)
        return self._states[after]

    def _forget(self) -> None:
        for state in [self._begin, *self._states.values()]:
            state.clear()
        self._states, self._steps_kept = {}, 0


class _State(dict[str, "_State"]):
    """A set of places that a text has led to. Maps each letter that came next to the state that it led to."""

    def __init__(self, step: Callable[[str], "_State"], *, is_end: bool) -> None:
        super().__init__()
        self._step = step
        self.is_end = is_end
        """Says whether the pattern is found once a text has led here."""

    def __missing__(self, letter: str) -> "_State":
        following = self[letter] = self._step(letter)
        return following


def _compiled(typed: str) -> re.Pattern[str]:
    r"""Compile a pattern with `re`. Its own `$` would also match before a line break at the end."""
    return re.compile(typed[:-1] + r"\Z" if typed.endswith("$") else typed, re.IGNORECASE)


def _matcher(item: str) -> Callable[[str], object]:
    if item in _ANCHORS:
        return _ANCHORS[item].__contains__
    try:
        return re.compile(item, re.IGNORECASE).fullmatch
    except re.error as error:
        raise PatternRefused(str(error)) from None


def _numbers(places: int) -> Iterator[int]:
    """The numbers of the places in a set."""
    while places:
        yield (places & -places).bit_length() - 1
        places &= places - 1


# ---------------------------------------------------------------- the places of a pattern


class _Part(NamedTuple):
    """The places that a part of a pattern begins and ends at, as sets of bits, and whether it can be left out."""

    first: int = 0
    last: int = 0
    is_empty: bool = True


class _Places:
    """The items of a pattern that match one character each, and the places that come after each of them."""

    def __init__(self) -> None:
        self.items: list[str] = []
        self.after: list[int] = []

    def add(self, item: str) -> _Part:
        if len(self.items) >= MOST_PLACES:
            raise PatternRefused(f"it is too long: more than {MOST_PLACES} characters with its repeats written out")
        self.items.append(item)
        self.after.append(0)
        place = 1 << len(self.items) - 1
        return _Part(place, place, is_empty=False)

    def joined(self, one: _Part, other: _Part) -> _Part:
        self.link(one.last, other.first)
        first = one.first | (other.first if one.is_empty else 0)
        last = other.last | (one.last if other.is_empty else 0)
        return _Part(first, last, one.is_empty and other.is_empty)

    def link(self, ends: int, begins: int) -> None:
        for place in _numbers(ends):
            self.after[place] |= begins


Build = Callable[[_Places], _Part]
"""Adds a part to the places of a pattern: once for each time that it is written out."""


def _item(item: str, places: _Places) -> _Part:
    return places.add(item)


def _sequence(builds: list[Build], places: _Places) -> _Part:
    return reduce(places.joined, (build(places) for build in builds), _Part())


def _choice(builds: list[Build], places: _Places) -> _Part:
    parts = [build(places) for build in builds]
    first, last = (reduce(or_, (part[end] for part in parts)) for end in (0, 1))
    return _Part(first, last, any(part.is_empty for part in parts))


def _repeated(build: Build, least: int, most: int | None, places: _Places) -> _Part:
    """The part `least` to `most` times, or any number of times from `least` on if that is None."""
    whole, count = _Part(), max(least, 1) if most is None else most
    for number in range(1, count + 1):
        before = len(places.items)
        part = build(places)
        if most is None and number == count:
            places.link(part.last, part.first)
        whole = places.joined(whole, part._replace(is_empty=True) if number > least else part)
        if len(places.items) == before:
            break  # it matches only nothing, however often
    return whole


# ---------------------------------------------------------------- what was typed


class _Reader:
    """Reads a typed pattern from left to right. Each method raises PatternRefused."""

    def __init__(self, typed: str) -> None:
        self._typed = typed
        self._at = 0
        self._depth = 0

    def whole(self) -> Build:
        build = self._alternatives()
        if self._at < len(self._typed):
            raise PatternRefused("a ) has no ( before it")
        return build

    def _takes(self, text: str) -> bool:
        is_there = self._typed.startswith(text, self._at)
        self._at += len(text) if is_there else 0
        return is_there

    def _alternatives(self) -> Build:
        builds = [self._one_alternative()]
        while self._takes("|"):
            builds.append(self._one_alternative())
        return partial(_choice, builds)

    def _one_alternative(self) -> Build:
        builds: list[Build] = []
        while self._at < len(self._typed) and self._typed[self._at] not in "|)":
            builds.append(self._repeats(self._atom()))
        return partial(_sequence, builds)

    def _atom(self) -> Build:
        if self._takes("("):
            return self._group()
        found = _ITEM.match(self._typed, self._at)
        if _REPEAT.match(self._typed, self._at):
            raise PatternRefused(f"nothing stands before the repeat {self._typed[self._at]}")
        if found is None:
            what = self._typed[self._at : self._at + 2]
            raise PatternRefused("a [ is not closed" if what[0] == "[" else f"{what} is not known here")
        self._at = found.end()
        if found[0] in _ANCHORS and _REPEAT.match(self._typed, self._at):
            raise PatternRefused(f"{found[0]} can't be repeated")
        return partial(_item, found[0])

    def _group(self) -> Build:
        if not self._takes("?:") and self._typed.startswith("?", self._at):
            raise PatternRefused(f"({self._typed[self._at : self._at + 2]} is not known here")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise PatternRefused(f"more than {_DEEPEST} groups stand within each other")
        build = self._alternatives()
        if not self._takes(")"):
            raise PatternRefused("a ( is not closed")
        self._depth -= 1
        return build

    def _repeats(self, build: Build) -> Build:
        found = _REPEAT.match(self._typed, self._at)
        if found is None:
            return build
        self._at = found.end()
        self._takes("?")  # as few as possible: it is found or not all the same
        if _REPEAT.match(self._typed, self._at):
            raise PatternRefused(f"a repeat is repeated: {found[0]}{self._typed[self._at]}")
        return partial(_repeated, build, *_bounds_of(found))


def _bounds_of(repeat: re.Match[str]) -> tuple[int, int | None]:
    if repeat["sign"]:
        return _SIGNS[repeat["sign"]]
    refused = PatternRefused(f"{repeat[0][:_DEEPEST]} is no number of repeats up to {MOST_PLACES}")
    if any(len(number or "") > len(str(MOST_PLACES)) for number in repeat.group("exact", "least", "most")):
        raise refused
    least = int(repeat["exact"] or repeat["least"] or 0)
    most = least if repeat["exact"] else int(repeat["most"]) if repeat["most"] else None
    if max(least, most or 0) > MOST_PLACES or (most is not None and most < least):
        raise refused
    return least, most
