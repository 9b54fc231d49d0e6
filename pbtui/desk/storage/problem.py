"""The words of an error of the disk, for a sentence that a trader reads."""

from pathlib import Path


def problem_of(error: Exception, path: Path | None = None) -> str:
    """The reason without its number, and the path: the one given, else the one that the error names.

    An error that is none of the disk has its own words.
    """
    if not isinstance(error, OSError):
        return str(error)
    place = path or error.filename2 or error.filename
    reason = error.strerror or str(error)
    return reason if place is None else f"{reason} ({place})"
