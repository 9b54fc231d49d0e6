"""Orders as CSV: one header with the names of the columns, one line an order.

The header says what separates the cells: a comma, a semicolon or a tab. A text that a spreadsheet would take for a
formula is written with an apostrophe before it, which is removed again when it is read.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pbtui.desk.plan.columns import COLUMNS, FileRefused, Record, Records, column_problems, holds_number

_SEPARATORS = (",", ";", "\t")
_FORMULA = re.compile(r"[=+\-@]")
_ESCAPED = re.compile(r"'+[=+\-@]")
_TO_ESCAPE = re.compile(r"'*[=+\-@]")
_IS_FORMULA = "begins like a formula of a spreadsheet; a text that begins so is written with ' before it"


def read_csv(text: str) -> Records:
    """Read the rows of a text. Raises FileRefused if its header is not one."""
    numbered = _numbered(text)
    _, header = next(numbered, (0, ()))
    if isinstance(header, str):
        raise FileRefused(f"its header can't be read: {header}")
    if not header:
        raise FileRefused("it is empty")
    if problems := list(column_problems(header)):
        raise FileRefused("; ".join(problems))
    rows: list[Record] = []
    found: list[str] = []
    for line_no, cells in numbered:
        place = f"line {line_no}"
        if isinstance(cells, str):
            found.append(f"{place}: {cells}")
        elif len(cells) != len(header):
            found.append(f"{place}: it has {len(cells)} cells, the header has {len(header)}")
        else:
            written = Record(place, {name: cell for name, cell in zip(header, cells, strict=True) if cell.strip()})
            found += [written.problem(name, _IS_FORMULA) for name in written.texts if _is_formula(name, written)]
            rows.append(Record(place, {name: _unescaped(cell) for name, cell in written.texts.items()}))
    return Records(rows, found)


def has_header(text: str) -> bool:
    """Return whether the first line names a column: the text is then meant as a list of orders, right or wrong."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return any(name.strip().casefold() in COLUMNS for name in re.split(r"[,;\t]", first))


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Return rows as CSV with these columns."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_escaped(name, row.get(name, "")) for name in columns])
    return written.getvalue()


def _separator(text: str) -> str:
    """Return what separates the cells of the header. Raises FileRefused if that is not clear."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    found = [each for each in _SEPARATORS if each in header]
    if len(found) > 1:
        raise FileRefused("its header has several separators; use the comma, the semicolon or the tab")
    return found[0] if found else ","


def _numbered(text: str) -> Iterator[tuple[int, list[str] | str]]:
    """Yield each line that is not empty, with the number at which it begins; the reason for one that can't be read.

    Nothing follows that one: where it ends is not known.
    """
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    begins = 1
    try:
        for cells in lines:
            if any(cell.strip() for cell in cells):
                yield begins, cells
            begins = lines.line_num + 1
    except csv.Error as error:
        yield begins, f"it can't be read: {error}"


def _is_formula(column: str, written: Record) -> bool:
    return not holds_number(column) and bool(_FORMULA.match(written.texts[column]))


def _unescaped(cell: str) -> str:
    return cell[1:] if _ESCAPED.match(cell) else cell


def _escaped(column: str, text: str) -> str:
    return f"'{text}" if not holds_number(column) and _TO_ESCAPE.match(text) else text
