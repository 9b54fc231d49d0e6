"""Pane with the news of this run, newest first, each in full."""

from collections.abc import Iterator, Sequence
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType

from pbtui.desk.formats.news import News
from pbtui.desk.formats.time_format import moment_text
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.reading_prompt import ReadingPrompt
from pbtui.ui.order.ticket_lines import hanging
from pbtui.ui.widgets.lines import Line, Piece
from pbtui.ui.widgets.news_line import WEIGHTS


class NewsPane(ReadingPrompt[None]):
    """Shows news, which is given oldest first."""

    zone: ZoneInfo

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "dismiss(None)", "Close", show=False, id="news.close"),
    ]

    def __init__(self, venue: Venue, news: Sequence[News], zone: ZoneInfo) -> None:
        super().__init__(venue)
        self._news = news
        self.zone = zone

    def head(self) -> Sequence[Piece]:
        """The title with the number of news."""
        if not self._news:
            return [("No news in this run yet", "title")]
        return [(f"News of this run, newest first: {len(self._news)}", "title")]

    def body(self, width: int) -> Sequence[Line]:
        """Each piece of news, wrapped to the right of its time and mark."""
        return [line for news in reversed(self._news) for line in self._news_lines(news, width)]

    def _news_lines(self, news: News, width: int) -> Iterator[Line]:
        time, (mark, role) = f" {moment_text(news.at, self.zone)}", WEIGHTS[news.weight]
        first, *rest = hanging((time + mark, "label"), news.text(self.zone), width - 1, "text")
        yield [(time, "label"), (mark, role), *first[1:]]
        yield from rest
