"""What happened in one run, in order: the log that two runs of one seed share to the byte."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

STORY_LINES = 10


@dataclass(frozen=True)
class Violation:
    """A broken invariant: its letter in docs/determinism.md, and what was seen."""

    invariant: str
    what: str
    at_s: float
    line_no: int

    def __str__(self) -> str:
        return f"({self.invariant}) at {self.at_s:.3f} s: {self.what}"


@dataclass
class Story:
    """The log of one run, the faults and violations seen in it, and how often a desk said what."""

    lines: list[str] = field(default_factory=list)
    faults: set[str] = field(default_factory=set)
    seen: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)

    def last_lines(self) -> list[str]:
        """The lines up to the first violation, at most ten."""
        end = self.violations[0].line_no if self.violations else len(self.lines)
        return self.lines[max(end - STORY_LINES, 0) : end]

    @property
    def content(self) -> bytes:
        """The log as bytes."""
        return "\n".join(self.lines).encode()

    @property
    def digest(self) -> str:
        """A hash of the log."""
        return hashlib.sha256(self.content).hexdigest()[:16]


class Chronicler:
    """Writes the story of a run, until it is closed."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self.story = Story()
        self._is_closed = False

    def close(self) -> None:
        """Take in nothing more."""
        self._is_closed = True

    def note(self, who: str, what: str) -> None:
        """Add a line."""
        if not self._is_closed:
            self.story.lines.append(f"{self._now_s():12.6f}  {who:<8} {what}")

    def fault(self, name: str) -> None:
        """Note that a fault happened."""
        if not self._is_closed:
            self.story.faults.add(name)

    def says(self, what: str) -> None:
        """Count what a desk says."""
        if not self._is_closed:
            self.story.seen[what] += 1

    def violation(self, invariant: str, what: str) -> None:
        """Note a broken invariant; the same words once."""
        if self._is_closed or any((seen.invariant, seen.what) == (invariant, what) for seen in self.story.violations):
            return
        self.note("OBSERVER", f"({invariant}) {what}")
        self.story.violations.append(Violation(invariant, what, self._now_s(), len(self.story.lines)))
