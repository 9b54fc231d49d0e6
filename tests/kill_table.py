"""The page docs/kill-protocol.md, made from the tables of the kill's protocol: `python -m tests.kill_table`.

It replaces what stands between the two markers of the page. With `--check` it changes nothing and fails if the page
is stale.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from pbtui.desk.kill.protocol.step import DEMANDS, PHASES, TRANSITIONS
from pbtui.desk.kill.protocol.table import Transition
from tests.page import keep_current

PAGE = Path(__file__).parents[1] / "docs" / "kill-protocol.md"
BEGIN, END = (
    "<!-- written by python -m tests.kill_table: begin -->",
    "<!-- written by python -m tests.kill_table: end -->",
)


def tables() -> str:
    """All tables, as they belong between the markers."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "## Events: what changes"
    for event in dict.fromkeys(row.event for row in TRANSITIONS):
        yield from ("", f"### {_words(event.__name__)}", "", _sentence(event.__doc__ or ""), "")
        yield from _table(("when", "then", "why"), [_cells(row) for row in TRANSITIONS if row.event is event])
    yield from ("", "## Wishes: what is done", "", "In this order, after each event.", "")
    yield from _table(("when", "then", "why"), [(row.when, row.then, row.why) for row in DEMANDS])
    yield from ("", "## Phases", "", "The first row that holds.", "")
    yield from _table(("phase", "when"), [(f"**{row.phase}**", row.when) for row in PHASES])


def _cells(row: Transition) -> tuple[str, ...]:
    return row.when or "always", row.then, row.why


def _words(name: str) -> str:
    """A class name as words: `KillEnded` is `Kill ended`."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).capitalize()


def _sentence(doc: str) -> str:
    return doc.strip().split("\n")[0]


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def main() -> int:
    """Write the tables into the page, or with `--check` compare them with it."""
    stale = "docs/kill-protocol.md does not show the rules of today. Run: python -m tests.kill_table"
    return keep_current(PAGE, BEGIN, END, tables(), stale)


if __name__ == "__main__":
    sys.exit(main())
