"""The passages of a text that have been on the screen, however often it is folded anew meanwhile."""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import NamedTuple

from pbtui.ui.widgets.lines import Line


class Passage(NamedTuple):
    """Lines that are read together. `name` is the same at every width.

    `words` begin the sentence that says where the rest of them is, such as `more of the order is`.
    """

    name: str
    words: str
    first: int
    height: int


class Block(NamedTuple):
    """Lines of a text about one thing, of a kind. The first `deciding` lines must be read; all, if it is None."""

    kind: str
    lines: Sequence[Line]
    deciding: int | None = None


def passages_of(blocks: Iterable[Block], kind: str, most: int, *, alone: str) -> Sequence[Passage]:
    """Return the first passages of this kind. The only one is called `alone`, such as `the warning`."""
    passages, place, numbers = list[Passage](), 0, count(1)
    for block in blocks:
        if block.kind == kind:
            name = f"{kind} {next(numbers)}"
            height = len(block.lines) if block.deciding is None else block.deciding
            passages.append(Passage(name, f"more of {name} is", place, height))
        if len(passages) > most:
            break
        place += len(block.lines)
    return [passages[0]._replace(words=f"more of {alone} is")] if len(passages) == 1 else passages[:most]


class Progress:
    """Keeps what has been on the screen. A passage that was there once, at any width, stays read."""

    def __init__(self) -> None:
        self._read = set[str]()
        self._lines: dict[tuple[str, int], set[int]] = {}
        """Lines of each passage that were seen, by its name and how many lines it had."""

    def look(self, passages: Iterable[Passage], top: int, height: int) -> None:
        """Note that so many lines from `top` are on the screen."""
        for passage in passages:
            shown = set(range(top - passage.first, top - passage.first + height)) & set(range(passage.height))
            seen = self._lines.setdefault((passage.name, passage.height), set())
            seen |= shown
            if len(seen) == passage.height:
                self._read.add(passage.name)

    def unread(self, passages: Iterable[Passage]) -> Passage | None:
        """Return what is left of the first of these that has not been on the screen completely; None if all have."""
        passage = next((each for each in passages if each.name not in self._read), None)
        if passage is None:
            return None
        seen = self._lines.get((passage.name, passage.height), ())
        left = [line for line in range(passage.height) if line not in seen]
        return passage._replace(first=passage.first + left[0], height=len(left))
