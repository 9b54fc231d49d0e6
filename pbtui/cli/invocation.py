"""The options before a command's name: settings file and profile."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Invocation:
    """Options before the command's name; commands receive them with `click.pass_obj`."""

    config_file: Path | None
    profile_name: str | None
