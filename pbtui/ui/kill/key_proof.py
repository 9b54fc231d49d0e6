"""Remembers whether the kill key was ever received by a desk: tmux and SSH clients may swallow function keys."""

from pbtui.desk.storage.places import key_proof_file


def has_arrived(profile_name: str) -> bool:
    """Whether the kill key was received before; False if that can't be read."""
    return key_proof_file(profile_name).exists()


def note_arrival(profile_name: str) -> None:
    """Record that the kill key was received. Raises OSError."""
    file = key_proof_file(profile_name)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)
