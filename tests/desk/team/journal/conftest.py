"""A profile whose journal goes to a PostgreSQL of the tests."""

import pytest

from pbtui.settings.profiles import Profile
from pbtui.settings.team import TeamSettings
from tests.desk.team.conftest import DESK, Postgres

BASE_URL = "https://staging.powerbot-trading.com/playground/epex/v2/api"


def profile_with(store: str) -> Profile:
    """The profile of the tests, with this store."""
    return Profile(name="prod", base_url=BASE_URL, team=TeamSettings(store=store))


@pytest.fixture
def profile(postgres: Postgres, database: str) -> Profile:
    """A profile of a new store."""
    return profile_with(postgres.url(database, DESK))
