"""A kill while it runs, and what came of it. Closing it ends nothing: the kill goes on."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.cells import set_cell_size
from textual.binding import Binding, BindingType

from pbtui.api.clock import steady_s
from pbtui.api.models import Order
from pbtui.desk.figures import price_text, quantity_text
from pbtui.desk.kill_plan import AnyOrder, plan_for
from pbtui.desk.kill_view import ALARMS, KillCall, KillView, OrderFate, Phase, counted
from pbtui.desk.vocabulary import side_word
from pbtui.settings.kill import KillGuard
from pbtui.settings.profiles import Profile
from pbtui.ui.folded_lines import folded
from pbtui.ui.kill_controls import KillControls
from pbtui.ui.kill_words import ACTION_TITLES, again, typed_word
from pbtui.ui.lines import Line, Piece
from pbtui.ui.prompt import Venue, deliberate
from pbtui.ui.reading_prompt import ReadingPrompt
from pbtui.ui.ticket_lines import SIDE_ROLES
from pbtui.ui.typed_prompt import TypedPrompt

_TICK_S = 1.0
_FATE_WIDTH = 16
_CALLS_SHOWN = 12
_PATH_WIDTH = 31


class KillReport(ReadingPrompt[bool]):
    """Returns True where the trader wants another action, None on the way back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close, the kill goes on", id="prompt.back"),
        Binding("k", "fire_again", "FIRE AGAIN", priority=True, id="kill.fire"),
        Binding("o", "choose_other", "Other actions", id="kill.other"),
    ]

    def __init__(self, profile: Profile, controls: KillControls) -> None:
        self._own = plan_for(profile)
        self._guard = profile.kill.guard
        self._controls = controls
        super().__init__(Venue.of(profile))

    def on_mount(self) -> None:
        """Let the time run."""
        super().on_mount()
        self._await_key()
        self.set_interval(_TICK_S, self.tell)

    def _await_key(self) -> None:
        self._controls.arm()
        self._controls.shown()

    @property
    def _view(self) -> KillView | None:
        return self._controls.switch.view

    # ------------------------------------------------------------ its keys

    @deliberate
    def action_fire_again(self) -> None:
        """Fire once more, and never more than before."""
        plan = self._own if self._view is None else again(self._view.plan, self._own)
        if self._guard is not KillGuard.TYPED:
            self._controls.fire(plan, f"{self._guard.value}, by the key, again")
            self._await_key()
            return
        word = typed_word(plan)

        def fire(is_right: bool | None) -> None:
            if is_right:
                self._controls.fire(plan, f"typed {word!r}, again")
            self._await_key()

        self._controls.hold()
        self.app.push_screen(TypedPrompt(self.venue, f"Again: {plan.call}: {plan.scope}", (), word), fire)

    @deliberate
    def action_choose_other(self) -> None:
        """Look at all actions."""
        self.dismiss(True)

    # ------------------------------------------------------------ what it says

    def head(self) -> Sequence[Piece]:
        """Where it stands, in a line; then what it is, and what is wrong."""
        view, failure = self._view, self._controls.switch.failure
        if view is None or not view.headline:
            doing = "NOT SENT: the kill switch can't be opened" if failure else "FIRING"
            return [(doing, "alarm"), (f"{type(failure).__name__}: {failure}" if failure else "", "bad")]
        return [
            (view.headline, phase_role(view.phase)),
            (self._count(view), "title"),
            (f"{ACTION_TITLES[view.fired.action]} · {view.fired.call}: {view.fired.scope}", "text"),
            *((text, "bad") for text in view.trouble),
            (f"{type(failure).__name__}: {failure}" if failure else "", "bad"),
        ]

    def _count(self, view: KillView) -> str:
        took = f"{view.elapsed_s(steady_s()):.0f} s" if view.verified_s is None else f"in {view.verified_s:.1f} s"
        first_s = view.first_request_s
        first = "" if first_s is None else f", first request after {first_s * 1000:.0f} ms"
        watching = ", watching for orders that come back" if view.is_watching else ""
        return f"{counted(view.initial)} → {counted(view.active)}   {took}{first}{watching}"

    def body(self, width: int) -> Sequence[Line]:
        """What needs somebody, then what is left, what became of the others, and every call."""
        view = self._view
        return [] if view is None else list(self._body(view, width))

    def _body(self, view: KillView, width: int) -> Iterator[Line]:
        if view.phase is Phase.UNKNOWN:
            yield from _section("Nobody here knows what is active. Call:", view.phones, width, "warning")
            yield from _section("or send from another machine, with the key:", (view.curl,), width, "key")
        yield from _orders("Still active", view.survivors, width)
        came_back = tuple(fate for fate in view.reappeared if not fate.fate.is_live)
        yield from _orders("Came after the kill, and left again", came_back, width)
        counts = ", ".join(f"{count} {fate.value.lower()}" for fate, count in view.counts().items())
        if counts:
            yield [(" What became of them  ", "label"), (counts, "text")]
        yield from _section("", view.notes, width, "label")
        if view.phase in ALARMS and view.phase is not Phase.UNKNOWN:
            yield from _section("Call:", view.phones, width, "warning")
        if view.report is not None:
            yield from _section("Report:", (str(view.report),), width, "text")
        yield [(" Calls, the newest first", "label")]
        for call in reversed(view.calls[-_CALLS_SHOWN:]):
            yield _call_line(call)


def phase_role(phase: Phase) -> str:
    """The role of the words about a kill in this phase."""
    if phase in ALARMS:
        return "alarm"
    return "good" if phase is Phase.VERIFIED else "warning"


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
        yield [(f" {fate.fate.value:<{_FATE_WIDTH}}", "alarm" if fate.fate.is_live else "text"), *_order(fate.order)]
        for line in folded("; ".join(part for part in (fate.origin, fate.note) if part), width - _FATE_WIDTH - 2):
            yield [(" " * (_FATE_WIDTH + 1) + line, "label")]


def _order(order: AnyOrder) -> Line:
    if not isinstance(order, Order):
        return [(f" {order.order_id or order.key}", "text")]
    side = SIDE_ROLES.get(order.side, "text")
    figures = f"{quantity_text(order.open_quantity_mw)} MW @ {price_text(order.price)}"
    where = " · ".join(text for text in (order.portfolio_id, order.contract_name or order.contract_id) if text)
    return [
        (f" {order.order_id or order.key}", "text"),
        (f" {side_word(order.side)} ", side),
        (f"{figures} · {where}", "text"),
    ]


def _call_line(call: KillCall) -> Line:
    end = "" if call.ended_s is None else f" {call.ended_s - call.requested_s:.3f} s"
    told = set_cell_size(f" {call.requested_s:>7.3f} s  {call.method} {call.path}", _PATH_WIDTH)
    role = "text" if call.status is not None and call.status < 400 else "warning"
    return [(told, "label"), (f" {call.about}{': ' if call.end else ' …'}{call.end}{end}", role)]
