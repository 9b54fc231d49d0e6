"""Commands of pbtui for a shell, which reach the same settings and the same server as this process."""

import shlex
from pathlib import Path

from pbtui.settings.file import default_file, own_profile_problem
from pbtui.settings.profiles import Profile, SettingsError


def shell_command(profile: Profile, *words: str) -> str:
    """Return `pbtui --config FILE --profile NAME` and the words; without `--config` if the file is the usual one.

    Another shell can lack the variable PBTUI_CONFIG. Without the file, it could take a profile of the same name that
    is another exchange. Empty for the profiles of the demo and the drill, which end with their exchange.
    """
    if own_profile_problem(profile.name):
        return ""
    config = ["--config", str(profile.file.absolute())] if profile.file and not _is_usual(profile.file) else []
    return shlex.join(["pbtui", *config, "--profile", profile.name, *words])


def _is_usual(file: Path) -> bool:
    try:
        return file.absolute() == default_file().absolute()
    except SettingsError:
        return False
