"""Whether the kill key ever arrived at this user's desk of a profile: function keys get lost in tmux and over SSH."""

from pbtui.desk.storage.places import key_proof_file


def has_arrived(profile_name: str) -> bool:
    """Whether it did. Where nobody can tell, it did not."""
    return key_proof_file(profile_name).exists()


def note_arrival(profile_name: str) -> None:
    """Remember that it did. Raises OSError."""
    file = key_proof_file(profile_name)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)
