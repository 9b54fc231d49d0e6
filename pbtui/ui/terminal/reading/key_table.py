"""The keys behind the sequences of terminals, by the names that Textual gives them.

Sources: xterm's ctlseqs, the kitty keyboard protocol (sw.kovidgoyal.net/kitty/keyboard-protocol), and terminfo's `kf9`
for the older forms of function keys.

A key is named by what it types, with two exceptions where the terminal reports more than that: a letter of another
script is named by its position on a Latin layout, and Caps Lock does not change a name. So commands work on every
layout, and fields still take what was typed.
"""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from pbtui.ui.terminal.reading.symbols import Kind, Token


class Press(NamedTuple):
    """A key: its name, and the text that it types if any."""

    name: str
    text: str | None = None


_REPLACED_NAMES = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
_CONTROL_CHARACTERS = {
    **{chr(code): f"ctrl+{chr(code + 96)}" for code in range(1, 27)},
    "\x00": "ctrl+@",
    "\t": "tab",
    "\r": "enter",
    "\x08": "backspace",
    "\x7f": "backspace",
    "\x1c": "ctrl+backslash",
    "\x1d": "ctrl+right_square_bracket",
    "\x1e": "ctrl+circumflex_accent",
    "\x1f": "ctrl+underscore",
}
_ALT_CHARACTERS = {"\x7f": "ctrl+w", "\t": "shift+tab", "f": "ctrl+right", "b": "ctrl+left"}
"""Meanings of ESC and a character on the Linux console and in iTerm."""

_ARROWS = {"A": "up", "B": "down", "C": "right", "D": "left", "E": "kp_begin", "F": "end", "H": "home"}
_PF_KEYS = {"P": "f1", "Q": "f2", "R": "f3", "S": "f4"}
_SCO_KEYS = {"T": "f8", "U": "f9", "V": "f10", "W": "f11", "X": "f12"}
_LETTERS = {**_ARROWS, **_PF_KEYS}
_F_NUMBERS = (11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34)
_NUMBERS = {
    **dict(enumerate(("home", "insert", "delete", "end", "pageup", "pagedown", "home", "end"), 1)),
    **{code: f"f{number}" for number, code in enumerate(_F_NUMBERS, 1)},
    57427: "kp_begin",
}
_SUN_NUMBERS = {223 + number: f"f{number}" for number in range(1, 13)}
_RXVT_MODIFIERS = {"$": 1, "^": 4, "@": 5}
_KEYPAD_CHARACTERS = dict(zip("jklmnopqrstuvwxy", "*+,-./0123456789", strict=True))
_SINGLES = {
    **_ARROWS,
    **_PF_KEYS,
    **{letter: f"f{number}" for number, letter in enumerate("TUVWXYZ", 5)},
    **{letter: f"ctrl+{_ARROWS[letter.upper()]}" for letter in "abcd"},
    "I": "tab",
    "M": "enter",
}
_REPORTS = frozenset("cnRtyxMm")
"""The finals of device answers and mouse reports."""

# ---------------------------------------------------------------- the kitty protocol

_KEYPAD_MOVES = ("left", "right", "up", "down", "pageup", "pagedown", "home", "end", "insert", "delete", "kp_begin")
_SPECIAL = {
    9: "tab",
    13: "enter",
    27: "escape",
    127: "backspace",
    57361: "print_screen",
    57362: "pause",
    57363: "menu",
    **{57363 + number: f"f{number}" for number in range(1, 36)},
    57414: "enter",
    **dict(enumerate(_KEYPAD_MOVES, 57417)),
}
_KEYPAD = dict(enumerate("0123456789./*-+", 57399)) | {57415: "=", 57416: ","}
_SILENT = frozenset({57358, 57359, 57360, *range(57428, 57455)})
"""Lock keys, media keys and modifiers: they type nothing and are no keys of ours."""
_TYPED_BY = {"enter": "\r", "tab": "\t", "backspace": "\x7f", "escape": "\x1b"}

NAMED_KEYS = frozenset({*_ARROWS.values(), *_NUMBERS.values(), *_TYPED_BY, *(f"f{each}" for each in range(21, 25))})
"""The keys that terminals have and that type nothing printable, by their names without modifiers."""

_SHIFT, _ALT, _CTRL = 1, 2, 4
_CAPS_LOCK, _LOCKS = 64, 64 | 128
_MODIFIERS = ("shift", "alt", "ctrl", "super", "hyper", "meta")
_RELEASED = 3


@lru_cache(1024)
def name_of(character: str) -> str:
    """The name of the key that types this character."""
    if character.isalnum():
        return character
    name = unicodedata.name(character, character).lower().replace("-", "_").replace(" ", "_")
    return _REPLACED_NAMES.get(name, name)


def is_of_another_script(character: str) -> bool:
    """Return whether this is a letter, and none of the Latin script. Its key is named by its position."""
    return character.isalpha() and not unicodedata.name(character, "").startswith("LATIN")


@lru_cache(1024)
def presses(token: Token) -> Sequence[Press] | None:
    """The keys of a token: none for a report or a key that does nothing; None if the token has no meaning."""
    if token.kind is Kind.CONTROL:
        return _control(token.text, token.final, _ALT if token.has_alt else 0)
    if token.kind is Kind.SINGLE:
        return _single(token.text, token.final, _ALT if token.has_alt else 0)
    if token.kind is Kind.CHARACTER:
        control = _CONTROL_CHARACTERS.get(token.text)
        return [Press(control or name_of(token.text), token.text)]
    if token.kind is Kind.ALT:
        return [Press(_ALT_CHARACTERS.get(token.text) or f"alt+{_alt_name(token.text)}")]
    if token.kind is Kind.ESCAPE:
        return [Press("escape", "\x1b")]
    return None


def is_report(token: Token) -> bool:
    """Return whether a control sequence is an answer of the terminal or a report, and no key."""
    if token.text[:1] in ("<", "=", ">", "?") or (token.final in ("I", "O") and not token.text):
        return True
    return token.final in _REPORTS and token.text not in ("", "1")


def _alt_name(character: str) -> str:
    control = _CONTROL_CHARACTERS.get(character)
    name = control or name_of(character)
    return f"shift+{name.lower()}" if len(name) == 1 and name.isupper() else name


def _modified(name: str, modifiers: int) -> str:
    held = [each for bit, each in enumerate(_MODIFIERS) if modifiers & (1 << bit)]
    return "+".join([*sorted(held), name])


def _named(name: str, modifiers: int) -> Press:
    modifiers &= ~_LOCKS
    return Press(_modified(name, modifiers), None if modifiers else _TYPED_BY.get(name))


def _single(body: str, final: str, modifiers: int) -> Sequence[Press] | None:
    if body:
        parameters = _numbers(body.split(";")[-1])
        if parameters is None:
            return None
        modifiers |= max(parameters[0] - 1, 0)
    character = _KEYPAD_CHARACTERS.get(final)
    if character is not None:
        return [_keypad(character, None, modifiers)]
    name = _SINGLES.get(final)
    return None if name is None else [_named(name, modifiers)]


def _control(body: str, final: str, modifiers: int) -> Sequence[Press] | None:
    if final in _RXVT_MODIFIERS and body.isdecimal():
        name = _NUMBERS.get(int(body[:6]))
        return None if name is None else [_named(name, modifiers | _RXVT_MODIFIERS[final])]
    if body == "[":
        return [_named(f"f{ord(final) - ord('A') + 1}", modifiers)]
    if not body and final in _PLAIN:
        name, plus = _PLAIN[final]
        return [_named(name, modifiers | plus)]
    fields = [_numbers(field) for field in body.split(";")]
    if None in fields or len(fields) > 3:
        return None
    return _parameters([field or [0] for field in fields], final, modifiers)


_PLAIN = {
    **{letter: (name, 0) for letter, name in {**_SCO_KEYS, **_LETTERS}.items()},
    **{letter: (_ARROWS[letter.upper()], _SHIFT) for letter in "abcd"},
    "Z": ("tab", _SHIFT),
    "~": ("tab", _SHIFT),
}
"""The keys of sequences without parameters."""


def _parameters(fields: Sequence[Sequence[int]], final: str, modifiers: int) -> Sequence[Press] | None:
    if modifiers:  # ESC before the sequence is alt, never AltGr, so no text is typed
        fields = fields[:2] if final == "u" else fields
    if len(fields) > 1:
        event = fields[1][1] if len(fields[1]) > 1 else 1
        if event == _RELEASED:
            return []
        modifiers |= max(fields[1][0] - 1, 0) & 0xFF
    first = fields[0][0]
    if final == "u":
        return _kitty(fields, modifiers)
    if len(fields[0]) > 1:
        return None
    if final == "~" and first == 27 and len(fields) == 3:
        return _kitty([fields[2]], modifiers)  # xterm's modifyOtherKeys
    if final in _ARROWS and len(fields) == 1:
        return [_named(_ARROWS[final], modifiers | max(first - 1, 0) & 0xFF)]  # old xterm, as in ESC [ 5 A
    name = _function_name(first, final)
    return None if name is None else [_named(name, modifiers | (_SHIFT if final == "Z" else 0))]


def _function_name(number: int, final: str) -> str | None:
    """The name of a key by its number and the last character of its sequence; None if there is no such key."""
    if final == "~":
        return _NUMBERS.get(number)
    if final == "z":
        return _SUN_NUMBERS.get(number)
    if final in _LETTERS and number in (0, 1):
        return _LETTERS[final]
    return "tab" if final == "Z" else None


def _numbers(field: str) -> list[int] | None:
    """The numbers of a parameter with sub-parameters, 0 for a missing one; None if one is no code point."""
    numbers = [int(part) if part.isdecimal() and len(part) <= 7 else 0 if not part else -1 for part in field.split(":")]
    return None if any(number < 0 or number > 0x10FFFF for number in numbers) else numbers


def _kitty(fields: Sequence[Sequence[int]], modifiers: int) -> Sequence[Press] | None:
    """Keys from `code:shifted:base ; modifiers ; text`."""
    code = fields[0][0]
    text = _printable(fields[2]) if len(fields) > 2 else ""
    if code in _SILENT:
        return []
    if code in _SPECIAL:
        return [_named(_SPECIAL[code], modifiers)]
    if code in _KEYPAD:
        return [_keypad(_KEYPAD[code], text or None, modifiers)]
    if code == 0 and text:
        return [Press(name_of(each), each) for each in text]
    character = _printable([code])
    if not character or 0xE000 <= code <= 0xF8FF:
        return None
    shifted, base = ([*fields[0], 0, 0])[1:3]
    return _letter(character, _printable([shifted]), _printable([base]), text, modifiers)


def _printable(codes: Sequence[int]) -> str:
    return "".join(chr(code) for code in codes if not 0xD800 <= code <= 0xDFFF and chr(code).isprintable())


def _keypad(character: str, text: str | None, modifiers: int) -> Press:
    modifiers &= ~_LOCKS
    if modifiers & ~_SHIFT:
        return Press(_modified(name_of(character), modifiers))
    typed = text or character
    return Press(name_of(typed), typed)


def _letter(character: str, shifted: str, base: str, text: str, modifiers: int) -> Sequence[Press]:
    has_caps_lock, modifiers = bool(modifiers & _CAPS_LOCK), modifiers & ~_LOCKS
    is_shifted = bool(modifiers & _SHIFT)
    place = base if is_of_another_script(character) and base.isascii() and base.isalpha() else character
    others = modifiers & ~_SHIFT
    if others and not (text and others in (_ALT, _ALT | _CTRL)):  # with text, alt and ctrl+alt are AltGr
        if is_shifted and shifted and not (place.isalpha() and shifted.isalpha()):
            return [Press(_modified(name_of(shifted.lower()), modifiers if shifted.isalpha() else others))]
        return [Press(_modified(name_of(place), modifiers))]
    if not text and is_shifted and not shifted and not character.isalpha():
        return [Press(_modified(name_of(character), modifiers))]
    typed = text or _typed(character, shifted, is_shifted=is_shifted, has_caps_lock=has_caps_lock)
    if typed == " ":
        return [Press(_modified("space", modifiers & _SHIFT), " ")]
    is_by_place = place != character or (has_caps_lock and typed[0].isascii() and typed[0].isalpha())
    letter = place.upper() if is_shifted else place
    first = Press(letter if is_by_place else name_of(typed[0]), typed[0])
    return [first, *(Press(name_of(each), each) for each in typed[1:])]


def _typed(character: str, shifted: str, *, is_shifted: bool, has_caps_lock: bool) -> str:
    """The text of a key where the terminal does not report it."""
    if character.isalpha() and len(character.upper()) == 1:
        return shifted or character.upper() if is_shifted != has_caps_lock else character
    return shifted if is_shifted else character
