"""Reports of crashes: a file with the traceback, without the values of variables and without API keys."""

import os
import traceback
from pathlib import Path

from pbtui import __version__
from pbtui.api.clock import utc_now
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import state_folder
from pbtui.settings.redaction import redacted


def crash_notice(error: BaseException) -> str:
    """Write a report of an error that ended pbtui or a part of it. Return the error and the place of the report.

    Never raises: if the report can't be written, the notice says why there is none.
    """
    try:
        place = f"Report: {_write(error)}"
    except OSError as problem:
        place = f"There is no report, it can't be written: {problem.strerror}"
    return f"pbtui stopped because of an internal error: {type(error).__name__}. {place}"


def _write(error: BaseException) -> Path:
    """Write the traceback to a file that only this user can read, and return its path.

    The values of variables are left out: they may hold what nobody should read.
    """
    now = utc_now()
    path = state_folder() / f"crash-{now:%Y%m%d-%H%M%S-%f}-{os.getpid()}.txt"
    head = f"pbtui {__version__} failed at {now:%Y-%m-%d %H:%M:%S} UTC"
    report = redacted(f"{head}\n\n{''.join(traceback.format_exception(error))}")
    disk().write_whole(path, report.encode("utf-8", "backslashreplace"))
    return path
