"""News between two views of the desk, in the sequence in which they are shown."""

from collections.abc import Iterator

from pbtui.desk.formats.news import News
from pbtui.desk.market.notifications import announced
from pbtui.desk.market.reading import Reading
from pbtui.desk.market.trades import recalled_since
from pbtui.desk.news import downtime_news, news, notification_news, order_event_news, recall_news
from pbtui.desk.view import DeskView


def news_between(before: DeskView | None, view: DeskView) -> Iterator[News]:
    """Yield what is new in a view; `before` is the one shown last, None if this is the first."""
    last_event = before.events[-1].number if before is not None and before.events else 0
    earlier = None if before is None else before.exchange
    yield from notification_news(
        announced(Reading() if earlier is None else earlier.notifications, view.exchange.notifications)
    )
    yield from downtime_news(
        () if earlier is None else earlier.downtimes.value or (), view.exchange.downtimes.value or ()
    )
    yield from recall_news(recalled_since(Reading() if earlier is None else earlier.trades, view.exchange.trades))
    yield from news(() if before is None else before.all_tickets, view.all_tickets)
    yield from order_event_news([event for event in view.events if event.number > last_event])
