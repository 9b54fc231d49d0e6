"""The rows of a file, read as what is wanted: new orders, and orders that stand as they should be.

Numbers and times are read exactly. A time has its date and its zone, a delivery in words its date: a file is kept and
used again, and `14:15` or `tomorrow` would be another moment then.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from pbtui.api.codes import EntryState, ValidityRestriction
from pbtui.api.requests import OrderEntry
from pbtui.api.sanitize import shown_id
from pbtui.desk.drafts.draft import first_texts, read_entry
from pbtui.desk.drafts.entry_line import read_line
from pbtui.desk.drafts.field_text import MAX_TXT_LENGTH, TextRefused, read_text
from pbtui.desk.drafts.line_delivery import other_date
from pbtui.desk.formats.number_input import NumberRefused
from pbtui.desk.formats.order_fields import FIELDS, GUARDS, Kind
from pbtui.desk.formats.order_token import without_token
from pbtui.desk.formats.request_fields import CHANGE_FIELDS, ENTRY_FIELDS
from pbtui.desk.formats.time_input import MomentRefused
from pbtui.desk.plan.columns import COLUMNS, DELETED, DELIVERY, LABEL, ORDER_ID, REVISION, Record
from pbtui.desk.tickets.ticket import derived_token
from pbtui.settings.profiles import Environment

_FULL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T].*(?:Z|[+-][0-9]{2}:[0-9]{2})", re.IGNORECASE)
_DATE = re.compile(r"(?:^|\s)20[0-9]{2}-[0-9]{2}-[0-9]{2}(?:\s|$)", re.ASCII)
_WINDOW = ("dlvry_start", "dlvry_end")
_TIMES = (*_WINDOW, "validity_date")
_NOT_SHOWN = tuple(
    name for name in ENTRY_FIELDS if FIELDS[name].attribute is None and name not in (*GUARDS, "validity_res")
)
"""The fields that no read shows, so that a file can't say whether they differ."""
_TERMS = ("portfolio_id", "side", "contract_id", "contract_name", *_WINDOW, "prod", "delivery_area")
"""The fields of a new order that no change can alter."""


class WantedEntry(Struct, frozen=True):
    """A new order. `mark` is its token: the same each time the file is read, so that it is entered once.

    `other_marks` are the tokens that it has where its terms are written in other words.
    """

    place: str
    entry: OrderEntry
    mark: str
    label: str = ""
    other_marks: frozenset[str] = frozenset()


class WantedOrder(Struct, frozen=True):
    """An order that stands, as it should be. `state` is a code of EntryState or DELETED, empty if it may stay.

    `revision_no` is the revision the row was written for. `values` are by field; a field without one may stay.
    """

    place: str
    order_id: str
    revision_no: int | None
    state: str
    values: Mapping[str, Any]


class Wanted(Struct, frozen=True):
    """The rows that could be read, and all problems of the file. With a problem nothing of it may be sent."""

    entries: Sequence[WantedEntry] = ()
    orders: Sequence[WantedOrder] = ()
    problems: Sequence[str] = ()

    @property
    def order_ids(self) -> list[str]:
        """The ids of the orders that the rows name."""
        return [row.order_id for row in self.orders]

    @property
    def marks(self) -> frozenset[str]:
        """The tokens of the new orders, in all words."""
        return frozenset(mark for row in self.entries for mark in (row.mark, *row.other_marks))

    def passed(self, now: datetime) -> list[str]:
        """Return a problem for each time of a new order that has passed by now."""
        times = ((row.place, name, getattr(row.entry, name)) for row in self.entries for name in _TIMES)
        return [
            f"{place}, {name}: {at.isoformat().replace('+00:00', 'Z')} has passed"
            for place, name, at in times
            if at is not None and at <= now
        ]

    @property
    def withdraws(self) -> bool:
        """Return whether a row wants an order out of the market. The order may be out already."""
        return any(row.state in (EntryState.HIBE, DELETED) for row in self.orders)


def read_wanted(records: Iterable[Record], zone: ZoneInfo, now: datetime, environment: Environment) -> Wanted:
    """Read the rows of a file. `zone` is the market's.

    In production a new order starts deactivated, unless its row has a state.
    """
    entries: list[WantedEntry] = []
    orders: list[WantedOrder] = []
    problems: list[str] = []
    seen: dict[str, str] = {}
    for record in records:
        row: WantedEntry | WantedOrder | None
        if ORDER_ID in record.texts:
            row, found = _read_order(record, zone, now)
        else:
            row, found = _read_entry(record, zone, now, environment)
        problems += found
        if row is None:
            continue
        name = row.order_id if isinstance(row, WantedOrder) else row.mark
        if name in seen:
            problems.append(_twice(record, row, seen[name]))
        seen.setdefault(name, row.place)
        if isinstance(row, WantedOrder):
            orders.append(row)
        else:
            entries.append(row)
    return Wanted(entries, orders, problems)


def _twice(record: Record, row: WantedEntry | WantedOrder, earlier: str) -> str:
    if isinstance(row, WantedOrder):
        return record.problem(ORDER_ID, f"the order is in {earlier} already")
    same = f"{earlier} is a new order of the same contract, side, portfolio, area and label"
    return record.problem(LABEL, f"{same}: give each a label of its own")


def _in_sequence(record: Record, problems: Mapping[str, str]) -> list[str]:
    return [record.problem(name, problems[name]) for name in COLUMNS if name in problems]


# ---------------------------------------------------------------- a new order


def _read_entry(
    record: Record, zone: ZoneInfo, now: datetime, environment: Environment
) -> tuple[WantedEntry | None, list[str]]:
    texts, problems = _with_delivery(record.texts, zone, now)
    if REVISION in texts:
        problems[REVISION] = "is of an order that stands: give its order_id too"
    label = texts.get(LABEL, "").strip()
    if not label.isprintable():
        problems[LABEL] = "contains a character that does not print"
    fields = {name: text for name, text in texts.items() if name in ENTRY_FIELDS}
    if "txt" in fields:
        fields["txt"] = without_token(fields["txt"])
    if "validity_date" in fields:  # as of an order that stands: an export does not know the restriction
        fields.setdefault("validity_res", ValidityRestriction.GTD)
    reading = read_entry({**first_texts(environment), **fields}, zone, now)
    found = {**reading.problems, **_times_not_full(fields)}
    if DELIVERY in problems:  # what else is said of the contract follows from that
        found = {name: reason for name, reason in found.items() if name not in ("contract_id", *_WINDOW)}
    if found or problems or reading.entry is None:
        return None, _in_sequence(record, {**found, **problems})
    return WantedEntry(record.place, reading.entry, mark_of(reading.entry, label), label), []


def mark_of(entry: OrderEntry, label: str) -> str:
    """Return the token of a new order: of its label, and of what no change can alter.

    Price and quantity are no part of it: whoever edits them in the file means the same order. It has to stay the same
    from version to version: else a row that was entered would be entered again.
    """
    terms = entry.model_dump(mode="json", include=set(_TERMS), exclude_none=True)
    return derived_token(json.dumps([label, terms], sort_keys=True))


# ---------------------------------------------------------------- an order that stands


def _read_order(record: Record, zone: ZoneInfo, now: datetime) -> tuple[WantedOrder | None, list[str]]:
    texts, problems = _with_delivery(record.texts, zone, now)
    order_id = shown_id(texts[ORDER_ID])
    state = texts.pop("state", "").strip()
    revision = texts.get(REVISION, "").strip()
    if revision and not (revision.isascii() and revision.isdecimal() and len(revision) < 20):
        problems[REVISION] = "is not a whole number; write it in digits"
    values: dict[str, Any] = {}
    if state and state != DELETED:
        state = str(_value("state", state, zone, now, problems) or "")
    for name in (name for name in ENTRY_FIELDS if name in texts):
        values[name] = _value(name, texts[name], zone, now, problems)
    problems = {**problems, **_times_not_full(texts), **_not_comparable(values)}
    if problems:
        return None, _in_sequence(record, problems)
    return WantedOrder(record.place, order_id, int(revision) if revision else None, state, values), []


def _value(name: str, text: str, zone: ZoneInfo, now: datetime, problems: dict[str, str]) -> Any:
    try:
        return read_text(name, text, zone, now, max_txt=MAX_TXT_LENGTH)
    except (TextRefused, NumberRefused, MomentRefused) as refused:
        hint = f", or {DELETED}" if name == "state" else ""
        problems[name] = f"{refused}{hint}"
        return None


def _not_comparable(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the problems of fields that no read shows: they would count as a change each time the file is used."""
    reason = "no read shows it, so it can't be compared; leave it empty for an order that stands"
    problems = {name: reason for name in _NOT_SHOWN if name in values}
    if "validity_res" in values and (
        values["validity_res"] is not ValidityRestriction.GTD or "validity_date" not in values
    ):
        problems["validity_res"] = reason
    return problems


# ---------------------------------------------------------------- times and deliveries


def _with_delivery(texts: Mapping[str, str], zone: ZoneInfo, now: datetime) -> tuple[dict[str, str], dict[str, str]]:
    """Return the texts with start and end in place of the delivery in words, and the problem of that."""
    others = {name: text for name, text in texts.items() if name != DELIVERY}
    if DELIVERY not in texts:
        return others, {}
    if any(name in texts for name in _WINDOW):
        return others, {DELIVERY: "is given twice: leave dlvry_start and dlvry_end empty"}
    words = texts[DELIVERY]
    if not _DATE.search(words):
        return others, {DELIVERY: _no_date(words, now)}
    line = read_line(words, zone, now)
    if line.problems or line.texts.keys() != set(_WINDOW):
        return others, {DELIVERY: "; ".join(line.problems) or "it has to be a delivery alone, such as 2026-11-22 h18"}
    window = {name: _iso(name, text, zone, now) for name, text in line.texts.items()}
    return {**others, **window}, {}


def _no_date(words: str, now: datetime) -> str:
    """Return why a delivery has no date: it is written in another way, or there is none."""
    for word in words.split():
        if other := other_date(word, now):
            return f"{word} is not a date here: write {other}"
    return "its date is missing; write it as 2026-11-22 14:15, 2026-11-22 17-18 or 2026-11-22 h18"


def _iso(name: str, text: str, zone: ZoneInfo, now: datetime) -> str:
    at: datetime = read_text(name, text, zone, now, max_txt=0)
    return at.isoformat().replace("+00:00", "Z")


def _times_not_full(texts: Mapping[str, str]) -> dict[str, str]:
    return {
        name: "write it with its date and zone, such as 2026-11-22T13:30:00Z or 2026-11-22T14:30+01:00"
        for name, text in texts.items()
        if name in FIELDS and FIELDS[name].kind in (Kind.TIME, Kind.DELIVERY) and not _FULL_TIME.fullmatch(text.strip())
    }


def changed_values(row: WantedOrder) -> dict[str, Any]:
    """Return the values of the fields that can be changed."""
    return {name: value for name, value in row.values.items() if name in CHANGE_FIELDS}


def fixed_values(row: WantedOrder) -> dict[str, Any]:
    """Return the values of the fields that no change can alter."""
    return {name: value for name, value in row.values.items() if name not in CHANGE_FIELDS}
