"""What was said before a command's name: the settings file and the profile."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Invocation:
    """What was said before the command's name; commands get it with `click.pass_obj`."""

    config_file: Path | None
    profile_name: str | None
