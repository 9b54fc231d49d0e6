"""The re-arm: lifts the halt that was shown to the trader, and no other, after recording it in the journal."""

from pbtui.desk.journal.recent import has_undecided_kill
from pbtui.desk.journal.writer import Journal, Kind
from pbtui.desk.kill.halt import Halt, HaltNotOnDisk, read_halt, release
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import Owner, earlier_owner, journal_folder, owner_of, profile_of
from pbtui.desk.storage.problem import problem_of
from pbtui.settings.profiles import Profile


def rearm(profile: Profile, journal: Journal, reason: str, shown: Halt | None) -> None:
    """Lift the halt that was shown to the trader, after recording it in the journal. No order is activated.

    It may be the halt of another profile: that is then re-armed too, and the record is also in its journal. Raises
    JournalUnusable if the journal can't be written, and HaltNotOnDisk if the file can't be removed, another kill has
    replaced the halt, or a kill has no verdict yet. The profile then stays halted.
    """
    require_rearmable(profile, shown)
    lifted = _lifted(profile, shown)
    facts = {"reason": reason, **_facts_of(shown)}
    journal.record(Kind.REARM, **facts)
    is_of_server = lifted != earlier_owner(profile)  # a desk that knows the halt looks for the record there
    if lifted != owner_of(profile) and (is_of_server or disk().has(journal_folder(lifted))):
        with Journal(profile, lifted) as others:
            others.record(Kind.REARM, **facts)
    _require_unchanged(profile, shown)  # another kill may have been fired while the disk was slow
    release(lifted)


def _facts_of(shown: Halt | None) -> dict[str, object]:
    """The facts by which the record of a re-arm names the halt that it lifted."""
    if shown is None:
        return {"was": "", "halted_at": "", "kills": []}
    began = "" if shown.halted_at is None else shown.halted_at.isoformat()
    return {"was": shown.words, "halted_at": began, "kills": [*shown.tokens]}


def require_rearmable(profile: Profile, shown: Halt | None) -> None:
    """Raise HaltNotOnDisk if another kill has replaced the halt that was shown, or a kill has no verdict yet."""
    for owner in {owner_of(profile), _lifted(profile, shown)}:
        _require_decided(owner)
    _require_unchanged(profile, shown)


def _lifted(profile: Profile, shown: Halt | None) -> Owner:
    return shown.owner if shown is not None and shown.owner else owner_of(profile)


def _require_decided(owner: Owner) -> None:
    try:
        is_undecided = has_undecided_kill(owner)
    except OSError as error:
        raise HaltNotOnDisk(
            f"it is not known whether a kill of profile {profile_of(owner)} has no verdict yet: {problem_of(error)}"
        ) from error
    if is_undecided:
        raise HaltNotOnDisk(f"a kill of profile {profile_of(owner)} has no verdict yet; wait for it, at most a minute")


def _require_unchanged(profile: Profile, shown: Halt | None) -> None:
    present = read_halt(profile)
    if present is not None and present != shown:
        raise HaltNotOnDisk(f"another kill was fired in the meantime: {present.words}")
