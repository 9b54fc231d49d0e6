"""The state of a kill in words: one source for the bar, the message line, the prompt and the report."""

import pytest

from pbtui.api.structs import replace
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.kill.progress import KillView, Phase
from pbtui.ui.kill.standing import standing
from pbtui.ui.threads.kill_state import KillState
from tests.ui.desk_under_test import a_profile

PLAN = plan_for(a_profile("https://host.example/acme/epex/v2/api"))
FAILURE = OSError("no certificate in ca.pem")


def a_view(phase: Phase, *, attempt: int = 1, verified_s: float | None = None) -> KillView:
    return KillView(
        phase=phase, plan=PLAN, fired=PLAN, headline=f"KILL {phase}", attempt=attempt, verified_s=verified_s
    )


def test_nothing_is_said_before_a_kill_and_after_it_was_dismissed() -> None:
    assert standing(KillState()) is None
    assert standing(KillState(failure=FAILURE)) is None
    assert standing(KillState(attempts=1, dismissed=1)) is None


@pytest.mark.parametrize("earlier", [None, Phase.VERIFIED, Phase.FIRING])
def test_a_switch_that_can_not_be_opened_sends_nothing_and_nothing_goes_on(earlier: Phase | None) -> None:
    attempts = 1 if earlier is None else 2
    view = None if earlier is None else a_view(earlier)
    now = standing(KillState(attempts=attempts, decided=attempts, view=view, failure=FAILURE))
    assert now is not None
    assert (now.word, now.role, now.going_on) == ("NOT SENT", "alarm", "")
    assert now.failure == "OSError: no certificate in ca.pem"


@pytest.mark.parametrize("phase", [Phase.FIRING, Phase.VERIFYING])
def test_a_kill_that_an_error_stopped_does_not_go_on(phase: Phase) -> None:
    state = KillState(attempts=1, view=a_view(phase))
    running, stopped = standing(state), standing(replace(state, decided=1, failure=FAILURE))
    assert running is not None
    assert stopped is not None
    assert (running.headline, running.going_on) == (f"KILL {phase}", "kill")
    assert (stopped.word, stopped.role, stopped.going_on) == ("STOPPED", "alarm", "")


def test_a_watch_goes_on_until_an_error_stops_it() -> None:
    state = KillState(attempts=1, decided=1, view=a_view(Phase.VERIFIED, verified_s=1.0))
    verified, stopped = standing(state), standing(replace(state, failure=FAILURE))
    assert verified is not None
    assert stopped is not None
    assert (verified.word, verified.role, verified.going_on) == ("VERIFIED", "good", "watch")
    assert (stopped.word, stopped.going_on) == ("VERIFIED", "")
    assert stopped.failure


@pytest.mark.parametrize(
    ("areas", "word"),
    [(("10YDE-RWENET---I",), "VERIFIED in AMP"), (("10Y1001A1001A82H", "10YFR-RTE------C"), "VERIFIED in scope")],
)
def test_the_word_of_a_bounded_kill_has_its_bounds(areas: tuple[str, ...], word: str) -> None:
    plan = replace(PLAN, delivery_areas=areas)
    view = replace(a_view(Phase.VERIFIED, verified_s=1.0), plan=plan, fired=plan)
    now = standing(KillState(attempts=1, decided=1, view=view))
    assert now is not None
    assert now.word == word


def test_the_result_of_an_earlier_attempt_is_not_that_of_a_newer_one() -> None:
    now = standing(KillState(attempts=2, decided=1, view=a_view(Phase.VERIFIED), failure=FAILURE))
    assert now is not None
    assert (now.word, now.going_on) == ("FIRING", "kill")
