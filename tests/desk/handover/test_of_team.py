"""The hand-over of a team: lines of another host, from a real PostgreSQL, and what a store that is away makes of it."""

import socket
from datetime import timedelta
from pathlib import Path

import pytest

from pbtui.api.clock import utc_now
from pbtui.api.structs import replace
from pbtui.desk.handover.changes import changes_of, unfinished_of
from pbtui.desk.handover.shift import notes_of, shift_of
from pbtui.desk.handover.sources import read_journals
from pbtui.desk.journal.writer import Journal, Kind
from pbtui.desk.team.journal.uploader import bring
from pbtui.settings.team import TeamSettings
from tests.desk.handover.test_report import PROFILE
from tests.desk.team.conftest import DESK, Postgres, postgres

__all__ = ["postgres"]
pytestmark = pytest.mark.real_time


async def test_a_host_shows_what_another_one_did_and_says_when_it_can_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Postgres
) -> None:
    team = TeamSettings(store=postgres.url(postgres.new_database(), DESK))
    profile = replace(PROFILE, team=team)
    for host, name in (("south", "desk"), ("west", "other"), ("north", "desk")):
        monkeypatch.setattr(socket, "gethostname", lambda host=host: host)
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / host))
        with Journal.open(replace(profile, name=name)) as journal:
            journal.record(Kind.TAKE_OVER, name=f"Ann of {host}")
            journal.record(Kind.NOTE, text=f"from {host}")
            lines = [{"key": host, "request": {"order_id": f"o-{host}"}}]
            journal.record(Kind.INTENT, ticket=f"T-{host}", action="deactivate", lines=lines)
        await bring(replace(profile, name=name))

    now = utc_now()
    found = await read_journals(profile, now)
    shift = shift_of(found.lines, now)
    assert found.missing == ()
    assert found.place.startswith("this host two weeks back, and all hosts of the team since ")
    assert len(found.lines) == 10
    assert shift.last is not None
    assert shift.last.name == "Ann of north"
    assert [note.text for note in notes_of(found.lines, shift)] == ["from south", "from north"]
    assert [each.order for each in unfinished_of(found.lines, now)] == ["o-south", "o-north"]
    earlier = shift_of(found.lines, now, now - timedelta(hours=1))
    changed = [change.who.partition(" on ")[2] for change in changes_of(found.lines, earlier)]
    assert changed == ["south", "south", "north", "north"]

    away = replace(profile, team=TeamSettings(store="postgresql://127.0.0.1:1/gone"))
    alone = await read_journals(away, now)
    assert len(alone.lines) == 5
    assert alone.missing[0].startswith("journals of other hosts: ")
