"""Visits every state of the model, the near ones first, so that a counter-example is as short as any."""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from tests.model.halt import Kill, Rules, State, broken, first, steps


class Explored(NamedTuple):
    """The number of states, what a kill came to in them, and the steps to the first that breaks an invariant."""

    states: int
    kills: frozenset[Kill]
    fault: str = ""
    way: tuple[str, ...] = ()


def explore(rules: Rules, desks: int = 2) -> Explored:
    """Visit all states, or those up to the first that breaks an invariant."""
    start = first(desks)
    came_from: dict[State, tuple[State, str] | None] = {start: None}
    waiting = deque([start])
    while waiting:
        state = waiting.popleft()
        if fault := broken(state):
            return Explored(len(came_from), _kills(came_from), fault, _way(state, came_from))
        for what, after in steps(state, rules):
            if after not in came_from:
                came_from[after] = state, what
                waiting.append(after)
    return Explored(len(came_from), _kills(came_from))


def _kills(states: Iterable[State]) -> frozenset[Kill]:
    return frozenset(state.kill for state in states)


def _way(state: State, came_from: dict[State, tuple[State, str] | None]) -> tuple[str, ...]:
    way: list[str] = []
    while (before := came_from[state]) is not None:
        state, what = before
        way.append(what)
    return tuple(reversed(way))
