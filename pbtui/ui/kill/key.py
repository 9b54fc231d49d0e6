"""The way of the kill key, from the first press to the request: who may fire, and when, and that it happens once.

Two threads see the keys: the one that reads them from the terminal, at once, and the screen's, in its own time. What
is plain, the reading thread does without the screen, which may hang, or stand still as nobody reads the terminal.
"""

import math
from collections.abc import Collection, Sequence
from enum import StrEnum
from threading import Lock

from pbtui.settings.kill import KillGuard

FIRE_KEYS, BACK_KEY = ("k", "K"), "escape"
"""Whatever Caps Lock says."""

REST_S = 0.3
"""How long no key must come before the one that fires: a key held down and a burst of keys never fire."""
GRACE_S = 2.0
"""How long escape stops a kill that fires by itself."""


class Step(StrEnum):
    """What the thread that reads the keys has to do by itself."""

    HALT = "halt"
    LET_GO = "let go"
    FIRE = "fire"


class KillKey:
    """Remembers the keys of one desk. Every method may be called from any thread; times are on the steady clock.

    The sequence is: armed by the kill key, shown by the screen, and then claimed by whoever fires, or let go. It is
    plain while nothing but the kill key and the one that fires was pressed: what other keys mean, the screen knows.
    What came in one piece with the kill key halts, and no more: a slow line brings keys together, and so does a paste.
    """

    def __init__(self, guard: KillGuard) -> None:
        self.fires_by_itself = guard is KillGuard.GRACE
        """Whether the next press begins the grace."""
        self._guard = guard
        self._lock = Lock()
        self._last_key_s = -math.inf
        self._is_armed = False
        self._shown_s: float | None = None
        self._is_plain = False
        self._is_held = False
        self._grace_ends_s = math.inf

    # ------------------------------------------------------------ the thread that reads the keys

    def read(self, keys: Sequence[str], kill_keys: Collection[str], now_s: float) -> Sequence[Step]:
        """Take note of keys that came in one piece, and tell what follows from them."""
        with self._lock:
            is_kill = not set(kill_keys).isdisjoint(keys)
            steps = self._halt(keys, kill_keys, now_s) if is_kill else self._follow(keys, now_s)
            self._last_key_s = now_s
            return steps

    def tick(self, now_s: float) -> Step | None:
        """FIRE once the grace is over."""
        with self._lock:
            return self._fire() if now_s >= self._grace_ends_s else None

    def _halt(self, keys: Sequence[str], kill_keys: Collection[str], now_s: float) -> Sequence[Step]:
        is_news = self._arm(now_s)
        self._is_plain = not self._is_held
        if not {*kill_keys, *FIRE_KEYS}.issuperset(keys):
            self._is_plain, self._grace_ends_s = False, math.inf
        return [Step.HALT] if is_news else []

    def _follow(self, keys: Sequence[str], now_s: float) -> Sequence[Step]:
        if not self._is_armed:
            return []
        if BACK_KEY in keys and self._shown_s is None:
            self._let_go()
            return [Step.LET_GO]
        fires = set(keys) <= set(FIRE_KEYS)
        if fires and len(keys) == 1 and self._is_deliberate(now_s):
            self._let_go()
            return [Step.FIRE]
        if not fires:
            self._is_plain = False
        if BACK_KEY in keys:
            self._grace_ends_s = math.inf
        return []

    def _is_deliberate(self, now_s: float) -> bool:
        last_s = self._last_key_s if self._shown_s is None else max(self._last_key_s, self._shown_s)
        return self._is_plain and self._guard is not KillGuard.TYPED and now_s - last_s >= REST_S

    # ------------------------------------------------------------ the screen

    def arm(self, now_s: float) -> None:
        """The kill key has come to the screen."""
        with self._lock:
            self._arm(now_s)

    def show(self, now_s: float) -> None:
        """The prompt is on the screen, and escape is for it from now on."""
        with self._lock:
            self._shown_s = now_s

    def hold(self) -> None:
        """The trader looks for something else in the prompt: nothing fires by itself."""
        with self._lock:
            self._is_held, self._is_plain = True, False
            self._grace_ends_s = math.inf

    def claim(self) -> bool:
        """Whether the caller may fire. Of all that ask, one may, until the key is pressed again."""
        with self._lock:
            return self._fire() is not None

    def let_go(self) -> None:
        """The prompt is closed, and nothing was fired."""
        with self._lock:
            self._let_go()

    def grace_s(self, now_s: float) -> float | None:
        """Seconds until it fires by itself; None where it does not."""
        with self._lock:
            return None if self._grace_ends_s == math.inf else max(self._grace_ends_s - now_s, 0.0)

    # ------------------------------------------------------------ under the lock

    def _arm(self, now_s: float) -> bool:
        if self._is_armed:
            return False
        self._is_armed = True
        if self.fires_by_itself:
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
        self._grace_ends_s = math.inf
