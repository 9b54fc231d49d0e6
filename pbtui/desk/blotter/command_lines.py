"""The command lines of pbtui that list or export what a tab shows, with its filter."""

from datetime import datetime
from zoneinfo import ZoneInfo

from pbtui.desk.blotter.own_orders import Tab
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.filters.cursor_word import without_cursor
from pbtui.desk.formats.filters.language import quoted
from pbtui.desk.formats.time_input import typed_moment
from pbtui.settings.profiles import Profile
from pbtui.settings.shell_command import shell_command

_LISTED = {Tab.ACTIVE: "", Tab.DEACTIVATED: "state=deactivated", Tab.RECENT: "state=gone"}
_EXPORTED = {Tab.ACTIVE: "!state=deactivated", Tab.DEACTIVATED: "state=deactivated"}
"""The term for the orders of a tab among those that the command reads."""


def list_command(profile: Profile, tab: Tab, text: str, contract: str) -> str:
    """Return the `pbtui orders` that lists what the tab shows; empty for the demo, which no other program knows.

    `text` is a valid filter of orders, and `contract` what the word `contract` in it means.
    """
    wanted = without_cursor(text, contract, _LISTED[tab], _areas(profile))
    inactive = () if tab is Tab.ACTIVE else ("--no-active-only",)
    return shell_command(profile, "orders", *inactive, *([f"--filter={wanted}"] if wanted else []))


def trades_command(profile: Profile, since: datetime, text: str, contract: str) -> str:
    """Return the `pbtui trades` that lists the trades from this time on; empty for the demo.

    `text` is a valid filter of trades, and `contract` what the word `contract` in it means.
    """
    wanted = without_cursor(text, contract, _areas(profile))
    window = f"--from-execution-time={typed_moment(since, ZoneInfo(profile.market_timezone))}"
    return shell_command(profile, "trades", window, "--no-active-only", *([f"--filter={wanted}"] if wanted else []))


def export_command(profile: Profile, tab: Tab, text: str, contract: str) -> str:
    """Return the `pbtui export` that writes what the tab shows; empty also for orders that stand no longer."""
    if tab not in _EXPORTED:
        return ""
    wanted = without_cursor(text, contract, _EXPORTED[tab])
    return shell_command(profile, "export", *(["--"] if wanted.startswith("-") else []), wanted)


def _areas(profile: Profile) -> str:
    """Return the term for the areas of the profile: a command reads all areas."""
    return f"area={','.join(map(quoted, map(area_name, profile.delivery_areas)))}" if profile.delivery_areas else ""
