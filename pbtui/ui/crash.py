"""What is kept when pbtui itself fails: a report in a file, without the values of variables."""

import os
import traceback
from datetime import UTC, datetime
from pathlib import Path

from pbtui import __version__
from pbtui.desk.storage.places import state_folder


def write_report(error: BaseException) -> Path:
    """Write what failed where, readable for this user alone. The values of variables stay out: one may be a key."""
    folder = state_folder()
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    path = folder / f"crash-{now:%Y%m%d-%H%M%S-%f}.txt"
    report = "".join(traceback.format_exception(error))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(f"pbtui {__version__} failed at {now:%Y-%m-%d %H:%M:%S} UTC\n\n{report}")
    return path
