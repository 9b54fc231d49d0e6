"""The file with the saved views of a profile. A file that is not one is set aside, and never stops the desk."""

import errno
from collections.abc import Callable
from contextlib import closing

import msgspec
from msgspec.structs import astuple

from pbtui.api.clock import utc_now
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import Owner, views_file, views_lock
from pbtui.ui.views.layout import SavedViews

_MOST_BYTES = 2**20
_LOCK_WITHIN_S = 5.0
_TOO_LARGE = f"it has more than {_MOST_BYTES} bytes"


class _NoViews(ValueError):
    """The content of the file is none of saved views; the message says why."""


def read_views(owner: Owner) -> tuple[SavedViews, str]:
    """Return the saved views of a profile, and what the trader has to know; empty if nothing.

    Raises OSError if the file can't be read: what is in it must not be written over.
    """
    try:
        return _read(owner), ""
    except _NoViews:
        with closing(disk().open_shared(views_lock(owner), _LOCK_WITHIN_S)):
            return _read_or_set_aside(owner)  # another desk may have set it aside meanwhile, and written a new one


def keep_views(owner: Owner, change: Callable[[SavedViews], SavedViews]) -> SavedViews:
    """Change the saved views as they are on the disk now, and return them: another desk may have written them.

    Desks do this one after the other. Raises OSError.
    """
    with closing(disk().open_shared(views_lock(owner), _LOCK_WITHIN_S)):
        before, _ = _read_or_set_aside(owner)
        after = change(before)
        if after != before:
            content = msgspec.json.format(msgspec.json.encode(after), indent=1)
            if len(content) > _MOST_BYTES:
                raise OSError(errno.EFBIG, _TOO_LARGE)
            disk().write_whole(views_file(owner), content)
        return after


def _read(owner: Owner) -> SavedViews:
    """Return the saved views. Raises _NoViews or OSError."""
    try:
        found = msgspec.json.decode(disk().read(views_file(owner), _MOST_BYTES), type=SavedViews)
        _require_printable(found)
    except FileNotFoundError:
        return SavedViews()
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise
        raise _NoViews(_TOO_LARGE) from None
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise _NoViews(error) from None
    return found


def _read_or_set_aside(owner: Owner) -> tuple[SavedViews, str]:
    """As `read_views`, while the lock is held."""
    try:
        return _read(owner), ""
    except _NoViews as error:
        path = views_file(owner)
        aside = path.with_name(f"{path.name}.{utc_now():%Y%m%dT%H%M%SZ}.broken")
        disk().move(path, aside)
        return SavedViews(), f"the saved views can't be read ({error}); the file is now {aside}"


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
