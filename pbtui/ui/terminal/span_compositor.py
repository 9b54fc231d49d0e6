"""Partial updates that begin where the change begins.

Textual crops a changed span on its right only: a price that changes on the right of the table would send the whole
row before it again, half a kilobyte for one figure.
"""

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor


class SpanCompositor(Compositor):
    """Textual's compositor, with updates that hold the changed spans and nothing else."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """The update, or None if nothing changed."""
        update = super().render_partial_update()
        return None if update is None else SpanUpdate(update.chops, update.spans, update.chop_ends)


class SpanUpdate(ChopsUpdate):
    """The changed spans of the screen as terminal sequences."""

    def render_segments(self, console: Console) -> str:
        """Each piece of each span, after a move to where it begins."""
        sequences: list[str] = []
        for y, first, last in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=True):
                start, stop = max(x, first), min(end, last)
                if strip is not None and start < stop:
                    sequences.append(Control.move_to(start, y).segment.text)
                    sequences.append(strip.crop(start - x, stop - x).render(console))
        return "".join(sequences)
