"""A journal that is brought to a real PostgreSQL: every line, in order, none twice, whatever was away in between."""

import asyncio
from datetime import UTC, datetime

import psycopg
import pytest

from pbtui.desk.journal.head import newest_line
from pbtui.desk.journal.line import journal_line, line_hash
from pbtui.desk.journal.writer import Journal, Kind, journal_files
from pbtui.desk.storage.places import confirmed_file, owner_of
from pbtui.desk.team.journal.confirmed import Refusal, read_confirmed
from pbtui.desk.team.journal.lag import lag_of
from pbtui.desk.team.journal.uploader import Uploader, uploading
from pbtui.settings.profiles import Profile
from tests.desk.team.conftest import DESK, Postgres
from tests.desk.team.journal.conftest import profile_with

pytestmark = pytest.mark.real_time
OWNER = owner_of(profile_with(""))


def written() -> list[bytes]:
    """All lines of the files, by file."""
    return [line for path in journal_files(OWNER) for line in path.read_bytes().splitlines()]


def stored(profile: Profile) -> list[bytes]:
    with psycopg.connect(profile.team.store) as desk:
        query = "select content from pbtui.journal_line where server = %s and profile = 'prod' order by no"
        return [row[0] for row in desk.execute(query, (profile.server,)).fetchall()]


async def bring(profile: Profile) -> None:
    """Bring what waits, as a desk does that ends at once, however slow this machine is."""
    uploader = Uploader(profile)
    uploader.finish()
    await uploader.run()


def words_of_lag() -> str:
    lag = lag_of(OWNER)
    assert lag is not None
    return lag.words


async def test_all_lines_come_in_their_order_and_none_twice(profile: Profile) -> None:
    away = profile_with("postgresql://127.0.0.1:1/trading")
    with Journal.open(away) as first, Journal.open(away) as second:
        for number in range(120):
            journal = second if number % 40 == 1 else first
            journal.record(Kind.INTENT, ticket=f"T{number}", text="\0 \ud800", lines=[{"request": {"order_id": "\0o"}}])
        await bring(away)
        assert stored(profile) == []
        assert words_of_lag() == "122 of 122 lines are not in the store yet"
        await asyncio.gather(bring(profile), bring(profile))  # two desks of one host at once
        in_order = stored(profile)
        assert sorted(in_order) == sorted(written())
        assert [line for line in in_order if b'"T1"' in line or b'"T2"' in line] == in_order[3:5]
        first.record(Kind.MODE, trading=True)
    await bring(profile)
    of_first, of_second = (path.read_bytes().splitlines() for path in journal_files(OWNER))
    assert stored(profile) == [*in_order, of_first[-2], of_second[-1], of_first[-1]]
    assert words_of_lag() == "all 125 lines are in the store"
    confirmed_file(OWNER).unlink()  # then all is compared again
    await bring(profile)
    assert len(stored(profile)) == 125
    with psycopg.connect(profile.team.store) as desk:
        row = desk.execute("select orders, ticket, portfolios from pbtui.journal_line where no = 4").fetchone()
    assert row == (["\ufffdo"], "T1", [])


async def test_the_last_line_of_a_program_that_crashed_comes_too(profile: Profile) -> None:
    journal = Journal.open(profile)
    journal.record(Kind.MODE, trading=True)
    (path,) = journal_files(OWNER)
    before = path.read_bytes().splitlines()
    await bring(profile)
    line = journal_line(3, datetime.now(UTC), Kind.INTENT, {"ticket": "LAST"}, line_hash(before[-1]))
    with path.open("ab") as file:
        file.write(line + b"\n")
    await bring(profile)  # its program still runs, as far as anyone knows
    assert stored(profile) == before
    journal.close()  # the line that this writes is not one of the run
    path.write_bytes(b"".join(each + b"\n" for each in (*before, line)))
    await bring(profile)
    assert stored(profile) == [*before, line]


async def test_a_file_that_was_changed_before_it_was_brought_is_named_and_the_others_come(profile: Profile) -> None:
    for _ in range(2):
        with Journal.open(profile) as journal:
            journal.record(Kind.MODE, trading=True)
    one, two = journal_files(OWNER)
    one.write_bytes(one.read_bytes().replace(b'"trading":true', b'"trading":null'))
    await bring(profile)
    opened, *_ = one.read_bytes().splitlines()
    assert stored(profile) == [opened, *two.read_bytes().splitlines()]
    reason = "it was changed after it was written"
    assert read_confirmed(OWNER).refused == (Refusal(one.name, 2, reason),)
    assert f"not {one.name} from line 2 on: {reason}" in words_of_lag()


async def test_a_store_that_forgot_gets_everything_again_and_that_is_kept_in_mind(
    profile: Profile, postgres: Postgres, database: str
) -> None:
    with Journal.open(profile) as journal:
        await bring(profile)
        restored = profile_with(postgres.url(postgres.new_database(database), DESK))  # a backup, as it will be
        journal.record(Kind.MODE, trading=True)
        await bring(profile)
        head = read_confirmed(OWNER).head
        journal.record(Kind.MODE, trading=False)
        await bring(restored)
    await bring(restored)
    assert stored(restored) == written()
    assert head is not None
    assert f"the store does not know its head 2:{head.chain}" in words_of_lag()


async def test_a_frozen_store_costs_a_moment_at_the_end_and_no_line(profile: Profile, postgres: Postgres) -> None:
    with postgres.frozen():
        async with asyncio.timeout(20), uploading(profile):  # for less than any answer is waited for
            Journal.open(profile).close()
            await asyncio.sleep(0)
    await bring(profile)
    assert stored(profile) == written()


async def test_a_desk_brings_its_last_line(profile: Profile) -> None:
    async with uploading(profile):
        with Journal.open(profile):
            await asyncio.sleep(0)
    newest = newest_line(OWNER)
    assert newest is not None
    assert newest.no == 2
    if stored(profile) != written():  # this machine was busy for a second: then the next one brings it
        await bring(profile)
    assert stored(profile) == written()
