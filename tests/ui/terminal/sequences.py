"""What terminals send, and a reader that is fed in pieces."""

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

from pbtui.ui.terminal.input import Answered, Event, Ignored, Input, Pasted, Pressed, Reported, TypedAhead

F9_FORMS = [
    "\x1b[20~",
    "\x1b[20;1~",
    "\x1b[20;1:1~",
    "\x1b[20;1:2~",
    "\x1b[20;65~",
    "\x1b[20;129~",
    "\x1b[20;193:1~",
    "\x1b[27;1;57372~",
    "\x1b[57372u",
    "\x1b[57372;129u",
    "\x1b[U",
    "\x1b[232z",
    "\x1b[232;1z",
    "\x1bOX",
    "\x9b20~",
    "\x9b20;1~",
]
"""F9 as terminals send it: VT220, kitty with event types and locks, modifyOtherKeys, SCO, Sun, xterm-r5, 8-bit C1."""
MODIFIED_F9 = {
    "\x1b[20;2~": "shift+f9",
    "\x1b[20;3~": "alt+f9",
    "\x1b[20;5~": "ctrl+f9",
    "\x1b[20;86~": "ctrl+hyper+shift+f9",
    "\x1b[20;34:1~": "meta+shift+f9",
    "\x1b[20$": "shift+f9",
    "\x1b[20^": "ctrl+f9",
    "\x1b[20@": "ctrl+shift+f9",
    "\x1b\x1b[20~": "alt+f9",
    "\x1bO2X": "shift+f9",
    "\x1b[232;5z": "ctrl+f9",
}
ANSWERS = [
    "\x1b]11;rgb:1e1e/dada/1e1e\x07",
    "\x1b]10;rgb:ffff/ffff/ffff\x1b\\",
    "\x1b]4;7;rgb:c0c0/c0c0/c0c0\x1b\\",
    "\x1b]52;c;eWVzIGt5DQ==\x07",
    "\x1b]lmy title, y k\x1b\\",
    "\x1bP>|kitty(0.36.4)\x1b\\",
    "\x1bP1$r0;1m\x1b\\",
    "\x1bP1+r544e=787465726d\x1b\\",
    "\x1bP!|7E565445\x1b\\",
    "\x1b_Gi=31;OK: y\x1b\\",
    "\x1bXsos yk\x1b\\",
    "\x1b^pm yk\x1b\\",
    "\x9d11;rgb:0/0/0\x9c",
    "\x90>|yk\x9c",
    "\x1b]11;rgb:1e1e/dada/1e1e\x18",
    "\x1b]11;rgb:1e1e/dada/1e1e\x1a",
    "\x1b[M yk",
]
REPORTS = [
    "\x1b[?62;22c",
    "\x1b[>41;354;0c",
    "\x1b[=0c",
    "\x1b[0n",
    "\x1b[12;40R",
    "\x1b[?12;40;1R",
    "\x1b[?2026;2$y",
    "\x1b[4;1$y",
    "\x1b[?29u",
    "\x1b[48;24;80;480;800t",
    "\x1b[8;24;80t",
    "\x1b[I",
    "\x1b[O",
    "\x1b[<35;12;40M",
    "\x1b[<0;12;40m",
    "\x1b[35;12;40M",
    "\x1b[2;1;1;120;120;1;0x",
]
KEYS = {
    "\x1b[A": "up",
    "\x1bOB": "down",
    "\x1b[1;5C": "ctrl+right",
    "\x1b[3~": "delete",
    "\x1b[Z": "shift+tab",
    "\x1bOP": "f1",
    "\x1b[[E": "f5",
    "\x1b[97;5u": "ctrl+a",
    "\x1b[121;;121u": "y",
    "\x1b[97:65;2u": "A",
    "\x1b[1083::107;;1083u": "k",
    "\x1b[27u": "escape",
    "\x1b[57412;;45u": "minus",
    "\x1bOm": "minus",
    "\x1b[27;5;13~": "ctrl+enter",
    "\r": "enter",
    "\x7f": "backspace",
    "\x13": "ctrl+s",
    "y": "y",
    "é": "é",
    "л": "л",
    "€": "euro_sign",
    "𝄞": "musical_symbol_g_clef",
}
PASTES = {
    "\x1b[200~45.10\rq\ry\x1b[201~": "45.10\rq\ry",
    "\x1b[200~\x1b[20~\x1b[31mк\x1b[201~": "\x1b[20~\x1b[31mк",
    "\x1b[200~\x1b[201~": "",
    "\x1b[200~a\x1b\x1b[201~": "a\x1b",
}
SILENT = ["\x1b[57441u", "\x1b[57358;65u", "\x1b[57360;;48u", "\x1b[20;1:3~", "\x1b[121;1:3u"]
"""Modifiers, locks, media keys, and keys that are let go."""
ODD = ["\x1b[1114112u", "\x1b[:D", "\x1b[::::u", "\x1b[;;;;u", "\x1b[55296u", "\x1b[99999999999~", "\x1b[1;1;1;1;1A"]
ODD += ["\x1b[20", "\x1b[;:", "\x1bO9", "\x1b[57358;1;1114112u", "\x1b[0u", "\x1b[?", "\x1b[ q", "\x1b[1;5y"]


class Line:
    """The line from a terminal: pieces of input, and the time between them."""

    def __init__(self) -> None:
        self.reader = Input()
        self._now_s = 1_000.0

    def feed(self, pieces: Iterable[bytes], pauses_s: Sequence[float] = ()) -> list[Event]:
        """What follows from these pieces, with a pause before each of them; a missing one is none at all."""
        events: list[Event] = []
        for number, piece in enumerate(pieces):
            events += self._wait(pauses_s[number] if number < len(pauses_s) else 0.0)
            events += self.reader.feed(piece, self._now_s)
        due_s = self.reader.due_s
        return events if due_s is None else [*events, *self._wait(due_s - self._now_s)]

    def _wait(self, pause_s: float) -> Sequence[Event]:
        due_s, self._now_s = self.reader.due_s, self._now_s + pause_s
        return self.reader.tick(due_s) if due_s is not None and due_s <= self._now_s else ()


def feed(pieces: Iterable[bytes], pauses_s: Sequence[float] = ()) -> list[Event]:
    """What follows from these pieces on a new line, as `Line.feed` has it."""
    return Line().feed(pieces, pauses_s)


def split(data: bytes, places: Iterable[int]) -> list[bytes]:
    """The data, cut at these places."""
    cuts = sorted({0, len(data), *(place for place in places if place < len(data))})
    return [data[begin:end] for begin, end in pairwise(cuts)]


def cut(data: bytes, lengths: Iterable[int]) -> list[bytes]:
    """The data in pieces of these lengths, with what is left at the end."""
    return split(data, accumulate(lengths))


def names(events: Iterable[Event]) -> list[str]:
    """The keys of these events; other events in words."""
    found: list[str] = []
    for event in events:
        if isinstance(event, Pressed):
            found.append(event.name)
        elif isinstance(event, TypedAhead):
            found += [key.name for key in event.keys]
        elif isinstance(event, Pasted):
            found.append(f"paste {event.text}")
        elif isinstance(event, Reported):
            found.append(f"report {event.body}{event.final}")
        elif isinstance(event, Answered):
            found.append("answer")
    return found


def ignored(events: Iterable[Event]) -> list[str]:
    """The sentences about input that was ignored."""
    return [event.why for event in events if isinstance(event, Ignored)]
