"""Entry lines: a new order typed as one line, `buy 5 @ 62.5 14:15 amp de1`, read into the texts of its fields.

The words stand in any sequence, in upper or lower case:

    buy, b, sell, s             side
    5, 5mw                      quantity in MW
    @ 62.5                      price per MWh
    14:15                       the quarter-hour that begins then
    14:15-14:45, 17-18          delivery from start to end
    h18, h18q2                  the 18th hour of the market's day (17:00-18:00), and its second quarter
    today, tomorrow, 2026-11-22 day of the delivery; without it, the next delivery that begins then
    amp, area amp               delivery area, by short name or EIC
    de1, portfolio de1          portfolio
    contract 1234               contract by its id or its name, instead of the delivery
    xb-1417                     contract by the exchange's name, which may have several words
    ioc, fok, aon               execution restriction
    limit, block                type
    gtd 13:50                   valid until then, also with a day before the time
    iceberg 2                   iceberg that shows 2 MW at a time
    active, deactivated         state
    hedge, =hedge               preset of the profile: read as if its words stood there
    #text                       text of the order, up to the end of the line

Nothing is guessed: a word that could be two things has to be written in another way.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from pbtui.api.models import Order
from pbtui.desk.drafts.draft import clone_texts
from pbtui.desk.drafts.line_delivery import (
    DAYS,
    day_text,
    delivery_clock,
    delivery_of,
    is_date,
    is_day,
    is_period,
    other_date,
    other_time,
)
from pbtui.desk.drafts.line_names import KnownNames, LineContract, LineRefused, only_contract
from pbtui.desk.drafts.line_words import (
    CONTRACT,
    FOLLOWED,
    KINDS,
    NAMED,
    QUANTITY,
    WORDS,
    Span,
    Word,
    has_meaning,
    nearest_words,
    split_text,
    words_of,
)
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.formats.time_input import MomentRefused, typed_moment
from pbtui.settings.profiles import Profile

NO_NAMES = KnownNames()
_NOWHERE: Span = (0, 0)


class UnknownWord(LineRefused):
    """A word that is not understood, and could be if more names were known."""


@dataclass(frozen=True, slots=True)
class EntryLine:
    """Result of reading a line: the texts by field, and what was not understood, as sentences.

    `presets` has the lines of the presets that it names. `places` has the place of each problem, and `spans` that of
    each field's text. `unknown` are the problems of words that could be understood if more names were known.
    """

    texts: Mapping[str, str]
    problems: Sequence[str]
    presets: Mapping[str, str] = field(default_factory=dict)
    places: Sequence[Span] = field(default=(), compare=False)
    spans: Mapping[str, Span] = field(default_factory=dict, compare=False)
    unknown: Sequence[str] = field(default=(), compare=False)

    @property
    def needs_names(self) -> bool:
        """Return whether a word could be understood if more names were known."""
        return bool(self.unknown)


def read_line(line: str, zone: ZoneInfo, now: datetime, known: KnownNames = NO_NAMES) -> EntryLine:
    """Read a line. Times are in `zone`, the hours of `h18` and their day always in the market's zone.

    `known` has that zone, and the names that need no word before them.
    """
    reader = _Reader(line, zone, now, known)
    texts = {**reader.texts, **reader.delivery()}
    found = (tuple(reader.problems), reader.presets, tuple(reader.places), reader.spans, reader.unknown)
    return EntryLine(texts, *found)


def defaults_of(like: Order | None, profile: Profile, zone: ZoneInfo) -> dict[str, str]:
    """The contract, area and portfolio of an order, else the only area and portfolio of the profile."""
    if like is not None:
        texts = clone_texts(like, zone)
        return {name: texts[name] for name in (*CONTRACT, "delivery_area", "portfolio_id") if name in texts}
    only = {"delivery_area": profile.delivery_areas, "portfolio_id": profile.portfolios}
    return {name: values[0] for name, values in only.items() if len(values) == 1}


def completed(texts: Mapping[str, str], defaults: Mapping[str, str]) -> dict[str, str]:
    """The texts of a line, and the defaults of what it does not name. Any contract replaces the default one."""
    names_contract = any(name in texts for name in CONTRACT)
    kept = {name: text for name, text in defaults.items() if not (names_contract and name in CONTRACT)}
    return {**kept, **texts}


class _Reader:
    """Reads the words of one line, from left to right."""

    def __init__(self, line: str, zone: ZoneInfo, now: datetime, known: KnownNames) -> None:
        self.texts: dict[str, str] = {}
        self.problems: list[str] = []
        self.places: list[Span] = []
        self.presets: dict[str, str] = {}
        self.spans: dict[str, Span] = {}
        self.unknown: list[str] = []
        self._zone = zone
        self._now = now
        self._known = known
        self._day = ""
        self._period: str = ""
        self._day_at = self._period_at = self._at = self._value_at = _NOWHERE
        order, mark, text = split_text(line)
        self._words = deque(words_of(order))
        while self._words:
            word = self._words.popleft()
            self._attempt(word.span, self._read, word.text)
        if mark:
            self._attempt((len(line) - len(text) - 1, len(line)), self._set, "txt", text.strip())

    def _attempt(self, at: Span, read: Callable[..., None], *given: object) -> None:
        """Read what begins at a place. What is wrong with it stands from there to the last word that was taken."""
        self._at = self._value_at = at
        try:
            read(*given)
        except LineRefused as refused:
            self._refuse(str(refused), self._at)
            self.unknown += [str(refused)] if isinstance(refused, UnknownWord) else []

    def _refuse(self, problem: str, at: Span) -> None:
        self.problems.append(problem)
        self.places.append(at)

    def _read(self, word: str) -> None:
        lower = word.casefold()
        if self._read_preset(word) or self._read_long_name(word):
            return
        if has_meaning(lower):
            self._refuse_name(word)
        if lower in WORDS:
            for name, text in WORDS[lower].items():
                self._set(name, text)
        elif lower == "@" or lower in FOLLOWED:
            self._read_followed(word)
        elif lower in DAYS or is_date(lower):
            self._day, self._day_at = _once("day", self._day, lower), self._at
        elif is_period(lower):
            self._period, self._period_at = _once("delivery", self._period, lower), self._at
        else:
            self._read_name_or_quantity(word)

    def _read_followed(self, word: str) -> None:
        """Read a word and the value after it."""
        lower = word.casefold()
        if lower == "contract":
            self._read_contract(word)
        elif lower == "gtd":
            self._set("validity_res", "GTD")
            self._set("validity_date", self._until(word))
        elif lower == "iceberg":
            self._set("type", "I")
            self._set("display_qty", self._next(word))
        else:
            self._set("price" if lower == "@" else NAMED[lower], self._next(word))

    def _refuse_name(self, word: str) -> None:
        """Refuse a word of the line that is a name too. A delivery is compared once it is read."""
        what = "portfolio" if self._known.portfolio(word) else ""
        if not what and not is_period(word.casefold()) and self._known.contracts_at([word])[0]:
            what = "contract"
        if what:
            raise LineRefused(f"{word} is a {what} and a word of the line: write {what} {word}, or another word")

    def _read_preset(self, word: str) -> bool:
        """Put the words of a preset in the place of its name; return whether this is one."""
        name = word.casefold().removeprefix("=")
        if name not in self._known.presets:
            return False
        if not word.startswith("="):
            is_name = self._known.fields_of(word) or self._known.contracts_at([word])[0]
            if is_name or has_meaning(name):
                raise LineRefused(f"{word} is a preset and another word: write ={word}, or the other word in full")
        if name in self.presets:
            raise LineRefused(f"{word}: this preset is in the line already")
        line = self.presets[name] = self._known.presets[name]
        order, mark, text = split_text(line)
        self._words.extendleft(Word(each.text, self._at) for each in reversed(words_of(order)))
        if mark:
            self._set("txt", text.strip())
        return True

    def _read_long_name(self, word: str) -> bool:
        """Read the name of a contract of several words that begins here; return whether there is one."""
        length, named = self._known.contracts_at([word, *self._texts_ahead()])
        if length < 2:
            return False
        phrase = self._taken(word, length)
        if all(has_meaning(each.casefold()) or self._known.fields_of(each) for each in phrase.split()):
            way = named[0].reference(self._zone)
            raise LineRefused(f"{phrase} is a contract and words of the line: write {way}, or change their sequence")
        self._name_contract(phrase, named)
        return True

    def _read_name_or_quantity(self, word: str) -> None:
        length, named = self._known.contracts_at([word])
        found = self._known.fields_of(word)
        kinds = [*(KINDS[name] for name in found), *(["contract"] if length else [])]
        if len(kinds) > 1:
            what = " and ".join(f"an {kind}" if kind == "area" else f"a {kind}" for kind in kinds)
            raise LineRefused(f"{word} is {what}: write {' or '.join(f'{kind} {word}' for kind in kinds)}")
        if length:
            self._name_contract(word, named)
        elif found:
            ((name, text),) = found.items()
            self._set(name, text)
        elif meant := other_date(word, self._now):
            raise LineRefused(f"{word} is not a date here: write {meant}")
        elif number := QUANTITY.fullmatch(word.casefold()):
            if "quantity" in self.texts:
                raise UnknownWord(self._second_number(word))
            self._set("quantity", number["number"])
        else:
            raise UnknownWord(f"{word} is not understood{nearest_words(word, self._known)}")

    def _second_number(self, word: str) -> str:
        """Return why a number is no quantity where there is one already, and what else it may be meant as."""
        time = other_time(word)
        hint = f", or {time} for a time" if time else ""
        return f"{word}: the quantity is {self.texts['quantity']} already; write @ before a price{hint}"

    def _read_contract(self, word: str) -> None:
        """Read what follows the word `contract`: an id, or the name of a contract that is known."""
        length, named = self._known.contracts_at(self._texts_ahead())
        text = self._next(word)
        is_id = self._known.has_id(text)
        if not named or (is_id and {each.contract_id for each in named} == {text}):
            self._set("contract_id", text)
        elif is_id:
            raise LineRefused(f"{text} is the id of a contract and the name of another: write its delivery instead")
        else:
            self._name_contract(self._taken(text, length), named)

    def _taken(self, first: str, length: int) -> str:
        """Return the phrase of `length` words that begins with `first`. The words after it are taken from the line."""
        begins_at = self._value_at[0]
        phrase = " ".join([first, *(self._take() for _ in range(length - 1))])
        self._value_at = (begins_at, self._value_at[1])
        return phrase

    def _name_contract(self, phrase: str, named: Sequence[LineContract]) -> None:
        self._set("contract_id", only_contract(phrase, named, self._zone).contract_id)

    def _next(self, word: str) -> str:
        if not self._words:
            raise LineRefused(f"{word}: its value is missing")
        return self._take()

    def _take(self) -> str:
        """Take the next word of the line."""
        word = self._words.popleft()
        self._value_at = word.span
        self._at = (self._at[0], max(self._at[1], word.span[1]))
        return word.text

    def _texts_ahead(self) -> list[str]:
        return [word.text for word in self._words]

    def _until(self, word: str) -> str:
        first = self._next(word)
        begins_at = self._value_at[0]
        day = first.casefold()
        has_day = day in DAYS or is_date(day)
        text = f"{day_text(day, self._zone, self._now)}{self._next(first)}" if has_day else first
        self._value_at = (begins_at, self._value_at[1])
        return text

    def _set(self, name: str, text: str) -> None:
        self.texts[name] = _once(FIELDS[name].label, self.texts.get(name, ""), text)
        self.spans[name] = self._value_at

    # ------------------------------------------------------------ the delivery

    def delivery(self) -> dict[str, str]:
        """The texts of delivery start and end; none if the line does not name both, or can't be read."""
        zone = self._zone
        try:
            if is_date(self._day) and not is_day(self._day):
                self._refuse(f"{self._day}: there is no such day", self._day_at)
            elif self._period:
                start, end = delivery_of(self._period, self._day, zone, self._now, self._known.market_zone)
                self._attempt(self._period_at, self._refuse_other_delivery, start, end)
                self.spans |= dict.fromkeys(("dlvry_start", "dlvry_end"), self._period_at)
                return {"dlvry_start": typed_moment(start, zone), "dlvry_end": typed_moment(end, zone)}
            elif self._day:
                self._refuse(f"{self._day}: the time of the delivery is missing", self._day_at)
        except MomentRefused as refused:
            self._refuse(f"{self._period}: {refused}", self._period_at)
        return {}

    def _refuse_other_delivery(self, start: datetime, end: datetime) -> None:
        """Refuse a delivery whose words are the name of a contract at another time of the day."""
        _, named = self._known.contracts_at([self._period])
        meant = delivery_clock(start, end, self._zone)
        if named and all(meant != delivery_clock(each.delivery_start, each.delivery_end, self._zone) for each in named):
            ways = only_contract(self._period, named[:1], self._zone).reference(self._zone)
            raise LineRefused(
                f"{self._period} is a delivery, and the name of another: write it with minutes, or {ways}"
            )


def _once(label: str, before: str, text: str) -> str:
    if before and before != text:
        raise LineRefused(f"{label} is given twice: {before} and {text}")
    return text
