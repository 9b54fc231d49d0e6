"""Passes the alerts of the desk on, each by the ways that the profile's rules give it."""

from pbtui.api.clock import steady_s, utc_now
from pbtui.desk.alerts.alert import by_way
from pbtui.desk.alerts.follow import Seen, follow
from pbtui.desk.view import DeskView
from pbtui.settings.alerts import AlertSettings, Way
from pbtui.ui.screens.news_board import NewsBoard


class Alerting:
    """Follows the views of one desk, and shows on the board what is new."""

    def __init__(self, rules: AlertSettings, board: NewsBoard) -> None:
        self._rules = rules
        self._board = board
        self._seen = Seen()

    def follow(self, view: DeskView) -> None:
        """Report what is new in a view, or because time has passed since it was followed."""
        step = follow(self._seen, view, self._rules, utc_now(), steady_s())
        self._seen = step.seen
        self._board.keep(*by_way(Way.LOG, step.alerts, step.results, self._rules))
        self._board.show(*by_way(Way.LINE, step.alerts, step.results, self._rules))
