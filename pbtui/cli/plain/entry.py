"""A new order in a plain session: what its line lacks, asked one question at a time. Pure."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from pbtui.desk.drafts.draft import read_entry
from pbtui.desk.drafts.entry_line import completed, defaults_of, read_line
from pbtui.desk.drafts.line_names import KnownNames
from pbtui.desk.drafts.line_words import KINDS, split_text
from pbtui.desk.drafts.position import with_any_position
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.settings.profiles import Profile

_CONTRACT = "contract_id"
_PARTS = ("side", "quantity", "price", _CONTRACT, "delivery_area", "portfolio_id")


def with_part(line: str, word: str, answer: str) -> str:
    """Return the line with one part more, before the text of the order."""
    before, mark, text = split_text(line)
    return " ".join(part for part in (before.strip(), f"{word}{answer}", mark + text) if part)


def missing_parts(line: str, profile: Profile, known: KnownNames, now: datetime) -> Iterator[tuple[str, str]]:
    """Yield the question about each part that the line lacks, and the word before its answer.

    A line that is not understood lacks nothing: the command says what is wrong with it. The only area or portfolio of
    the profile is no question; `with_defaults` adds it.
    """
    zone = ZoneInfo(profile.market_timezone)
    read = read_line(line, zone, now, known)
    if read.problems:
        return
    texts = completed(read.texts, defaults_of(None, profile, zone))
    problems = read_entry(with_any_position(texts), zone, now).problems
    for name in _PARTS:
        is_asked = problems.get(name, "").startswith("is missing")
        if is_asked or (name == "delivery_area" and name not in texts):
            yield _question(name), _word(name)


def _question(name: str) -> str:
    if name == _CONTRACT:
        return "Delivery, such as 14:15 or h18?"
    field = FIELDS[name]
    return f"{field.label.capitalize()}, {field.unit or field.help}?"


def _word(name: str) -> str:
    """Return what stands before the value of a field in a line."""
    return "@ " if name == "price" else f"{KINDS[name]} " if name in KINDS else ""


def with_defaults(line: str, profile: Profile, known: KnownNames, now: datetime) -> str:
    """Return the line with the only area and the only portfolio of the profile, where it names none."""
    zone = ZoneInfo(profile.market_timezone)
    read = read_line(line, zone, now, known)
    for name, text in defaults_of(None, profile, zone).items():
        if not read.problems and name not in read.texts:
            line = with_part(line, _word(name), text)
    return line
