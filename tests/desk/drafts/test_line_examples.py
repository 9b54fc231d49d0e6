"""Written examples of entry lines: right ones with their meaning, wrong ones with the place and the reason."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pbtui.desk.drafts.draft import read_entry
from pbtui.desk.drafts.entry_line import EntryLine, read_line
from pbtui.desk.drafts.line_faults import Fault, faults_of, marks
from pbtui.desk.drafts.line_names import KnownNames, LineContract
from pbtui.desk.formats.areas import area_name

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 27, 11, 50, tzinfo=UTC)  # 12:50 in Berlin
HOUR = timedelta(hours=1)
AT_14, AT_17 = NOW + timedelta(minutes=70), NOW + timedelta(minutes=250)
KNOWN = KnownNames(
    ["DE1", "DE2", "FR", "QX"],
    [
        LineContract("1", "XB-14", AT_14, AT_14 + HOUR),
        LineContract("2", "20261127 14:00-20261127 15:00", AT_14, AT_14 + HOUR),
        LineContract("3", "PH 17-18", AT_17, AT_17 + HOUR),
        LineContract("4", "qx", AT_17, AT_17 + HOUR),
        LineContract("5", "twice", AT_14, AT_14 + HOUR),
        LineContract("6", "TWICE", AT_17, AT_17 + HOUR),
    ],
    {"hedge": "sell 5 @ 80 de1", "fast": "ioc", "note": "buy #by preset", "bad": "5 @ 62,5"},
)


def read(line: str) -> EntryLine:
    return read_line(line, BERLIN, NOW, KNOWN)


def faults(line: str) -> Sequence[Fault]:
    reading = read(line)
    return faults_of(reading, read_entry(reading.texts, BERLIN, NOW).problems)


def meaning(texts: Mapping[str, str]) -> str:
    """Side, MW, price, delivery, area and portfolio, then every other field by its name."""
    rest = dict(texts)
    start, end = (rest.pop(name, "").removeprefix("2026-") for name in ("dlvry_start", "dlvry_end"))
    area = rest.pop("delivery_area", "")
    parts = [
        rest.pop("side", ""),
        f"{rest.pop('quantity')} MW" if "quantity" in rest else "",
        f"at {rest.pop('price')}" if "price" in rest else "",
        f"{start} to {end}" if start else "",
        area_name(area.upper()) if area else "",
        rest.pop("portfolio_id", ""),
        *(f"{name}={text}" for name, text in rest.items()),
    ]
    return " ".join(part for part in parts if part)


def test_a_right_line_means_what_is_written_beside_it() -> None:
    examples = [[part.strip() for part in line.rsplit(" | ", 1)] for line in written("right_lines.txt").splitlines()]
    assert [[line, meaning(read(line).texts)] for line, _ in examples] == examples
    assert [line for line, _ in examples if faults(line)] == []
    assert len(examples) == len({line for line, _ in examples}) > 140


def test_a_wrong_line_is_refused_with_the_reason_at_its_place() -> None:
    """Each example is the line, the carets below it, and the reasons, one a line."""
    examples = [example.split("\n") for example in written("wrong_lines.txt").strip().split("\n\n")]
    found = [(line, faults(line)) for line, *_ in examples]
    assert [[line, marks(len(line), each), *(fault.reason for fault in each)] for line, each in found] == examples
    assert len(examples) == len({line for line, *_ in examples}) > 105


def written(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
