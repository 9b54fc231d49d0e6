"""The options before a command's name: settings file and profile."""

from pathlib import Path
from typing import NamedTuple


class Invocation(NamedTuple):
    """Options before the command's name; commands receive them with `click.pass_obj`."""

    config_file: Path | None
    profile_name: str | None
