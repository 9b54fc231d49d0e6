"""How far a kill is, in one line."""

from datetime import UTC, datetime

from pbtui.api.structs import replace
from pbtui.cli.kill.output import progress_words
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.kill.progress import KillCall, KillView, Phase
from tests.ui.desk_under_test import a_profile

FIRED_AT = datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_the_progress_says_what_was_answered_and_what_is_active() -> None:
    plan = plan_for(a_profile("https://host.example/acme/epex/v2/api"))
    asked = KillCall("PUT", "/orders/list", "deactivate", FIRED_AT, 0.1)
    view = KillView(
        phase=Phase.FIRING,
        plan=plan,
        fired=plan,
        headline="KILL",
        started_at=FIRED_AT,
        started_steady_s=100.0,
        calls=(asked,),
    )
    assert progress_words(view, 108.0) == "  8.0 s: 0 of 1 requests answered, reading which orders are active"

    lost = replace(asked, ended_s=5.0, end="timeout")
    answered = replace(asked, method="GET", ended_s=10.0, status=200)
    view = replace(view, calls=(asked, lost, answered), active=38)
    assert progress_words(view, 112.0) == "  12 s: 1 of 3 requests answered, the last 2.0 s ago, 38 orders active"
