"""The kill prompt, opened by the kill key. The desk is halted; the prompt shows the scope of each action."""

from collections.abc import Iterator, Sequence
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType

from pbtui.api.clock import steady_s
from pbtui.api.structs import replace
from pbtui.desk.blotter.link import LinkState
from pbtui.desk.formats.areas import area_words
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.formats.time_format import age_text, in_zone
from pbtui.desk.kill.commands import kill_command
from pbtui.desk.kill.conditions.algorithm_lines import before_lines
from pbtui.desk.kill.conditions.quota import quota_text
from pbtui.desk.kill.describe import outside_text
from pbtui.desk.kill.halt import Halt
from pbtui.desk.kill.plan import ACTION_TITLES, KillPlan, Reach, is_within, products_text
from pbtui.desk.market.exchange import ExchangeView
from pbtui.desk.view import reach_of
from pbtui.settings.kill import KillAction
from pbtui.settings.profiles import Profile
from pbtui.settings.redaction import redacted
from pbtui.ui.dialogs.command_prompt import CommandPrompt
from pbtui.ui.dialogs.prompt import alone, deliberate
from pbtui.ui.dialogs.typed_prompt import TypedPrompt
from pbtui.ui.kill.controls import KillControls
from pbtui.ui.kill.fire_prompt import FirePrompt
from pbtui.ui.kill.narrowing import Narrowing, NarrowingForm
from pbtui.ui.kill.offer import NOT_READ, Offer, labelled, listed
from pbtui.ui.kill.standing import standing
from pbtui.ui.threads.desk_thread import DeskThread
from pbtui.ui.widgets.key_names import FIRE_BINDING, key_of
from pbtui.ui.widgets.lines import Line, Piece

_TICK_S = 0.2
_ACTIONS = tuple(KillAction)


class KillPrompt(FirePrompt, CommandPrompt):
    """A prompt that returns None if the trader goes back. `KillDisplay` dismisses it with True once a kill is fired."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back, nothing sent", id="prompt.back"),
        Binding("k", "fire", "FIRE", priority=True, id="kill_prompt.fire"),
        Binding("k", "type", "Type the word to fire", priority=True, id="kill_prompt.fire"),
        Binding("K", "fire", show=False, priority=True, id="kill_prompt.fire"),
        Binding("K", "type", show=False, priority=True, id="kill_prompt.fire"),
        *(
            Binding(str(number), f"choose({number})", title.capitalize(), show=False, id=f"kill_prompt.{action.value}")
            for number, (action, title) in enumerate(ACTION_TITLES.items(), 1)
        ),
        Binding("o", "show_others", "Other actions", id="kill_prompt.other"),
        Binding("o", "show_own", "Scope and settings", id="kill_prompt.other"),
        Binding("v", "resume", "Verify the earlier kill", id="kill_prompt.resume"),
        Binding("p", "spare", FIELDS["pre_arranged"].heading, id="kill_prompt.pre_arranged"),
        Binding("n", "narrow", "Narrow", id="kill_prompt.narrow"),
        Binding("C", "copy_command", "Copy as command", show=False, id="kill_prompt.command"),
    ]

    def __init__(
        self,
        profile: Profile,
        desk_thread: DeskThread,
        controls: KillControls,
        zone: ZoneInfo,
        *,
        is_first: bool = False,
        shows_others: bool = False,
    ) -> None:
        super().__init__(profile, controls, zone)
        self._shows_others = shows_others
        self._desk_thread = desk_thread
        self._is_first = is_first
        self._narrowing = Narrowing(self.own.delivery_areas, self.own.products)
        self._spares_pre_arranged = False
        self._counted: tuple[object, dict[KillAction, Reach | None]] = (None, {})

    def on_mount(self) -> None:
        """Start the timer that updates the countdown and the figures."""
        super().on_mount()
        self.call_after_refresh(self.controls.shown)
        self.set_interval(_TICK_S if self.controls.grace_s() is not None else 1.0, self._tick)

    def _tick(self) -> None:
        self.controls.tick()
        self.redraw()

    # ------------------------------------------------------------ its keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key has its action now: fire or type, show the profile's action or the others, resume."""
        if action == "resume":
            halt = self._halt_on_disk
            return halt is not None and halt.is_own and not self.controls.switch.state.is_fired
        is_armed = self._is_armed(self._plan(self.own.action))
        applies = {
            "fire": is_armed,
            "type": not is_armed,
            "choose": self._shows_others,
            "show_own": self._shows_others,
            "show_others": not self._shows_others,
        }
        return applies[action] if action in applies else super().check_action(action, parameters)

    def action_fire(self) -> None:
        """Fire the profile's action."""
        self.when_taken(lambda: self.controls.fire(self._plan(self.own.action), self.guard))

    def action_type(self) -> None:
        """Ask for a typed word, then fire the profile's action."""
        self.when_taken(lambda: self._ask_for_word(self._plan(self.own.action)))

    def action_choose(self, number: int) -> None:
        """Ask for a typed word, then fire the action with this number."""
        if self.has_rested:
            self._ask_for_word(self._plan(_ACTIONS[number - 1]))

    def _ask_for_word(self, plan: KillPlan) -> None:
        self.controls.hold()
        word = plan.typed_words

        def fire(is_right: bool | None) -> None:
            if is_right:
                self.controls.fire(plan, f"typed {word!r}")

        reach = self._reach(plan.action)
        figures = NOT_READ if reach is None else f"At the last read: {reach}"
        about: Sequence[Piece] = [
            (f"{plan.call}: {plan.scope}", "text"),
            (figures, "warning"),
            (f"Quota of order actions: {self._quota(plan, reach)}", "text"),
        ]
        prompt = TypedPrompt(self.venue, ACTION_TITLES[plan.action], about, word, purpose="to fire")
        self.app.push_screen(prompt, fire)

    @alone
    def action_resume(self) -> None:
        """Resume the kill of an earlier run: read, fire at active orders, verify."""
        halt = self._halt_on_disk
        if halt is not None:
            self.controls.resume(halt)

    @deliberate
    def action_show_others(self) -> None:
        """Show the other actions in place of the scope and the settings."""
        self._show(others=True)

    @deliberate
    def action_show_own(self) -> None:
        """Show the scope and the settings again."""
        self._show(others=False)

    def _show(self, *, others: bool) -> None:
        self.controls.hold()
        self._shows_others = others
        self.redraw()

    @deliberate
    def action_spare(self) -> None:
        """Switch between including and excluding pre-arranged orders."""
        self.controls.hold()
        self._spares_pre_arranged = not self._spares_pre_arranged
        self._scope_changed()

    @deliberate
    def action_narrow(self) -> None:
        """Open the form for delivery areas and products."""
        self.controls.hold()
        self.app.push_screen(NarrowingForm(self.venue, self._narrowing), self._narrow)

    def _narrow(self, narrowing: Narrowing | None) -> None:
        if narrowing is not None:
            self._narrowing = narrowing
            self._scope_changed()

    def _scope_changed(self) -> None:
        self._counted, self.copied_command = (None, {}), None
        self.redraw()

    def action_copy_command(self) -> None:
        """Copy the command that fires the profile's action with these bounds. Nothing is fired, the countdown stops."""
        self.controls.hold()
        super().action_copy_command()

    def command(self) -> str:
        """Return that command."""
        return kill_command(self.profile, self._plan(self.own.action))

    # ------------------------------------------------------------ the plans

    def _plan(self, action: KillAction) -> KillPlan:
        return replace(
            self.own,
            action=action,
            delivery_areas=self._narrowing.delivery_areas,
            products=self._narrowing.products,
            includes_pre_arranged=not self._spares_pre_arranged,
        )

    def _is_armed(self, plan: KillPlan) -> bool:
        return is_within(plan, self.own) and not self.needs_word

    def _reach(self, action: KillAction) -> Reach | None:
        view = self._desk_thread.latest
        if view is None:
            return None
        if self._counted[0] is not view.blotter:
            reaches = {each: reach_of(self._plan(each), view, self.profile) for each in KillAction}
            self._counted = (view.blotter, reaches)
        return self._counted[1][action]

    @property
    def _halt_on_disk(self) -> Halt | None:
        view = self._desk_thread.latest
        return view.halted if view is not None and view.halted is not None and view.halted.is_fired else None

    # ------------------------------------------------------------ what it says

    def head(self) -> Sequence[Piece]:
        """The halt, the countdown, and the age of the figures."""
        failure = self.controls.switch.state.failure
        first = "The kill key works at this desk. " if self._is_first else ""
        return [
            (first, "good"),
            (self._countdown(), "alarm"),
            self.early(),
            self._standing(),
            (
                f"The kill switch is not open: {redacted(str(failure))}. Firing opens it again." if failure else "",
                "alarm",
            ),
            *self._known(),
        ]

    def _standing(self) -> Piece:
        now, halt = standing(self.controls.switch.state), self._halt_on_disk
        if now is not None:
            headline = in_zone(now.headline, self.zone)
            return f"HALTED: {headline}. The actions here were not sent yet. Esc goes back.", "alarm"
        if halt is not None:
            return f"HALTED already: {in_zone(halt.words, self.zone)}", "alarm"
        return "HALTED. Nothing was sent yet. Esc goes back and lifts the halt.", "warning"

    def _countdown(self) -> str:
        grace_s = self.controls.grace_s()
        if grace_s is not None:
            return f"KILL IN {grace_s:.1f} s (Esc stops it)"
        fire = key_of(self, FIRE_BINDING)
        return f"The countdown was stopped. Press {fire} to fire." if self.controls.grace_was_stopped else ""

    def _known(self) -> Iterator[Piece]:
        view, now_s = self._desk_thread.latest, steady_s()
        age_s = None if view is None else view.link.age_s(now_s)
        if view is None or age_s is None:
            yield "No orders were read yet. The kill applies to every order in scope.", "warning"
            return
        state = view.link.state(now_s)
        is_live = state is LinkState.LIVE
        yield (
            f"Orders{self._read_for()} read {age_text(age_s).strip()} ago{'' if is_live else f', {state}'}.",
            "label" if is_live else "alarm",
        )

    def _read_for(self) -> str:
        """The portfolios and areas that the figures cover: the desk reads only the orders of its profile."""
        portfolios = f" of {', '.join(self.profile.portfolios)}" if self.profile.portfolios else ""
        areas = f" in {', '.join(map(area_words, self.profile.delivery_areas))}" if self.profile.delivery_areas else ""
        return f"{portfolios}{areas}"

    def banner(self, width: int) -> Sequence[Line]:
        """The action that the key fires or asks a word for, and what it would withdraw."""
        return [*self._offer(self.own.action).banner(width)]

    def body(self, width: int) -> Sequence[Line]:
        """The scope of the profile's action and its settings, or the other actions."""
        if self._shows_others:
            others = [self._offer(each) for each in KillAction if each is not self.own.action]
            return [*listed(others, width), *self.command_lines(width)]
        offer, narrowing = self._offer(self.own.action), self._narrowing
        pre_arranged = "excluded (DELETE MINE includes them)" if self._spares_pre_arranged else "included"
        areas = ", ".join(map(area_words, narrowing.delivery_areas)) or "all"
        narrow = key_of(self, "kill_prompt.narrow")
        return [
            *offer.details(self._outside(offer), width),
            *self._conditions(offer, width),
            *labelled(key_of(self, "kill_prompt.pre_arranged"), "pre-arranged", pre_arranged, width),
            *labelled(narrow, "delivery areas", f"{areas} (for MINE actions)", width),
            *labelled(
                narrow, "products", f"{products_text(narrowing.products) or 'all'} (for EVERYTHING actions)", width
            ),
            *self.command_lines(width),
        ]

    def _conditions(self, offer: Offer, width: int) -> Iterator[Line]:
        """The quota, and the algorithms that run in the scope, by the reads of the desk so far."""
        yield from labelled("", "quota", self._quota(offer.plan, offer.reach), width)
        label = "algorithms"
        for text in before_lines(offer.plan, self._exchange.algorithms, steady_s()):
            yield from labelled("", label, in_zone(text, self.zone), width)
            label = ""

    def _quota(self, plan: KillPlan, reach: Reach | None) -> str:
        one_by_one = self.profile.single_order_endpoint
        return quota_text(plan, reach, self._exchange.status, steady_s(), one_by_one=one_by_one)

    @property
    def _exchange(self) -> ExchangeView:
        view = self._desk_thread.latest
        return ExchangeView() if view is None else view.exchange

    def _offer(self, action: KillAction) -> Offer:
        plan = self._plan(action)
        action_id = FIRE_BINDING if action is self.own.action else f"kill_prompt.{action.value}"
        return Offer(key_of(self, action_id), plan, self._reach(action), self._is_armed(plan))

    def _outside(self, offer: Offer) -> str:
        """The listed active orders that the action leaves active."""
        view = self._desk_thread.latest
        if view is None or offer.reach is None:
            return NOT_READ
        if not offer.reach.outside:
            return "none of the orders listed here"
        orders = (row.order for row in view.blotter.active.values())
        return outside_text([order for order in orders if order.is_live and not offer.plan.covers(order)])
