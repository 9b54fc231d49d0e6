"""The kill report on the screen, updated while the kill runs. Closing it does not stop the kill."""

from collections.abc import Iterator, Sequence
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType

from pbtui.api.clock import steady_s
from pbtui.desk.formats.time_format import in_zone
from pbtui.desk.kill.certificate.fate import OrderFate
from pbtui.desk.kill.certificate.words import certificate_lines
from pbtui.desk.kill.conditions.algorithm_lines import shortened
from pbtui.desk.kill.describe import attempt_text
from pbtui.desk.kill.plan import ACTION_TITLES, KillPlan, again, partial_scope
from pbtui.desk.kill.progress import ALARMS, UNDECIDED, KillView, Phase, counted
from pbtui.settings.profiles import Profile
from pbtui.settings.shell_command import shell_command
from pbtui.ui.dialogs.prompt import deliberate
from pbtui.ui.dialogs.reading_prompt import ReadingPane
from pbtui.ui.dialogs.typed_prompt import TypedPrompt
from pbtui.ui.kill.controls import KillControls
from pbtui.ui.kill.fire_prompt import FirePrompt
from pbtui.ui.kill.request_lines import request_lines
from pbtui.ui.kill.standing import KILL, NOTHING, WATCH, KillStanding, standing
from pbtui.ui.order.ticket_lines import hanging
from pbtui.ui.widgets.folded_lines import Fold, FoldedLines, folded
from pbtui.ui.widgets.key_names import key_of
from pbtui.ui.widgets.lines import Line, Piece

_TICK_S = 1.0
_LISTED_AFTER_S = 2.0
"""Seconds until live orders are listed without a verdict. Before, they are counted: the next read removes them."""
_LEAST_HEIGHT = 14
"""Rows from the start, if no prompt was open: a verified kill with its requests fits."""
_CERTIFIED_WITHIN_S = 1.5
"""The time that the first read of trades has after the verdict until the certificate is shown without them."""
_ROWS_AFTER_VERDICT = 2
"""A line about algorithms, and a certificate that is sealed."""
_FATE_WIDTH = 16
_MOST_ALGORITHMS = 6
"""Lines about algorithms; the report on disk has all."""

_CLOSES = {
    KILL: "Close, the kill goes on",
    WATCH: "Close, the watch goes on",
    NOTHING: "Close",
}
"""The hint for escape, by what continues after closing."""


class KillReport(FirePrompt):
    """A screen that returns True if the trader wants another action, None if he goes back.

    `least_height` is that of the prompt before it: a frame of another height would be painted anew.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding("escape", f"close('{what}')", hint, id="prompt.back") for what, hint in _CLOSES.items()),
        Binding("k", "fire_again", "FIRE AGAIN", priority=True, id="kill_prompt.fire"),
        Binding("k", "type", "Type the word to FIRE AGAIN", priority=True, id="kill_prompt.fire"),
        Binding("K", "fire_again", show=False, priority=True, id="kill_prompt.fire"),
        Binding("K", "type", show=False, priority=True, id="kill_prompt.fire"),
        Binding("y", "copy", "Copy curl", id="kill_prompt.copy"),
        Binding("o", "choose_other", "Other actions", id="kill_prompt.other"),
    ]

    def __init__(
        self, profile: Profile, controls: KillControls, zone: ZoneInfo, *, least_height: int = _LEAST_HEIGHT
    ) -> None:
        self._least_height = least_height
        super().__init__(profile, controls, zone)

    def on_mount(self) -> None:
        """Start the timer that updates the elapsed time."""
        super().on_mount()
        self._await_key()
        self.set_interval(_TICK_S, self.redraw)

    def _await_key(self) -> None:
        self.controls.arm()
        self.controls.shown()

    @property
    def _view(self) -> KillView | None:
        return self.controls.switch.state.view

    @property
    def _standing(self) -> KillStanding | None:
        return standing(self.controls.switch.state)

    # ------------------------------------------------------------ its keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key has its action now: fire again or type, close with this hint, copy curl."""
        view = self._view
        if action in ("fire_again", "type"):
            return (action == "type") == self.needs_word
        if action == "close":
            now = self._standing
            return parameters == (now.going_on if now is not None else "",)
        if action == "copy":
            return view is not None and view.phase in ALARMS
        return super().check_action(action, parameters)

    def action_close(self, what: str) -> None:
        """Close the report; the kill or the watch goes on."""
        self.dismiss(None)

    def action_copy(self) -> None:
        """Copy the curl command."""
        if self._view is not None:
            self.app.copy_to_clipboard(self._view.curl)
            self.show_note("Curl command copied, if your terminal allows it")

    @property
    def _plan(self) -> KillPlan:
        """The plan to fire again; its scope is never wider than before."""
        return self.own if self._view is None else again(self._view.plan, self.own)

    def action_fire_again(self) -> None:
        """Fire again."""
        self.when_taken(self._fire_again)

    def _fire_again(self) -> None:
        self.controls.fire(self._plan, f"{self.guard}, fired again")
        self._await_key()

    def action_type(self) -> None:
        """Ask for a typed word, then fire again."""
        self.when_taken(lambda: self._ask_for_word(self._plan))

    def _ask_for_word(self, plan: KillPlan) -> None:
        word = plan.typed_words

        def fire(is_right: bool | None) -> None:
            if is_right:
                self.controls.fire(plan, f"typed {word!r}, fired again")
            self._await_key()

        self.controls.hold()
        prompt = TypedPrompt(self.venue, f"Again: {plan.call}: {plan.scope}", (), word, purpose="to fire")
        self.app.push_screen(prompt, fire)

    @deliberate
    def action_choose_other(self) -> None:
        """Go back to the prompt with all actions."""
        self.dismiss(True)

    # ------------------------------------------------------------ what it says

    def make_pane(self, fold: Fold, head: FoldedLines) -> ReadingPane:
        """A body that has room for what comes, so that the frame does not move."""
        return ReadingPane(fold, head, self._least_height)

    def head(self) -> Sequence[Piece]:
        """The headline, the counts, the plan and the problems."""
        view, now = self._view, self._standing
        if now is None:
            return []
        headline, failure = (in_zone(now.headline, self.zone), now.role), (now.failure, "bad")
        if view is None or view.attempt != self.controls.switch.state.attempts:
            return [headline, self.early(), failure]
        return [
            headline,
            (partial_scope(view.plan, view.fired), "alarm"),
            self.early(),
            (_count(view), "title"),
            (self._first_attempt(view), "text"),
            (f"{ACTION_TITLES[view.fired.action]} · {view.fired.call}: {view.fired.scope}", "text"),
            *((text, "bad") for text in view.problems),
            failure,
        ]

    def _first_attempt(self, view: KillView) -> str:
        """The result of the first attempt, which a later one at no order does not repeat; empty if there is none."""
        first = self._attempts(view)[-1]
        return "" if first is view else f"Fired first: {in_zone(attempt_text(first), self.zone)}"

    def _attempts(self, view: KillView) -> list[KillView]:
        """The attempts since the profile was last re-armed, newest first."""
        attempts, dismissed = [view], self.controls.switch.state.dismissed
        while (earlier := attempts[-1].earlier) is not None and earlier.attempt > dismissed:
            attempts.append(earlier)
        return attempts

    def _read_after_verdict(self, view: KillView, width: int) -> Iterator[Line]:
        """The algorithms and the certificate. Until they are read, rows are kept for them: a line that comes later
        would move, and paint, all that is below it."""
        algorithms = shortened(view.algorithm_lines(), _MOST_ALGORITHMS)
        lines = [*_section("", [in_zone(line, self.zone) for line in algorithms], width, "text")]
        is_soon_read = view.phase in UNDECIDED or self._is_soon_certified(view)
        if view.certificate is not None and not is_soon_read:
            lines += _section("", list(certificate_lines(view.certificate)), width, "text")
        yield from lines
        if is_soon_read:
            yield from [[]] * (_ROWS_AFTER_VERDICT - len(lines))

    def _is_soon_certified(self, view: KillView) -> bool:
        """Return whether the first read of trades may still be under way: it changes each line of the certificate."""
        found = view.certificate
        is_read = found is not None and bool(found.read_at or found.trades_problem)
        if is_read or view.verified_s is None or view.ended_s is not None:
            return False
        return view.elapsed_s(steady_s()) < view.verified_s + _CERTIFIED_WITHIN_S

    def body(self, width: int) -> Sequence[Line]:
        """The next step, the orders still active, the other orders, and the requests."""
        view = self._view
        return [] if view is None else list(self._body(view, width))

    def _body(self, view: KillView, width: int) -> Iterator[Line]:
        notes = [note for note in view.notes if note != partial_scope(view.plan, view.fired)]
        is_alarm = view.phase in ALARMS
        if is_alarm:
            not_known = "It is not known which orders are active. " if view.phase is Phase.UNKNOWN else ""
            yield from _section(f"{not_known}Call:", view.phones, width, "warning")
            by_hand = shell_command(self.profile, "kill", "--print-curl")
            copied = f"{key_of(self, 'kill_prompt.copy')} copies it"
            if by_hand:
                yield from _section(
                    f"To kill by hand from any machine, print the curl command ({copied}):", (by_hand,), width, "key"
                )
            yield from _section("", notes, width, "label")
        has_verdict = view.phase not in (Phase.FIRING, Phase.VERIFYING)
        if has_verdict or view.elapsed_s(steady_s()) >= _LISTED_AFTER_S:
            title = "Active when last read" if view.active is None else "Still active"
            yield from _orders(title, view.survivors, width)
        no_longer_live = tuple(fate for fate in view.reappeared if not fate.fate.is_live)
        yield from _orders("Appeared after the kill, no longer active", no_longer_live, width)
        counts = ", ".join(f"{count} {fate.value.lower()}" for fate, count in view.counts().items())
        if counts:
            yield [(" Orders by state  ", "label"), (counts, "text")]
        yield from self._read_after_verdict(view, width)
        if is_alarm:
            yield from _section("Curl command:", (view.curl,), width, "key")
        else:
            yield from _section("", notes, width, "label")
        reports = [str(attempt.report) for attempt in self._attempts(view) if attempt.report is not None]
        yield from _section("Report:" if len(reports) == 1 else "Reports, newest first:", reports, width, "text")
        yield [(" Requests, newest first", "label")]
        yield from request_lines(view.calls, width)


def _count(view: KillView) -> str:
    """The number of orders before and now, and the times, except what the headline already shows."""
    parts = []
    if view.phase not in (Phase.FIRING, Phase.VERIFYING):
        parts.append(f"active orders {counted(view.initial)} → {counted(view.active)}")
    if view.verified_s is None:
        parts.append(f"{view.elapsed_s(steady_s()):.0f} s")
    if view.first_request_s is not None:
        parts.append(f"first request after {view.first_request_s * 1000:.0f} ms")
    if view.is_watching:
        parts.append("watching for orders that re-appear")
    return ", ".join(parts)


def _section(title: str, texts: Sequence[str], width: int, role: str) -> Iterator[Line]:
    if title and any(texts):
        yield [(f" {title}", "label")]
    for text in texts:
        for line in folded(text, width - 2) if text else ():
            yield [(f" {line}", role)]


def _orders(title: str, fates: Sequence[OrderFate], width: int) -> Iterator[Line]:
    if fates:
        yield [(f" {title}", "title")]
    for fate in fates:
        lead = f" {fate.fate.value:<{_FATE_WIDTH}} ", "alarm" if fate.fate.is_live else "text"
        yield from hanging(lead, fate.words, width - 1, "text")
        for line in folded("; ".join(part for part in (fate.origin, fate.note) if part), width - _FATE_WIDTH - 3):
            yield [(" " * (_FATE_WIDTH + 2) + line, "label")]
