"""Messages of market operations: each once, and new only once."""

from datetime import UTC, datetime, timedelta

from pbtui.api.reads.market import Notification
from pbtui.api.structs import replace
from pbtui.desk.market.notifications import RECENT, Notifications, announced, merged
from pbtui.desk.market.reading import Reading

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def a_message(number: int, *, minutes_ago: float = 0.0) -> Notification:
    return Notification(msg_id=f"{number}", text="halt", api_timestamp=NOW - timedelta(minutes=minutes_ago))


def reading(*messages: Notification) -> Reading[Notifications]:
    return Reading(messages, NOW, 0.0)


def test_each_message_is_kept_once_the_newest_first() -> None:
    old, new = a_message(1, minutes_ago=5), a_message(2)
    known = merged((), [old])
    assert merged(known, [new, old]) == (new, old)
    assert merged(known, [old, Notification(api_timestamp=NOW)]) is known


def test_a_message_with_the_id_of_an_earlier_one_is_another_message() -> None:
    old, text = a_message(1, minutes_ago=5), replace(a_message(1), text="resumed")
    again = replace(a_message(1), exchange_timestamp=NOW)
    assert set(merged((old,), [text, again])) == {old, text, again}
    assert announced(reading(old), reading(again, text, old)) == (text, again)


def test_a_message_is_announced_once_the_oldest_first() -> None:
    first, second, third = a_message(1, minutes_ago=3), a_message(2, minutes_ago=2), a_message(3)
    before, after = reading(first), reading(third, second, first)
    assert announced(before, after) == (second, third)
    assert announced(after, after) == ()
    assert announced(before, Reading()) == ()


def test_of_the_first_reading_only_recent_messages_are_announced() -> None:
    recent, old = a_message(1), a_message(2, minutes_ago=RECENT.total_seconds() / 60 + 1)
    undated = Notification(msg_id="3", text="halt")
    assert announced(Reading(), reading(recent, old, undated)) == (recent,)
