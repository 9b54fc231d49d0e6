"""The journal lines of a profile that the store does not have yet, in the order in which they were written.

The head has that order, over the files of all programs of the profile: so lines of earlier runs, of commands and of
kills are among them.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pbtui.desk.journal.head import HeadLine, next_line, read_head_line
from pbtui.desk.journal.line import LineUnreadable, line_hash, read_line
from pbtui.desk.storage.disk import MOST_BYTES, disk
from pbtui.desk.storage.places import Owner, journal_folder, journal_head
from pbtui.desk.team.journal.confirmed import Confirmed, Refusal
from pbtui.desk.team.journal.searchable import Searchable, searchable

_MOST_LINES = 100
_MOST_BYTES_OF_PART = 2**18
_FILES_KEPT = 8


class Place(NamedTuple):
    """A place in the head: behind a line, at this size in bytes."""

    newest: HeadLine | None
    size: int


class Part(NamedTuple):
    """Lines of one run that follow each other.

    `run` is the hash of its first line, `opening` the facts of that. `first` is the number of the first line here.
    `done` is the place that is reached with them.
    """

    file: Path
    run: str
    opening: Mapping[str, Any]
    first: int
    lines: tuple[bytes, ...]
    words: tuple[Searchable, ...]
    done: Place


class Skipped(NamedTuple):
    """A line that can't be brought. `refusal` is None if the file was refused already."""

    done: Place
    refusal: Refusal | None


class _Wanted(NamedTuple):
    """A line to bring. Its hash is None if the head does not have it."""

    file: str
    line: int
    hash: str | None
    place: Place


class Pending:
    """Reads them one part after the other, beginning behind what is confirmed. Methods raise OSError."""

    def __init__(self, owner: Owner, confirmed: Confirmed) -> None:
        self._owner = owner
        self._read_to = self._done = Place(confirmed.newest, confirmed.size)
        self._refused = {refusal.file for refusal in confirmed.refused}
        self._waiting: deque[_Wanted] = deque()
        self._files: dict[str, _Lines] = {}

    def next(self) -> Part | Skipped | None:
        """The next part, or a line that can't be brought; None if nothing waits. To be called again after an end."""
        if not self._waiting:
            self._read_head()
        if not self._waiting:
            return None
        name = self._waiting[0].file
        if name in self._refused:
            return Skipped(self._pop(), None)
        file = self._file(name)
        part = self._part(file)
        if isinstance(part, Part):
            return part
        self._refused.add(name)
        return Skipped(self._pop(), Refusal(name, *part))

    def refuse(self, refusal: Refusal) -> None:
        """Leave out what follows in a file: the store has refused a line."""
        self._refused.add(refusal.file)

    # ------------------------------------------------------------ the head

    def _read_head(self) -> None:
        lines = self._appended()
        if lines and not _follows(lines[0][0], self._read_to.newest):
            self._read_to = self._done = Place(None, 0)  # another head: all is brought again
            lines = self._appended()
        for line, size in lines:
            if line is not None:
                self._read_to = Place(line, size)
                self._waiting += _wanted(line, self._read_to)

    def _appended(self) -> list[tuple[HeadLine | None, int]]:
        """The lines behind the place that was read to, each with the size of the head at its end."""
        try:
            content, size = disk().read_from(journal_head(self._owner), self._read_to.size, MOST_BYTES)
        except FileNotFoundError:
            return []
        found = []
        for line in content.split(b"\n")[:-1]:
            size += len(line) + 1
            found.append((read_head_line(line), size))
        return found

    def _pop(self) -> Place:
        """Take the first one that waits; return the place that is reached without the others."""
        place = self._waiting.popleft().place
        if not self._waiting or self._waiting[0].place != place:
            self._done = place
        return self._done

    # ------------------------------------------------------------ the files

    def _part(self, file: "_Lines") -> Part | tuple[int, str]:
        """The part that waits first, or the number of a line that can't be brought and the reason."""
        first = self._waiting[0]
        lines: list[bytes] = []
        words: list[Searchable] = []
        done = self._done
        while self._waiting and len(lines) < _MOST_LINES and sum(map(len, lines)) < _MOST_BYTES_OF_PART:
            wanted = self._waiting[0]
            if (wanted.file, wanted.line) != (first.file, first.line + len(lines)):
                break
            found = _checked(file.line(wanted.line), wanted.hash)
            if isinstance(found, str) and not lines:
                file.begin_again()  # what was read may have been cut back since: the disk or the head had failed
                found = _checked(file.line(wanted.line), wanted.hash)
            if isinstance(found, str):
                if not lines:
                    return wanted.line, found
                break
            line, word = found
            lines.append(line)
            words.append(word)
            done = self._pop()
        return Part(file.path, file.run, file.opening, first.line, tuple(lines), tuple(words), done)

    def _file(self, name: str) -> "_Lines":
        if name not in self._files:
            self._files[name] = _Lines(journal_folder(self._owner) / name)
            for other in list(self._files)[:-_FILES_KEPT]:
                del self._files[other]
        return self._files[name]


def _follows(line: HeadLine | None, before: HeadLine | None) -> bool:
    """Return whether the head goes on with this line behind the place that is confirmed; its beginning always does."""
    if before is None:
        return True
    if line is None:
        return False
    return line == next_line(before, line.anchor, is_new_run=line.runs > before.runs, adopted=line.adopted)


def _wanted(line: HeadLine, place: Place) -> Iterator[_Wanted]:
    """The journal lines that a line of the head is about: with one that was taken over, all that came before it."""
    for number in range(1 if line.adopted else line.line, line.line + 1):
        yield _Wanted(line.file, number, line.hash if number == line.line else None, place)


def _checked(line: bytes | None, known_hash: str | None) -> tuple[bytes, Searchable] | str:
    """The line and its words, or why it can't be brought."""
    if line is None:
        return "it is missing in the file"
    if known_hash not in (None, line_hash(line)):
        return "it was changed after it was written"
    try:
        return line, searchable(read_line(line))
    except LineUnreadable as error:
        return f"it {error}"


class _Lines:
    """The lines of a file, one after the other. One that was read already is looked for from the beginning."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run = ""
        self.opening: Mapping[str, Any] = {}
        self.begin_again()

    def begin_again(self) -> None:
        """Read the file anew with the next line."""
        self._end = self._count = 0
        self._rest: deque[tuple[int, bytes]] = deque()

    def line(self, number: int) -> bytes | None:
        """The line with this number, counted from 1; None if it is not there."""
        if number <= self._count - len(self._rest):
            self.begin_again()
        if number > self._count:
            self._read()
        while self._rest and self._rest[0][0] < number:
            self._rest.popleft()
        return self._rest.popleft()[1] if self._rest else None

    def _read(self) -> None:
        try:
            content, begin = disk().read_from(self.path, self._end, MOST_BYTES)
        except FileNotFoundError:
            return
        if begin != self._end:
            self.begin_again()  # it became shorter
        *lines, torn = content.split(b"\n")
        self._end += len(content) - len(torn)
        for line in lines:
            self._count += 1
            self._rest.append((self._count, line))
            if self._count == 1:
                self._note_first(line)

    def _note_first(self, line: bytes) -> None:
        self.run = line_hash(line)
        try:
            self.opening = read_line(line).facts
        except LineUnreadable:
            self.opening = {}
