"""A host that is cut loose from its team: the state, its report to the team, and the command that begins it."""

from datetime import datetime

from msgspec import Struct

from pbtui.settings.profiles import Profile
from pbtui.settings.shell_command import shell_command


class LoneSend(Struct, frozen=True):
    """A request that left while the host was cut loose. `ending` is that of a send, empty while it is under way."""

    call: str
    token: str
    ending: str = ""


class Lone(Struct, frozen=True, kw_only=True):
    """A host that is cut loose from the team: it sends without the store. By whom, where, why and since when.

    `token` is its id. The time is that of the host, aware and in UTC.
    """

    token: str
    operator: str
    host: str
    reason: str
    since: datetime
    sends: tuple[LoneSend, ...] = ()

    @property
    def words(self) -> str:
        """The state as one text."""
        count = len(self.sends)
        sends = f"{count} send{'' if count == 1 else 's'}"
        by = f"{self.since:%H:%M:%S}Z by {self.operator} on {self.host}"
        return f"cut loose since {by}: {self.reason}; {sends} without the team"


class LoneReport(Struct, frozen=True, kw_only=True):
    """The report of a host that was cut loose, as the team has it later. `sends` is the number of its requests."""

    id: int
    operator: str
    host: str
    profile: str
    reason: str
    began_at: datetime
    ended_at: datetime
    sends: int

    @property
    def words(self) -> str:
        """The report as one text."""
        when = f"{self.began_at:%Y-%m-%d %H:%M:%S}Z to {self.ended_at:%H:%M:%S}Z"
        sends = f"{self.sends} send{'' if self.sends == 1 else 's'}"
        return f"{self.operator} on {self.host} was LONE with profile {self.profile}, {when}, {sends}: {self.reason}"


def cut_loose_command(profile: Profile, reason: str = "") -> str:
    """The command for a shell that cuts the profile loose from its team at this host. Without a reason it asks."""
    return shell_command(profile, "team", "cut-loose", *([f"--reason={reason}"] if reason else []))
