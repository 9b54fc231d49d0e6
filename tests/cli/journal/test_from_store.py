"""The journals of a team, shown and exported from a real PostgreSQL."""

import asyncio
import csv
import json
import shutil
import socket
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest

from pbtui.desk.journal.writer import Journal, Kind, journal_files
from pbtui.desk.storage.places import owner_of
from pbtui.desk.team.journal.uploader import Uploader
from pbtui.settings.profiles import Profile
from pbtui.settings.team import TeamSettings
from tests.desk.team.conftest import DESK, OWNER, Postgres
from tests.end_to_end.host import Host

BASE_URL = "https://staging.powerbot-trading.com/playground/epex/v2/api"


def entry(ticket: str, order: str, portfolio: str) -> dict[str, object]:
    request = {"order_id": order, "changes": {"action": "MODI", "price": Decimal("45.20"), "txt": "\x1b[2J\0"}}
    return {
        "ticket": ticket,
        "action": "modify",
        "lines": [{"key": order, "request": request, "base": {"portfolio_id": portfolio}}],
    }


def bring(profile: Profile) -> None:
    uploader = Uploader(profile)
    uploader.finish()
    asyncio.run(uploader.run())


class Day:
    """A day of two hosts and two profiles has gone by, and this is the host `north`."""

    def __init__(self, host: Host, postgres: Postgres, database: str) -> None:
        self._host = host
        self.owner = postgres.url(database, OWNER)
        self.profile = Profile(name="prod", base_url=BASE_URL, team=TeamSettings(store=postgres.url(database, DESK)))

    def pbtui(self, *arguments: str, profile: str = "prod") -> tuple[int, str, str]:
        """Run `pbtui journal`."""
        done = self._host.invoke("--profile", profile, "journal", *arguments)
        return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Postgres) -> Day:
    database = postgres.new_database()
    with psycopg.connect(postgres.url(database, OWNER), autocommit=True) as owner:
        for setting in ("timezone = 'Asia/Tokyo'", "datestyle = 'German'"):  # times are in UTC all the same
            owner.execute(f"alter database {database} set {setting}".encode())
    store = postgres.url(database, DESK)
    host = Host(tmp_path)
    host.adopt(BASE_URL, "key")
    settings = tmp_path / "xdg_config_home" / "pbtui" / "config.toml"
    settings.write_text(f'[team]\nstore = "{store}"\n[profiles.prod]\nbase_url = "{BASE_URL}"\n')
    for name, at, ticket, order, portfolio in (
        ("prod", "north", "7K3QX2", "o1", "A"),
        ("prod", "south", "9ABCDE", "o2", "B"),
        ("night", "south", "5NIGHT", "o1", "B"),
    ):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / ("xdg_state_home" if at == "north" else "south")))
        monkeypatch.setattr(socket, "gethostname", lambda at=at: at)
        profile = Profile(name=name, base_url=BASE_URL, team=TeamSettings(store=store))
        with Journal.open(profile) as journal:
            journal.record(Kind.INTENT, **entry(ticket, order, portfolio))
            journal.record(Kind.OUTCOME, ticket=ticket, results=[{"key": order, "state": "CONFIRMED"}])
        bring(profile)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg_state_home"))
    monkeypatch.setattr(socket, "gethostname", lambda: "north")
    return Day(host, postgres, database)


NORTH = ["north opened", "north intent", "north outcome", "north closed"]
SOUTH = ["south opened", "south intent", "south outcome", "south closed"]
NIGHT = ["south night opened", "south night intent", "south night outcome", "south night closed"]
CHOSEN = {
    "": [*NORTH, *SOUTH, *NIGHT],
    "--last 2": NIGHT[-2:],
    "--host north": NORTH,
    "--host north,south --kind outcome": [NORTH[2], SOUTH[2], NIGHT[2]],
    "--operator nobody": [],
    "--order o1": [*NORTH[1:3], *NIGHT[1:3]],
    "--portfolio B": [*SOUTH[1:3], *NIGHT[1:3]],
    "--portfolio B --order o1 --kind intent": [NIGHT[1]],
    "--from 2020-01-01T00:00 --to 2020-01-02T00:00": [],
    "--to 2020-01-02T00:00": [],
    "--from 2020-01-01T00:00 --host north": NORTH,
}


@pytest.mark.real_time
def test_the_lines_of_all_desks_are_shown_chosen_and_exported(day: Day) -> None:
    for filters, chosen in CHOSEN.items():
        code, out, err = day.pbtui("show", "--team", "--json", *filters.split())
        lines = [json.loads(line) for line in out.splitlines()]
        found = [
            " ".join([each["host"], *["night"] * (each["profile"] == "night"), each["entry"]["kind"]]) for each in lines
        ]
        assert (code, found) == (0, chosen), filters
        assert bool(err) == (not chosen)
    everything = day.pbtui("export")[1]
    for raw in everything.splitlines():
        _, _, content = raw[:-1].partition('"entry":')
        assert sha256(content.encode()).hexdigest() == json.loads(raw)["hash"]
    first = json.loads(everything.splitlines()[0])
    who, at = first["operator"], first["entry"]["at"]
    assert timedelta(0) <= datetime.fromisoformat(first["stored_at"]) - datetime.fromisoformat(at) < timedelta(hours=1)

    _, out, _ = day.pbtui("show", "--team", "--order", "o1")
    assert out.splitlines()[0].split("  ", 1)[1] == (
        f"{f'{who}@north':<16}  intent        o1            ticket 7K3QX2: modify price 45.20 per MWh, text ␛[2J␀"
    )
    assert f"Z  {who}@south night  outcome       o1            ticket 5NIGHT: CONFIRMED" in out

    _, out, _ = day.pbtui("export", "--format", "csv", "--host", "north")
    rows = list(csv.DictReader(out.splitlines()))
    assert [(row["no"], row["kind"], row["orders"], row["portfolios"]) for row in rows] == [
        ("1", "opened", "", ""),
        ("2", "intent", "o1", "A"),
        ("3", "outcome", "", ""),
        ("4", "closed", "", ""),
    ]
    assert rows[0]["at"] == at
    assert rows[1]["words"] == "o1 ticket 7K3QX2: modify price 45.20 per MWh, text ␛[2J␀"


@pytest.mark.real_time
def test_a_cut_on_either_side_is_found_and_differs_from_lines_that_wait(day: Day) -> None:
    code, out, err = day.pbtui("verify", "--team")
    assert (code, out) == (0, "")
    assert f"The team store, 8 lines of 2 runs of profile prod at {day.profile.server}: unchanged" in err
    head = err.rpartition("Head of the store: ")[2].strip()
    assert head.startswith("8:")
    with Journal.open(day.profile) as journal:
        journal.record(Kind.MODE, trading=True)
    code, out, err = day.pbtui("verify", "--team", "--noted", head)
    assert (code, out) == (0, "")
    assert "Lines of this host that are not in the store yet: 3" in err

    code, out, _ = day.pbtui("verify", "--team", "--noted", f"8:{'0' * 64}")
    assert (code, out) == (3, f"the store, line 8: it is not the line of the head 8:{'0' * 64} that you noted\n")

    first, _ = journal_files(owner_of(day.profile))
    whole = first.read_bytes()
    first.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    code, out, err = day.pbtui("verify", "--team")
    assert (code, "head has 4 lines of this file, which has 3 now" in out) == (3, True)
    assert f"{first}, line 4: is missing here: the store has 4 lines of this file" in out
    assert "2 runs of profile prod" in err
    first.write_bytes(whole)

    with psycopg.connect(day.owner, autocommit=True) as owner:
        owner.execute("delete from pbtui.journal_line where profile = 'prod' and no in (3, 4)")
    code, out, err = day.pbtui("verify", "--team")
    cut = f"{first}, line 3: is missing in the store, which had confirmed it, of 2 such lines: cut there"
    assert (code, out.splitlines()) == (3, ["the store: lines 3 to 4 are missing", cut])
    assert ": 2 problems" in err


@pytest.mark.real_time
def test_it_is_verified_only_if_this_host_or_the_store_has_a_line(
    day: Day, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a host where no desk ran the store is verified by itself; a profile that never ran has a line nowhere."""
    shutil.rmtree(tmp_path / "xdg_state_home")
    monkeypatch.setattr(socket, "gethostname", lambda: "west")
    code, _, err = day.pbtui("verify")
    assert (code, "Nothing was verified." in err) == (2, True)
    code, out, err = day.pbtui("verify", "--team")
    assert (code, out, "Nothing was verified." in err) == (0, "", False)
    assert "Profile prod has no journal on this host" in err
    assert f"The team store, 8 lines of 2 runs of profile prod at {day.profile.server}: unchanged" in err

    settings = tmp_path / "xdg_config_home" / "pbtui" / "config.toml"
    settings.write_text(settings.read_text().replace("profiles.prod", "profiles.idle"))
    code, out, err = day.pbtui("verify", "--team", profile="idle")
    assert (code, out, "unchanged" in err) == (2, "", False)
    assert f"The team store has no lines of profile idle at {day.profile.server}." in err
    assert err.endswith("Nothing was verified.\n")
    with Journal.open(Profile(name="idle", base_url=BASE_URL)):
        pass
    code, out, err = day.pbtui("verify", "--team", profile="idle")
    assert (code, out, "Nothing was verified." in err) == (0, "", False)


def test_a_filter_needs_the_team_and_a_window_that_is_one(tmp_path: Path) -> None:
    host = Host(tmp_path)
    host.adopt(BASE_URL, "key")
    done = host.invoke("journal", "show", "--kind", "kill")
    assert (done.returncode, b"--kind needs --team" in done.stderr) == (2, True)
    done = host.invoke("journal", "export", "--from", "2026-01-02 00:00", "--to", "2026-01-01 00:00")
    assert (done.returncode, b"the end is not after the start" in done.stderr) == (2, True)
    done = host.invoke("journal", "export")
    assert (done.returncode, b"There is no team store" in done.stderr) == (2, True)
