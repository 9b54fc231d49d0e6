"""Verifies the journal of a profile in the team store, and that of this host against it."""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path

from msgspec import Struct
from psycopg import AsyncConnection

from pbtui.api.clock import utc_now
from pbtui.desk.journal.against_head import known_head
from pbtui.desk.journal.chain import JournalReading, read_journal
from pbtui.desk.journal.writer import JournalUnusable, circumstances, journal_files
from pbtui.desk.storage.places import Owner, journal_folder, owner_of
from pbtui.desk.team.database.administration import opened
from pbtui.desk.team.database.connection import decoded, require_schema, within
from pbtui.desk.team.database.password import Address
from pbtui.desk.team.journal.against_files import Here, compare_files
from pbtui.desk.team.journal.audit import NotedHead, StoreAudit, StoredCounts
from pbtui.desk.team.journal.confirmed import Confirmed, read_confirmed
from pbtui.desk.team.journal.stored import lines_of_profile
from pbtui.settings.profiles import Profile

_ANSWER_WITHIN_S = 60.0
_COUNTS = """\
select jsonb_build_object(
    'at', clock_timestamp(),
    'lines', coalesce(max(j.lines), 0),
    'head', coalesce(max(j.head), ''),
    'runs', (
        select coalesce(jsonb_agg(to_jsonb(r)), '[]') from pbtui.journal_run r
        where r.server = %(server)s and r.profile = %(profile)s
    )
)::text from pbtui.journal j where j.server = %(server)s and j.profile = %(profile)s
"""


class Verification(Struct, frozen=True, kw_only=True):
    """The result for the journal of a profile in the store.

    `waiting` is the number of lines of this host that are not in the store yet. `lines`, `runs` and `head` are those of
    the store.
    """

    problems: Sequence[str]
    notes: Sequence[str]
    waiting: int
    lines: int
    runs: int
    head: str


async def verify(
    address: Address, profile: Profile, noted: tuple[int, str] | None, came_to: Callable[[int, int], object]
) -> Verification:
    """Verify the journal of a profile in the store. `noted` are number and hash of a head that was kept elsewhere.

    What was confirmed is read first and the files last: so a desk that writes meanwhile makes no difference. `came_to`
    is called with the number of the newest line that was verified, and of the last one. Raises StoreUnreachable,
    Unusable, and JournalUnusable or OSError if the journal of this host can't be read.
    """
    owner = owner_of(profile)
    confirmed = read_confirmed(owner)
    files, _ = _files(owner)
    watched = {reading.hashes[0] for reading in files.values() if reading.hashes}
    async with opened(address, require_schema) as connection:
        counts, audit = await _audit(connection, profile, _noted(confirmed, noted), watched, came_to)
    files, unreadable = _files(owner)
    here = Here(
        at=utc_now(),
        host=str(circumstances(profile)["host"]),
        folder=journal_folder(owner),
        files=files,
        unreadable=unreadable,
        head=known_head(owner),
        confirmed=confirmed,
    )
    problems, waiting = compare_files(here, counts.runs, audit.hashes)
    return Verification(
        problems=[*audit.problems, *problems],
        notes=audit.notes,
        waiting=waiting,
        lines=counts.lines,
        runs=len(counts.runs),
        head=counts.head,
    )


async def _audit(
    connection: AsyncConnection,
    profile: Profile,
    noted: Sequence[NotedHead],
    watched: set[str],
    came_to: Callable[[int, int], object],
) -> tuple[StoredCounts, StoreAudit]:
    asked = {"server": profile.server, "profile": profile.name}
    row = await within(_ANSWER_WITHIN_S, connection, _one_row(connection, asked))
    counts = decoded(row, StoredCounts)
    audit = StoreAudit(counts, noted, watched)
    async with aclosing(lines_of_profile(connection, profile.server, profile.name, counts.lines)) as lines:
        async for line in lines:
            audit.add(line)
            came_to(line.no, counts.lines)
    audit.end()
    return counts, audit


async def _one_row(connection: AsyncConnection, values: dict[str, str]) -> str:
    row = await (await connection.execute(_COUNTS, values)).fetchone()
    return str(row[0]) if row else ""


def _noted(confirmed: Confirmed, noted: tuple[int, str] | None) -> list[NotedHead]:
    heads = []
    if confirmed.head is not None:
        at = f"confirmed to this host at {confirmed.head.at:%Y-%m-%d %H:%M:%S}Z"
        heads.append(NotedHead(confirmed.head.no, confirmed.head.chain, at))
    return heads if noted is None else [*heads, NotedHead(*noted, "that you noted")]


def _files(owner: Owner) -> tuple[dict[Path, JournalReading], frozenset[Path]]:
    """The files of this host, and those that can't be read. Raises JournalUnusable."""
    files: dict[Path, JournalReading] = {}
    unreadable = set()
    for path in journal_files(owner):
        try:
            files[path] = read_journal(path)
        except JournalUnusable:
            unreadable.add(path)
    return files, frozenset(unreadable)
