"""Orders as TOML: one table `[[orders]]` an order, with the same names as the columns of a CSV."""

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from pbtui.desk.plan.columns import FileRefused, Record, Records, column_problems, holds_number
from pbtui.settings.decode import did_you_mean

_TABLE = "orders"
_TOO_LONG = 10**30


def read_toml(text: str) -> Records:
    """Read the rows of a text. Raises FileRefused if it is not TOML, or has other tables."""
    try:
        # Numbers stay as they are written, so that they are read exactly or refused like those of a CSV.
        content = tomllib.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise FileRefused(f"it is not TOML: {error}") from None
    for name in content:
        if name != _TABLE:
            raise FileRefused(f"{name} is no table of orders{did_you_mean(name, [_TABLE])}")
    tables = content.get(_TABLE, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise FileRefused(f"{_TABLE} is not a list of tables: begin each order with [[{_TABLE}]]")
    if not content:
        raise FileRefused("it is empty")
    rows: list[Record] = []
    problems: list[str] = []
    for number, table in enumerate(tables, 1):
        place = f"order {number}"
        odd = [*column_problems(list(table)), *_odd_values(table)]
        problems += [f"{place}: {problem}" for problem in odd]
        if not odd:
            texts = {name: _text(value) for name, value in table.items()}
            rows.append(Record(place, {name: each for name, each in texts.items() if each.strip()}))
    return Records(rows, problems)


def toml_text(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Return rows as TOML, each with those of these columns that it has."""
    tables = ["".join(_lines(columns, row)) for row in rows]
    return "\n".join(f"[[{_TABLE}]]\n{table}" for table in tables) or f"{_TABLE} = []\n"


def _lines(columns: Sequence[str], row: Mapping[str, str]) -> Iterator[str]:
    for name in columns:
        if text := row.get(name, ""):
            yield f"{name} = {text if holds_number(name) else _quoted(text)}\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _odd_values(table: Mapping[str, object]) -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, datetime) and value.tzinfo is None:
            yield f"{name}: the time has no zone; write it as 2026-11-22T13:30:00Z"
        elif not isinstance(value, str | int | datetime):
            yield f"{name}: it is neither a text, a number nor a time with its date"
        elif isinstance(value, int) and abs(value) >= _TOO_LONG:
            yield f"{name}: the number is too long"


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, datetime) else str(value)
