"""The meaning of the bytes of a terminal: keys, pastes, text typed ahead, reports, and input that is ignored.

Pure, like the grammar: bytes and times go in, events come out. Each key carries the gap before it, the time without
other input. A key that came with other input in one piece has no gap, whether that is a key, an answer of the terminal
or bytes that are no text. Keys that send or fire count only after a gap.
"""

import math
import re
from codecs import getincrementaldecoder
from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from pbtui.api.structs import replace
from pbtui.ui.terminal.bursts import Bursts
from pbtui.ui.terminal.reading.grammar import Grammar
from pbtui.ui.terminal.reading.key_table import Press, is_report, presses
from pbtui.ui.terminal.reading.mouse import Clicked, Wheeled, mouse_event
from pbtui.ui.terminal.reading.symbols import Kind, Token

MOMENT_S = 0.1
"""The gap that a key needs before it, to send or fire."""
LETTER_GAP_S = 0.02
"""The gap that a letter of a typed word needs before it: fingers are no faster, and pasted letters are."""
QUIET_S = 0.05
"""The gap that such a key needs after it; its action waits as long."""
NOISE = "noise"
"""Stands among the names of keys for input that is none."""
TORN = "torn"
"""Stands behind the name of a kill key whose characters did not come at once: fingers may have pressed them."""

NOT_A_KEY = "Input that is not a key was ignored"
GOES_ON = "The terminal's answer or paste has no end yet: keys are ignored. Press Esc to end it"


class Pressed(Struct, frozen=True):
    """A key: its name, the text that it types if any, and the seconds without other input before it.

    It is torn if it is a sequence whose characters did not come at once.
    """

    name: str
    text: str | None
    gap_s: float
    is_torn: bool = False


class Pasted(Struct, frozen=True):
    """A paste that the terminal marked."""

    text: str


class TypedAhead(Struct, frozen=True):
    """Text that came in one piece: a paste without marks, or keys that a slow line collected."""

    keys: tuple[Press, ...]

    @property
    def text(self) -> str:
        """The text, with carriage returns for enter."""
        return "".join(key.text or "" for key in self.keys)


class Answered(Struct, frozen=True):
    """An answer of the terminal, which is no input."""


class Reported(Struct, frozen=True):
    """A control sequence that reports something: `body` is what stands before its last character."""

    body: str
    final: str


class Expected(Struct, frozen=True):
    """The answer to the question whether the terminal is there, which the writer asked."""


class Ignored(Struct, frozen=True):
    """Input that has no meaning, with a sentence for the trader."""

    why: str


Event = Pressed | Pasted | TypedAhead | Answered | Reported | Clicked | Wheeled | Expected | Ignored
_THERE = Reported("0", "n")
_ESCAPED = 0xDC00
"""The number that `surrogateescape` adds to a byte that is not UTF-8."""
_C1_BYTES = re.compile(r"[\udcc0-\udcff][\udc80-\udcbf]+|[\udc8f\udc90\udc98\udc9b-\udc9f]")
"""A broken character, whose bytes are none of these controls, or the byte of one of them."""


def is_company(event: Event) -> bool:
    """Return whether a key beside this event is not alone. Reports of focus and size come at any time and do not count.

    Nor does the answer to a question of ours.
    """
    return not isinstance(event, Expected) and (not isinstance(event, Reported) or event.final not in ("I", "O", "t"))


class Input:
    """The input of one terminal. Without `reads_mouse`, what a mouse does is a report like any other."""

    def __init__(self, *, reads_mouse: bool = False) -> None:
        self._reads_mouse = reads_mouse
        self._decode = getincrementaldecoder("utf-8")(errors="surrogateescape")
        self._grammar = Grammar()
        self._bursts = Bursts()
        self._last_s = -math.inf
        self._gap_s = 0.0
        """The gap before the sequence that is open, 0 if other input came with its beginning."""
        self.expects_answer = False
        """Says whether the terminal was asked whether it is there, and has not answered."""

    @property
    def is_escape_held(self) -> bool:
        """Return whether escape may have been pressed: an ESC was read, and its time is not over."""
        return self._grammar.is_escape_held

    @property
    def is_open(self) -> bool:
        """Return whether the beginning of something was read, and not its end."""
        return not self._is_at_rest

    @property
    def due_s(self) -> float | None:
        """Return when to call `tick` if nothing is read before; None if there is no need."""
        return self._grammar.due_s

    def feed(self, chunk: bytes, now_s: float) -> Sequence[Event]:
        """Return what these bytes mean, which were read in one piece."""
        if self._is_at_rest:
            self._gap_s = now_s - self._last_s
        events = [*self._events(self._grammar.feed(_with_c1(self._decode.decode(chunk)), now_s), now_s)]
        if self.expects_answer and _THERE in events:
            events[events.index(_THERE)] = Expected()
            self.expects_answer = False
        company = [event for event in events if is_company(event)]
        is_alone = len(company) == 1 and self._is_at_rest
        if company or not self._is_at_rest:
            self._last_s = now_s
        if not is_alone and company:
            self._gap_s = 0.0
        return self._with_gaps(events)

    def tick(self, now_s: float) -> Sequence[Event]:
        """Return what follows from the fact that nothing was read until this time."""
        return [*self._events(self._grammar.tick(now_s), now_s)]

    @property
    def _is_at_rest(self) -> bool:
        return self._grammar.is_at_rest and not self._decode.getstate()[0]

    def _with_gaps(self, events: Sequence[Event]) -> Sequence[Event]:
        if self._gap_s <= 0:
            return events
        return [replace(each, gap_s=self._gap_s) if isinstance(each, Pressed) else each for each in events]

    def _events(self, tokens: Sequence[Token], now_s: float) -> Iterator[Event]:
        for is_text, run in groupby(tokens, _is_text):
            run_tokens = list(run)
            if is_text and self._bursts.is_burst("".join(token.text for token in run_tokens), now_s):
                yield TypedAhead(tuple(press for token in run_tokens for press in presses(token) or ()))
            else:
                yield from (event for token in run_tokens for event in self._meaning(token))

    def _meaning(self, token: Token) -> Sequence[Event]:
        mouse = mouse_event(token) if self._reads_mouse else None
        return _meaning(token) if mouse is None else [*_escape_before(token), mouse]


def _with_c1(text: str) -> str:
    """The text with the control characters of the 8-bit forms, which are not UTF-8, in place of their bytes."""
    return _C1_BYTES.sub(lambda found: chr(ord(found[0]) - _ESCAPED) if len(found[0]) == 1 else found[0], text)


def _is_text(token: Token) -> bool:
    return token.kind is Kind.CHARACTER and (token.text.isprintable() or token.text in "\r\n\t")


def _meaning(token: Token) -> Sequence[Event]:
    if token.kind is Kind.PASTE:
        return [Pasted(token.text.replace("\x00", ""))]
    if token.kind is Kind.ANSWER:
        return [Answered()]
    if token.kind is Kind.WAITING:
        return [Ignored(GOES_ON)]
    if token.kind is Kind.CONTROL and is_report(token):
        return [*_escape_before(token), Reported(token.text, token.final)]
    keys = presses(token)
    return [Ignored(NOT_A_KEY)] if keys is None else [Pressed(key.name, key.text, 0.0, token.is_torn) for key in keys]


def _escape_before(report: Token) -> Sequence[Event]:
    """An ESC before a report is no alt: escape was pressed while the report was on its way."""
    return _meaning(Token(Kind.ESCAPE)) if report.has_alt else []
