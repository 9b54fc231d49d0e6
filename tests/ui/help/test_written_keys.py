"""Keys as a trader writes them: what is accepted arrives, from every terminal and on every layout."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from pbtui.ui.desk_keys import all_places
from pbtui.ui.help.own_keys import problems_of
from pbtui.ui.help.written_keys import names_in, why_no_key
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
