"""One list of the exchange as far as it was read, with the decoded elements by their bytes."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

from pbtui.api.clock import steady_s, utc_now
from pbtui.api.reads.client import ListRead, Unavailable
from pbtui.api.structs import replace
from pbtui.desk.market.polling.paging import ListCourse, Page, Window

T = TypeVar("T")
ReadPage = Callable[[Window], Awaitable[ListRead[Any] | Unavailable]]


class ElementList(Generic[T]):
    """A list that is read page by page, each element decoded once.

    `known` has the elements of the newest whole reading, and of those since. `problem` says why the newest page brought
    nothing, `is_offered` whether the server offers the list to this key.
    """

    def __init__(self, first: datetime, read_page: ReadPage, time_of: Callable[[T], datetime | None]) -> None:
        self.course = ListCourse(first)
        self.known: dict[bytes, Any] = {}
        self.problem = ""
        self.is_offered = True
        self._read_page = read_page
        self._time_of = time_of
        self._in_whole: dict[bytes, Any] = {}

    @property
    def is_needed(self) -> bool:
        """Return whether a reading without the list is not complete: it is offered, or was."""
        return self.is_offered or self.course.finished is not None

    async def next_page(self) -> list[T] | Unavailable:
        """Read the next page and return its elements. Raises OrdersApiError."""
        window = self.course.window(utc_now(), steady_s())
        self.course = replace(self.course, present=window)
        found = await self._read_page(window)
        if isinstance(found, Unavailable):
            return found
        self.problem, self.is_offered = "", True
        return self._taken(found)

    def _taken(self, read: ListRead[Any]) -> list[T]:
        window, elements = self.course.present, read.elements
        slices = dict(elements.slices)
        self.known.update(slices)
        self._in_whole.update(slices)
        total = read.answer.total_count
        unreadable = len(elements.unreadable)
        gap = read.page_gap or (f"{unreadable} elements could not be read" if unreadable else "")
        found: list[T] = list(elements.readable)
        times = [at for at in map(self._time_of, found) if at is not None]
        page = Page(elements.received, total if isinstance(total, int) else None, gap)
        self.course = self.course.with_page(page, times)
        if self.course.present is None:
            if window is not None and window.is_whole:
                self.known = self._in_whole
            self._in_whole = {}
        return found

    def failed(self, problem: str, *, is_offered: bool) -> None:
        """Note why a page brought nothing. The window under way is abandoned."""
        self.problem, self.is_offered = problem, is_offered
        self.abandon()

    def abandon(self) -> None:
        """Forget the window under way: a page of it failed, or was cancelled."""
        self.course, self._in_whole = self.course.abandoned(), {}
