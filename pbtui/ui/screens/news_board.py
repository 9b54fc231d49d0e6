"""Board of the news of this run: it keeps the news, and shows the newest on every screen that has a line for it."""

from typing import Any
from zoneinfo import ZoneInfo

from textual.app import App

from pbtui.desk.formats.news import News, Weight, gravest_last
from pbtui.ui.widgets.news_line import NewsLine

MAX_NEWS = 500


class NewsBoard:
    """The news of one application, oldest first. Dialogs show what arrives while they are open."""

    def __init__(self, app: App[Any], zone: ZoneInfo) -> None:
        self._app = app
        self._news: list[News] = []
        self._unread: list[News] = []
        self.zone = zone
        """The one zone of all times on the screen, in which the board also shows the news."""

    @property
    def news(self) -> tuple[News, ...]:
        """All news kept, oldest first."""
        return tuple(self._news)

    def add(self, *news: News) -> None:
        """Show the news of one moment; the gravest stays on the screen."""
        for each in gravest_last(news):
            self._put(each)
        if news:
            self._show_newest(only_permanent=False)

    def _put(self, news: News) -> None:
        if news.about:
            self._news = [other for other in self._news if other.about != news.about]
            self._unread = [other for other in self._unread if other.about != news.about]
        self._news = [*self._news, news][-MAX_NEWS:]
        if news.weight is Weight.GRAVE:
            self._unread = [*self._unread, news][-MAX_NEWS:]

    def mark_read(self) -> None:
        """Note that the trader saw all news, and show on the permanent line that none is unread."""
        self._unread = []
        self._show_newest(only_permanent=True)

    def show_in(self, zone: ZoneInfo) -> None:
        """Show times in this zone from now on."""
        self.zone = zone
        self._show_newest(only_permanent=True)

    def _show_newest(self, *, only_permanent: bool) -> None:
        newest = self._news[-1] if self._news else None
        unread = sum(each is not newest for each in self._unread)
        for screen in self._app.screen_stack:
            for line in screen.query(NewsLine):
                if line.is_permanent or not only_permanent:
                    line.show_news(newest, self.zone, unread if line.is_permanent else 0)
