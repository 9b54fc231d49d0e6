"""The paths of pbtui's files, all in the platform's state folder.

Nothing is created here. Each function raises RuntimeError if the home folder can't be determined.
"""

import os
from datetime import datetime
from pathlib import Path

from platformdirs import user_state_path


def state_folder() -> Path:
    """The folder of all files that pbtui writes, including crash reports."""
    return user_state_path("pbtui")


def journal_folder(profile_name: str) -> Path:
    """The folder of a profile's journal, with one file per run."""
    return state_folder() / "journal" / profile_name


def journal_head(profile_name: str) -> Path:
    """The head of a profile's journal, apart from the files that it protects."""
    return state_folder() / "journal_heads" / f"{profile_name}.jsonl"


def halt_file(profile_name: str) -> Path:
    """The halt file of a profile; it exists while the profile is halted."""
    return state_folder() / "halt" / f"{profile_name}.json"


def report_folder(profile_name: str) -> Path:
    """The folder of a profile's kill reports."""
    return state_folder() / "kills" / profile_name


def report_file(profile_name: str, started_at: datetime) -> Path:
    """The JSON report of the kill that this process began at `started_at`; the Markdown report is beside it."""
    return report_folder(profile_name) / f"{started_at:%Y%m%dT%H%M%S.%fZ}-{os.getpid()}.json"


def key_proof_file(profile_name: str) -> Path:
    """The file that exists once the kill key has been received by a desk of the profile."""
    return state_folder() / "kill_key" / profile_name


def known_addresses_file() -> Path:
    """The last known addresses of the servers' names."""
    return state_folder() / "known_addresses.json"
