"""The orders that a form or a preview leaves out, and why."""

from collections.abc import Iterator

from msgspec import Struct

from pbtui.ui.widgets.lines import Piece


class LeftOut(Struct, frozen=True):
    """Marked orders that are left out, and those that an undo can't put back.

    `hidden` is the number of marked orders that the filter hides, `gone` of those that left the tab. `why_not` has a
    sentence for each order of an undo.
    """

    hidden: int = 0
    gone: int = 0
    why_not: tuple[str, ...] = ()

    def heads(self) -> Iterator[Piece]:
        """Yield the numbers as sentences; the reasons of an undo stand elsewhere."""
        if self.why_not:
            yield f"Left out, can't be put back: {len(self.why_not)}, see below", "warning"
        for count, why in ((self.hidden, "hidden by the filter"), (self.gone, "that left the tab")):
            if count:
                yield f"Not included: {count} marked order{'' if count == 1 else 's'} {why}", "warning"
