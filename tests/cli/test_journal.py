"""`pbtui journal` as a trader runs it."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pbtui.desk.journal.writer import Journal, Kind, journal_files
from pbtui.settings.profiles import Profile

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


def pbtui(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pbtui", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ))


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
    return journal_files("desk")[-1]


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
    assert first.startswith("opened - operator=")
    assert "server=staging.powerbot-trading.com" in first
    assert lines == [
        "mode - trading=yes said=-",
        "intent 42 ticket 7K3QX2: modify price 45.10 -> 45.20 per MWh, text new at revision 3",
        "intent 51 ticket 7K3QX2: modify",
        "intent 9ABCDE ticket 9ABCDE: add side BUY, price -3 per MWh, text ␛[2J",
        "request - ticket 7K3QX2: PUT /orders/list options=(quota=no)",
        "outcome 43 ticket 7K3QX2: ACCEPTED",
        "outcome 51 ticket 7K3QX2: REJECTED (it is gone)",
        "reconciliation 41 ticket 7K3QX2: CONFIRMED",
    ]
    assert last == "closed -"


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
    assert [words(line) for line in shown][2:8] == [f"mode - number={number}" for number in range(6)]


def test_without_a_profile_the_default_profile_is_shown(home: Path) -> None:
    (home / "config" / "pbtui").mkdir(parents=True)
    settings = (
        f'default_profile = "desk"\n[profiles.desk]\nbase_url = "{STAGING}"\n[profiles.two]\nbase_url = "{STAGING}"'
    )
    (home / "config" / "pbtui" / "config.toml").write_text(settings)
    a_day()
    assert pbtui("journal", "verify").stderr == "1 file of the journal of profile desk: unchanged\n"
    empty = pbtui("--profile", "two", "journal", "show")
    assert (empty.returncode, empty.stdout) == (0, "")
    assert empty.stderr.startswith("The journal of profile two is empty (")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--profile", "nobody", "journal", "show"], "There is no profile in"),
        (["journal", "verify"], "There is no profile in"),
        (["--profile", "../desk", "journal", "verify"], "a profile's name has only letters, digits, - and _"),
        (["--profile", "desk", "journal", "show", "--last", "0"], "Invalid value for '--last'"),
    ],
)
def test_a_wrong_profile_is_refused(arguments: list[str], message: str) -> None:
    refused = pbtui(*arguments)
    assert refused.returncode == 2
    assert message in refused.stderr
    assert refused.stdout == ""


def test_verify_of_an_unchanged_journal() -> None:
    a_day()
    a_day()
    proved = pbtui("--profile", "desk", "journal", "verify")
    assert (proved.returncode, proved.stdout) == (0, "")
    assert proved.stderr == "2 files of the journal of profile desk: unchanged\n"


def test_verify_lists_every_fault_by_file_and_line() -> None:
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
    ]
    assert found.stderr == "2 files of the journal of profile desk: 2 with faults\n"
    shown = pbtui("--profile", "desk", "journal", "show", "--last", "1")
    assert shown.stderr == "Some lines have faults. To list them: pbtui journal verify\n"


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
