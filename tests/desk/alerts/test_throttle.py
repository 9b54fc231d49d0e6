"""A storm of alerts: a way is used once in its time, and no alert is lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pbtui.desk.alerts.alert import Alert, summary
from pbtui.desk.alerts.throttle import Throttle
from pbtui.desk.formats.news import News, Weight
from pbtui.desk.formats.time_format import UTC_ZONE
from pbtui.settings.alerts import AlertKind


def an_alert(text: str, weight: Weight = Weight.NOTABLE) -> Alert:
    return Alert.of(AlertKind.FILL, [News(text, weight)])


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 3)), max_size=20))
def test_each_alert_goes_once_and_never_too_soon(moments: list[tuple[int, float]]) -> None:
    throttle, now_s, last_s = Throttle(5.0), 0.0, -5.0
    gone: list[Alert] = []
    came: list[Alert] = []
    for number, rest_s in [*moments, (0, 6.0)]:
        now_s += rest_s
        new = [an_alert(f"{len(came) + place}") for place in range(number)]
        came += new
        throttle, due = throttle.after(new, now_s)
        if due:
            assert now_s - last_s >= 5.0
            last_s = now_s
        gone += due
    assert gone == came


def test_several_alerts_are_one_sentence_with_their_number_and_the_gravest() -> None:
    alerts = [an_alert("a"), an_alert("gone wrong", Weight.GRAVE), an_alert("c")]
    assert summary(alerts, UTC_ZONE) == "3 alerts: gone wrong"
    assert summary(alerts[:1], UTC_ZONE) == "a"


def test_what_may_not_go_waits() -> None:
    throttle, due = Throttle(5.0).after([an_alert("a")], 0.0, may_go=False)
    assert due == ()
    assert [alert.news.text(UTC_ZONE) for alert in throttle.after([], 0.1)[1]] == ["a"]
