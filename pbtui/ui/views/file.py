"""The file with the saved views of a profile. A file that is not one is set aside, and never stops the desk."""

from collections.abc import Callable

import msgspec
from msgspec.structs import astuple

from pbtui.api.clock import utc_now
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import Owner, views_file
from pbtui.ui.views.layout import SavedViews

_MOST_BYTES = 2**20


def read_views(owner: Owner) -> tuple[SavedViews, str]:
    """Return the saved views of a profile, and what the trader has to know; empty if nothing.

    Raises OSError if the file can't be read: what is in it must not be written over.
    """
    path = views_file(owner)
    try:
        content = disk().read(path, _MOST_BYTES)
    except FileNotFoundError:
        return SavedViews(), ""
    try:
        found = msgspec.json.decode(content, type=SavedViews)
        _require_printable(found)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError) as error:
        aside = path.with_name(f"{path.name}.{utc_now():%Y%m%dT%H%M%SZ}.broken")
        disk().move(path, aside)
        return SavedViews(), f"the saved views can't be read ({error}); the file is now {aside}"
    return found, ""


def keep_views(owner: Owner, change: Callable[[SavedViews], SavedViews]) -> SavedViews:
    """Change the saved views as they are on the disk now, and return them: another desk may have written them.

    Raises OSError.
    """
    before, _ = read_views(owner)
    after = change(before)
    if after != before:
        disk().write_whole(views_file(owner), msgspec.json.format(msgspec.json.encode(after), indent=1))
    return after


def _require_printable(value: object) -> None:
    """Raise ValueError for a text that can't be shown as it is."""
    if isinstance(value, str) and not value.isprintable():
        raise ValueError("a text in it contains a character that does not print")
    if isinstance(value, msgspec.Struct):
        value = astuple(value)
    if isinstance(value, dict):
        value = (*value.keys(), *value.values())
    if isinstance(value, tuple):
        for part in value:
            _require_printable(part)
