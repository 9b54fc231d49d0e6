"""`pbtui journal` as a trader runs it."""

import json
import os
import re
import resource
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from pbtui.cli.main import main
from pbtui.desk.journal.line import journal_line, line_hash, read_line
from pbtui.desk.journal.writer import Journal, JournalUnusable, Kind, journal_files
from pbtui.desk.storage.places import Owner, confirmed_file, halt_file, journal_head, owner_of, report_folder
from pbtui.settings.profiles import Profile
from tests.end_to_end.host import invoke

STAGING = "https://staging.powerbot-trading.com/playground/epex/v2/api"
DESK = Profile(name="desk", base_url=STAGING)
LINES = [
    {
        "key": "41",
        "request": {
            "order_id": "42",
            "revision_no": 3,
            "changes": {"action": "MODI", "price": Decimal("45.20"), "txt": "new"},
        },
        "base": {"order_id": "42", "price": Decimal("45.10")},
    },
    {"key": "51", "request": {"order_id": "51", "changes": {"action": "DEAC"}}, "base": None},
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("PBTUI_CONFIG", raising=False)
    return tmp_path


@pytest.fixture
def verify_here(home: Path) -> str:
    """The command that verifies the journal of the desk, for another shell."""
    return f"pbtui --config {home / 'config' / 'pbtui' / 'config.toml'} --profile desk journal verify"


def pbtui(*arguments: str) -> "subprocess.CompletedProcess[str]":
    done = invoke(*arguments, environment=os.environ)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def a_day() -> Path:
    with Journal.open(DESK) as journal:
        journal.record(Kind.MODE, trading=True, said=None)
        journal.record(Kind.INTENT, ticket="7K3QX2", action="modify", lines=LINES)
        journal.record(
            Kind.INTENT,
            ticket="9ABCDE",
            action="add",
            lines=[{"key": "9ABCDE", "request": {"side": "BUY", "price": Decimal(-3), "txt": "\x1b[2J"}, "base": None}],
        )
        journal.record(Kind.REQUEST, ticket="7K3QX2", method="PUT", path="/orders/list", options={"quota": False})
        journal.record(
            Kind.OUTCOME,
            ticket="7K3QX2",
            results=[
                {"key": "41", "outcome": "ACCEPTED", "reason": "", "order": {"order_id": "43"}},
                {"key": "51", "outcome": "REJECTED", "reason": "it is gone", "order": None},
            ],
        )
        journal.record(
            Kind.RECONCILIATION,
            ticket="7K3QX2",
            results=[{"key": "41", "outcome": "ACCEPTED", "reconciliation": "CONFIRMED"}],
        )
    return journal_files(owner_of(DESK))[-1]


def words(line: str) -> str:
    """A line without its moment, which has to be one."""
    moment, rest = line[:24], line[24:]
    datetime.strptime(moment, "%Y-%m-%d %H:%M:%S.%fZ").astimezone(UTC)
    return " ".join(rest.split())


def test_show_prints_every_entry_as_plain_lines() -> None:
    a_day()
    shown = pbtui("--profile", "desk", "journal", "show")
    assert (shown.returncode, shown.stderr) == (0, "")
    first, *lines, last = map(words, shown.stdout.splitlines())
    assert first.startswith("opened - run 1 began, by ")
    assert "profile desk, epex at staging.powerbot-trading.com (test); process " in first
    assert lines == [
        "mode - trading was switched on; said none",
        "intent 42 ticket 7K3QX2: modify price 45.10 -> 45.20 per MWh, text new at revision 3",
        "intent 51 ticket 7K3QX2: modify",
        "intent 9ABCDE ticket 9ABCDE: add side BUY, price -3 per MWh, text ␛[2J",
        "request - ticket 7K3QX2: PUT /orders/list is sent; options (quota no)",
        "outcome 43 ticket 7K3QX2: ACCEPTED",
        "outcome 51 ticket 7K3QX2: REJECTED (it is gone)",
        "reconciliation 41 ticket 7K3QX2: CONFIRMED",
    ]
    assert last == "closed - the run ended"


def test_show_as_json_prints_the_stored_entries_and_last_limits_them() -> None:
    kept = a_day().read_text()
    assert pbtui("--profile", "desk", "journal", "show", "--json").stdout == kept
    last = pbtui("--profile", "desk", "journal", "show", "--json", "--last", "2")
    assert last.stdout.splitlines() == kept.splitlines()[-2:]


def test_show_merges_runs_by_time() -> None:
    with Journal.open(DESK) as one, Journal.open(DESK) as two:
        for number in range(3):
            one.record(Kind.MODE, number=2 * number)
            two.record(Kind.MODE, number=2 * number + 1)
    shown = pbtui("--profile", "desk", "journal", "show").stdout.splitlines()
    assert [words(line) for line in shown][2:8] == [f"mode - number {number}" for number in range(6)]


def test_the_journal_of_the_default_profile_is_shown_if_none_is_named(home: Path) -> None:
    (home / "config" / "pbtui").mkdir(parents=True)
    settings = (
        f'default_profile = "desk"\n[profiles.desk]\nbase_url = "{STAGING}"\n[profiles.two]\nbase_url = "{STAGING}"'
    )
    (home / "config" / "pbtui" / "config.toml").write_text(settings)
    a_day()
    assert pbtui("journal", "verify").stderr.startswith("1 file of the journal of profile desk: unchanged\n")
    empty = pbtui("--profile", "two", "journal", "show")
    assert (empty.returncode, empty.stdout) == (0, "")
    assert empty.stderr.startswith("The journal of profile two is empty (")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--profile", "nobody", "journal", "show"], "There is no profile in"),
        (["journal", "verify"], "There is no profile in"),
        (["--profile", "../desk", "journal", "verify"], "There is no profile in"),
        (["--profile", "desk", "journal", "show", "--last", "0"], "Invalid value for '--last'"),
    ],
)
def test_a_wrong_profile_is_refused(arguments: list[str], message: str) -> None:
    refused = pbtui(*arguments)
    assert refused.returncode == 2
    assert message in refused.stderr
    assert refused.stdout == ""


def test_verify_of_an_unchanged_journal(verify_here: str) -> None:
    a_day()
    a_day()
    proved = pbtui("--profile", "desk", "journal", "verify")
    assert (proved.returncode, proved.stdout) == (0, "")
    result, head, *rest = proved.stderr.splitlines()
    assert result == "2 files of the journal of profile desk: unchanged"
    assert re.fullmatch(r"Head: 16:[0-9a-f]{64}", head)
    assert rest == [
        "Not proved: that nobody changed journal and head together. To prove it later, keep the head",
        f"elsewhere and use it with: {verify_here} --noted NO:HASH",
    ]


def test_verify_lists_every_problem_by_file_and_line(verify_here: str) -> None:
    path, other = a_day(), a_day()
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"45.20", b"54.20")
    path.write_bytes(b"".join(lines))
    other.write_bytes(b"".join(other.read_bytes().splitlines(keepends=True)[1:]))
    found = pbtui("--profile", "desk", "journal", "verify")
    assert found.returncode == 3
    assert found.stdout.splitlines() == [
        f"{path}, line 3: changed: line 4 contains a different hash of it",
        f"{other}, line 1: has number 2 instead of 1: earlier lines were removed",
        f"{other}, line 8: is missing: the head has 8 lines of this file, which has 7 now",
    ]
    assert found.stderr.startswith("2 files of the journal of profile desk: 2 with problems\n")
    shown = pbtui("--profile", "desk", "journal", "show", "--last", "1")
    assert shown.stderr == f"Some lines have problems. To list them: {verify_here}\n"


def test_a_changed_journal_cannot_send_control_characters_to_the_terminal() -> None:
    path = a_day()
    path.write_bytes(path.read_bytes() + b'{"seq":9,"at":"2026-11-22T14:00:00Z","kind":"\\u001b[2J","prev":null}\n')
    for options in ([], ["--json"]):
        shown = pbtui("--profile", "desk", "journal", "show", *options)
        assert "\x1b" not in shown.stdout


def test_an_unreadable_journal_is_reported(home: Path) -> None:
    folder = home / "state" / "pbtui" / "journal"
    folder.mkdir(parents=True)
    (folder / "desk").write_text("no folder")
    refused = pbtui("--profile", "desk", "journal", "show")
    assert refused.returncode == 2
    assert "the journal can't be read: Not a directory" in refused.stderr


# ---------------------------------------------------------------- what verify finds


def verified(*options: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["--profile", "desk", "journal", "verify", *options])
    return done.exit_code, done.stdout, done.stderr


def put(path: Path, lines: list[bytes]) -> None:
    path.write_bytes(b"".join(line + b"\n" for line in lines))


def changed_verdict(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"CONFIRMED", b"REJECTED"))


def chained_again(path: Path) -> None:
    changed_verdict(path)
    lines = path.read_bytes().splitlines()
    for index in range(1, len(lines)):
        entry = read_line(lines[index])
        lines[index] = journal_line(entry.seq, entry.at, entry.kind, entry.facts, line_hash(lines[index - 1]))
    put(path, lines)


def foreign(path: Path) -> None:
    shutil.copy(path, path.with_name("20260101T000000.000000Z-1.jsonl"))


def everything_deleted(path: Path) -> None:
    shutil.rmtree(path.parent)


@pytest.mark.parametrize("run", [0, 1], ids=["older file", "newest file"])
@pytest.mark.parametrize(
    "change",
    [
        changed_verdict,
        lambda path: put(path, path.read_bytes().splitlines()[:-2]),
        lambda path: put(path, []),
        Path.unlink,
        chained_again,
        foreign,
        everything_deleted,
        lambda path: path.rename(path.with_name("20260101T000000.000000Z-1.jsonl")),
    ],
    ids=["edited", "cut", "emptied", "deleted", "chained again", "foreign file", "all deleted", "renamed"],
)
def test_verify_ends_with_3_after_any_change(change: Callable[[Path], None], run: int) -> None:
    files = a_day(), a_day()
    assert verified()[0] == 0
    change(files[run])
    code, out, _ = verified()
    assert code == 3
    assert out


def test_a_store_that_does_not_answer_hides_no_problem_that_was_found_here(home: Path) -> None:
    path = a_day()
    settings = home / "config" / "pbtui" / "config.toml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(
        f'[team]\nstore = "postgresql://u@127.0.0.1:1/x"\n[profiles.desk]\nbase_url = "{DESK.base_url}"\n'
    )
    assert pbtui("--profile", "desk", "journal", "verify", "--team").returncode == 5
    Path.unlink(path)
    assert pbtui("--profile", "desk", "journal", "verify", "--team").returncode == 3


@pytest.mark.parametrize(
    ("place", "what"),
    [
        (None, ""),
        (halt_file, "a halt"),
        (confirmed_file, "lines in the team store"),
        (lambda owner: report_folder(owner) / "20260101T000000.000000Z-1.json", "kill reports"),
    ],
    ids=["nothing else", "halted", "in the store", "with reports"],
)
def test_without_files_and_head_nothing_counts_as_unchanged(
    home: Path, place: Callable[[Owner], Path] | None, what: str
) -> None:
    settings, owner = home / "config" / "pbtui" / "config.toml", owner_of(DESK)
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(f'[profiles.desk]\nbase_url = "{DESK.base_url}"\n')
    everything_deleted(a_day())
    journal_head(owner).unlink()
    if place is not None:
        place(owner).parent.mkdir(parents=True, exist_ok=True)
        place(owner).write_text("{}")
    code, out, err = verified()
    assert code == (3 if what else 2)
    assert (f"there is no journal and no head, but {what}: they were removed" in out) is bool(what)
    assert "unchanged" not in err
    assert ("Profile desk has no journal on this host" in err) is (not what)
    assert ("Nothing was verified." in err) is (not what)
    assert verified("--noted", f"8:{'0' * 64}")[0] == 3


def test_a_noted_head_is_compared() -> None:
    a_day()
    _, _, err = verified()
    [noted] = re.findall(r"Head: (\S+)", err)
    a_day()
    assert verified("--noted", noted)[0] == 0
    code, out, _ = verified("--noted", noted[:-1] + ("1" if noted[-1] == "0" else "0"))
    assert (code, out) == (3, f"{journal_head(owner_of(DESK))}: line 8 is not the noted one: the head was changed\n")
    code, _, err = verified("--noted", "8")
    assert code == 2
    assert "--noted has the form NO:HASH" in err


def test_a_gap_is_named_and_verify_ends_with_4() -> None:
    with Journal.open(DESK) as journal:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
        try:
            for kind in (Kind.INTENT, Kind.REQUEST):
                with pytest.raises(JournalUnusable):
                    journal.record(kind, ticket="7K3QX2")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        journal.record(Kind.OUTCOME, ticket="7K3QX2", results=[])
    path = journal_files(owner_of(DESK))[0]
    code, out, err = verified()
    assert code == 4
    missing = f"2 lines could not be written to the journal (intent, request of ticket 7K3QX2): File too large ({path})"
    assert out == f"{path}, line 2: {missing}\n"
    assert err.startswith("1 file of the journal of profile desk: 1 with gaps\n")


def test_a_run_that_could_write_nothing_is_a_gap() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with Journal.open(DESK) as journal:
            assert journal.problem
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    [path] = journal_files(owner_of(DESK))
    code, out, _ = verified()
    assert (code, out.partition(":")[0]) == (4, str(path))
    assert "a run began here and could write nothing" in out


def test_show_keeps_the_order_of_writing_when_the_clock_was_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock was an hour ahead before a crash. The later run continues and closes the ticket of the earlier one."""
    for kind, hours in ((Kind.INTENT, 1), (Kind.RECONCILIATION, 0)):
        at = datetime(2026, 11, 22, 12 + hours, tzinfo=UTC)
        monkeypatch.setattr("pbtui.desk.journal.run_file.utc_now", lambda at=at: at)
        with Journal.open(DESK) as journal:
            journal.record(kind, ticket="7K3QX2")
    shown = CliRunner().invoke(main, ["--profile", "desk", "journal", "show", "--json"]).stdout.splitlines()
    kinds = [json.loads(line)["kind"] for line in shown]
    assert kinds == ["opened", "intent", "closed", "opened", "reconciliation", "closed"]
