"""Cuts a profile loose from its team at this host, while the store can't be reached."""

from pbtui.api.sanitize import safe_text
from pbtui.desk.journal.writer import Journal, Kind, circumstances
from pbtui.desk.kill.halt import Halt
from pbtui.desk.storage.problem import problem_of
from pbtui.desk.team.halts.known import KnownHalts
from pbtui.desk.team.lone import Lone
from pbtui.desk.team.lone_file import LoneFile
from pbtui.settings.profiles import Profile


class NotCutLoose(Exception):
    """The profile is not cut loose; the message is the reason."""


def why_not_loose(profile: Profile, halted: Halt | None, team_problem: str) -> str:
    """Return why a profile can't be cut loose; empty if it can. `team_problem` says why the store can't be reached."""
    if not profile.team.store:
        return "the settings name no team store, so there is nothing to be cut loose from"
    if halted is not None:
        return f"halted: {halted.words}. A halt is lifted by a re-arm alone"
    if not team_problem:
        return "the team store answers: every send is checked there"
    return ""


def cut_loose(profile: Profile, journal: Journal, reason: str) -> Lone:
    """Cut it loose after a line in the journal. Raises JournalUnusable, and NotCutLoose also without a reason."""
    reason = safe_text(reason).strip()
    if not reason:
        raise NotCutLoose("no reason was given")
    if problem := KnownHalts(profile).problem:
        raise NotCutLoose(f"it is not known whether the team is halted, the file of its halts can't be read: {problem}")
    here = circumstances(profile)
    journal.record(Kind.LONE, reason=reason)
    try:
        return LoneFile(profile).begin(str(here["operator"]), str(here["host"]), reason)
    except OSError as error:
        raise NotCutLoose(problem_of(error)) from error
