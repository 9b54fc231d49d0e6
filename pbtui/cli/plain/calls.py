"""Alerts that call the trader while a question waits: the bell, and the command of the profile. No text is written."""

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from pbtui.api.clock import steady_s
from pbtui.desk.alerts.alert import Alert, reached
from pbtui.desk.alerts.document import document
from pbtui.desk.alerts.follow import Seen, follow
from pbtui.desk.alerts.throttle import Throttle
from pbtui.desk.view import DeskView
from pbtui.settings.alerts import Way
from pbtui.settings.profiles import Profile
from pbtui.ui.threads.alert_command import AlertCommand

BELL_EVERY_S = 1.0
COMMAND_EVERY_S = 5.0


class Calls:
    """Follows every view, on the desk's thread. `ring` must not wait for the terminal."""

    def __init__(self, profile: Profile, ring: Callable[[], None]) -> None:
        self._profile = profile
        self._ring = ring
        self._seen = Seen()
        self._command = AlertCommand(profile.alerts.command) if profile.alerts.command else None
        self._throttles = {Way.BELL: Throttle(BELL_EVERY_S), Way.COMMAND: Throttle(COMMAND_EVERY_S)}

    def take(self, view: DeskView) -> None:
        """Take in a view, and call for what is new in it."""
        step = follow(self._seen, view, self._profile.alerts, view.now(), steady_s())
        self._seen = step.seen
        if self._due(Way.BELL, step.alerts):
            self._ring()
        if self._command is not None and (due := self._due(Way.COMMAND, step.alerts, may_go=self._command.is_free)):
            self._command.start(document(due, self._profile, ZoneInfo(self._profile.market_timezone)))

    def problems(self) -> Sequence[str]:
        """Return why runs of the command failed since the last call; on any thread."""
        return () if self._command is None else self._command.take_problems()

    def _due(self, way: Way, alerts: Sequence[Alert], *, may_go: bool = True) -> tuple[Alert, ...]:
        came = reached(way, alerts, self._profile.alerts)
        self._throttles[way], due = self._throttles[way].after(came, steady_s(), may_go=may_go)
        return due
