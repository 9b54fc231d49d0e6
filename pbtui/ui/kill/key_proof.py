"""Remembers whether the kill key was ever received by a desk: tmux and SSH clients may swallow function keys."""

from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import key_proof_file, owner_of
from pbtui.settings.profiles import Profile


def has_arrived(profile: Profile) -> bool:
    """Return whether the kill key was received before; False if that can't be read."""
    return key_proof_file(owner_of(profile)).exists()


def note_arrival(profile: Profile) -> None:
    """Record that the kill key was received. Raises OSError."""
    file = key_proof_file(owner_of(profile))
    disk().make_private(file.parent)
    file.touch(mode=0o600)
