"""What happened in one run, in order: the log that two runs of one seed share to the byte."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

STORY_LINES = 10


@dataclass(frozen=True)
class Violation:
    """A broken invariant: its letter in docs/determinism.md, and what was seen."""

    invariant: str
    what: str
    at_s: float

    def __str__(self) -> str:
        return f"({self.invariant}) at {self.at_s:.3f} s: {self.what}"


class Story:
    """The log of one run, and the faults and violations seen in it."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self.lines: list[str] = []
        self.faults: set[str] = set()
        self.seen: Counter[str] = Counter()
        """How often a desk said what."""
        self.violations: list[Violation] = []
        self._ends: list[int] = []

    def note(self, who: str, what: str) -> None:
        """Add a line."""
        self.lines.append(f"{self._now_s():12.6f}  {who:<8} {what}")

    def fault(self, name: str) -> None:
        """Note that a fault happened."""
        self.faults.add(name)

    def violation(self, invariant: str, what: str) -> None:
        """Note a broken invariant; the same words once."""
        if not any((seen.invariant, seen.what) == (invariant, what) for seen in self.violations):
            self.violations.append(Violation(invariant, what, self._now_s()))
            self.note("OBSERVER", f"({invariant}) {what}")
            self._ends.append(len(self.lines))

    def last_lines(self) -> list[str]:
        """The lines up to the first violation, at most ten."""
        end = self._ends[0] if self._ends else len(self.lines)
        return self.lines[max(end - STORY_LINES, 0) : end]

    @property
    def content(self) -> bytes:
        """The log as bytes."""
        return "\n".join(self.lines).encode()

    @property
    def digest(self) -> str:
        """A hash of the log."""
        return hashlib.sha256(self.content).hexdigest()[:16]
