"""Where pbtui keeps its state: every path below the platform's state place.

Nothing is created here. Each function raises RuntimeError where the system knows no home folder.
"""

import os
from datetime import datetime
from pathlib import Path

from platformdirs import user_state_path


def state_folder() -> Path:
    """The folder of everything pbtui keeps, crash reports included."""
    return user_state_path("pbtui")


def journal_folder(profile_name: str) -> Path:
    """The journal of a profile: one file a run."""
    return state_folder() / "journal" / profile_name


def halt_file(profile_name: str) -> Path:
    """The halt of a profile; the file exists while the profile is halted."""
    return state_folder() / "halt" / f"{profile_name}.json"


def report_folder(profile_name: str) -> Path:
    """The reports of a profile's kills."""
    return state_folder() / "kills" / profile_name


def report_file(profile_name: str, started_at: datetime) -> Path:
    """The JSON report of the kill that this process began at that time; the Markdown report lies beside it."""
    return report_folder(profile_name) / f"{started_at:%Y%m%dT%H%M%S.%fZ}-{os.getpid()}.json"


def key_proof_file(profile_name: str) -> Path:
    """The file that exists once the kill key has arrived at a desk of the profile."""
    return state_folder() / "kill_key" / profile_name
