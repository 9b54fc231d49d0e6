"""Links that lead nowhere: what they led to, such as a file system that is not mounted, is not gone."""

import errno
import os
from pathlib import Path


def refuse_lost_link(path: Path, *, names_it: bool = False) -> None:
    """Raise OSError if the path, or a folder above it, is a link that leads nowhere.

    The message names the path itself only with `names_it`: a caller adds the path that it has asked for.
    """
    link = _lost_link(path)
    if link is not None:
        what = "it" if link == path and not names_it else str(link)
        raise OSError(errno.ENOLINK, f"{what} is a link that leads nowhere", str(path))


def _lost_link(path: Path) -> Path | None:
    nearest = next(each for each in (path, *path.parents) if os.path.lexists(each) or each == each.parent)
    is_lost = os.path.islink(nearest) and not os.path.exists(nearest)  # noqa: PTH110, PTH114 - Path raises some errors
    return nearest if is_lost else None
