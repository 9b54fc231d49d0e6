"""The columns of a file of orders: the fields of a new order, what names one that stands, and two of the file's own.

A row with an `order_id` is about an order that stands; a row without one is a new order. `label` names a new order, so
that two of one contract and side can be distinguished. `delivery` is a delivery in words, instead of its start and end.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from pbtui.api.sanitize import safe_text
from pbtui.desk.formats.order_fields import FIELDS, Kind
from pbtui.desk.formats.request_fields import ENTRY_FIELDS
from pbtui.settings.decode import did_you_mean

ORDER_ID, REVISION, LABEL, DELIVERY = "order_id", "revision_no", "label", "delivery"
COLUMNS = (ORDER_ID, REVISION, LABEL, DELIVERY, *ENTRY_FIELDS)
"""All columns that a file may have."""
DELETED = "deleted"
"""The state of an order that is not wanted any more."""

_NUMBERS = (Kind.PRICE, Kind.QUANTITY, Kind.NUMBER)
_MOST_SHOWN = 40


class Record(Struct, frozen=True):
    """One row as it is written. `place` is where it stands in the file, such as `line 7`; `texts` are by column."""

    place: str
    texts: Mapping[str, str]

    def problem(self, column: str, reason: str) -> str:
        """Return a sentence about a cell: the place, the column, what is written there, and the reason."""
        written = self.texts.get(column, "")
        return f"{self.place}, {column}: {f'{quoted(written)}: ' if written else ''}{reason}"


class Records(Struct, frozen=True):
    """The rows of a file that could be read, and the problems of the others."""

    rows: Sequence[Record]
    problems: Sequence[str] = ()


class FileRefused(ValueError):
    """A file that can't be read as rows at all; the message is the reason."""


def decoded(content: bytes) -> str:
    """Return the text of a file. Raises FileRefused."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line_no = content.count(b"\n", 0, error.start) + 1
        raise FileRefused(f"line {line_no} is not UTF-8: save the file as UTF-8") from None
    return whole(text)


def whole(text: str) -> str:
    """Return a text that has no NUL and may not have been cut in its last line. Raises FileRefused."""
    if "\0" in text:
        raise FileRefused(f"line {text.count(chr(10), 0, text.index(chr(0))) + 1} contains a NUL character")
    if text and not text.endswith(("\n", "\r")):
        raise FileRefused("its last line has no end, so it may have been cut: end it with a line break")
    return text


def column_problems(names: Sequence[str]) -> Iterator[str]:
    """Yield why these can't be the columns of a file."""
    for name in dict.fromkeys(names):
        if not name.strip():
            yield "a column has no name"
        elif name not in COLUMNS:
            yield f"there is no column {quoted(name)}{did_you_mean(name.strip().casefold(), COLUMNS)}"
        elif names.count(name) > 1:
            yield f"the column {name} is there {names.count(name)} times"


def holds_number(column: str) -> bool:
    """Return whether the cells of a column are numbers."""
    return column in FIELDS and FIELDS[column].kind in _NUMBERS


def quoted(text: str) -> str:
    """Return a text of the file in quotes, safe to show, and not all of a long one."""
    shown = safe_text(text)
    return f'"{shown}"' if len(shown) <= _MOST_SHOWN else f'"{shown[:_MOST_SHOWN]}…"'
