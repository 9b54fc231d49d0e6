"""Short names of delivery areas, as texts."""

from pbtui.settings.areas import AREAS


def area_name(eic: str) -> str:
    """Return the short name of an area; its code if it has none here."""
    return AREAS.get(eic, eic)


def area_words(eic: str) -> str:
    """Return the short name with the code in brackets; the code if the area has no short name here."""
    return f"{AREAS[eic]} ({eic})" if eic in AREAS else eic
