"""The grammar of a terminal's input: a state machine that cuts characters into tokens.

The machine has no clock. Times are values in seconds on a steady clock, and they matter in four places only: a lone
ESC becomes the key escape after `ESCAPE_S`; ESC and a letter are alt and that letter within `ALT_S`; what follows the
key escape is the rest of its sequence or keys by `late_rest`; and an open paste can be left after `STALL_S` without
input. A sequence may be torn anywhere, and pauses inside it may have any length.

The states follow ECMA-48 and the parser of Paul Williams (vt100.net/emu/dec_ansi_parser), with what terminals add: SS3,
the doubled bracket of the Linux console, X10 mouse reports, bracketed paste.
"""

from collections.abc import Callable, Mapping
from enum import Enum, auto

from pbtui.ui.terminal.paste import OpenPaste
from pbtui.ui.terminal.reading.late_rest import INTRODUCERS, JOINED_S, REST_S, Follows, LateRest
from pbtui.ui.terminal.reading.symbols import FINALS, Class, Kind, Token, class_of

ESCAPE_S = 0.25
"""The time for which a lone ESC is withheld. A short line sends a lost packet again within this time."""
ALT_S = 0.1
STALL_S = 1.0
LONGEST_SEQUENCE = 256
LONGEST_ANSWER = 4096
"""An answer without an end that is longer than this ends at the next pause of `STALL_S`."""

_KEPT_OF_ANSWER = 64


class State(Enum):
    """The states of the machine."""

    GROUND = auto()
    ESCAPE = auto()
    CONTROL = auto()
    LINUX = auto()
    """After ESC [ [, with which the Linux console begins F1 to F5."""
    MOUSE = auto()
    SINGLE = auto()
    STRING = auto()
    PASTE = auto()
    AFTER_ESCAPE = auto()
    """A lone ESC was emitted as the key escape. The rest of a torn sequence can still come."""
    LATE = auto()
    """After the beginning of such a rest, or of keys."""


class Grammar:
    """The machine. Bytes that are not UTF-8 come to it as lone surrogates, as `surrogateescape` decodes them."""

    def __init__(self) -> None:
        self.state = State.GROUND
        self._tokens: list[Token] = []
        self._now_s = self._escape_s = self._last_s = self._character_s = 0.0
        self._is_joined = self._is_torn = False
        """Say whether the newest character came at once after the one before it, and whether one of its sequence did
        not."""
        self._escapes = 0
        """The number of withheld ESC that become the key escape if nothing follows."""
        self._is_in_string = False
        """Says whether the withheld ESC ended a string, so that a backslash belongs to it."""
        self._body: list[str] = []
        self._length = 0
        self._has_alt = False
        self._late = LateRest("")
        self._open_paste = OpenPaste()
        self._is_stalled = False

    @property
    def is_at_rest(self) -> bool:
        """Return whether no sequence is open."""
        return self.state in (State.GROUND, State.AFTER_ESCAPE) or (self.state is State.LATE and not self._late.held)

    @property
    def is_escape_held(self) -> bool:
        """Return whether an ESC is withheld that becomes the key escape if nothing follows."""
        return self.state in (State.ESCAPE, State.LATE) and self._escapes > 0

    @property
    def due_s(self) -> float | None:
        """Return when `tick` has something to do if no input comes before; None if never."""
        if self.state is State.LATE:
            return self._character_s + REST_S if self._late.held else None
        is_held = self.state is State.ESCAPE or self._open_paste.is_escape_held
        return self._escape_s + ESCAPE_S if is_held else None

    def feed(self, text: str, now_s: float) -> list[Token]:
        """Take characters that were read at this time, and return the tokens that are complete."""
        self._now_s = now_s
        if self.state is State.LATE:
            self._rest(now_s)
        is_open = self.state in (State.STRING, State.PASTE)
        self._is_stalled = is_open and now_s - self._last_s >= STALL_S
        if self._is_stalled and self.state is State.STRING and self._length > LONGEST_ANSWER:
            self._give_up()
            is_open = False
        if self._is_stalled and self.state is State.PASTE:
            self._open_paste.may_be_left = True
        at = 0
        while at < len(text):
            at = self._open_paste.read_until_escape(text, at) if self.state is State.PASTE else at
            if at < len(text):
                self._step(text[at])
                at += 1
        if is_open and self._is_stalled and self.state in (State.STRING, State.PASTE) and not self._open_paste.marker:
            self._emit(Kind.WAITING)
        self._last_s = now_s
        return self._taken()

    def tick(self, now_s: float) -> list[Token]:
        """Note that nothing was read until this time, and return the keys that the input has become so."""
        if self.state is State.LATE:
            self._rest(now_s)
        elif self.due_s is not None and now_s >= self.due_s:
            if self.state is State.ESCAPE:
                self._give_escapes()
                self.state = State.AFTER_ESCAPE
            elif self._open_paste.may_be_left:
                self._end_paste()
                self.state, self._is_in_string = State.AFTER_ESCAPE, False
        return self._taken()

    def _rest(self, now_s: float) -> None:
        """Give out what is held of a late rest, if its time is over."""
        if self.due_s is not None and now_s >= self.due_s:
            self._give_late()

    def _taken(self) -> list[Token]:
        taken, self._tokens = self._tokens, []
        return taken

    def _emit(self, kind: Kind, text: str = "") -> None:
        self._tokens.append(Token(kind, text))

    def _emit_sequence(self, kind: Kind, text: str, final: str) -> None:
        self._tokens.append(Token(kind, text, final, self._has_alt, self._is_torn))

    def _step(self, character: str) -> None:
        """Take a character that was read now."""
        self._is_joined = self._now_s - self._character_s < JOINED_S
        self._is_torn = self._is_torn or not self._is_joined
        self._character_s = self._now_s
        self._take(character)

    def _take(self, character: str) -> None:
        row = _TABLE[self.state]
        row.get(class_of(character), row[None])(self, character)

    # ------------------------------------------------------------ outside a sequence

    def _type(self, character: str) -> None:
        self.state = State.GROUND
        self._emit(Kind.CHARACTER, character)

    def _drop(self, character: str) -> None:
        self._emit(Kind.BROKEN, character)

    def _again(self, character: str) -> None:
        """Take the character as one outside a sequence."""
        self.state = State.GROUND
        self._take(character)

    def _begin_escape(self, character: str) -> None:
        self.state, self._escapes, self._is_in_string = State.ESCAPE, 1, False
        self._escape_s, self._is_torn = self._now_s, False

    def _begin(self, state: State) -> None:
        self.state, self._body, self._length, self._has_alt = state, [], 0, False

    def _begin_control(self, character: str) -> None:
        self._begin(State.CONTROL)
        self._is_torn = False

    def _begin_single(self, character: str) -> None:
        self._begin(State.SINGLE)
        self._is_torn = False

    def _begin_string(self, character: str) -> None:
        self._begin(State.STRING)
        self._is_stalled = False

    # ------------------------------------------------------------ after ESC

    def _give_escapes(self) -> None:
        for _ in range(self._escapes):
            self._emit(Kind.ESCAPE)
        self._escapes = 0

    def _escape_again(self, character: str) -> None:
        if self._escapes == 2:
            self._emit(Kind.ESCAPE)
        self._escapes = min(self._escapes + 1, 2)
        self._is_in_string = False
        self._escape_s, self._is_torn = self._now_s, False

    def _escape_introducer(self, character: str) -> None:
        """Begin a sequence, unless a person may have pressed escape and this key after it."""
        if self._escapes and not self._is_joined and character in INTRODUCERS:
            self._begin_late(character)
        else:
            self._begin_by(character)

    def _begin_by(self, introducer: str) -> None:
        """Begin the sequence of the withheld ESC. With another ESC before it, it is a key with alt, or an answer."""
        state = {"[": State.CONTROL, "O": State.SINGLE}.get(introducer)
        is_doubled = self._escapes == 2
        if state is None:
            if is_doubled:
                self._emit(Kind.ESCAPE)
            self._begin_string(introducer)
        else:
            self._begin(state)
            self._has_alt = is_doubled

    def _escape_string(self, character: str) -> None:
        if self._is_joined or character in INTRODUCERS:
            self._escape_introducer(character)
        else:
            self._escape_other(character)

    def _escape_backslash(self, character: str) -> None:
        if self._is_in_string:
            self.state = State.GROUND
        else:
            self._escape_other(character)

    def _escape_other(self, character: str) -> None:
        if self._now_s - self._escape_s > ALT_S:
            self._give_escapes()
            self._again(character)
            return
        if self._escapes == 2:
            self._emit(Kind.ESCAPE)
        self.state = State.GROUND
        self._emit(Kind.ALT, character)

    # ------------------------------------------------------------ after the key escape was emitted, or may have been

    def _begin_late(self, character: str) -> None:
        self.state, self._late = State.LATE, LateRest(character)

    def _late_string(self, character: str) -> None:
        if character in INTRODUCERS:
            self._begin_late(character)
        else:
            self._again(character)

    def _late_backslash(self, character: str) -> None:
        if self._is_in_string:
            self.state = State.GROUND
        else:
            self._again(character)

    def _after_late(self, character: str) -> None:
        follows = self._late.follow(character, is_joined=self._is_joined or self._escapes > 0)
        if follows is Follows.SEQUENCE:
            self._begin_by(self._late.text[0])
            self._escapes, self._is_torn = 0, True
            for each in f"{self._late.text[1:]}{character}":
                self._take(each)
        elif follows is Follows.KEYS:
            self._give_late()
            self._again(character)

    def _give_late(self) -> None:
        self._give_escapes()
        for each in self._late.give():
            self._emit(Kind.CHARACTER, each)

    # ------------------------------------------------------------ in a sequence

    def _collect(self, character: str) -> None:
        self._length += 1
        if character == "$" and "".join(self._body).isdecimal():
            self._end_control(character)  # rxvt ends keys that are held with shift so
        elif self._length <= LONGEST_SEQUENCE:
            self._body.append(character)

    def _end_control(self, character: str) -> None:
        body = "".join(self._body)
        self.state = State.GROUND
        if self._length > LONGEST_SEQUENCE:
            self._emit(Kind.BROKEN, body)
        elif (body, character) == ("200", "~"):
            self.state, self._is_stalled = State.PASTE, False
        elif (body, character) == ("", "M"):
            self._begin(State.MOUSE)
        elif (body, character) != ("201", "~"):  # the late end of a paste that was left
            self._emit_sequence(Kind.CONTROL, body, character)

    def _bracket_in_control(self, character: str) -> None:
        if self._body:
            self._end_control(character)
        else:
            self.state = State.LINUX

    def _end_linux(self, character: str) -> None:
        if "A" <= character <= "E":
            self.state = State.GROUND
            self._emit_sequence(Kind.CONTROL, "[", character)
        else:
            self._break_off(character)

    def _end_single(self, character: str) -> None:
        self.state = State.GROUND
        self._emit_sequence(Kind.SINGLE, "".join(self._body), character)

    def _take_mouse(self, character: str) -> None:
        self._body.append(character)
        if len(self._body) == 3:
            self.state = State.GROUND
            self._emit(Kind.ANSWER, "mouse")

    def _break_off(self, character: str) -> None:
        self._give_up()
        self._take(character)

    def _cancel(self, character: str) -> None:
        self._give_up()

    def _give_up(self) -> None:
        self.state = State.GROUND
        self._emit(Kind.BROKEN, "".join(self._body))

    # ------------------------------------------------------------ in a string

    def _swallow(self, character: str) -> None:
        self._length += 1
        if self._length <= _KEPT_OF_ANSWER:
            self._body.append(character)

    def _end_string(self, character: str) -> None:
        self.state = State.GROUND
        self._emit(Kind.ANSWER, "".join(self._body))

    def _escape_in_string(self, character: str) -> None:
        self._end_string(character)
        self.state, self._escapes, self._is_in_string = State.ESCAPE, 0, True
        self._escape_s = self._now_s

    def _begin_in_string(self, character: str) -> None:
        self._end_string(character)
        self._take(character)

    # ------------------------------------------------------------ in a paste

    def _read_paste(self, character: str) -> None:
        self._escape_s = self._now_s
        beyond = self._open_paste.read(character)
        if beyond is not None:
            self._end_paste()
            for each in beyond:
                self._take(each)

    def _end_paste(self) -> None:
        self.state = State.GROUND
        paste, self._open_paste = self._open_paste, OpenPaste()
        text = paste.text
        self._emit(Kind.PASTE, text)
        if paste.length > len(text):
            self._emit(Kind.BROKEN)


_Step = Callable[[Grammar, str], None]
_ANYWHERE: Mapping[Class | None, _Step] = {
    Class.ESC: Grammar._begin_escape,
    Class.CSI: Grammar._begin_control,
    Class.SS3: Grammar._begin_single,
    Class.C1_STRING: Grammar._begin_string,
}
_IN_SEQUENCE: Mapping[Class | None, _Step] = {Class.CANCEL: Grammar._cancel, None: Grammar._break_off}

_TABLE: Mapping[State, Mapping[Class | None, _Step]] = {
    State.GROUND: {
        **_ANYWHERE,
        **dict.fromkeys((Class.C1, Class.ST, Class.INVALID), Grammar._drop),
        None: Grammar._type,
    },
    State.ESCAPE: {
        Class.ESC: Grammar._escape_again,
        Class.BRACKET: Grammar._escape_introducer,
        Class.O: Grammar._escape_introducer,
        Class.STRING: Grammar._escape_string,
        Class.BACKSLASH: Grammar._escape_backslash,
        Class.INVALID: Grammar._drop,
        None: Grammar._escape_other,
    },
    State.AFTER_ESCAPE: {
        Class.BRACKET: Grammar._begin_late,
        Class.O: Grammar._begin_late,
        Class.STRING: Grammar._late_string,
        Class.BACKSLASH: Grammar._late_backslash,
        Class.INVALID: Grammar._drop,
        None: Grammar._again,
    },
    State.LATE: {Class.INVALID: Grammar._drop, None: Grammar._after_late},
    State.CONTROL: {
        **_IN_SEQUENCE,
        **dict.fromkeys((Class.PARAMETER, Class.INTERMEDIATE), Grammar._collect),
        **dict.fromkeys(FINALS, Grammar._end_control),
        Class.BRACKET: Grammar._bracket_in_control,
    },
    State.LINUX: {**_IN_SEQUENCE, Class.FINAL: Grammar._end_linux},
    State.MOUSE: {Class.ESC: Grammar._break_off, None: Grammar._take_mouse},
    State.SINGLE: {
        **_IN_SEQUENCE,
        Class.PARAMETER: Grammar._collect,
        **dict.fromkeys(FINALS, Grammar._end_single),
    },
    State.STRING: {
        **dict.fromkeys((Class.BEL, Class.CANCEL, Class.ST), Grammar._end_string),
        **dict.fromkeys((Class.CSI, Class.SS3, Class.C1_STRING), Grammar._begin_in_string),
        Class.ESC: Grammar._escape_in_string,
        None: Grammar._swallow,
    },
    State.PASTE: {None: Grammar._read_paste},
}
"""The step of each state for each class of characters. None stands for all other classes."""
