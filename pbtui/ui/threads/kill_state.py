"""The kills of one run of the desk, as its kill thread knows them: fired, decided, dismissed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from pbtui.api.structs import replace

if TYPE_CHECKING:  # at run time the kill's own thread imports it, after the first frame
    from pbtui.desk.kill.progress import KillView


class KillState(Struct, frozen=True):
    """The kills of this run of the desk, at one moment.

    Attempts are numbered from 1: each fire or resume is one. `decided` is the newest attempt that has a verdict or
    has ended. `dismissed` is the newest attempt that was dismissed. `view` is the newest view of any other attempt.
    `failure` is the error that stopped the switch or kept it from opening; firing opens it again.
    """

    attempts: int = 0
    decided: int = 0
    dismissed: int = 0
    view: KillView | None = None
    failure: Exception | None = None

    @property
    def is_fired(self) -> bool:
        """Return whether a kill was fired or resumed, and not dismissed since."""
        return self.attempts > self.dismissed

    @property
    def is_deciding(self) -> bool:
        """Return whether a kill has no verdict yet; the process should not end before it has one."""
        return self.attempts > self.decided

    def after_decision(self, attempt: int) -> KillState:
        """Return the state once this attempt has a verdict or has ended."""
        return replace(self, decided=max(self.decided, attempt))

    def after_dismissal(self, attempt: int) -> KillState:
        """Return the state without this attempt and those before it, and without their view."""
        is_of_another = self.view is not None and self.view.attempt > attempt
        return replace(self, dismissed=max(self.dismissed, attempt), view=self.view if is_of_another else None)

    def with_view(self, view: KillView) -> KillState:
        """Return the state with this view, unless it is of an attempt that was dismissed."""
        return replace(self, view=view) if view.attempt > self.dismissed else self
