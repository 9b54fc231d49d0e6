"""Actions of the kill key: halt, fire, go back. Both the key-reading thread and the screen use them."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from pbtui.api.clock import steady_s
from pbtui.settings.kill import KillGuard
from pbtui.settings.profiles import Profile
from pbtui.ui.kill.key import FIRE_KEYS, REST_S, KillKey, Step
from pbtui.ui.threads.desk_thread import DeskThread
from pbtui.ui.threads.kill_thread import KillThread

if TYPE_CHECKING:
    from pbtui.desk.kill.halt import Halt
    from pbtui.desk.kill.plan import KillPlan

HALTED_BY_KEY = "the kill key was pressed"


class KillControls:
    """Connects the kill key with the desk and the kill switch of one profile.

    `kill_keys` are the names of the key, `fire_keys` those of the key that fires after it.
    """

    def __init__(
        self,
        profile: Profile,
        desk_thread: DeskThread,
        kill_thread: KillThread,
        kill_keys: Collection[str],
        fire_keys: Collection[str] = FIRE_KEYS,
    ) -> None:
        self.switch = kill_thread
        self._guard = profile.kill.guard
        self._desk_thread = desk_thread
        self.kill_keys = kill_keys
        self._key = KillKey(profile.kill.guard, fire_keys)
        self._last_key_s = self._pause_s = -math.inf

    # ------------------------------------------------------------ the thread that reads the keys

    def keys_read(self, keys: Sequence[str]) -> int:
        """Act on keys that came in one piece, before the screen gets them. Returns how many of them the screen gets.

        Keys after the kill key are dropped: they were meant for the screen before the prompt opened.
        """
        self._follow_switch()
        self._do(self._key.read(keys, self.kill_keys, steady_s()))
        return next((number for number, key in enumerate(keys, 1) if key in self.kill_keys), len(keys))

    def tick(self) -> None:
        """Fire if the countdown is over, or the moment of the fire key."""
        self._do([self._key.tick(steady_s())])

    def input_began(self) -> None:
        """Do not fire by the fire key that was just read: something follows it."""
        self._key.input_began()

    def input_ended(self) -> None:
        """Fire if the last key was the fire key. Called when no more keys can come, on any thread."""
        self._do([self._key.input_ended()])

    def _do(self, steps: Sequence[Step | None]) -> None:
        for step in steps:
            if step is None:
                continue
            if step is Step.HALT:
                self._desk_thread.halt(HALTED_BY_KEY)
            elif step is Step.LET_GO:
                self.switch.let_go()
            else:
                self.switch.fire_own(f"{self._guard.value}, by the key")

    # ------------------------------------------------------------ the screen

    def key_came(self, pressed_s: float) -> None:
        """Note that the screen got a key. `pressed_s` is when it was pressed, on the clock of the key events."""
        self._pause_s, self._last_key_s = pressed_s - self._last_key_s, pressed_s

    @property
    def has_paused(self) -> bool:
        """Return whether no key was pressed for `REST_S` before the last one."""
        return self._pause_s >= REST_S

    def arm(self) -> None:
        """Halt, because the screen got the kill key."""
        self._follow_switch()
        self._key.arm(steady_s())
        self._desk_thread.halt(HALTED_BY_KEY)

    def shown(self) -> None:
        """Note that the prompt is on the screen and handles the keys from now on."""
        self._key.show(steady_s())

    def hold(self) -> None:
        """Stop the countdown, because the trader is doing something else than the armed action."""
        self._key.hold()

    def grace_s(self) -> float | None:
        """Seconds until the kill fires by itself; None if no countdown runs."""
        return self._key.grace_s(steady_s())

    @property
    def grace_was_stopped(self) -> bool:
        """Return whether the countdown was stopped."""
        return self._guard is KillGuard.GRACE and not self.switch.state.is_fired and self.grace_s() is None

    def fire(self, plan: KillPlan, guard: str) -> None:
        """Fire this plan, unless the key has fired already."""
        if self._key.claim():
            self.switch.fire(plan, guard)

    def resume(self, halt: Halt) -> None:
        """Resume the kill of an earlier run, unless the key has fired already."""
        if self._key.claim():
            self.switch.resume(halt)

    def back_out(self) -> None:
        """Undo the kill key after the prompt was closed without firing: the halt is lifted."""
        self._key.let_go()
        self.switch.let_go()

    def _follow_switch(self) -> None:
        # A second kill never fires by itself.
        self._key.fires_by_itself = self._guard is KillGuard.GRACE and not self.switch.state.is_fired
