"""Pane with the log of this run: news and alerts, newest first, each in full."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType

from pbtui.desk.formats.news import News, Weight
from pbtui.desk.formats.time_format import moment_text
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.reading_prompt import ReadingPrompt
from pbtui.ui.order.ticket_lines import hanging
from pbtui.ui.widgets.lines import Line, Piece
from pbtui.ui.widgets.news_line import WEIGHTS


class Part(StrEnum):
    """A part of the log."""

    ALL = "all"
    ALERTS = "alerts"
    PROBLEMS = "problems"

    def has(self, news: News) -> bool:
        """Return whether it is of this part."""
        if self is Part.ALERTS:
            return news.kind is not None
        return self is Part.ALL or news.weight is Weight.GRAVE


class NewsPane(ReadingPrompt[None]):
    """Shows news, which is given oldest first."""

    zone: ZoneInfo

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "dismiss(None)", "Close", show=False, id="desk.news"),
        Binding("L", "dismiss(None)", "Close", show=False, id="desk.log"),
        Binding("f", "narrow", "Alerts, problems, all", id="news.narrow"),
    ]

    def __init__(self, venue: Venue, news: Sequence[News], zone: ZoneInfo) -> None:
        super().__init__(venue)
        self._news = news
        self._part = Part.ALL
        self.zone = zone

    def head(self) -> Sequence[Piece]:
        """The title with the number of news."""
        if not self._news:
            return [("No news in this run yet", "title")]
        title = f"News and alerts of this run, newest first: {len(self._news)}"
        part = f"Only {self._part}: {len(self._shown)} of {len(self._news)}, newest first"
        return [(title if self._part is Part.ALL else part, "title")]

    def body(self, width: int) -> Sequence[Line]:
        """Each piece of news, wrapped to the right of its time and mark."""
        return [line for news in reversed(self._shown) for line in self._news_lines(news, width)]

    def action_narrow(self) -> None:
        """Show the alerts only, then the problems only, then all again."""
        parts = [*Part]
        self._part = parts[(parts.index(self._part) + 1) % len(parts)]
        self.pane.top = 0
        self.redraw()

    @property
    def _shown(self) -> Sequence[News]:
        return [news for news in self._news if self._part.has(news)]

    def _news_lines(self, news: News, width: int) -> Iterator[Line]:
        time, (mark, role) = f" {moment_text(news.at, self.zone)}", WEIGHTS[news.weight]
        first, *rest = hanging((time + mark, "label"), news.text(self.zone), width - 1, "text")
        yield [(time, "label"), (mark, role), *first[1:]]
        yield from rest
