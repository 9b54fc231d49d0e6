"""The contrast of texts with the grounds that they are drawn on, as WCAG 2 measures it."""

from collections.abc import Mapping

from textual.color import Color

LEAST_RATIO = 3.0
"""The least ratio of a text and its ground: that of WCAG 2 for large text and for parts of a user interface."""
TEXTS = ("foreground", "label", "dim", "buy", "sell", "warning", "error", "success", "accent")
"""Colours of texts, which are drawn on each of GROUNDS."""
GROUNDS = ("background", "surface", "panel", "cursor")
DRAWN = (
    *((text, ground) for text in TEXTS for ground in GROUNDS),
    ("foreground", "changed"),
    ("background", "error"),
    ("background", "accent"),
    ("primary", "surface"),
)
"""All pairs of a text and a ground: the last are changed cells, alarms, staged steps, and the titles of forms."""


def contrast(one: str, other: str) -> float:
    """Return the ratio of two colours: 1 for the same colour, 21 for black on white."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def unreadable(colors: Mapping[str, str]) -> str:
    """Return which text of these colours has too little contrast, the worst of them; empty if all can be read."""
    ratio, text, ground = min((contrast(colors[text], colors[ground]), text, ground) for text, ground in DRAWN)
    if ratio >= LEAST_RATIO:
        return ""
    return (
        f"{text} {colors[text]} on {ground} {colors[ground]} can't be read: its contrast is {ratio:.1f}:1, and must be "
        f"{LEAST_RATIO:.0f}:1 or more"
    )


def _luminance(color: str) -> float:
    parts = [part / 255 for part in Color.parse(color).rgb]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
