"""Reports of crashes: a file with the traceback, without the values of variables."""

import os
import traceback
from datetime import UTC, datetime
from pathlib import Path

from pbtui import __version__
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import state_folder


def write_report(error: BaseException) -> Path:
    """Write the traceback to a file that only this user can read, and return its path.

    The values of variables are left out: one of them may be the API key.
    """
    folder = state_folder()
    disk().make_private(folder)
    now = datetime.now(UTC)
    path = folder / f"crash-{now:%Y%m%d-%H%M%S-%f}.txt"
    report = "".join(traceback.format_exception(error))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(f"pbtui {__version__} failed at {now:%Y-%m-%d %H:%M:%S} UTC\n\n{report}")
    return path
