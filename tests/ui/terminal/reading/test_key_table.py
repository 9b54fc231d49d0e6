"""The keys behind sequences: names as Textual has them, and what the kitty protocol reports beyond that."""

import string

import pytest
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS, IGNORE_SEQUENCE
from textual._xterm_parser import XTermParser

from pbtui.ui.terminal.input import Pressed
from pbtui.ui.terminal.reading.key_table import name_of
from tests.ui.terminal.sequences import feed, ignored, names


def keys(data: str) -> list[tuple[str, str | None]]:
    return [(event.name, event.text) for event in feed([data.encode()]) if isinstance(event, Pressed)]


# ---------------------------------------------------------------- as Textual names them

DIFFERENT = {
    "\x1b\x1b": "two escapes, or the beginning of alt and a sequence",
    "\x9b": "the beginning of a sequence",
    "\x1b[~": "shift+tab on a Windows console, which Textual takes for home",
    "\x1b[7^": "rxvt's ctrl+home; Textual has them the other way round",
    "\x1b[8^": "rxvt's ctrl+end",
    "\x1bOb": "rxvt's ctrl+down, which Textual takes for ctrl+up",
    "\x1b-": "alt+minus, which Textual takes for a dash",
    "\x1b=": "alt and =",
    "\x1b§": "alt and §",
    **{f"\x1b[{number}{end}": "rxvt's shift and ctrl+shift" for number in (23, 24) for end in "$@"},
    **{f"\x1b[{number}~": "F13 and above" for number in (25, 26, 28, 29, 31, 32, 33, 34)},
    **{f"\x1b[{number}~": "tmux on Windows, scrolling" for number in (62, 63)},
    **{f"\x1b[5{arrow}": "Textual takes these for control characters" for arrow in "ABCD"},
    **{f"\x1b[1;{modifier}{letter}": "mintty, nothing we use" for modifier in "5678" for letter in "pqrstuvwxy"},
    **{f"\x1b[1;{modifier}R": "the position of the cursor, from other programs" for modifier in "256"},
    **{f"\x1b{digit}": "alt and a digit" for digit in string.digits},
}


def of_textual(sequence: str) -> list[str]:
    """The names that Textual gives. Its escape before a key is alt."""
    found = [event.key for event in XTermParser()._sequence_to_key_events(sequence)]
    return [f"alt+{found[1]}"] if len(found) == 2 and found[0] == "escape" else found


def test_keys_have_the_names_that_textual_gives_them() -> None:
    sequences = [key for key, meaning in ANSI_SEQUENCES_KEYS.items() if meaning is not IGNORE_SEQUENCE]
    for sequence in {*sequences, *string.printable, *"äéßжλ€漢"} - {*DIFFERENT, "\x1b"}:
        assert names(feed([sequence.encode()])) == of_textual(sequence), sequence


@pytest.mark.parametrize("character", [*string.printable.strip(), "€", "ø", "漢"])
def test_a_character_has_one_name_however_it_comes(character: str) -> None:
    typed = keys(character)
    assert typed == [(name_of(character), character)]
    assert keys(f"\x1b[{ord(character.lower())};;{ord(character)}u") == typed
    assert keys(f"\x1b[{ord(character)}u") == typed


# ---------------------------------------------------------------- the kitty protocol

PRICE = {"-": 57412, "4": 57403, "5": 57404, ".": 57409, "1": 57400, "0": 57399, "+": 57413, "/": 57410, "*": 57411}


@pytest.mark.parametrize("locks", ["", ";129", ";193", ";129:1"])
def test_the_keypad_types_itself_without_text(locks: str) -> None:
    for character, code in {**PRICE, "=": 57415, ",": 57416}.items():
        assert keys(f"\x1b[{code}{locks}u") == [(name_of(character), character)]
        assert keys(f"\x1b[{code}{locks or ';'};{ord(character)}u") == [(name_of(character), character)]


def test_the_keypad_types_the_decimal_comma_of_its_layout() -> None:
    assert keys("\x1b[57409;129;44u") == [("comma", ",")]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("\x1b[57412;3u", "alt+minus"),
        ("\x1b[57413;131u", "alt+plus"),
        ("\x1b[61:43;4u", "alt+plus"),
        ("\x1b[223:63:45;4u", "alt+question_mark"),
        ("\x1b[233:50;4u", "alt+2"),
        ("\x1b[47:81:113;4u", "alt+shift+q"),
        ("\x1b[1083:1051:107;4u", "alt+shift+k"),
        ("\x1b[57417u", "left"),
        ("\x1b[57426;129u", "delete"),
        ("\x1b[57414;129u", "enter"),
        ("\x1b[97;5u", "ctrl+a"),
        ("\x1b[97:65;6u", "ctrl+shift+a"),
        ("\x1b[13;2u", "shift+enter"),
        ("\x1b[1;129A", "up"),
        ("\x1b[3;66~", "shift+delete"),
        ("\x1b[127;9u", "super+backspace"),
    ],
)
def test_modifiers_count_and_locks_do_not(data: str, name: str) -> None:
    assert [found for found, _ in keys(data)] == [name]


@pytest.mark.parametrize("code", [57358, 57359, 57360, *range(57428, 57455)])
@pytest.mark.parametrize("rest", ["", ";129", ";65;48", ";;13"])
def test_lock_media_and_modifier_keys_type_nothing(code: int, rest: str) -> None:
    events = feed([f"\x1b[{code}{rest}u".encode()])
    assert events == []


def test_num_lock_between_digits_changes_nothing() -> None:
    assert keys("\x1b[49;;49u\x1b[57360;;48u\x1b[50;129;50u") == [("1", "1"), ("2", "2")]


@pytest.mark.parametrize("locks", [0, 64, 128, 192])
def test_special_keys_are_the_same_with_locks(locks: int) -> None:
    for code, key in {
        13: ("enter", "\r"),
        9: ("tab", "\t"),
        127: ("backspace", "\x7f"),
        27: ("escape", "\x1b"),
    }.items():
        assert keys(f"\x1b[{code};{1 + locks}u") == [key]


# ---------------------------------------------------------------- layouts and Caps Lock


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ("\x1b[1083::107;;1083u", ("k", "л")),
        ("\x1b[1083:1051:107;2;1051u", ("K", "Л")),
        ("\x1b[1083::107u", ("k", "л")),
        ("\x1b[954::107;;954u", ("k", "κ")),
        ("\x1b[1500::107;;1500u", ("k", "ל")),
        ("\x1b[1085::121;;1085u", ("y", "н")),
        ("\x1b[1085::121;129;1085u", ("y", "н")),
        ("\x1b[1099::115;5u", ("ctrl+s", None)),
        ("\x1b[1083;;1083u", ("л", "л")),
        ("\x1b[122::121;;122u", ("z", "z")),
        ("\x1b[246::59;;246u", ("ö", "ö")),
        ("\x1b[233::119;;233u", ("é", "é")),
        ("\x1b[113::97;;113u", ("q", "q")),
    ],
)
def test_a_letter_of_another_script_has_the_name_of_its_position(data: str, key: tuple[str, str | None]) -> None:
    assert keys(data) == [key]


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ("\x1b[121;65;89u", ("y", "Y")),
        ("\x1b[121;65u", ("y", "Y")),
        ("\x1b[121:89;66;121u", ("Y", "y")),
        ("\x1b[121:89;2;89u", ("Y", "Y")),
        ("\x1b[1085::121;65;1053u", ("y", "Н")),
        ("\x1b[49;65;49u", ("1", "1")),
        ("\x1b[49:33;66;33u", ("exclamation_mark", "!")),
        ("Y", ("Y", "Y")),
    ],
)
def test_caps_lock_does_not_change_the_name_where_the_terminal_reports_it(
    data: str, key: tuple[str, str | None]
) -> None:
    assert keys(data) == [key]


def test_what_an_input_method_composes_is_typed() -> None:
    assert keys("\x1b[0;;28450:23383u") == [("漢", "漢"), ("字", "字")]
    assert keys("\x1b[101;7;8364u") == [("euro_sign", "€")]


def test_a_key_that_is_let_go_is_none_and_one_that_repeats_is_one() -> None:
    assert keys("\x1b[121;1:1;121u\x1b[121;1:2;121u\x1b[121;1:3u") == [("y", "y"), ("y", "y")]
    assert ignored(feed([b"\x1b[121;1:3u"])) == []
