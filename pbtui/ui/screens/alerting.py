"""Passes the alerts of the desk on, each by the ways that the profile's rules give it."""

from collections.abc import Callable

from pbtui.api.clock import steady_s
from pbtui.api.sanitize import safe_text
from pbtui.desk.alerts.alert import Alert, by_way, reached, summary
from pbtui.desk.alerts.document import document
from pbtui.desk.alerts.follow import Seen, follow
from pbtui.desk.alerts.throttle import Throttle
from pbtui.desk.formats.news import News, Weight
from pbtui.desk.view import DeskView
from pbtui.settings.alerts import Way
from pbtui.settings.profiles import Profile
from pbtui.ui.screens.news_board import NewsBoard
from pbtui.ui.terminal.output.attention import Attention
from pbtui.ui.threads.alert_command import AlertCommand

BELL_EVERY_S = 1.0
NOTIFY_EVERY_S = 5.0
COMMAND_EVERY_S = 5.0


class Alerting:
    """Follows the views of one desk, and reports what is new: on the board, through the terminal, by a command.

    `attention` returns the terminal's, None while the program has no terminal.
    """

    def __init__(self, profile: Profile, board: NewsBoard, attention: Callable[[], Attention | None]) -> None:
        self._profile = profile
        self._rules = profile.alerts
        self._board = board
        self._attention = attention
        self._seen = Seen()
        self._command = AlertCommand(profile.alerts.command) if profile.alerts.command else None
        self._throttles = {
            Way.BELL: Throttle(BELL_EVERY_S),
            Way.NOTIFY: Throttle(NOTIFY_EVERY_S),
            Way.COMMAND: Throttle(COMMAND_EVERY_S),
        }
        self._in_title = 0

    def follow(self, view: DeskView) -> None:
        """Report what is new in a view, or because time has passed since it was followed."""
        step = follow(self._seen, view, self._rules, view.now(), steady_s())
        self._seen = step.seen
        self._board.keep(*by_way(Way.LOG, step.alerts, step.results, self._rules))
        self._board.show(*by_way(Way.LINE, step.alerts, step.results, self._rules))
        titled = len(reached(Way.TITLE, step.alerts, self._rules))
        due = {way: self._due(way, step.alerts) for way in (Way.BELL, Way.NOTIFY)}
        if (attention := self._attention()) is not None:
            self._call(attention, due, titled)
        if self._command is not None:
            self._follow_command(self._command, step.alerts)

    def _due(self, way: Way, alerts: tuple[Alert, ...], *, may_go: bool = True) -> tuple[Alert, ...]:
        came = reached(way, alerts, self._rules)
        self._throttles[way], due = self._throttles[way].after(came, steady_s(), may_go=may_go)
        return due

    def _follow_command(self, command: AlertCommand, alerts: tuple[Alert, ...]) -> None:
        """Start the command for the alerts that are due, and keep one line about failures in the log."""
        if due := self._due(Way.COMMAND, alerts, may_go=command.is_free):
            command.start(document(due, self._profile, self._board.zone))
        for problem in command.take_problems():
            self._board.keep(News(safe_text(problem), Weight.NOTABLE, about="alert command"))

    def _call(self, attention: Attention, due: dict[Way, tuple[Alert, ...]], titled: int) -> None:
        name = f"pbtui {self._profile.name}"
        if due[Way.BELL]:
            attention.ring()
        if due[Way.NOTIFY]:
            attention.ask_for_notification(self._rules.notify_as, name, summary(due[Way.NOTIFY], self._board.zone))
        if titled:
            self._in_title += titled
            attention.show_title(f"({self._in_title}) {name} · {self._profile.exchange}")

    def key_came(self) -> None:
        """Give the title back: the trader is there."""
        if self._in_title and (attention := self._attention()) is not None:
            self._in_title = 0
            attention.restore_title()
