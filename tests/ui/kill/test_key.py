"""The kill key in the thread that reads the keys: what it does itself, and what it leaves to the screen."""

import pytest

from pbtui.cli.desk import desk_opener
from pbtui.cli.kill.opener import kill_opener
from pbtui.settings.key_text import Secret
from pbtui.settings.kill import KillGuard
from pbtui.ui.kill.controls import KillControls
from pbtui.ui.kill.key import GRACE_S, REST_S, KillKey, Step
from pbtui.ui.terminal.input import NOISE, QUIET_S, TORN
from pbtui.ui.threads.desk_thread import DeskThread
from pbtui.ui.threads.kill_thread import KillThread
from tests.ui.desk_under_test import a_profile

F9 = ("f9",)


def pressed(key: KillKey, *presses: tuple[str, float]) -> list[Step]:
    """What follows from keys at these seconds, one a piece of input, and from the silence after the last."""
    steps: list[Step | None] = []
    for name, at_s in presses:
        steps += [key.tick(at_s), *key.read([name], F9, at_s)]
    steps.append(key.tick(presses[-1][1] + QUIET_S))
    return [step for step in steps if step is not None]


def test_the_keys_halt_and_fire_while_the_screen_shows_nothing() -> None:
    key = KillKey(KillGuard.CONFIRM)
    assert pressed(key, ("f9", 0), ("k", REST_S)) == [Step.HALT, Step.FIRE]
    assert not key.claim()
    assert pressed(key, ("k", 2)) == []


@pytest.mark.parametrize(
    "presses",
    [
        [("f9", 0.0), ("k", 0.08)],
        [("f9", 0.0), ("k", 0.2), ("k", 0.4), ("k", 0.6)],
        [("f9", 0.0), ("tab", 1.0), ("k", 2.0)],
        [("f9", 0.0), ("paste", 1.0), ("k", 2.0)],
        [("f9", 0.0), ("enter", 1.0)],
    ],
)
def test_a_burst_or_another_key_does_not_fire(presses: list[tuple[str, float]]) -> None:
    key = KillKey(KillGuard.CONFIRM)
    assert pressed(key, *presses) == [Step.HALT]
    assert key.tick(60) is None
    assert pressed(key, ("f9", 70.0), ("k", 70.5)) == [Step.FIRE]


def test_another_fire_key_fires_in_place_of_the_usual_one() -> None:
    key = KillKey(KillGuard.CONFIRM, ("f", "F"))
    assert pressed(key, ("f9", 0), ("k", 1.0), ("f", 2.0)) == [Step.HALT]
    key.let_go()
    assert pressed(key, ("f9", 10.0), ("f", 11.0)) == [Step.HALT, Step.FIRE]


def test_escape_lifts_the_halt() -> None:
    key = KillKey(KillGuard.CONFIRM)
    assert pressed(key, ("f9", 0), ("escape", 0.1), ("k", 1)) == [Step.HALT, Step.LET_GO]
    assert not key.claim()


def test_a_new_prompt_pauses_before_a_key_fires() -> None:
    key = KillKey(KillGuard.CONFIRM)
    pressed(key, ("f9", 0))
    key.show(1)
    assert pressed(key, ("k", 1.2)) == []
    assert pressed(key, ("k", 2)) == [Step.FIRE]
    assert not key.claim(), "it would be fired twice"

    pressed(key, ("f9", 10))
    key.show(10)
    assert key.claim()
    assert pressed(key, ("k", 11)) == [], "it would be fired twice"


def test_escape_on_a_prompt_is_for_the_prompt() -> None:
    key = KillKey(KillGuard.CONFIRM)
    pressed(key, ("f9", 0))
    key.show(0)
    assert pressed(key, ("escape", 1), ("k", 2)) == []


def test_a_key_in_another_prompt_does_not_fire() -> None:
    key = KillKey(KillGuard.CONFIRM)
    pressed(key, ("f9", 0))
    key.show(0)
    key.hold()
    pressed(key, ("f9", 1), ("k", 2))
    assert key.tick(60) is None
    assert key.claim(), "the prompt itself still may"


def test_the_countdown_fires_once_and_escape_stops_it() -> None:
    key = KillKey(KillGuard.GRACE)
    pressed(key, ("f9", 0), ("f9", 1.9))
    assert key.grace_s(0.5) == GRACE_S - 0.5
    assert key.tick(1.99) is None
    assert key.tick(GRACE_S) is Step.FIRE
    assert key.tick(GRACE_S) is None
    pressed(key, ("f9", 10))
    key.show(0)
    pressed(key, ("escape", 11.4))
    assert key.tick(20) is None


def test_the_typed_guard_needs_a_typed_word() -> None:
    key = KillKey(KillGuard.TYPED)
    assert pressed(key, ("f9", 0), ("k", 1)) == [Step.HALT]
    assert key.tick(60) is None


@pytest.mark.parametrize(
    "piece",
    [["4", "f9", "k"], [*"side:buy", "f9"], ["f9", *"yes", "enter", "k"], ["f9", "escape"], ["paste", "f9"]],
)
@pytest.mark.parametrize("guard", [KillGuard.CONFIRM, KillGuard.GRACE])
def test_the_kill_key_among_other_keys_halts_and_neither_fires_nor_counts_down(
    guard: KillGuard, piece: list[str]
) -> None:
    key = KillKey(guard)
    assert key.read(piece, F9, 0) == [Step.HALT]
    assert key.grace_s(0) is None
    assert pressed(key, ("k", 1)) == []
    assert key.tick(60) is None
    assert key.claim(), "the prompt still may"


@pytest.mark.parametrize("guard", [KillGuard.CONFIRM, KillGuard.GRACE])
def test_a_kill_key_that_came_in_pieces_halts_and_starts_no_countdown_and_the_fire_key_counts(
    guard: KillGuard,
) -> None:
    key = KillKey(guard)
    assert key.read(["f9", TORN], F9, 0) == [Step.HALT]
    assert key.grace_s(0) is None
    assert key.tick(60) is None
    assert pressed(key, ("k", 61)) == [Step.FIRE]


def test_a_kill_key_that_came_in_pieces_does_not_stop_the_countdown_of_another() -> None:
    key = KillKey(KillGuard.GRACE)
    key.read(["f9"], F9, 0)
    key.read(["f9", TORN], F9, 1)
    assert key.tick(GRACE_S) is Step.FIRE


def test_keys_in_one_piece_do_not_fire() -> None:
    key = KillKey(KillGuard.CONFIRM)
    assert key.read(["f9", "k"], F9, 0) == [Step.HALT]
    assert key.read(["k", "k"], F9, 1) == []
    assert key.read(["k", "f9"], F9, 2) == []
    assert key.read(["k"], F9, 3) == []
    assert key.tick(3 + QUIET_S) is Step.FIRE


@pytest.mark.parametrize("follower", [["i"], ["k"], ["escape"], ["paste"], [NOISE], ["f9"]])
def test_a_fire_key_that_something_follows_does_not_fire(follower: list[str]) -> None:
    key = KillKey(KillGuard.CONFIRM)
    pressed(key, ("f9", 0))
    assert key.read(["k"], F9, 1) == []
    assert key.tick(1 + QUIET_S / 2) is None
    key.read(follower, F9, 1 + QUIET_S / 2)
    assert key.tick(1 + 2 * QUIET_S) is None
    assert key.input_ended() is None


def test_a_fire_key_that_a_torn_sequence_follows_does_not_fire_and_the_next_does() -> None:
    key = KillKey(KillGuard.CONFIRM)
    pressed(key, ("f9", 0))
    key.read(["k"], F9, 1)
    key.input_began()
    assert key.tick(1 + QUIET_S) is None
    assert pressed(key, ("k", 2)) == [Step.FIRE]


@pytest.mark.parametrize("piece", [[NOISE, "k"], ["k", NOISE]])
def test_a_fire_key_beside_an_answer_of_the_terminal_does_not_fire_and_a_later_one_does(piece: list[str]) -> None:
    key = KillKey(KillGuard.CONFIRM)
    pressed(key, ("f9", 0))
    assert key.read(piece, F9, 1) == []
    assert key.tick(2) is None
    assert pressed(key, (NOISE, 3), ("k", 3.2)) == []
    assert pressed(key, ("k", 4)) == [Step.FIRE]


def test_a_fire_key_fires_at_once_if_the_input_ends_after_it() -> None:
    key = KillKey(KillGuard.CONFIRM)
    pressed(key, ("f9", 0))
    key.read(["k"], F9, 1)
    assert key.input_ended() is Step.FIRE
    assert key.tick(2) is None


def test_only_escape_stops_the_countdown() -> None:
    key = KillKey(KillGuard.GRACE)
    assert pressed(key, ("f9", 0), ("down", 0.5), ("paste", 1.0), ("k", 1.1)) == [Step.HALT]
    assert key.tick(GRACE_S) is Step.FIRE


def test_keys_after_the_kill_key_do_not_reach_the_screen() -> None:
    profile = a_profile("https://host.example/acme/epex/v2/api")
    desk_thread = DeskThread(desk_opener(profile, lambda: Secret("a-key")), lambda: None)
    switch = KillThread(profile, kill_opener(profile, lambda: Secret("a-key")), desk_thread, lambda: None)
    controls = KillControls(profile, desk_thread, switch, ("f12", "f9"))
    assert controls.keys_read([*"side:buy", "f9", "x", "y", "enter"]) == len("side:buy") + 1
    assert controls.keys_read([*"side:buy"]) == len("side:buy")
