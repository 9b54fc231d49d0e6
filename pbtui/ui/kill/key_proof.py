"""Whether the kill key ever arrived at this user's desk of a profile: function keys get lost in tmux and over SSH."""

from pathlib import Path

from platformdirs import user_state_path


def has_arrived(profile_name: str) -> bool:
    """Whether it did. Where nobody can tell, it did not."""
    return _file(profile_name).exists()


def note_arrival(profile_name: str) -> None:
    """Remember that it did. Raises OSError."""
    file = _file(profile_name)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)


def _file(profile_name: str) -> Path:
    return user_state_path("pbtui") / "kill_key" / profile_name
