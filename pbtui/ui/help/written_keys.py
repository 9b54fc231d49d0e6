"""Keys as a trader writes them in the settings: their names, and why some can't be used.

Each key can be written as hints, help and key card print it, such as `^n`, `⏎`, `pgdn` or `alt++`.
"""

import re
from string import ascii_letters, printable

from textual.keys import KEY_DISPLAY_ALIASES

from pbtui.ui.terminal.reading.key_table import NAMED_KEYS, is_of_another_script, name_of
from pbtui.ui.terminal.reading.plain_keys import arrives_as
from pbtui.ui.widgets.key_names import NO_KEY, key_words

_MODIFIERS = {"ctrl", "alt", "shift"}
_TYPED = {name_of(each) for each in printable if each.isprintable()}
"""The keys that type a character in a field, by their names."""
_NAMES = _TYPED | NAMED_KEYS
_PRINTED = {printed: key for key, printed in KEY_DISPLAY_ALIASES.items()}
"""The keys that are not printed by their names, by what is printed."""
_WRITTEN = re.compile(r"((?:\w+\+)*)(\^(?=.))?(.+)", re.DOTALL)
"""Modifiers, `^` for ctrl, and the key, which may be `+` or `^`."""
EMPTY_NAME = 'an empty name is no key; write comma for ",", space for the space bar, plus for "+", or none for no key'


def names_in(text: str) -> tuple[str, ...]:
    """Return the names that Textual has for the keys that a setting names, in its sequence, without empty ones."""
    return tuple(_name(written) for each in text.split(",") if (written := each.strip()))


def has_empty_name(text: str) -> bool:
    """Return whether a setting has an empty name where that of a key belongs."""
    return not all(map(str.strip, text.split(",")))


def why_no_key(key: str) -> str:
    """Return why an action can't have this key, by its name; empty if it can."""
    *modifiers, last = key.split("+")
    if key == NO_KEY:
        return ""
    if not set(modifiers) <= _MODIFIERS or not (last in _NAMES or (len(last) == 1 and last.isprintable())):
        return f"{key!r} is no key that an action can have; write it as n, N, ?, ctrl+n, pagedown, or none for no key"
    if len(last) == 1 and is_of_another_script(last):
        return f"{last} is no Latin letter, and some terminals name its key by the Latin letter there; write that one"
    if modifiers == ["shift"] and last in ascii_letters:
        return f"{key!r} never arrives; write the capital letter instead"
    arrives = arrives_as(key)
    if arrives == key:
        return ""
    shown = arrives if arrives in NAMED_KEYS else key_words(arrives)
    how = f"arrives as {shown} from most terminals" if arrives else "begins a sequence in most terminals"
    return f"{key_words(key)} {how}; choose another key"


def types_a_character(key: str) -> bool:
    """Return whether this key types a character in a field."""
    return len(key) == 1 or key in _TYPED


def _name(text: str) -> str:
    """Return the name that Textual has for a key as a trader writes it: `?`, `ctrl+n`, `pagedown`."""
    found = _WRITTEN.fullmatch(text)
    assert found is not None  # noqa: S101 - any text but the empty one matches
    modifiers, caret, last = found.groups()
    held = {*modifiers.lower().split("+")[:-1], *(["ctrl"] if caret else [])}
    last = _PRINTED.get(last, last)
    return "+".join([*sorted(held), name_of(last) if len(last) == 1 else last.lower()])
