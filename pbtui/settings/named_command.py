"""Commands of pbtui that name the settings file and the profile they are for, so that any shell can run them."""

import os
import shlex
from pathlib import Path

from platformdirs import user_config_path

_VARIABLES = ("PBTUI_CONFIG", "XDG_CONFIG_HOME")
"""They choose the settings file, and another shell may lack them."""


def named_command(file: Path | None, profile_name: str | None, *words: str) -> str:
    """Return `pbtui --config FILE --profile NAME` and the words, quoted for a shell; without what is None.

    The file goes without a name only if it is the user's own one and no variable here chooses the file.
    """
    config = [] if file is None or _is_usual(file) else ["--config", str(file.absolute())]
    profile = [] if profile_name is None else ["--profile", profile_name]
    return shlex.join(["pbtui", *config, *profile, *words])


def own_file() -> Path:
    """The user's own settings file. Raises RuntimeError if the user has no home folder."""
    return user_config_path("pbtui") / "config.toml"


def _is_usual(file: Path) -> bool:
    if any(name in os.environ for name in _VARIABLES):
        return False
    try:
        return file.absolute() == own_file().absolute()
    except RuntimeError:
        return False
