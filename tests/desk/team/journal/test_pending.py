"""The lines that the store does not have yet: all of them in their order, in parts that one call can take."""

from pathlib import Path

from pbtui.desk.journal.head import newest_line
from pbtui.desk.journal.line import line_hash
from pbtui.desk.journal.writer import Journal, Kind, journal_files
from pbtui.desk.storage.places import journal_head, owner_of
from pbtui.desk.team.journal.confirmed import Confirmed, Refusal
from pbtui.desk.team.journal.pending import Part, Pending, Place, Skipped
from tests.desk.team.journal.conftest import profile_with

PROFILE = profile_with("")
OWNER = owner_of(PROFILE)


def written(count: int, text: str = "") -> Path:
    """A run with so many lines, the first and the last one included."""
    with Journal.open(PROFILE) as journal:
        for number in range(count - 2):
            journal.record(Kind.INTENT, ticket=f"T{number}", text=text)
    return journal_files(OWNER)[-1]


def parts(pending: Pending) -> list[Part]:
    found = []
    while (step := pending.next()) is not None:
        assert isinstance(step, Part)
        found.append(step)
    return found


def lines_in(found: list[Part]) -> list[bytes]:
    return [line for part in found for line in part.lines]


def test_many_lines_and_long_lines_come_in_parts_and_each_says_how_far_it_reaches() -> None:
    one = written(120)
    two = written(5, "x" * 200_000)
    pending = Pending(OWNER, Confirmed())
    found = parts(pending)
    assert [(part.file, part.first, len(part.lines)) for part in found] == [
        (one, 1, 100),
        (one, 101, 20),
        (two, 1, 3),
        (two, 4, 2),
    ]
    assert lines_in(found) == [*one.read_bytes().splitlines(), *two.read_bytes().splitlines()]
    assert found[-1].done == Place(newest_line(OWNER), journal_head(OWNER).stat().st_size)
    for count in range(1, 4):  # from wherever it stopped, it goes on
        newest, size = found[count - 1].done
        assert parts(Pending(OWNER, Confirmed(newest, size))) == found[count:]
    three = written(3)
    assert lines_in(parts(pending)) == three.read_bytes().splitlines()
    assert pending.next() is None


def test_a_line_that_was_read_before_the_journal_took_it_back_costs_no_other_line() -> None:
    pending = Pending(OWNER, Confirmed())
    with Journal.open(PROFILE) as journal:
        journal.record(Kind.NOTE, text="one")
        assert journal.path is not None
        before = journal.path.read_bytes()
        journal.path.write_bytes(before + b'{"seq":3,"text":"not synced, so it is taken back"}\n')
        assert lines_in(parts(pending)) == before.splitlines()
        journal.path.write_bytes(before)
        journal.record(Kind.NOTE, text="two")
    assert lines_in(parts(pending)) == journal_files(OWNER)[-1].read_bytes().splitlines()[2:]


def test_files_from_before_the_head_come_whole() -> None:
    one = written(4, "x" * 200_000)
    journal_head(OWNER).unlink()
    two = written(3)
    found = parts(Pending(OWNER, Confirmed()))
    of_one, of_two = one.read_bytes().splitlines(), two.read_bytes().splitlines()
    runs = line_hash(of_one[0]), line_hash(of_two[0])
    assert [(part.file, part.run, list(part.lines)) for part in found] == [
        (one, runs[0], of_one[:3]),
        (one, runs[0], of_one[3:]),
        (two, runs[1], of_two),
    ]
    assert [part.done.newest and part.done.newest.no for part in found] == [None, 1, 4]


def test_another_head_than_the_one_that_is_confirmed_brings_everything_again() -> None:
    written(4)
    newest = newest_line(OWNER)
    size = journal_head(OWNER).stat().st_size
    journal_head(OWNER).unlink()
    written(20)
    everything = [line for path in journal_files(OWNER) for line in path.read_bytes().splitlines()]
    for confirmed_size in (size, journal_head(OWNER).stat().st_size + 1):
        pending = Pending(OWNER, Confirmed(newest, confirmed_size))
        assert lines_in(parts(pending)) == everything


def test_what_follows_a_line_that_was_changed_is_left_out() -> None:
    one, two = written(5), written(3)
    one.write_bytes(one.read_bytes().replace(b'"T1"', b'"T9"'))
    pending = Pending(OWNER, Confirmed())
    first, bad, *more, rest = iter(pending.next, None)
    assert isinstance(first, Part)
    assert lines_in([first]) == one.read_bytes().splitlines()[:2]
    assert isinstance(bad, Skipped)
    assert bad.refusal == Refusal(one.name, 3, "it was changed after it was written")
    assert [step.refusal for step in more if isinstance(step, Skipped)] == [None, None]
    assert isinstance(rest, Part)
    assert rest.file == two
