"""The state of the kill key from the first press to the request: who may fire, when, and that it happens once.

Two threads see the keys: the thread that reads the terminal, at once, and the screen's thread, later. The reading
thread halts and fires by itself if only the kill key and the fire key were pressed, because the screen may hang.
"""

import math
from collections.abc import Collection, Sequence
from enum import StrEnum
from threading import Lock

from pbtui.settings.kill import KillGuard
from pbtui.ui.terminal.input import NOISE, QUIET_S, TORN

FIRE_KEYS, BACK_KEY = ("k", "K"), "escape"
"""The usual ones, in both cases, because Caps Lock may be on; and the way back, which is always escape."""

REST_S = 0.3
"""The pause without keys before the fire key counts, so that a held key or a burst of keys never fires."""
GRACE_S = 2.0
"""The countdown before a kill fires by itself; escape stops it."""


class Step(StrEnum):
    """An action of the thread that reads the keys."""

    HALT = "halt"
    LET_GO = "let go"
    FIRE = "fire"


class KillKey:
    """The state of the kill key of one desk. Any thread may call any method; times are on the steady clock.

    The kill key arms it, the screen shows the prompt, then one caller claims the right to fire, or it is let go. It is
    plain while only the kill key and the fire key were pressed; the screen handles all other keys. Keys that come in
    one piece with the kill key only halt: a slow connection or a paste may have joined them. A kill key that came in
    pieces starts no countdown, because its characters are keys as well. The fire key fires once `QUIET_S` has passed
    without other input: the next letters of a paste may follow it.
    """

    def __init__(self, guard: KillGuard, fire_keys: Collection[str] = FIRE_KEYS) -> None:
        self.fires_by_itself = guard is KillGuard.GRACE
        """Says whether the next press starts the countdown."""
        self._guard = guard
        self._fire_keys = fire_keys
        self._lock = Lock()
        self._last_key_s = -math.inf
        self._is_armed = False
        self._shown_s: float | None = None
        self._is_plain = False
        self._is_held = False
        self._grace_ends_s = math.inf
        self._fires_s = math.inf
        """Time at which the fire key that was read fires, if nothing else is read before."""

    # ------------------------------------------------------------ the thread that reads the keys

    def read(self, keys: Sequence[str], kill_keys: Collection[str], now_s: float) -> Sequence[Step]:
        """Note keys that came in one piece, NOISE for input that is no key. Returns the actions to take."""
        with self._lock:
            self._fires_s = math.inf
            is_kill = not set(kill_keys).isdisjoint(keys)
            steps = self._halt(keys, kill_keys, now_s) if is_kill else self._follow(keys, now_s)
            self._last_key_s = now_s
            return steps

    def tick(self, now_s: float) -> Step | None:
        """FIRE once the countdown is over, or the moment of the fire key."""
        with self._lock:
            return self._fire() if now_s >= min(self._grace_ends_s, self._fires_s) else None

    def input_began(self) -> None:
        """Note the beginning of something that follows the last key at once, so that this key does not fire."""
        with self._lock:
            self._fires_s = math.inf

    def input_ended(self) -> Step | None:
        """FIRE if the last key was the fire key: nothing can follow it any more."""
        with self._lock:
            return self._fire() if self._fires_s < math.inf else None

    def _halt(self, keys: Sequence[str], kill_keys: Collection[str], now_s: float) -> Sequence[Step]:
        is_news = self._arm(now_s, counts_down=TORN not in keys)
        self._is_plain = not self._is_held
        if not {TORN, *kill_keys, *self._fire_keys}.issuperset(keys):
            self._is_plain, self._grace_ends_s = False, math.inf
        return [Step.HALT] if is_news else []

    def _follow(self, keys: Sequence[str], now_s: float) -> Sequence[Step]:
        if not self._is_armed:
            return []
        if BACK_KEY in keys and self._shown_s is None:
            self._let_go()
            return [Step.LET_GO]
        if len(keys) == 1 and keys[0] in self._fire_keys and self._is_deliberate(now_s):
            self._fires_s = now_s + QUIET_S
        if not {*self._fire_keys, NOISE}.issuperset(keys):
            self._is_plain = False
        if BACK_KEY in keys:
            self._grace_ends_s = math.inf
        return []

    def _is_deliberate(self, now_s: float) -> bool:
        last_s = self._last_key_s if self._shown_s is None else max(self._last_key_s, self._shown_s)
        return self._is_plain and self._guard is not KillGuard.TYPED and now_s - last_s >= REST_S

    # ------------------------------------------------------------ the screen

    def arm(self, now_s: float) -> None:
        """Note that the screen got the kill key."""
        with self._lock:
            self._arm(now_s)

    def show(self, now_s: float) -> None:
        """Note that the prompt is on the screen; from now on it handles escape."""
        with self._lock:
            self._shown_s = now_s

    def hold(self) -> None:
        """Stop the countdown, because the trader uses the prompt for something else."""
        with self._lock:
            self._is_held, self._is_plain = True, False
            self._grace_ends_s = self._fires_s = math.inf

    def claim(self) -> bool:
        """Return whether the caller may fire. True for the first caller only, until the key is pressed again."""
        with self._lock:
            return self._fire() is not None

    def let_go(self) -> None:
        """Reset, because the prompt was closed without firing."""
        with self._lock:
            self._let_go()

    def grace_s(self, now_s: float) -> float | None:
        """Seconds until it fires by itself; None if no countdown runs."""
        with self._lock:
            return None if self._grace_ends_s == math.inf else max(self._grace_ends_s - now_s, 0.0)

    # ------------------------------------------------------------ under the lock

    def _arm(self, now_s: float, *, counts_down: bool = True) -> bool:
        if self._is_armed:
            return False
        self._is_armed = True
        if self.fires_by_itself and counts_down:
            self._grace_ends_s = now_s + GRACE_S
        return True

    def _fire(self) -> Step | None:
        if not self._is_armed:
            return None
        self._let_go()
        return Step.FIRE

    def _let_go(self) -> None:
        self._is_armed = self._is_plain = self._is_held = False
        self._shown_s = None
        self._grace_ends_s = self._fires_s = math.inf
