"""Partial updates that begin where the change begins.

Textual crops a changed span only at its right end: for a price that changes on the right of the table it also sends the
whole row before it, half a kilobyte for one figure.

Private parts: `textual._compositor` with `Compositor.render_partial_update` and the `chops`, `spans` and `chop_ends` of
`ChopsUpdate`. Without the module, screens keep Textual's compositor; without a field of the update, Textual's update is
sent. Either costs bytes and draws the same.
"""

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor

from pbtui.ui.terminal.private_parts import has_parts


class SpanCompositor(Compositor):
    """Textual's compositor, with updates that hold the changed spans and nothing else."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """The update, or None if nothing changed."""
        update = super().render_partial_update()
        if update is None or not has_parts(update, "chops", "spans", "chop_ends", instead="more is sent than changed"):
            return update
        return SpanUpdate(update.chops, update.spans, update.chop_ends)


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
