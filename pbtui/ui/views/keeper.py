"""Keeps the saved views of one desk: reads them once, and writes each change on another thread."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from pbtui.api.structs import replace
from pbtui.desk.storage.places import owner_of
from pbtui.settings.profiles import Profile
from pbtui.ui.views.file import keep_views, read_views
from pbtui.ui.views.layout import Layout, SavedViews

NOT_KEPT = "views are kept in this run only"


class ViewKeeper:
    """The saved views. `say` shows the trader a sentence, `start` runs a coroutine in the background."""

    def __init__(self, profile: Profile, say: Callable[[str], None], start: Callable[[Any], object]) -> None:
        self._profile = profile
        self._say = say
        self._start = start
        self._saved = SavedViews()
        self._changes: list[Callable[[SavedViews], SavedViews]] = []
        self._is_writing = False
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
            problem = f"{NOT_KEPT}: {error}"
        if problem:
            self._say(problem)
        return self._saved.last

    def remember(self, layout: Layout) -> None:
        """Keep the present layout for the next start."""
        if layout != self._saved.last:
            self._change(lambda saved: replace(saved, last=layout))

    def save(self, name: str, layout: Layout) -> None:
        """Keep a layout under a name, in place of an earlier one."""
        self._change(lambda saved: replace(saved, named=dict(sorted({**saved.named, name: layout}.items()))))

    def delete(self, name: str) -> None:
        """Forget the layout of this name."""
        self._change(
            lambda saved: replace(saved, named={key: each for key, each in saved.named.items() if key != name})
        )

    def _change(self, change: Callable[[SavedViews], SavedViews]) -> None:
        self._saved = change(self._saved)
        if self._can_write:
            self._changes.append(change)
            if not self._is_writing:
                self._is_writing = True
                self._start(self._write())

    async def _write(self) -> None:
        try:
            while self._changes:
                changes, self._changes = self._changes, []
                await asyncio.to_thread(keep_views, owner_of(self._profile), partial(_after, changes))
        except OSError as error:
            self._can_write = False
            self._say(f"{NOT_KEPT}: {error}")
        finally:
            self._is_writing = False


def _after(changes: Sequence[Callable[[SavedViews], SavedViews]], saved: SavedViews) -> SavedViews:
    for change in changes:
        saved = change(saved)
    return saved
