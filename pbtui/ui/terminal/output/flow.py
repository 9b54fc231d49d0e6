"""Flow control: limits the bytes under way to the terminal, so that the newest picture arrives soon. Pure.

A slow line stores what is written to it: a terminal server holds 100 kB, which is twenty seconds at 5 kB/s. So the
writer asks the terminal for its status now and then (DSR, which all terminals answer). Until the answer arrives, it
sends no more than the line carries in a short time.
"""

import math

QUESTION = "\x1b[5n"

UNLIMITED = 1 << 30
_FIRST_BYTES, _LEAST_BYTES, _MOST_BYTES = 1024, 96, 32768
_UNDER_WAY_S = 0.05
"""Time that the line may need for the bytes under way, in addition to the round trip."""
_JITTER_S = 0.02
_LATE_S = 0.3
_FIRST_ANSWER_WITHIN_S = 1.0
_LOST_AFTER_S = 2.0


class Flow:
    """Flow control of one line. Times are seconds on a steady clock."""

    def __init__(self) -> None:
        self._window = _FIRST_BYTES
        self._under_way = self._asked_about = 0
        self._asked_s: float | None = None
        self._least_s = math.inf
        """The shortest time to an answer so far: the round trip."""
        self._has_answered = self._is_doubtful = False
        self._first_s: float | None = None
        """Time at which the first byte was sent since the last answer."""

    @property
    def expects_answer(self) -> bool:
        """Return whether a question is not answered."""
        return self._asked_s is not None

    @property
    def late_since_s(self) -> float | None:
        """Return when the open question was asked. None without one, or if none was ever answered."""
        return self._asked_s if self._has_answered else None

    def room(self, now_s: float) -> int:
        """Number of bytes that may be sent now."""
        if self._asked_s is not None:
            if not self._has_answered:
                if now_s - self._asked_s > _FIRST_ANSWER_WITHIN_S:
                    return UNLIMITED  # a terminal that answers nothing
            elif now_s - self._asked_s > _LOST_AFTER_S:  # an answer was lost, or the line stands still
                self._asked_s = None
                self._under_way = self._window - _LEAST_BYTES
                self._is_doubtful = True  # the next answer may be the lost one
        # With no question under way, nothing else makes room: what is sent now brings the next question.
        least = 0 if self.expects_answer else _LEAST_BYTES
        return max(self._window - self._under_way, least)

    def due_s(self) -> float | None:
        """Return when `room` grows without an answer. None if it does not."""
        if self._asked_s is None:
            return None
        return self._asked_s + (_LOST_AFTER_S if self._has_answered else _FIRST_ANSWER_WITHIN_S)

    def sent(self, size: int, now_s: float) -> str:
        """Count what is sent; return the question to send behind it, or nothing."""
        self._first_s = now_s if self._first_s is None else self._first_s
        self._under_way += size
        if self._asked_s is None and self._under_way >= self._window // 2:
            return self.ask(now_s)
        return ""

    def ask(self, now_s: float) -> str:
        """Return the question, which is about all that was sent before."""
        self._under_way += len(QUESTION)
        self._asked_about, self._asked_s = self._under_way, now_s
        return QUESTION

    def answered(self, now_s: float) -> None:
        """Adapt the limit to the time that an answer took."""
        if self._asked_s is None:
            return
        took_s = max(now_s - self._asked_s, 1e-6)
        if self._has_answered and not self._is_doubtful:
            self._adapt(took_s, self._asked_s - (self._asked_s if self._first_s is None else self._first_s))
        self._has_answered, self._is_doubtful, self._first_s = True, False, None
        self._least_s = min(self._least_s, took_s)
        self._under_way -= self._asked_about
        self._asked_about, self._asked_s = 0, None

    def _adapt(self, took_s: float, spread_s: float) -> None:
        """Adapt the limit to the time that an answer took to bytes that were sent over so long a time."""
        if spread_s > _JITTER_S:  # the line was not full: this shows no rate
            if took_s > _LATE_S:
                self._window = max(self._window // 2, _LEAST_BYTES)
            return
        is_free = took_s <= self._least_s + _JITTER_S
        carried = self._asked_about / took_s * (min(self._least_s, took_s) + _UNDER_WAY_S)
        window = max(2 * self._window, carried) if is_free else carried
        self._window = int(min(max(window, _LEAST_BYTES), _MOST_BYTES))
