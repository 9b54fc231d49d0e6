"""The sentence shown in place of the rows of an empty table."""

from pbtui.desk.blotter.own_orders import Tab
from pbtui.desk.formats.areas import area_name
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile

NOT_READ = "The orders have not been read yet."


def why_empty(view: DeskView | None, profile: Profile, tab: Tab, filter_text: str) -> str:
    """Return why a tab without visible rows shows none: not read, filtered, out of the profile's bounds, or none."""
    if view is None:
        return NOT_READ
    if view.link.read_s is None:
        return f"{NOT_READ} {view.link.failure.error}" if view.link.failure else NOT_READ
    kind = tab.value.lower()
    count = len(view.blotter.rows(tab))
    if count:
        hidden = "the only order" if count == 1 else f"all {count} orders"
        return f"No {kind} order matches the filter {filter_text.strip()}: it hides {hidden}. esc clears it."
    bounds = _bounds(profile)
    if tab is Tab.ACTIVE and view.elsewhere:
        orders = "1 active order is" if view.elsewhere == 1 else f"{view.elsewhere} active orders are"
        return f"The bounds of the profile {profile.name} match no active order: {orders} outside {bounds}."
    gap = view.active_gap if tab is Tab.ACTIVE else view.inactive_gap
    shown = f" The profile {profile.name} shows only {bounds}; orders elsewhere are not listed." if bounds else ""
    return f"No {kind} orders.{shown}{f' The list is not complete: {gap}.' if gap else ''}"


def _bounds(profile: Profile) -> str:
    areas = f"delivery areas {', '.join(map(area_name, profile.delivery_areas))}" if profile.delivery_areas else ""
    portfolios = f"portfolios {', '.join(profile.portfolios)}" if profile.portfolios else ""
    return " and ".join(text for text in (areas, portfolios) if text)
