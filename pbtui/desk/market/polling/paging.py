"""Lists that are read page by page: from which time on a reading begins, when it is finished, what it missed.

A list is read from its start once, and again every WHOLE_EVERY_S: an old element may have changed, as a recalled trade
does, or was reported late. Between these, a reading begins OVERLAP before the newest element that is known.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pbtui.api.reads.pages import is_last_page
from pbtui.api.structs import replace

MOST_PAGES = 100
OVERLAP = timedelta(minutes=10)
WHOLE_EVERY_S = 300.0
LONGEST_WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its number of elements, the length of the whole list (None: not stated), and a reason for a gap."""

    received: int
    total: int | None
    gap: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """One reading of a list, from `start` on. `requested_s` and `read_at` are the request of its first page."""

    start: datetime
    is_whole: bool
    requested_s: float
    read_at: datetime
    received: int = 0
    pages: int = 0
    is_finished: bool = False
    gap: str = ""

    def with_page(self, page: Page) -> "Window":
        """Return the window after one more page."""
        received, pages = self.received + page.received, self.pages + 1
        gap = self.gap or page.gap
        is_last = is_last_page(page.received, received, page.total)
        if is_last and page.total is not None and received < page.total:
            gap = gap or f"the server sent {received} of {page.total}"
        if not is_last and pages == MOST_PAGES:
            is_last, gap = True, gap or f"only the first {received} were read"
        return replace(self, received=received, pages=pages, is_finished=is_last, gap=gap)


@dataclass(frozen=True, slots=True)
class ListCourse:
    """State of the reading of a list. `first` is the time from which on its elements are wanted.

    `finished` is the newest finished window, `present` the one under way. `gap` says what is missing in the list.
    """

    first: datetime
    newest: datetime | None = None
    whole: Window | None = None
    finished: Window | None = None
    present: Window | None = None

    def window(self, now: datetime, now_s: float) -> Window:
        """Return the window under way, or a new one that is requested now."""
        if self.present is not None:
            return self.present
        is_whole = self.whole is None or self.newest is None or not 0 <= now_s - self.whole.requested_s < WHOLE_EVERY_S
        start = max(self.first, now - LONGEST_WINDOW)
        if not is_whole and self.newest is not None and (newest := min(self.newest, now)) - start > OVERLAP:
            start = newest - OVERLAP  # there is no time before the year 1
        return Window(start, is_whole, now_s, now)

    def with_page(self, page: Page, times: Iterable[datetime]) -> "ListCourse":
        """Return the course after the next page of the window under way, whose elements have these times."""
        if self.present is None:
            return self
        newest = max((*times, *(() if self.newest is None else (self.newest,))), default=None)
        window = self.present.with_page(page)
        if not window.is_finished:
            return replace(self, newest=newest, present=window)
        whole = window if window.is_whole else self.whole
        return replace(self, newest=newest, whole=whole, finished=window, present=None)

    def abandoned(self) -> "ListCourse":
        """Return the course without the window under way: a page of it failed."""
        return replace(self, present=None)

    @property
    def gap(self) -> str:
        """Reason why elements may be missing; empty if none are."""
        windows = (self.whole, self.finished)
        return next((window.gap for window in windows if window is not None and window.gap), "")
