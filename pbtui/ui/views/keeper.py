"""Keeps the saved views of one desk, which other desks share: reads them, and writes each change on another thread."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from pbtui.api.structs import replace
from pbtui.desk.storage.places import owner_of
from pbtui.desk.storage.problem import problem_of
from pbtui.settings.profiles import Profile
from pbtui.ui.views.file import keep_views, read_views
from pbtui.ui.views.layout import Layout, SavedViews

_Change = Callable[[SavedViews], SavedViews]
NOT_KEPT = "views are kept in this run only"


class ViewKeeper:
    """The saved views. `say` shows the trader a sentence, `start` runs a coroutine in the background."""

    def __init__(self, profile: Profile, say: Callable[[str], None], start: Callable[[Any], object]) -> None:
        self._profile = profile
        self._say = say
        self._start = start
        self._saved = SavedViews()
        self._changes: list[_Change] = []
        """The changes that are not on the disk yet."""
        self._replaced: set[str] = set()
        """Names of views that were not saved, because another desk has saved one of that name."""
        self._is_writing = False
        self._is_free = asyncio.Lock()
        """Held while the file is read or written: no read comes between a write and the note that it was made."""
        self._can_write = False

    @property
    def named(self) -> Mapping[str, Layout]:
        """The saved views, by name."""
        return self._saved.named

    async def read(self) -> Layout | None:
        """Read the file; return the layout that the last desk had, if there was one."""
        try:
            self._saved, problem = await asyncio.to_thread(read_views, owner_of(self._profile))
            self._can_write = True
        except OSError as error:
            problem = f"{NOT_KEPT}: {problem_of(error)}"
        if problem:
            self._say(problem)
        return self._saved.last

    async def read_again(self) -> Mapping[str, Layout]:
        """Read what other desks have saved since, and return the saved views by name."""
        if self._can_write:
            try:
                async with self._is_free:
                    found, problem = await asyncio.to_thread(read_views, owner_of(self._profile))
                    self._saved = _after(self._changes, found)
            except OSError as error:
                problem = f"the saved views can't be read again: {problem_of(error)}"
            if problem:
                self._say(problem)
        return self.named

    def remember(self, layout: Layout) -> None:
        """Keep the present layout for the next start."""
        if layout != self._saved.last:
            self._change(lambda saved: replace(saved, last=layout))

    def save(self, name: str, layout: Layout) -> None:
        """Keep a layout under a name. It replaces the one that this desk knows, never a newer one of another desk."""
        self._change(partial(self._put, name, layout, self.named.get(name)))

    def _put(self, name: str, layout: Layout, known: Layout | None, saved: SavedViews) -> SavedViews:
        found = saved.named.get(name)
        if found not in (None, known, layout):
            self._replaced.add(name)
            return saved
        return replace(saved, named=dict(sorted({**saved.named, name: layout}.items())))

    def delete(self, name: str) -> None:
        """Forget the layout of this name."""
        self._change(
            lambda saved: replace(saved, named={key: each for key, each in saved.named.items() if key != name})
        )

    def _change(self, change: _Change) -> None:
        self._saved = change(self._saved)
        if self._can_write:
            self._changes.append(change)
            if not self._is_writing:
                self._is_writing = True
                self._start(self._write())

    async def _write(self) -> None:
        try:
            while self._changes:
                async with self._is_free:
                    changes = tuple(self._changes)
                    kept = await asyncio.to_thread(keep_views, owner_of(self._profile), partial(_after, changes))
                    del self._changes[: len(changes)]
                    self._saved = _after(self._changes, kept)
                self._say_replaced()
        except OSError as error:
            self._can_write = False
            self._say(f"{NOT_KEPT}: {problem_of(error)}")
        finally:
            self._is_writing = False

    def _say_replaced(self) -> None:
        names, self._replaced = sorted(self._replaced), set()
        for name in names:
            self._say(f"view {name} is not saved: another desk has saved one of this name meanwhile")


def _after(changes: Sequence[_Change], saved: SavedViews) -> SavedViews:
    for change in changes:
        saved = change(saved)
    return saved
