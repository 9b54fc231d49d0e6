"""Lines of the team store for other programs: as JSON lines, with the very bytes of each journal line, and as CSV."""

import csv
import io
import re
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from pbtui.api.sanitize import safe_text
from pbtui.desk.formats.ascii_json import ascii_json
from pbtui.desk.journal.describe import entry_words
from pbtui.desk.team.journal.stored import StoredLine

COLUMNS = (
    *("profile", "no", "at", "operator", "host", "kind", "ticket", "orders", "portfolios", "words"),
    *("stored_at", "file", "line", "hash", "chain"),
)
_PLAIN = re.compile(rb"[\x20-\x7e]*")
_FORMULA = re.compile(r"[=+\-@\t\r]")


def json_text(line: StoredLine) -> str:
    """The line as a JSON object in printable ASCII.

    `entry` is the journal line, byte by byte as it was written: its SHA-256 is `hash`. A line that is not one has its
    bytes in `content`, in base64.
    """
    names = ("server", "profile", "no", "chain", "operator", "host", "file", "run", "line", "hash", "stored_at")
    about = msgspec.json.encode({name: _value(getattr(line, name)) for name in names}).decode()
    if line.entry is not None and _PLAIN.fullmatch(line.content):
        content = f'"entry":{line.content.decode()}'
    else:
        content = f'"entry":null,"content":"{b64encode(line.content).decode()}"'
    return f"{ascii_json(about)[:-1]},{content}}}"


def csv_line(cells: Sequence[str]) -> str:
    """Cells as a line of CSV, without its end. A text that a spreadsheet would take for a formula begins with '."""
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in cells])
    return written.getvalue()


def csv_text(line: StoredLine) -> str:
    """The line as CSV with the COLUMNS, times in UTC. `words` is its text as `pbtui journal show` has it."""
    entry = line.entry
    words = [f"{order} {text}".strip() for order, text in entry_words(entry)] if entry is not None else []
    cells = {
        **{name: str(_value(getattr(line, name))) for name in COLUMNS if name != "words"},
        "orders": " ".join(line.orders),
        "portfolios": " ".join(line.portfolios),
    }
    return csv_line([safe_text(cells[name]) if name != "words" else "; ".join(words) for name in COLUMNS])


def _value(value: object) -> object:
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z" if isinstance(value, datetime) else value
