"""The way back from the fields of a new order to its entry line, and what no line can say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pbtui.api.codes import EntryState, ExecutionRestriction, OrderSide, OrderType, ValidityRestriction
from pbtui.desk.drafts.draft import read_entry
from pbtui.desk.drafts.entry_line import NO_NAMES, read_line
from pbtui.desk.drafts.field_text import is_given
from pbtui.desk.drafts.line_names import KnownNames
from pbtui.desk.formats.time_input import typed_moment
from pbtui.settings.areas import AREAS

_SIDES = {OrderSide.BUY: "buy", OrderSide.SELL: "sell"}
_STATES = {EntryState.ACTI: "active", EntryState.HIBE: "deactivated"}
_TYPES = {OrderType.O: "limit", OrderType.B: "block"}
_AT_ONCE = {ExecutionRestriction.IOC: "ioc", ExecutionRestriction.FOK: "fok"}


@dataclass(frozen=True, slots=True)
class LineText:
    """An entry line, and the texts by field that it does not say."""

    line: str
    unsaid: Mapping[str, str]


def own_texts(texts: Mapping[str, str], first: Mapping[str, str]) -> dict[str, str]:
    """Return the texts that differ from those that a form begins with. An emptied state is the one that it means."""
    own = {name: text for name, text in texts.items() if is_given(text) and text != first.get(name)}
    is_emptied = first.get("state") and not is_given(texts.get("state", ""))
    return {**own, "state": EntryState.ACTI.value} if is_emptied else own


def line_of(texts: Mapping[str, str], zone: ZoneInfo, now: datetime, known: KnownNames = NO_NAMES) -> LineText:
    """Return the line that `read_line` reads as these texts, and the texts that it has no words for.

    Times without a zone are in `zone`, the market's; one without a date is the next one after `now`. The line names
    each day, so that it means the same later. `known` are the names that need no word before them.
    """
    unsaid = {name: text for name, text in texts.items() if is_given(text)}
    values = _values(unsaid, zone, now)
    words: list[str] = []
    said: dict[str, Any] = {}
    for names, phrases in _phrases(values, zone):
        if said.keys() & names:
            continue
        wanted = {**said, **{name: values[name] for name in names}}
        for phrase in phrases:
            # A word can change what its neighbours mean, so the whole line is read each time.
            line = read_line(" ".join((*words, phrase)), zone, now, known)
            if not line.problems and _values(line.texts, zone, now) == wanted:
                words.append(phrase)
                said = wanted
                break
    return LineText(" ".join(words), {name: text for name, text in unsaid.items() if name not in said})


def _values(texts: Mapping[str, str], zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """The values of the texts, and the texts of those that can't be read."""
    return {**texts, **read_entry(texts, zone, now).values}


def _phrases(values: Mapping[str, Any], zone: ZoneInfo) -> Iterator[tuple[tuple[str, ...], Sequence[str]]]:
    """The fields that go together, each time with the phrases that may say them, the shortest first."""
    for names, phrases in (
        (("side",), _chosen(_SIDES, values.get("side"))),
        (("quantity",), [f"{_number(values.get('quantity'))}{unit}" for unit in ("", "mw")]),
        (("price",), [f"@ {_number(values.get('price'))}"]),
        (("dlvry_start", "dlvry_end"), _delivery(values.get("dlvry_start"), values.get("dlvry_end"), zone)),
        (("contract_id",), [f"contract {values.get('contract_id')}"]),
        (("delivery_area",), _area(str(values.get("delivery_area")))),
        (("portfolio_id",), [f"{before}{values.get('portfolio_id')}" for before in ("", "portfolio ")]),
        (("ordr_exe_restriction", "validity_res"), _chosen(_AT_ONCE, values.get("ordr_exe_restriction"))),
        (("ordr_exe_restriction",), ["aon"]),
        (("validity_res", "validity_date"), _until(values, zone)),
        (("type", "display_qty"), [f"iceberg {_number(values.get('display_qty'))}"]),
        (("type",), _chosen(_TYPES, values.get("type"))),
        (("state",), _chosen(_STATES, values.get("state"))),
        (("txt",), [f"#{values.get('txt')}"]),  # the last one, because it goes on to the end of the line
    ):
        if values.keys() >= set(names):
            yield names, phrases


def _chosen(words: Mapping[Any, str], value: object) -> Sequence[str]:
    return [words[value]] if value in words else ()


def _number(value: object) -> str:
    """A number without needless zeros; a text as it is."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _area(code: str) -> Sequence[str]:
    name = AREAS.get(code, code).lower()
    return name, f"area {name}", f"area {code}"


def _delivery(start: object, end: object, zone: ZoneInfo) -> Sequence[str]:
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return ()
    begins = typed_moment(start, zone).lower()
    return begins, f"{begins}-{typed_moment(end, zone).lower().rpartition(' ')[2]}"


def _until(values: Mapping[str, Any], zone: ZoneInfo) -> Sequence[str]:
    until = values.get("validity_date")
    is_dated = values.get("validity_res") is ValidityRestriction.GTD and isinstance(until, datetime)
    return [f"gtd {typed_moment(until, zone)}"] if is_dated and isinstance(until, datetime) else ()
