"""The kill switch on its thread: what is left on the terminal, and what several threads may do to it at once."""

import random
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest

from pbtui.api.clock import steady_s
from pbtui.cli.desk import _finish_kill, desk_opener
from pbtui.cli.kill.opener import kill_opener
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.kill.progress import KillView, Phase
from pbtui.settings.key_text import Secret
from pbtui.settings.kill import KillAction
from pbtui.ui.threads import kill_thread
from pbtui.ui.threads.desk_thread import DeskThread
from pbtui.ui.threads.kill_state import KillState
from pbtui.ui.threads.kill_thread import KillThread
from tests.desk.kill.armed import live, writes
from tests.exchange import RunningExchange, eventually
from tests.ui.desk_under_test import a_profile

WITHIN_S = 30.0
THREADS, ROUNDS = 4, 25
FIRST_STEPS_S = 1.0
"""After that a kill has written its report: when it is then dismissed, it publishes a last view at once."""


@pytest.mark.parametrize(
    ("phase", "code"), [(Phase.UNKNOWN, 5), (Phase.REFUSED, 4), (Phase.VERIFYING, 5), (Phase.VERIFIED, 0)]
)
def test_the_phones_and_the_curl_line_stay_on_the_terminal(phase: Phase, code: int) -> None:
    profile = a_profile("https://host.example/acme/epex/v2/api")
    desk_thread = DeskThread(desk_opener(profile, lambda: Secret("a-key")), lambda: None)
    switch = KillThread(profile, kill_opener(profile, lambda: Secret("a-key")), desk_thread, lambda: None)
    plan = plan_for(profile)
    phones = ("exchange desk +43 1 2345",)
    view = KillView(phase=phase, plan=plan, fired=plan, headline="KILL", curl="curl -X PUT", phones=phones)
    switch.state = KillState(attempts=1, decided=1, view=view)
    said: list[str] = []
    assert _finish_kill(switch, profile, said.append) == code
    printed = "\n".join(said).splitlines()
    assert printed[0] == "KILL"
    assert ("call: exchange desk +43 1 2345" in printed) == (phase is not Phase.VERIFIED)
    assert ("curl -X PUT" in printed) == (phase is not Phase.VERIFIED)


# ---------------------------------------------------------------- several threads at once


@contextmanager
def kill_thread_at(exchange: RunningExchange, announce: Callable[[], None] = lambda: None) -> Iterator[KillThread]:
    """An open kill switch at this exchange; that its thread ends is part of each test."""
    profile = a_profile(exchange.base_url)

    def find_key() -> Secret:
        return Secret(exchange.keys["trader"])

    desk_thread = DeskThread(desk_opener(profile, find_key), lambda: None)
    switch = KillThread(profile, kill_opener(profile, find_key), desk_thread, announce)
    switch.start()
    try:
        yield switch
    finally:
        switch.dismiss(switch.state.attempts)
        with patch.object(kill_thread, "STOP_WITHIN_S", WITHIN_S):
            switch.finish()
    assert "kill switch" not in {thread.name for thread in threading.enumerate()}


def verified(switch: KillThread, attempt: int) -> bool:
    view = switch.state.view
    return view is not None and view.attempt == attempt and view.phase is Phase.VERIFIED


def test_a_view_that_is_being_published_while_its_kill_is_dismissed_is_not_shown_with_the_next_kill(
    exchange: RunningExchange,
) -> None:
    is_publishing, may_go_on = threading.Event(), threading.Event()
    shown: list[int] = []

    def announce() -> None:
        view = switch.state.view
        if view is None or threading.current_thread().name != "kill switch":
            return
        if is_publishing.is_set():
            shown.append(view.attempt)
        elif view.elapsed_s(steady_s()) > FIRST_STEPS_S:
            is_publishing.set()
            may_go_on.wait(WITHIN_S)

    plan = plan_for(a_profile(exchange.base_url), KillAction.DEACTIVATE_MINE)
    with kill_thread_at(exchange, announce) as switch:
        switch.fire(plan, "first")
        assert is_publishing.wait(WITHIN_S)
        switch.dismiss(1)
        assert switch.state.view is None
        switch.fire(plan, "second")
        may_go_on.set()
        eventually(lambda: verified(switch, 2))
    assert set(shown) == {2}


def test_firing_after_the_end_sends_nothing_and_says_so(exchange: RunningExchange) -> None:
    usual_switch_s = sys.getswitchinterval()
    with kill_thread_at(exchange) as switch:
        switch.finish()
        switch.fire(plan_for(a_profile(exchange.base_url)), "too late")
        assert str(switch.state.failure) == "pbtui is closing: nothing was sent"
        assert not switch.state.is_deciding
    assert sys.getswitchinterval() == usual_switch_s
    assert not writes(exchange)


def test_a_switch_whose_thread_cannot_be_started_says_so_and_opens_later(
    exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        with kill_thread_at(exchange) as switch:
            switch.fire_own("confirm")
            assert (str(switch.state.failure), switch.state.is_deciding) == ("can't start new thread", False)
            patched.undo()
            switch.fire_own("confirm")
            eventually(lambda: not live(exchange, "trader"))
            assert switch.state.failure is None


def test_dismissing_an_earlier_kill_does_not_end_a_newer_one(exchange: RunningExchange) -> None:
    plan = plan_for(a_profile(exchange.base_url), KillAction.DEACTIVATE_MINE)
    with kill_thread_at(exchange) as switch:
        switch.fire(plan, "first")
        seen = switch.state.attempts
        switch.fire(plan, "second")
        switch.dismiss(seen)
        eventually(lambda: verified(switch, 2))
        assert switch.state.is_fired
    assert not live(exchange, "trader")


def test_a_kill_is_sent_after_a_halt_was_lifted_that_no_kill_of_this_run_had_set(exchange: RunningExchange) -> None:
    plan = plan_for(a_profile(exchange.base_url), KillAction.DEACTIVATE_MINE)
    with kill_thread_at(exchange) as switch:
        switch.dismiss(0)
        switch.fire(plan, "after it")
        eventually(lambda: verified(switch, 1))
    assert writes(exchange)


def test_the_switch_interval_is_short_until_the_kill_has_a_verdict(exchange: RunningExchange) -> None:
    usual_s = sys.getswitchinterval()
    plan = plan_for(a_profile(exchange.base_url), KillAction.DEACTIVATE_MINE)
    exchange.faults(hold={"value": True, "methods": ["PUT"]})
    with kill_thread_at(exchange) as switch:
        switch.fire(plan, "first")
        assert sys.getswitchinterval() < usual_s
        exchange.faults()
        switch.fire(plan, "second")
        eventually(lambda: not switch.state.is_deciding)
        assert sys.getswitchinterval() == pytest.approx(usual_s)


@pytest.mark.parametrize("seed", [1, 2])
def test_threads_that_fire_and_dismiss_at_once_lose_no_attempt_and_leave_no_kill_behind(
    exchange: RunningExchange, seed: int
) -> None:
    usual_s = sys.getswitchinterval()
    plan = plan_for(a_profile(exchange.base_url), KillAction.DEACTIVATE_MINE)
    torn: list[KillState] = []
    fired: list[int] = []

    def look() -> None:
        state = switch.state
        is_stale = state.view is not None and not state.dismissed < state.view.attempt <= state.attempts
        if is_stale or not max(state.dismissed, state.decided) <= state.attempts:
            torn.append(state)

    def press(number: int) -> None:
        choice = random.Random(f"{seed} {number}")  # noqa: S311 - it is to be the same each time
        together.wait(WITHIN_S)
        for _ in range(ROUNDS):
            if choice.random() < 0.5:
                switch.fire(plan, "pressed")
                fired.append(number)
            else:
                switch.dismiss(switch.state.attempts)
                switch.let_go()
            look()

    together = threading.Barrier(THREADS)
    with kill_thread_at(exchange, look) as switch:
        threads = [threading.Thread(target=press, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WITHIN_S)
        switch.fire(plan, "last")
        assert switch.state.attempts == len(fired) + 1
        eventually(lambda: verified(switch, len(fired) + 1))
        eventually(lambda: not switch.state.is_deciding)
    assert not torn
    assert not live(exchange, "trader")
    assert switch.state.view is None
    assert not switch.state.is_fired
    assert sys.getswitchinterval() == pytest.approx(usual_s)
