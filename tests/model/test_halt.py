"""The model: with all rules nothing breaks in any state; without one of them something does."""

import pytest

from tests.model.explore import explore
from tests.model.halt import Kill, Rules


def test_no_interleaving_of_two_desks_and_a_kill_breaks_an_invariant() -> None:
    found = explore(Rules())
    assert found.fault == ""
    assert {Kill.VERIFIED, Kill.DOUBT} <= found.kills
    assert found.states > 2000


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        (Rules(locks=False), "(e) desk 0 sends what was registered while the halt held"),
        (Rules(counts=False), "(f) VERIFIED, but at the second read a send could still land"),
        (Rules(counts_again=False), "(f) VERIFIED, but at the second read a send could still land"),
    ],
)
def test_each_rule_is_needed(rules: Rules, fault: str) -> None:
    assert explore(rules).fault == fault


def test_the_counter_example_of_check_then_send() -> None:
    """`test_without_the_lock_a_halt_misses_a_send` in tests/desk/team/test_postgres.py does it on a real PostgreSQL."""
    assert explore(Rules(locks=False)).way == (
        "desk 0 begins to register",
        "desk 0 sees no halt",
        "the halt finds the open sends",
        "the halt is committed",
        "desk 0 commits its registration",
        "desk 0 learns that it is registered",
        "desk 0 sends",
    )
