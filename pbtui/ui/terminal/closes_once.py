"""A screen that closes itself only, and only once.

`Screen.dismiss` closes whatever is on top. A key that is pressed twice, faster than the screen is drawn, would also
close the screen below: a half-filled form, or the desk.
"""

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import Screen

T = TypeVar("T")


class ClosesOnce(Screen[T]):
    """A screen that ignores `dismiss` while it is covered or after it was closed."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close this screen and return the result to its caller."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
