"""Opens the store of a profile's team."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pbtui.api.randomness import unique_id
from pbtui.desk.journal.writer import circumstances
from pbtui.desk.team.database.password import address_of
from pbtui.desk.team.store import Participant
from pbtui.settings.profiles import Profile
from pbtui.settings.team import Rearm

if TYPE_CHECKING:
    from pbtui.desk.team.store import TeamStore


def open_store(profile: Profile) -> TeamStore | None:
    """The store that the settings name, for one desk, command or kill; None if they name none.

    It connects at the first call. To be used in one event loop, and closed.
    """
    return open_named_store(profile) if profile.team.store else None


def open_named_store(profile: Profile) -> TeamStore:
    """The store of settings that name one, as `open_store`. Raises ImportError if the driver is damaged."""
    from pbtui.desk.team.postgres import PostgresStore  # a desk without a team does without the driver

    two = profile.team.rearm is Rearm.TWO_PERSONS
    return PostgresStore(address_of(profile.team, profile.file), participant_of(profile), needs_two_persons=two)


def is_driver_loaded() -> bool:
    """Return whether a store can be opened without importing the driver."""
    return "psycopg" in sys.modules


def participant_of(profile: Profile) -> Participant:
    """This program as a participant of the profile's team."""
    here = circumstances(profile)
    return Participant(
        server=profile.server,
        portfolios=profile.portfolios,
        operator=str(here["operator"]),
        host=str(here["host"]),
        profile=profile.name,
        desk=f"{os.getpid()}-{unique_id()}",
    )
