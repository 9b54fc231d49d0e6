"""Entry lines: a new order typed as one line, `buy 5 @ 62.5 14:15 amp de1`, read into the texts of its fields.

The words stand in any sequence, in upper or lower case:

    buy, b, sell, s             side
    5, 5mw                      quantity in MW
    @ 62.5                      price per MWh
    14:15                       the quarter-hour that begins then
    14:15-14:45, 17-18          delivery from start to end
    h18, h18q2                  the 18th hour of the day (17:00-18:00), and its second quarter
    today, tomorrow, 2026-11-22 day of the delivery; without it, the next delivery that begins then
    amp, area amp               delivery area, by short name or EIC
    de1, portfolio de1          portfolio
    contract 1234               contract id, instead of the delivery
    ioc, fok, aon               execution restriction
    limit, block                type
    gtd 13:50                   valid until then, also with a day before the time
    iceberg 2                   iceberg that shows 2 MW at a time
    active, deactivated         state
    #text                       text of the order, up to the end of the line

Nothing is guessed: a word that could be two things has to be written in another way.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pbtui.api.models import Order
from pbtui.desk.drafts.draft import clone_texts
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.formats.time_input import MomentRefused, parse_moment, typed_moment
from pbtui.settings.areas import AREAS, area_code
from pbtui.settings.decode import did_you_mean
from pbtui.settings.profiles import Profile

_QUARTER, _HOUR = timedelta(minutes=15), timedelta(hours=1)
_WORDS: Mapping[str, Mapping[str, str]] = {
    **{word: {"side": "BUY"} for word in ("buy", "b")},
    **{word: {"side": "SELL"} for word in ("sell", "s")},
    "ioc": {"ordr_exe_restriction": "IOC", "validity_res": "NON"},
    "fok": {"ordr_exe_restriction": "FOK", "validity_res": "NON"},
    "aon": {"ordr_exe_restriction": "AON"},
    "limit": {"type": "O"},
    "block": {"type": "B"},
    "active": {"state": "ACTI"},
    "deactivated": {"state": "HIBE"},
}
_CONTRACT = ("contract_id", "contract_name", "dlvry_start", "dlvry_end")
_NAMED = {"area": "delivery_area", "portfolio": "portfolio_id", "contract": "contract_id"}
_DAYS = {"today": timedelta(), "tomorrow": timedelta(days=1)}
_FOLLOWED = (*_NAMED, "gtd", "iceberg")
_DATE = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)
_CLOCK = r"[0-9]{1,2}(?::[0-9]{2})?[ab]?"
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}[ab]?", re.ASCII)
_PERIOD = re.compile(rf"(?P<start>{_CLOCK})-(?P<end>{_CLOCK})", re.ASCII)
_HOUR_OF_DAY = re.compile(r"h(?P<hour>[0-9]{1,2})(?P<mark>[ab]?)(?:q(?P<quarter>[0-9]))?", re.ASCII)
_QUANTITY = re.compile(r"(?P<number>[+-]?[0-9.,_]*[0-9][0-9.,_]*)(?:mw)?", re.ASCII)
_MW = re.compile(r"([0-9])\s+mw(?:\s|$)", re.ASCII | re.IGNORECASE)
_EIC_LENGTH = 16


@dataclass(frozen=True, slots=True)
class EntryLine:
    """Result of reading a line: the texts by field, and what was not understood, as sentences."""

    texts: Mapping[str, str]
    problems: Sequence[str]


def read_line(line: str, zone: ZoneInfo, now: datetime, portfolios: Sequence[str] = ()) -> EntryLine:
    """Read a line. Times are in `zone`, the market's. `portfolios` are those that can be named without `portfolio`."""
    reader = _Reader(line, portfolios)
    return EntryLine({**reader.texts, **reader.delivery(zone, now)}, tuple(reader.problems))


def defaults_of(like: Order | None, profile: Profile, zone: ZoneInfo) -> dict[str, str]:
    """The contract, area and portfolio of an order, else the only area and portfolio of the profile."""
    if like is not None:
        texts = clone_texts(like, zone)
        return {name: texts[name] for name in (*_CONTRACT, "delivery_area", "portfolio_id") if name in texts}
    only = {"delivery_area": profile.delivery_areas, "portfolio_id": profile.portfolios}
    return {name: values[0] for name, values in only.items() if len(values) == 1}


def completed(texts: Mapping[str, str], defaults: Mapping[str, str]) -> dict[str, str]:
    """The texts of a line, and the defaults of what it does not name. Any contract replaces the default one."""
    names_contract = any(name in texts for name in _CONTRACT)
    kept = {name: text for name, text in defaults.items() if not (names_contract and name in _CONTRACT)}
    return {**kept, **texts}


class _LineRefused(ValueError):
    """A part of the line that can't be read; the message is a sentence."""


class _Reader:
    """Reads the words of one line, from left to right."""

    def __init__(self, line: str, portfolios: Sequence[str]) -> None:
        self.texts: dict[str, str] = {}
        self.problems: list[str] = []
        self._portfolios = portfolios
        self._day = ""
        self._period: str = ""
        order, mark, text = _split_text(line)
        self._words = iter(_MW.sub(r"\1mw ", order.replace("@", " @ ")).split())
        for word in self._words:
            self._attempt(self._read, word)
        if mark:
            self._attempt(self._set, "txt", text.strip())

    def _attempt(self, read: Callable[..., None], *given: str) -> None:
        try:
            read(*given)
        except _LineRefused as refused:
            self.problems.append(str(refused))

    def _read(self, word: str) -> None:
        lower = word.casefold()
        if word != "@" and _has_meaning(lower) and self._portfolio(word):
            raise _LineRefused(f"{word} is a portfolio and a word of the line: write portfolio {word}, or another word")
        if lower in _WORDS:
            for name, text in _WORDS[lower].items():
                self._set(name, text)
        elif lower in _NAMED:
            self._set(_NAMED[lower], self._next(word))
        elif word == "@":
            self._set("price", self._next(word))
        elif lower == "gtd":
            self._set("validity_res", "GTD")
            self._set("validity_date", self._until(word))
        elif lower == "iceberg":
            self._set("type", "I")
            self._set("display_qty", self._next(word))
        elif lower in _DAYS or _DATE.fullmatch(lower):
            self._day = _once("day", self._day, lower)
        elif _is_period(lower):
            self._period = _once("delivery", self._period, lower)
        else:
            self._read_name_or_quantity(word)

    def _read_name_or_quantity(self, word: str) -> None:
        found = self._named_by(word)
        if len(found) > 1:
            areas = " or ".join(f"{keyword} {word}" for keyword in ("area", "portfolio"))
            raise _LineRefused(f"{word} is an area and a portfolio: write {areas}")
        if found:
            ((name, text),) = found.items()
            self._set(name, text)
        elif number := _QUANTITY.fullmatch(word.casefold()):
            if "quantity" in self.texts:
                raise _LineRefused(f"{word}: the quantity is {self.texts['quantity']} already; write @ before a price")
            self._set("quantity", number["number"])
        else:
            known = (*_WORDS, *_FOLLOWED, *_DAYS, *map(str.casefold, (*AREAS.values(), *self._portfolios)))
            raise _LineRefused(f"{word} is not understood{did_you_mean(word.casefold(), known)}")

    def _named_by(self, word: str) -> dict[str, str]:
        """The fields that a word alone can be the value of, with the value."""
        found: dict[str, str] = {}
        code = area_code(word)
        if code in AREAS or len(word) == _EIC_LENGTH:
            found["delivery_area"] = code
        if portfolio := self._portfolio(word):
            found["portfolio_id"] = portfolio
        return found

    def _portfolio(self, word: str) -> str:
        """The portfolio with this name, in upper or lower case; empty if there is none."""
        alike = [name for name in self._portfolios if name.casefold() == word.casefold()]
        if len(alike) > 1 and word not in alike:
            raise _LineRefused(f"{word} could be {' or '.join(alike)}: write it exactly")
        return word if word in alike else next(iter(alike), "")

    def _next(self, word: str) -> str:
        following = next(self._words, "")
        if not following:
            raise _LineRefused(f"{word}: its value is missing")
        return following

    def _until(self, word: str) -> str:
        first = self._next(word)
        return f"{first} {self._next(first)}" if _DATE.fullmatch(first) else first

    def _set(self, name: str, text: str) -> None:
        self.texts[name] = _once(FIELDS[name].label, self.texts.get(name, ""), text)

    # ------------------------------------------------------------ the delivery

    def delivery(self, zone: ZoneInfo, now: datetime) -> dict[str, str]:
        """The texts of delivery start and end; none if the line does not name both, or can't be read."""
        try:
            if self._period:
                start, end = _delivery_of(self._period, _day_of(self._day, zone, now), zone, now)
                return {"dlvry_start": typed_moment(start, zone), "dlvry_end": typed_moment(end, zone)}
            if self._day:
                self.problems.append(f"{self._day}: the time of the delivery is missing")
        except MomentRefused as refused:
            self.problems.append(f"{self._period}: {refused}")
        return {}


def _is_period(lower: str) -> bool:
    return any(pattern.fullmatch(lower) for pattern in (_TIME, _PERIOD, _HOUR_OF_DAY))


def _has_meaning(lower: str) -> bool:
    """Whether a word has a meaning of its own in a line, besides names of areas and portfolios."""
    is_number_or_day = _QUANTITY.fullmatch(lower) or _DATE.fullmatch(lower) or _is_period(lower)
    return lower in _WORDS or lower in _FOLLOWED or lower in _DAYS or bool(is_number_or_day)


def _split_text(line: str) -> tuple[str, str, str]:
    """The line before the order's text, the mark before the text, and the text."""
    found = re.search(r"(?:^|\s)#", line)
    return (line, "", "") if found is None else (line[: found.start()], "#", line[found.end() :])


def _once(label: str, before: str, text: str) -> str:
    if before and before != text:
        raise _LineRefused(f"{label} is given twice: {before} and {text}")
    return text


def _day_of(word: str, zone: ZoneInfo, now: datetime) -> str:
    """The day as `parse_moment` reads it before a time; empty if none was named."""
    if word in _DAYS:
        return f"{now.astimezone(zone).date() + _DAYS[word]} "
    return f"{word} " if word else ""


def _delivery_of(period: str, day: str, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """Start and end of a delivery in UTC. Raises MomentRefused."""
    if hour := _HOUR_OF_DAY.fullmatch(period):
        return _hour_of_day(hour, day, zone, now)
    if found := _PERIOD.fullmatch(period):
        start = parse_moment(f"{day}{_clock(found['start'])}", zone, now)
        return start, _end(found["end"], start, zone)
    start = parse_moment(f"{day}{period}", zone, now)
    return start, start + _QUARTER


def _hour_of_day(found: re.Match[str], day: str, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """The hours of a day are counted from 1: h18 begins at 17:00."""
    hour, quarter = int(found["hour"]), int(found["quarter"] or 0)
    if not 1 <= hour <= 24 or quarter > 4 or (found["quarter"] and not quarter):
        raise MomentRefused("hours are h1 to h24, their quarters q1 to q4")
    offset = _QUARTER * max(quarter - 1, 0)
    clock = (datetime.combine(date.min, datetime.min.time()) + _HOUR * (hour - 1) + offset).strftime("%H:%M")
    start = parse_moment(f"{day}{clock}{found['mark']}", zone, now)
    return start, start + (_QUARTER if quarter else _HOUR)


def _clock(text: str) -> str:
    """A clock as `parse_moment` reads it: `17` is 17:00, and `2a` the first 02:00 when the clock goes back."""
    if ":" in text:
        return text
    digits = text.rstrip("ab")
    return f"{digits}:00{text[len(digits) :]}"


def _end(text: str, start: datetime, zone: ZoneInfo) -> datetime:
    """The first time after the start at which the clock shows this; 24 is midnight."""
    clock = _clock(text)
    return parse_moment(f"00{clock.removeprefix('24')}" if clock.startswith("24:") else clock, zone, start)
