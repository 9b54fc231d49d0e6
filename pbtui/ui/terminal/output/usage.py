"""Bytes sent to the terminal, by cause."""

from collections import Counter
from collections.abc import Mapping, Sequence

MODES, MARKS, QUESTIONS = "terminal modes", "marks of frames", "questions whether the terminal is there"


class Usage:
    """Counts what is sent. `skipped` are pictures that the line was too slow for: a newer one took their place."""

    def __init__(self) -> None:
        self.by_cause: Counter[str] = Counter()
        self.frames = 0
        self.skipped = 0

    def add(self, sizes: Mapping[str, int]) -> None:
        """Count these numbers of bytes by cause."""
        self.by_cause.update(sizes)
        self.by_cause = +self.by_cause

    def lines(self) -> Sequence[str]:
        """The table, the largest number first."""
        total = self.by_cause.total()
        frames = f"{self.frames} frames, {self.skipped} skipped because the line was slow"
        rows = [f"{size:>10}  {cause}" for cause, size in self.by_cause.most_common()]
        return [f"Bytes sent to the terminal: {total} in {frames}", *rows]
