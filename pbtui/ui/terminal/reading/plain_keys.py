"""Keys as most terminals send them: a key that types a character is that character, whatever is held with it.

`ctrl` leaves five bits of it, `alt` puts ESC before it, and `shift` makes it upper case. So several keys are the same
bytes, and some are the beginning of a sequence.
"""

from string import ascii_uppercase, printable

from pbtui.ui.terminal.reading.grammar import ESCAPE_S, Grammar
from pbtui.ui.terminal.reading.key_table import name_of, presses

_CHARACTERS = {
    **{name_of(each): each for each in printable if each.isprintable()},
    "tab": "\t",
    "enter": "\r",
    "escape": "\x1b",
    "backspace": "\x7f",
}
"""Characters by the names of the keys that send one; a character that is not ASCII is the name of its key."""
_WITH_CTRL = {
    **{each: chr(ord(each) & 0x1F) for each in f"@{ascii_uppercase}[\\]^_"},
    **dict(zip(" 2345678/?", "\x00\x00\x1b\x1c\x1d\x1e\x1f\x7f\x1f\x7f", strict=True)),
    "\x7f": "\x08",
}


def arrives_as(key: str) -> str:
    """Return the name of the key that the bytes of this key mean; empty if they mean none.

    A key that sends more than a character, such as a function key, arrives as itself.
    """
    sent = _sent(*key.split("+"))
    if not sent:
        return key
    grammar = Grammar()
    tokens = [*grammar.feed(sent, 0.0), *grammar.tick(ESCAPE_S)]
    names = [press.name for token in tokens for press in presses(token) or ()]
    return names[0] if len(names) == 1 else ""


def _sent(*parts: str) -> str:
    """Return the characters of a key; empty if it sends a sequence."""
    modifiers, last = set(parts[:-1]), parts[-1]
    character = _CHARACTERS.get(last, last if len(last) == 1 else "")
    if not character or not modifiers or (character == "\t" and modifiers == {"shift"}):
        return ""
    if "shift" in modifiers:
        character = character.upper()
    if "ctrl" in modifiers:
        character = _WITH_CTRL.get(character.upper(), character)
    return f"\x1b{character}" if "alt" in modifiers else character
