"""`pbtui rearm` lifts the halts that it showed, whatever the store lost while the reason was typed."""

import psycopg
import pytest

from pbtui.cli.team.halts import lift_of_team, team_halts
from pbtui.desk.journal.writer import Journal
from pbtui.settings.profiles import Profile
from pbtui.settings.team import TeamSettings
from tests.desk.team.conftest import DESK, OWNER, Postgres

BEGIN = "select pbtui.begin_halt(%s, '{}', 'ben', 'south', 'late', 'd2', %s, 'price spike', '')"


@pytest.mark.real_time
def test_the_halt_that_was_shown_is_lifted_and_none_that_has_got_its_number(postgres: Postgres) -> None:
    database = postgres.new_database()
    url = postgres.url(database, DESK)
    profile = Profile(name="prod", base_url="https://desk.example/acme/epex/v2/api", team=TeamSettings(store=url))
    with psycopg.connect(postgres.url(database, OWNER), autocommit=True) as owner, Journal(profile) as journal:
        owner.execute(BEGIN, (profile.server, "k1"))
        shown = team_halts(profile)
        for table in ("halt", "account"):
            owner.execute(f"alter table pbtui.{table} disable trigger all".encode())
        owner.execute("delete from pbtui.halt")
        owner.execute("delete from pbtui.account")
        owner.execute(BEGIN, (profile.server, "k9"))
        lift_of_team(profile, shown, [], "looked at", journal)
        held = owner.execute("select token, lifted_at is null from pbtui.halt order by epoch").fetchall()
    assert held == [("k9", True), ("k1", False)]
