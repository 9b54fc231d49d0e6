"""The journal in the store, on a real PostgreSQL: both chains hold, and a desk can add lines and nothing else."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from pbtui.desk.journal.line import journal_line, line_hash, read_line
from tests.desk.team.conftest import DESK, OWNER, Postgres

pytestmark = pytest.mark.real_time
AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
ADD = "select pbtui.add_journal_lines('desk.example', %s, 'tess', 'north', 'f.jsonl', %s, %s, %s, %s)"


def run_of(name: str, count: int) -> list[bytes]:
    """The lines of one run, with a text that JSON of PostgreSQL refuses."""
    lines: list[bytes] = []
    for seq in range(1, count + 1):
        facts = {"name": name, "text": '\0 "prev":null}'}
        lines.append(journal_line(seq, AT, "intent", facts, line_hash(lines[-1]) if lines else None))
    return lines


@pytest.fixture
def desk(postgres: Postgres, database: str) -> Iterator[psycopg.Connection]:
    """A connection with the rights of a desk."""
    with psycopg.connect(postgres.url(database, DESK), autocommit=True) as connection:
        yield connection


def add(desk: psycopg.Connection, lines: Sequence[bytes], first: int = 1, run: str = "", profile: str = "prod") -> Any:
    words = {"at": AT.isoformat(), "kind": "intent", "ticket": "7K3QX2", "portfolios": ["A"], "orders": ["o1"]}
    values = (profile, run or line_hash(lines[0]), first, list(lines), json.dumps([words] * len(lines)))
    row = desk.execute(ADD, values).fetchone()
    assert row is not None
    return row[0]


def stored(desk: psycopg.Connection) -> list[tuple[Any, ...]]:
    query = "select no, chain, run, line, hash, content from pbtui.journal_line where profile = 'prod' order by no"
    return desk.execute(query).fetchall()


def test_lines_of_two_runs_are_one_chain_of_the_profile(desk: psycopg.Connection) -> None:
    one, two = run_of("one", 3), run_of("two", 2)
    add(desk, one[:2])
    add(desk, two)
    answer = add(desk, one[2:], 3, line_hash(one[0]))
    rows = stored(desk)
    chain = ""
    for no, (number, known, run, line, known_hash, content) in enumerate(rows, 1):
        chain = hashlib.sha256(f"{chain} {no} {run} {line} {line_hash(content)}".encode()).hexdigest()
        assert (number, known, known_hash) == (no, chain, line_hash(content))
    assert [row[-1] for row in rows] == [*one[:2], *two, one[2]]
    assert read_line(rows[0][-1]).facts["name"] == "one"
    assert answer == {"lines": 3, "no": 5, "chain": chain}


def test_the_same_line_twice_is_one_line(desk: psycopg.Connection) -> None:
    lines = run_of("one", 4)
    first = add(desk, lines[:3])
    assert add(desk, lines[:3]) == first
    assert add(desk, lines[1:], 2, line_hash(lines[0]))["no"] == 4  # two that it has, and a new one
    assert [row[-1] for row in stored(desk)] == lines


@pytest.mark.parametrize(
    ("first", "changed", "reason", "line"),
    [
        (5, [], "the store has 3 lines of this run: those between are missing", 5),
        (2, [0], "the store has another line here", 2),
        (3, [2], "it does not continue the line before it in the store", 5),
        (4, [0], "it does not continue the line before it in the store", 4),
    ],
)
def test_a_gap_or_a_fork_is_refused_and_nothing_of_the_call_kept(
    desk: psycopg.Connection, first: int, changed: list[int], reason: str, line: int
) -> None:
    lines = run_of("one", 6)
    add(desk, lines[:3])
    sent = lines[first - 1 :]
    for place in changed:
        sent[place] = journal_line(first + place, AT, "intent", {"name": "forged"}, "0" * 64)
    assert add(desk, sent, first, line_hash(lines[0])) == {"refused": reason, "line": line}
    assert [row[-1] for row in stored(desk)] == lines[:3]


def test_a_run_begins_with_its_first_line_and_stays_with_its_profile(desk: psycopg.Connection) -> None:
    lines = run_of("one", 2)
    wrong = {"refused": "it is not the first line of this run", "line": 1}
    assert add(desk, lines, run="0" * 64) == wrong
    assert "refused" in add(desk, lines[1:])  # a second line is not a first one
    add(desk, lines)
    assert add(desk, lines, profile="other") == {
        "refused": "the run belongs to another profile in the store",
        "line": 1,
    }


@pytest.mark.parametrize(
    "statement",
    [
        "insert into pbtui.journal_line select * from pbtui.journal_line",
        "update pbtui.journal_line set kind = 'x'",
        "delete from pbtui.journal_line",
        "truncate pbtui.journal_line",
        "update pbtui.journal_run set lines = 0",
        "update pbtui.journal set lines = 0",
        "select pbtui.journal_month('2030-01-01')",
    ],
)
def test_a_desk_can_only_add(desk: psycopg.Connection, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        desk.execute(statement.encode())


def test_each_month_has_a_partition_that_can_be_taken_out(
    desk: psycopg.Connection, postgres: Postgres, database: str
) -> None:
    lines = run_of("one", 2)
    add(desk, lines)
    with psycopg.connect(postgres.url(database, OWNER), autocommit=True) as owner:
        desk.execute("begin; select from pbtui.journal_line")  # as a backup does: it must not be waited for
        owner.execute("set lock_timeout = '5s'")
        for at in ("2030-12-31 23:59:59+00", "2030-12-01 00:00+00"):
            owner.execute("select pbtui.journal_month(%s)", (at,))
        desk.execute("commit")
        query = "select inhrelid::regclass::text from pg_inherits where inhparent = 'pbtui.journal_line'::regclass"
        names = [str(row[0]) for row in owner.execute(query).fetchall()]
        assert "pbtui.journal_line_2030_12" in names
        (present,) = (name for name in names if not name.endswith("2030_12"))
        owner.execute(f"alter table pbtui.journal_line detach partition {present}; drop table {present}".encode())
    assert add(desk, lines) == {"lines": 2, "no": 2, "chain": _head(desk)}  # an old line of a month that is gone
    assert stored(desk) == []


def _head(desk: psycopg.Connection) -> str:
    row = desk.execute("select head from pbtui.journal").fetchone()
    assert row is not None
    return str(row[0])
