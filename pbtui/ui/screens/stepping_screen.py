"""Keys that change prices and quantities in the table by steps. The main screen extends this screen."""

import math
from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from pbtui.api.clock import steady_s
from pbtui.settings.profiles import Profile
from pbtui.ui.dialogs.prompt import KEY_REST_S
from pbtui.ui.help.actions import Action
from pbtui.ui.screens.news_board import NewsBoard
from pbtui.ui.screens.writing_screen import WritingScreen
from pbtui.ui.table.staged import Staged
from pbtui.ui.table.step_reads import StepReads
from pbtui.ui.table.steps import StagedSteps
from pbtui.ui.terminal.capability import is_too_small
from pbtui.ui.terminal.moment import when_alone
from pbtui.ui.threads.desk_thread import DeskThread
from pbtui.ui.widgets.news_line import NewsLine


def _binding(key: str, what: str, count: int, words: str, name: str) -> Binding:
    return Binding(key, f"step('{what}', {count})", words, show=False, id=f"order.{name}")


class SteppingScreen(WritingScreen):
    """Stages steps for the marked and visible orders or the one under the cursor, and sends them on request."""

    # alt+[ is no key: a terminal sends ESC [ for it, with which every function key begins.
    BINDINGS: ClassVar[list[BindingType]] = [
        _binding("plus", "price", 1, "Price a step up", "price_up"),
        _binding("minus", "price", -1, "Price a step down", "price_down"),
        _binding("greater_than_sign", "price", 10, "Price ten steps up", "price_far_up"),
        _binding("less_than_sign", "price", -10, "Price ten steps down", "price_far_down"),
        _binding("right_square_bracket", "better", 1, "Step better: buy up, sell down", "better"),
        _binding("left_square_bracket", "better", -1, "Step worse: buy down, sell up", "worse"),
        _binding("right_curly_bracket", "better", 10, "Ten steps better", "far_better"),
        _binding("left_curly_bracket", "better", -10, "Ten steps worse", "far_worse"),
        _binding("alt+plus", "quantity", 1, "Quantity a step up", "quantity_up"),
        _binding("alt+minus", "quantity", -1, "Quantity a step down", "quantity_down"),
        _binding("alt+greater_than_sign", "quantity", 10, "Quantity ten steps up", "quantity_far_up"),
        _binding("alt+less_than_sign", "quantity", -10, "Quantity ten steps down", "quantity_far_down"),
    ]

    def __init__(self, profile: Profile, desk_thread: DeskThread, board: NewsBoard) -> None:
        super().__init__(profile, desk_thread, board)
        self._said_of_step = ""
        self._last_key_s = -math.inf
        self._is_key_alone = True
        read_position = desk_thread.net_position if profile.position_guard else None
        step_reads = StepReads(desk_thread.depth, read_position, self.run_worker, self._step_was_read)
        self.steps = StagedSteps(step_reads, self._show_steps, self.refuse)

    async def run_chosen(self, action: Action) -> None:
        """Run an action that was chosen in the palette. No key of it came, so nothing is sent without a preview."""
        self._is_key_alone = False
        await self.app.run_action(action.call, action.node)

    # ------------------------------------------------------------ staging

    def action_step(self, what: str, count: int) -> None:
        """Stage `count` steps for the marked orders, or for the one under the cursor; nothing is sent yet."""
        halted = self.dialogue.view.halted if self.dialogue.is_ready else None
        if halted is not None:
            self.refuse(f"trading is halted, so no step was staged: {halted.words}")
            return
        size = self._profile.quantity_step if what == "quantity" else self._profile.price_step
        if self.steps.step(self._chosen(is_previewed=False), what, size * count):
            self.say_step()

    @property
    def step_words(self) -> str:
        """Words on the staged step of the order under the cursor: what it does in the queue; empty without one."""
        return self.steps.words(self.table.cursor or "")

    def say_step(self) -> None:
        """Note what the staged step of the order under the cursor does, and show it in the order's detail."""
        self._said_of_step = self.step_words
        if self._said_of_step:
            self.note(self._said_of_step)
        self.show_step()

    def _step_was_read(self) -> None:
        """Show what was read in the background, and correct the note on the step if that is still shown."""
        if self._said_of_step and self.query_one(NewsLine).shown_note == self._said_of_step:
            self.say_step()
        else:
            self.show_step()

    def show_step(self) -> None:
        """Show the words on the staged step, which have changed."""

    def _show_steps(self) -> None:
        self.table.show_staged(self.steps.by_order)
        self.steps.read_missing(self.table.cursor)

    # ------------------------------------------------------------ sending

    def send_staged(self) -> None:
        """Send the staged steps of the visible orders."""
        # One staged order is sent without a preview, unless the key arrived in a burst, as pasted text does.
        if self._is_key_alone:
            when_alone(self.app, self._send_shown, partial(self._send_shown, is_asked=True), KEY_REST_S)
        else:
            self._send_shown(is_asked=True)

    def _send_shown(self, *, is_asked: bool = False) -> None:
        shown = {key: staged for key, staged in self.steps.by_order.items() if key in self.table.arrangement}
        hidden = len(self.steps) - len(shown)
        if shown:
            self.begin(self._send_steps(shown, hidden, is_asked=is_asked or not self._is_single_seen))
        elif hidden:
            self.refuse(f"nothing was sent: the filter hides the {hidden} orders with staged steps")

    @property
    def _is_single_seen(self) -> bool:
        """Return whether the one step is that of the order that the trader looks at, with its columns on the screen.

        It is not the one that was meant if another one was discarded or is hidden: a preview was expected then.
        """
        is_single = set(self.steps.by_order) == {self.table.cursor} and not self.steps.was_one_discarded
        return is_single and self.table.has_whole_orders and not is_too_small(self.app.size)

    async def _send_steps(self, shown: Mapping[str, Staged], hidden: int, *, is_asked: bool) -> None:
        try:
            changes = self.steps.changes(shown)
        except ValueError as unknown:
            self.refuse(f"nothing was sent: {unknown}")
            self.steps.read_missing(self.table.cursor)
            return
        with self.steps.in_sending(shown):
            if await self.orders.send_changes(changes, hidden, is_asked=is_asked):
                self.steps.sent(shown)
        self.steps.follow(self.dialogue.view.blotter.find)
        self._show_steps()

    def on_key(self) -> None:
        """Note whether the key arrived alone, before its action runs, and drop the note about the key before it."""
        self.note("")
        now_s = steady_s()
        self._is_key_alone = now_s - self._last_key_s >= KEY_REST_S
        self._last_key_s = now_s
