"""Keys as a trader writes them: what is accepted arrives, from every terminal and on every layout."""

import re
import string
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from textual.binding import Binding

from pbtui.settings.key_bindings import KeySettings
from pbtui.ui.app import DeskApp
from pbtui.ui.desk_keys import all_places
from pbtui.ui.help.own_keys import problems_of
from pbtui.ui.help.places import usual_keys
from pbtui.ui.help.written_keys import has_empty_name, names_in, why_no_key
from pbtui.ui.terminal.reading.key_table import NAMED_KEYS, name_of
from pbtui.ui.widgets.key_names import KILL_BINDING, as_printed, key_words
from tests.key_card import PAGE, card_name
from tests.ui.desk_under_test import a_desk_app
from tests.ui.terminal.sequences import feed, names


class Cap(NamedTuple):
    """A key of a layout: what it types without and with shift, and what is there on a US layout."""

    plain: str
    shifted: str
    place: str


LAYOUTS = {
    "US": [Cap("a", "A", "a"), Cap("1", "!", "1"), Cap("/", "?", "/"), Cap("-", "_", "-"), Cap("6", "^", "6")],
    "German": [Cap("1", "!", "1"), Cap("z", "Z", "y"), Cap("ö", "Ö", ";"), Cap("ß", "?", "-"), Cap("+", "*", "]")],
    "French": [Cap("&", "1", "1"), Cap("é", "2", "2"), Cap("a", "A", "q"), Cap("m", "M", ";"), Cap("²", "", "`")],
    "Spanish": [Cap("ñ", "Ñ", ";"), Cap("º", "ª", "`"), Cap("ç", "Ç", "\\"), Cap("¡", "¿", "=")],
    "Turkish": [Cap("ı", "I", "i"), Cap("i", "İ", "'"), Cap("ş", "Ş", ";")],
    "Polish, programmer's": [Cap("ł", "Ł", ";"), Cap("ż", "Ż", "[")],
    "Persian digits": [Cap("۱", "!", "1"), Cap("ش", "ؤ", "a")],
    "Russian": [Cap("ф", "Ф", "a"), Cap("н", "Н", "y"), Cap("х", "Х", "["), Cap("ё", "Ё", "`"), Cap("1", "!", "1")],
    "Greek": [Cap("α", "Α", "a"), Cap("λ", "Λ", "l")],
    "Hebrew": [Cap("ש", "A", "a"), Cap("/", "Q", "q")],
    "full width": [Cap("ａ", "Ａ", "a")],
}
SHIFT, ALT, CTRL = 1, 2, 4
USABLE = [
    each
    for modifiers in ("", "ctrl+", "alt+", "shift+", "alt+ctrl+", "alt+shift+", "ctrl+shift+", "alt+ctrl+shift+")
    for last in sorted({*map(name_of, string.printable), *NAMED_KEYS, *"éßñÖ"})
    if not why_no_key(each := f"{modifiers}{last}")
]
"""The keys that an action can have."""


def sent(cap: Cap, modifiers: int) -> Iterator[str]:
    """What terminals send for a key: an old one, one with the kitty protocol, and one that does not report the text."""
    typed = cap.shifted if modifiers & SHIFT else cap.plain
    if not modifiers & CTRL:
        yield f"\x1b{typed}" if modifiers & ALT else typed
    place = "" if cap.place == cap.plain else str(ord(cap.place))
    shifted = str(ord(cap.shifted)) if modifiers & SHIFT else ""
    alternates = f":{shifted}:{place}" if place else f":{shifted}" if shifted else ""
    code = f"{ord(cap.plain)}{alternates};{modifiers + 1 if modifiers else ''}"
    yield f"\x1b[{code.removesuffix(';')}u"
    if not modifiers & ~SHIFT:
        yield f"\x1b[{code};{ord(typed)}u"


def written(cap: Cap, modifiers: int) -> set[str]:
    """The ways to write a key with these modifiers held. Only that of a capital letter can be written with shift."""
    typed = cap.shifted if modifiers & SHIFT else cap.plain
    others = "".join(each for bit, each in ((CTRL, "ctrl+"), (ALT, "alt+")) if modifiers & bit)
    with_shift = {f"{others}shift+{cap.plain}"} if modifiers & SHIFT and cap.shifted == cap.plain.upper() else set()
    return {f"{others}{typed}", *with_shift}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_key_that_is_accepted_arrives_from_every_terminal(layout: str) -> None:
    accepted = 0
    for cap in LAYOUTS[layout]:
        for modifiers in (0, SHIFT, ALT, ALT | SHIFT, CTRL, CTRL | SHIFT):
            if modifiers & SHIFT and not cap.shifted:
                continue
            keys = {names_in(each)[0] for each in written(cap, modifiers)}
            for key in (each for each in keys if not why_no_key(each)):
                accepted += 1
                found = {form: names(feed([form.encode()])) for form in sent(cap, modifiers)}
                assert found == {form: [key] for form in found}, key
    assert accepted or layout in ("Greek", "full width")


@pytest.mark.parametrize("letter", [*"фФяλשع漢あａＡµʰ"])
@pytest.mark.parametrize("action_id", ["kill_prompt.fire", "order.delete", "preview.send"])
@pytest.mark.parametrize("modifier", ["", "alt+", "ctrl+", "shift+"])
def test_a_letter_of_another_script_is_refused_and_what_to_write_is_named(
    letter: str, action_id: str, modifier: str
) -> None:
    (problem,) = problems_of({action_id: f"{modifier}{letter}"}, all_places(), ("f9",))
    assert str(problem) == (
        f"keys.{action_id}: {letter} is no Latin letter, and some terminals name its key by the Latin letter there;"
        " write that one"
    )


def test_letters_with_accents_are_latin() -> None:
    assert [each for each in "éßñøłżığŒþÖİ" if why_no_key(each)] == []


def a_desk() -> DeskApp:
    return a_desk_app("http://127.0.0.1:1/acme/epex/v2/api", kill_key_has_arrived=False)


def printed(app: DeskApp, key: str) -> set[str]:
    """A key as hints, help, palette and key card print it, and as sentences name it."""
    return {app.get_key_display(Binding(key, "")), key_words(key), as_printed(key_words(key)), card_name(key)}


def test_every_key_can_be_written_as_it_is_printed() -> None:
    app, usual = a_desk(), {key for each in usual_keys(all_places()).values() for key in each.keys}
    assert len(usual) > 60
    assert len(USABLE) > 200
    for key in {*usual, *USABLE}:
        assert {each: names_in(each) for each in printed(app, key)} == dict.fromkeys(printed(app, key), (key,))
        assert not any(map(has_empty_name, printed(app, key)))


def test_every_key_of_the_key_card_is_accepted() -> None:
    rows = re.findall(r"^\| (`.*`) \| .* \| `(.*)` \|$", PAGE.read_text(), re.MULTILINE)
    usual = usual_keys(all_places())
    assert len(rows) > 100
    for keys, action_id in rows:
        text = ",".join(re.findall(r"`(\S+)`", keys.replace("\\|", "|")))
        assert names_in(text) == usual[action_id].keys
        assert action_id == KILL_BINDING or problems_of({action_id: text}, all_places(), ("f9",)) == ()


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("+", ("plus",)),
        ("alt++", ("alt+plus",)),
        ("^+", ("ctrl+plus",)),
        ("^", ("circumflex_accent",)),
        ("^^", ("ctrl+circumflex_accent",)),
        ("alt+^", ("alt+circumflex_accent",)),
        ("shift+^⏎ , comma,Space", ("ctrl+shift+enter", "comma", "space")),
        ("⇧", ("⇧",)),
    ],
)
def test_a_key_is_read_as_it_is_written(text: str, keys: tuple[str, ...]) -> None:
    assert names_in(text) == tuple(name_of(each) if len(each) == 1 else each for each in keys)


@pytest.mark.parametrize("key", ["f9", "ctrl+f8", "ctrl+shift+f12", "alt+f5"])
def test_the_kill_key_can_be_written_as_it_is_printed(key: str) -> None:
    for text in printed(a_desk(), key):
        assert KeySettings(kill=text).kill_keys == (key,)
