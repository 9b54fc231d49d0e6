"""Rows of the transition table of a kill.

A row applies if its event happened and it holds. All that apply do, in their order, each on what the earlier ones left.
The rows stand in `attempts` (what is sent) and `proof` (what is known), and `docs/kill-protocol.md` shows them.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from msgspec import Struct

from pbtui.desk.kill.protocol.events import Event
from pbtui.desk.kill.protocol.state import KillState

E = TypeVar("E", bound=Event)
Holds = Callable[[KillState, E], bool]
Apply = Callable[[KillState, E], KillState]


class Transition(Struct, frozen=True):
    """A row: on `event`, `when` this holds, `then` that changes, and `why`."""

    event: type[Event]
    when: str
    then: str
    why: str
    holds: Callable[[KillState, Any], bool]
    apply: Callable[[KillState, Any], KillState]


class Table(list[Transition]):
    """The rows of one module, in their order."""

    def on(
        self, event: type[E], when: str, then: str, why: str, holds: Holds[E] = lambda state, event: True
    ) -> Callable[[Apply[E]], Apply[E]]:
        """Add a row; the function it decorates applies it."""

        def add(apply: Apply[E]) -> Apply[E]:
            self.append(Transition(event, when, then, why, holds, apply))
            return apply

        return add
