"""A file of orders, as the commands read it: all of its problems at once."""

from datetime import datetime
from pathlib import PurePath
from typing import BinaryIO
from zoneinfo import ZoneInfo

from pbtui.api.sanitize import safe_text
from pbtui.cli.refusals import LocalRefusal
from pbtui.desk.drafts.rules import NOTHING_HAS_PASSED
from pbtui.desk.plan.columns import FileRefused, decoded
from pbtui.desk.plan.csv_text import read_csv
from pbtui.desk.plan.toml_text import read_toml
from pbtui.desk.plan.wanted import Wanted, read_wanted
from pbtui.settings.profiles import Profile

_READERS = {".csv": read_csv, ".toml": read_toml}
_MOST_BYTES = 2**25


def wanted_in(source: BinaryIO, profile: Profile) -> Wanted:
    """Read what a file wants. Raises LocalRefusal with all its problems if there is any.

    What has passed is found by `refuse_passed`, once the time of the exchange is known.
    """
    name = safe_text(source.name)
    read = _READERS.get(PurePath(source.name).suffix.lower())
    if read is None:
        raise LocalRefusal(f"{name}: its name has to end in {' or '.join(_READERS)}; nothing was sent")
    try:
        records = read(decoded(_content(source)))
    except (FileRefused, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise LocalRefusal(f"{name}: {reason}; nothing was sent") from None
    wanted = read_wanted(records.rows, ZoneInfo(profile.market_timezone), NOTHING_HAS_PASSED, profile.environment)
    if problems := [*records.problems, *wanted.problems]:
        raise LocalRefusal("\n".join([f"{name} has problems; nothing was sent:", *(f"  {each}" for each in problems)]))
    return wanted


def refuse_passed(wanted: Wanted, now: datetime) -> None:
    """Raise LocalRefusal if a time of a new order has passed by now, which is a time of the exchange's clock."""
    if problems := wanted.passed(now):
        raise LocalRefusal("\n".join(["the file has problems; nothing was sent:", *(f"  {each}" for each in problems)]))


def _content(source: BinaryIO) -> bytes:
    content = source.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise FileRefused(f"it has more than {_MOST_BYTES // 2**20} MiB")
    return content
