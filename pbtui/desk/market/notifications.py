"""Messages of market operations that the desk has read: each once, the newest first, and which of them are new."""

from collections.abc import Hashable, Iterable
from datetime import UTC, datetime, timedelta

from pbtui.api.reads.market import Notification
from pbtui.desk.market.reading import Reading

Notifications = tuple[Notification, ...]

RECENT = timedelta(minutes=15)
"""A message that is not older is new to a desk that has just been opened."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def sent_at(notification: Notification) -> datetime | None:
    """Return when the message reached the server, or when the exchange sent it; None if neither is stated."""
    return notification.api_timestamp or notification.exchange_timestamp


def merged(known: Notifications, found: Iterable[Notification]) -> Notifications:
    """Return all messages, each once; one without id and text says nothing. It is the same object if nothing is new."""
    by_key = {_key(each): each for each in (*known, *found) if each.msg_id or each.text}
    if len(by_key) == len(known):
        return known
    return tuple(sorted(by_key.values(), key=lambda each: sent_at(each) or _LONG_AGO, reverse=True))


def announced(before: Reading[Notifications], after: Reading[Notifications]) -> Notifications:
    """Return the messages that are new since an earlier reading, the oldest first.

    Of the first reading only the recent ones are: the desk of a trader does not begin with the news of the morning.
    """
    if after.value is None or after.value is before.value:
        return ()
    known = {_key(each) for each in before.value or ()}
    new = [each for each in reversed(after.value) if _key(each) not in known]
    if before.value is None and after.read_at is not None:
        since = after.read_at - RECENT
        new = [each for each in new if (sent_at(each) or _LONG_AGO) >= since]
    return tuple(new)


def _key(notification: Notification) -> Hashable:
    """Return the identity of a message. Its id alone does not identify it: a server may count from the start again."""
    if not notification.msg_id:
        return notification
    return notification.msg_id, notification.exchange_timestamp, notification.text
