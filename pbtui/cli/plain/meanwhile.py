"""News since the session said something last: alerts, results of tickets, the halt, notes. No clock."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from pbtui.api.sanitize import safe_text
from pbtui.desk.alerts.alert import by_way
from pbtui.desk.alerts.follow import Seen, follow
from pbtui.desk.formats.news import News
from pbtui.desk.formats.time_format import in_zone
from pbtui.desk.news_sentences import ABOUT_FILL
from pbtui.desk.view import DeskView
from pbtui.settings.alerts import AlertKind, AlertSettings, Way

MOST_KEPT = 10


class Meanwhile:
    """Follows the views of the desk at the moments when something may be said. `kept` are the last sentences."""

    def __init__(self, rules: AlertSettings, zone: ZoneInfo) -> None:
        self._rules = rules
        self._zone = zone
        self._seen = Seen()
        self._halt: str | None = None
        self._notes: frozenset[str] = frozenset()
        self._fills: set[str] = set()
        self.kept: deque[str] = deque(maxlen=MOST_KEPT)

    def take(
        self,
        view: DeskView,
        now: datetime,
        now_s: float,
        *,
        known: Collection[str] = (),
        without: Collection[AlertKind] = (),
    ) -> list[str]:
        """Return what is new, in the sequence to say it. `now_s` is on the steady clock.

        The results of the tickets with the tokens `known` were said already, and alerts `without` these kinds are said
        in another way.
        """
        step = follow(self._seen, view, self._rules, now, now_s)
        self._seen = step.seen
        results = [news for news in step.results if _token(news) not in known]
        news = by_way(Way.LINE, step.alerts, results, self._rules)
        said = [in_zone(text, self._zone) for text in (*self._about_halt(view), *self._new_notes(view))]
        new = self._without_repeats(news)
        said += [each.text(self._zone) for each in new if each.kind is None or each.kind not in without]
        self.kept.extend(said)
        return said

    def _without_repeats(self, news: Iterable[News]) -> Iterator[News]:
        """Leave out fills that came before, now with their price: a second line would say a second fill."""
        for each in news:
            if each.about not in self._fills:
                yield each
            if each.about.startswith(ABOUT_FILL):
                self._fills.add(each.about)

    def _about_halt(self, view: DeskView) -> Iterator[str]:
        before, self._halt = self._halt, "" if view.halted is None else view.halted.words
        if before is not None and self._halt != before:
            yield f"HALTED: {self._halt}" if self._halt else "The halt is lifted; no order was activated by that"

    def _new_notes(self, view: DeskView) -> Iterator[str]:
        before, self._notes = self._notes, frozenset(view.notes)
        yield from (safe_text(note) for note in view.notes if note not in before)


def _token(news: News) -> str:
    return news.about.partition(" ")[0]
