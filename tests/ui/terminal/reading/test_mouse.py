"""Reports of a mouse: a left click and the wheel, in the SGR form, and only where the mouse is on."""

import pytest

from pbtui.ui.terminal.input import Event, Ignored, Input, Reported, is_company
from pbtui.ui.terminal.reading.mouse import Clicked, Wheeled
from tests.ui.terminal.sequences import F9_FORMS, Line, names, split

MEANINGS = {
    "\x1b[<0;12;40M": Clicked(11, 39),
    "\x1b[<0;1;1M": Clicked(0, 0),
    "\x9b<0;9999;9999M": Clicked(9998, 9998),
    "\x1b[<64;2;3M": Wheeled(1, 2, -3),
    "\x1b[<65;2;3M": Wheeled(1, 2, 3),
}
MEANINGLESS = [
    "\x1b[<0;12;40m",  # the release
    "\x1b[<1;12;40M",
    "\x1b[<2;12;40M",
    "\x1b[<4;12;40M",  # with shift
    "\x1b[<32;12;40M",  # a movement
    "\x1b[<66;12;40M",
    "\x1b[<0;0;40M",
    "\x1b[<0;12;0M",
    "\x1b[<0;-1;4M",
    "\x1b[<0;12;10000M",
    "\x1b[<0;012;4M",
    "\x1b[<0;12M",
    "\x1b[<0;12;40;1M",
    "\x1b[<;;M",
    "\x1b[<00;1;1M",
    "\x1b[<0;1:1;1M",
    "\x1b[<0;12;40T",
    "\x1b[0;12;40M",  # urxvt's form
    "\x1b[M !!",  # that of X10
    "\x1b[<" + "0" * 300 + ";1;1M",
]


def with_mouse(*pieces: bytes, pauses_s: tuple[float, ...] = ()) -> list[Event]:
    line = Line()
    line.reader = Input(reads_mouse=True)
    return line.feed(pieces, pauses_s)


def mouse_of(events: list[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, Clicked | Wheeled)]


@pytest.mark.parametrize("form", MEANINGS, ids=repr)
def test_a_report_is_a_click_or_a_turn_of_the_wheel_only_if_the_mouse_is_on(form: str) -> None:
    assert with_mouse(form.encode()) == [MEANINGS[form]]
    assert [type(event) for event in Line().feed([form.encode()])] == [Reported]


def test_a_torn_report_is_the_same_however_long_it_stands_still() -> None:
    for form, meaning in MEANINGS.items():
        data = form.encode()
        for place in range(1, len(data)):
            for pause_s in (0.0, 0.2, 3_600.0):
                events = with_mouse(*split(data, [place]), pauses_s=(0.0, pause_s))
                assert mouse_of(events) == [meaning], (form, place)
                assert names(events) in ([], ["escape"]), (form, place)
            for f9 in F9_FORMS[:2]:
                events = with_mouse(data[:place], f9.encode())
                assert (mouse_of(events), names(events)[-1][-2:]) == ([], "f9"), (form, place)


@pytest.mark.parametrize("form", MEANINGLESS, ids=lambda form: repr(form[:20]))
def test_anything_else_that_a_mouse_or_a_hostile_terminal_sends_is_neither_a_click_nor_a_key(form: str) -> None:
    events = with_mouse(form.encode())
    assert mouse_of(events) == []
    assert all(isinstance(event, Ignored) or is_company(event) for event in events)
    assert not [name for name in names(events) if not name.startswith(("report", "answer"))]


def test_a_key_beside_a_click_did_not_come_alone() -> None:
    line = Line()
    line.reader = Input(reads_mouse=True)
    line.feed([b"j"])
    pressed = [event for event in line.feed([b"\x1b[<0;1;1My"], [5.0]) if names([event])]
    assert [(key.name, key.gap_s) for key in pressed] == [("y", 0.0)]  # type: ignore[union-attr]
    assert names(line.feed([b"\x1b\x1b[<0;1;1M"], [5.0])) == ["escape"]
