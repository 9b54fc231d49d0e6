"""News for the trader: one sentence about what happened, with its time and its importance."""

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from pbtui.api.clock import utc_now
from pbtui.desk.formats.time_format import in_zone
from pbtui.settings.alerts import AlertKind


class Weight(StrEnum):
    """Importance of a piece of news. GRAVE means that the trader has to act or to look."""

    FINE = "fine"
    NOTABLE = "notable"
    GRAVE = "grave"

    @property
    def rank(self) -> int:
        """Rank by importance; the most important has the highest."""
        return list(Weight).index(self)


class News(Struct, frozen=True):
    """One sentence. News with the same `about` replaces the earlier one, as each step of a batch does.

    `words` is the sentence, or gives it with its deliveries in a zone. Other times in it are in UTC. `kind` is that of
    the alert that it belongs to; None if it is no alert.
    """

    words: str | Callable[[ZoneInfo], str]
    weight: Weight
    at: datetime = field(default_factory=utc_now)
    about: str = ""
    kind: AlertKind | None = None

    def text(self, zone: ZoneInfo) -> str:
        """Return the sentence with all times in this zone."""
        return in_zone(self.words if isinstance(self.words, str) else self.words(zone), zone)


def gravest_last(news: Iterable[News]) -> list[News]:
    """Return the news of one moment, the gravest last: the last one stays on the screen."""
    return sorted(news, key=lambda each: each.weight.rank)
