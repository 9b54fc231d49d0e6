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
        self._shown: News | None = None
        self.zone = zone
        """The one zone of all times on the screen, in which the board also shows the news."""

    @property
    def news(self) -> tuple[News, ...]:
        """All news kept, oldest first."""
        return tuple(self._news)

    def add(self, *news: News) -> None:
        """Keep the news of one moment, and show them; the gravest stays on the screen."""
        self.keep(*news)
        self.show(*news)

    def keep(self, *news: News) -> None:
        """Keep the news of one moment for the log, without showing them. Grave news are kept longest."""
        for each in gravest_last(news):
            self._news = [*_without(self._news, each), each]
            if len(self._news) > MAX_NEWS:
                oldest = (place for place, kept in enumerate(self._news) if kept.weight is not Weight.GRAVE)
                del self._news[next(oldest, 0)]

    def show(self, *news: News) -> None:
        """Show the news of one moment in the line, without keeping them for the log."""
        for each in gravest_last(news):
            self._unread = _without(self._unread, each)
            self._unread += [each] if each.weight is Weight.GRAVE else []
            self._unread = self._unread[-MAX_NEWS:]
            self._shown = each
        if news:
            self._show_newest(only_permanent=False)

    def mark_read(self) -> None:
        """Note that the trader saw all news, and show on the permanent line that none is unread."""
        self._unread = []
        self._show_newest(only_permanent=True)

    def show_in(self, zone: ZoneInfo) -> None:
        """Show times in this zone from now on."""
        self.zone = zone
        self._show_newest(only_permanent=True)

    def _show_newest(self, *, only_permanent: bool) -> None:
        newest = self._shown
        unread = sum(each is not newest for each in self._unread)
        for screen in self._app.screen_stack:
            for line in screen.query(NewsLine):
                if line.is_permanent or not only_permanent:
                    line.show_news(newest, self.zone, unread if line.is_permanent else 0)


def _without(kept: list[News], news: News) -> list[News]:
    """Return what is kept without what the news replaces."""
    return [other for other in kept if not news.about or other.about != news.about]
