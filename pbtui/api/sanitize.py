"""Makes server text safe for a terminal.

Other people's programs write the texts of orders. A control sequence in a text could set the clipboard, type keys or
hide a row. A bidirectional override could swap the digits of a price next to it.

An id is sent exactly as the server wrote it. To be shown it has to be safe, and ids that differ must look different. An
id that is not safe is therefore shown in a safe form with a checksum, such as `a�1~0c4f7a2b`. The program holds ids in
the shown form only; this module knows the id that each stands for.
"""

import re
import unicodedata
import zlib
from collections.abc import Sequence

MAX_TEXT_LENGTH = 4096
MAX_COMBINING_MARKS = 3
_MAX_ID_LENGTH = 100

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_COMBINING = frozenset({"Mn", "Me"})
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
_SURROGATE = re.compile("[\ud800-\udfff]")


def safe_text(text: str) -> str:
    """Return the text in NFC, with everything made visible that a terminal might obey, reorder or hide.

    C0 controls become their control pictures (ESC is shown as ␛). C1 controls, bidirectional and other format
    characters, unassigned code points, surrogates, variation selectors, regional indicators and skin tones become
    U+FFFD. A character keeps at most three combining marks. The result has at most MAX_TEXT_LENGTH characters; a
    shortened text ends with its original length. Applying the function twice has the same effect as applying it once.
    """
    if len(text) <= MAX_TEXT_LENGTH and text.isascii() and text.isprintable():
        return text
    whole_length = len(text)
    cut = whole_length > MAX_TEXT_LENGTH
    text = unicodedata.normalize("NFC", _SURROGATE.sub(_REPLACEMENT, text[:MAX_TEXT_LENGTH]))
    text = _visible(text)
    if cut or len(text) > MAX_TEXT_LENGTH:
        notice = f"… ({whole_length} characters)"
        text = text[: MAX_TEXT_LENGTH - len(notice)] + notice
    return text


_wire_ids: dict[str, str] = {}
"""The ids that are not safe to show, by their shown form."""


def shown_id(wire: str) -> str:
    """Return an id in the form to be shown: itself if it is safe. A shown form stays as it is."""
    safe = safe_text(wire)
    if safe == wire:
        return wire
    shown = f"{safe[:_MAX_ID_LENGTH]}~{zlib.crc32(wire.encode('utf-8', 'surrogatepass')):08x}"
    _wire_ids[shown] = wire
    return shown


def wire_id(shown: str) -> str:
    """Return the id to send for a shown one."""
    return _wire_ids.get(shown, shown)


def wire_ids(shown: Sequence[str]) -> Sequence[str]:
    """Return the ids to send for shown ones."""
    return [wire_id(each) for each in shown]


def _visible(text: str) -> str:
    shown: list[str] = []
    marks = MAX_COMBINING_MARKS  # a mark at the start would combine with the character drawn before the text
    for character in text:
        category = unicodedata.category(character)
        if category in _COMBINING and not _changes_its_neighbour(character):
            marks += 1
            if marks <= MAX_COMBINING_MARKS:
                shown.append(character)
            continue
        marks = 0
        shown.append(_visible_character(character, category))
    return "".join(shown)


def _visible_character(character: str, category: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    if category in _UNSAFE or _changes_its_neighbour(character):
        return _REPLACEMENT
    if category == "Zs":
        return " "
    return character


def _changes_its_neighbour(character: str) -> bool:
    """Return whether it is a variation selector, half of a flag or a skin tone.

    Terminals disagree on the width of such a character together with its neighbour, so the rest of the line would
    shift.
    """
    return (
        "\ufe00" <= character <= "\ufe0f"
        or "\U000e0100" <= character <= "\U000e01ef"
        or "\U0001f1e6" <= character <= "\U0001f1ff"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
