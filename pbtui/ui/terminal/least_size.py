"""The least size of a terminal in which the desk can be read."""

from textual.geometry import Size

LEAST = Size(30, 8)


def is_too_small(terminal: Size) -> bool:
    """Return whether the columns of an order do not fit into a terminal of this size."""
    return terminal.width < LEAST.width or terminal.height < LEAST.height
