"""The sentence shown in place of the rows of an empty table."""

from pbtui.desk.blotter.own_orders import Tab
from pbtui.desk.formats.areas import area_name
from pbtui.desk.market.reading import Reading
from pbtui.desk.market.trades import Trades
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile

NOT_READ = "The orders have not been read yet."
TRADES_NOT_READ = "The trades have not been read yet."


def why_empty(view: DeskView | None, profile: Profile, tab: Tab, filter_text: str, clear_key: str, arrived: str) -> str:
    """Return why a tab without visible rows shows none: not read, filtered, out of the profile's bounds, or none.

    `clear_key` is the key that clears the filter; `arrived` says how much has come of the first read of the tab.
    """
    if view is None or view.link.read_s is None:
        if view is not None and view.link.failure:
            return f"{NOT_READ} {view.link.failure.error}"
        return f"{NOT_READ} {arrived}" if arrived else NOT_READ
    kind = tab.value.lower()
    count = len(view.blotter.rows(tab))
    if count:
        hidden = "the only order" if count == 1 else f"all {count} orders"
        return f"No {kind} order matches the filter {filter_text.strip()}: it hides {hidden}. {clear_key} clears it."
    if tab is not Tab.ACTIVE and view.past_count is not None:
        return f"No {kind} orders yet. Orders from before pbtui started are still being read. {arrived}".strip()
    bounds = _bounds(profile)
    if tab is Tab.ACTIVE and view.elsewhere:
        orders = "1 active order is" if view.elsewhere == 1 else f"{view.elsewhere} active orders are"
        return f"The bounds of the profile {profile.name} match no active order: {orders} outside {bounds}."
    gap = view.active_gap if tab is Tab.ACTIVE else view.inactive_gap
    shown = f" The profile {profile.name} shows only {bounds}; orders elsewhere are not listed." if bounds else ""
    return f"No {kind} orders.{shown}{f' The list is not complete: {gap}.' if gap else ''}"


def arrived_text(received_bytes: int, within_s: float) -> str:
    """Return how much of the first read has come: `1240 KB so far, 155 KB a second.`; empty in its first second."""
    count = received_bytes // 1000
    return f"{count} KB so far, {count / within_s:.0f} KB a second." if count and within_s >= 1 else ""


def past_text(past_count: int, within_s: float) -> str:
    """Return how many orders from before the start were read: `500 so far, 125 a second.`; empty as `arrived_text`."""
    return f"{past_count} so far, {past_count / within_s:.0f} a second." if past_count and within_s >= 1 else ""


def why_no_trades(reading: Reading[Trades], filter_text: str, clear_key: str) -> str:
    """Return why the tab of trades shows none: not read, not offered, filtered, or none.

    `clear_key` is the key that clears the filter.
    """
    trades = reading.value
    count = 0 if trades is None else len(trades.newest_first)
    if trades is None or (not count and reading.requested_s is None):
        return f"The trades are not known: {reading.problem}." if reading.problem else TRADES_NOT_READ
    if count:
        hidden = "the only trade" if count == 1 else f"all {count} trades"
        return f"No trade matches the filter {filter_text.strip()}: it hides {hidden}. {clear_key} clears it."
    gap = f" The list is not complete: {trades.gap}." if trades.gap else ""
    return f"No trades since the start of the trading day.{gap}"


def _bounds(profile: Profile) -> str:
    areas = f"delivery areas {', '.join(map(area_name, profile.delivery_areas))}" if profile.delivery_areas else ""
    portfolios = f"portfolios {', '.join(profile.portfolios)}" if profile.portfolios else ""
    return " and ".join(text for text in (areas, portfolios) if text)
