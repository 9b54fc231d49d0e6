"""Commands of pbtui for a shell, which reach the same settings and the same server as this process."""

from pbtui.settings.file import own_profile_problem
from pbtui.settings.named_command import named_command
from pbtui.settings.profiles import Profile


def shell_command(profile: Profile, *words: str) -> str:
    """Return the command as `named_command`, for this profile.

    Without the file, another shell could take a profile of the same name that is another exchange. Empty for the
    profiles of the demo and the drill, which end with their exchange.
    """
    return "" if own_profile_problem(profile.name) else named_command(profile.file, profile.name, *words)
