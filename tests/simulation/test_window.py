"""A fixed window of seeds breaks no invariant, the same seed gives the same bytes, and a fault put in is found."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from pbtui.desk.kill.plan import KillPlan
from tests.simulation.__main__ import failure_lines
from tests.simulation.known import KNOWN, unexpected
from tests.simulation.run import Run, run

WINDOW = 200
PART = 25
WITHOUT = frozenset(KNOWN)
PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("first", range(0, WINDOW, PART))
def test_the_window_has_kills_and_faults_and_breaks_no_invariant(first: int) -> None:
    ended = [run(seed, WITHOUT) for seed in range(first, first + PART)]
    broken = [one for one in ended if unexpected(one.story.violations)]
    assert not broken, "\n".join(line for one in broken for line in failure_lines(one, WITHOUT))
    assert any(one.story.seen["kill VERIFIED"] for one in ended)
    assert any(one.story.seen["CONFIRMED"] for one in ended)
    assert len(set().union(*(one.story.faults for one in ended))) > 6


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, second = run(7), run(7)
    assert first.story.content == second.story.content
    assert first.story.content != run(8).story.content


def test_the_same_seed_gives_the_same_bytes_in_another_process() -> None:
    """With another order of sets, and with the known faults in it."""
    command = [sys.executable, "-m", "tests.simulation", "--seed", "7"]
    logs = [
        subprocess.run(
            command,
            cwd=PROJECT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=False,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    ]
    assert logs[0] == logs[1]
    assert run(7).story.digest.encode() in logs[0]


def first_broken(seeds: range, invariant: str) -> Run | None:
    """The first run of these seeds that breaks that invariant."""
    runs: Iterator[Run] = (run(seed, WITHOUT) for seed in seeds)
    return next((ended for ended in runs if any(v.invariant == invariant for v in ended.story.violations)), None)


def test_a_desk_without_a_gate_is_found() -> None:
    with patch("pbtui.desk.desk.halt_gate", lambda *_: lambda _call, enters: None):
        assert first_broken(range(15, 60), "e") is not None


def test_a_kill_that_overlooks_orders_is_found() -> None:
    covers = KillPlan.covers
    with patch.object(KillPlan, "covers", lambda plan, order: covers(plan, order) and order.side == "BUY"):
        assert first_broken(range(5, 60), "f") is not None
