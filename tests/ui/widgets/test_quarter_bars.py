"""The picture of quarter-hours: bars without colour, what is not known, the cursor, and narrow terminals."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from pbtui.desk.exposure.quarters import QUARTER, SHOWN, Quarter
from pbtui.ui.widgets.quarter_bars import Layout, Picture
from tests.desk.exposure.positions_by_hand import a_position, figures

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 22, 13, tzinfo=UTC)
LISTED = (a_position(START, 15, figures()),)


def of(*known: tuple[float | None, float, float], start: datetime = START, listed: int = SHOWN) -> list[Quarter]:
    """24 hours that begin with these net positions, what is bought and what is sold; the rest is 0."""
    rows = [*known, *[(0.0, 0.0, 0.0)] * (SHOWN - len(known))]
    found = []
    for number, row in enumerate(rows):
        net, buying, selling = (None if mw is None else Decimal(str(mw)) for mw in row)
        positions = LISTED if number < listed else ()
        quarter = Quarter(start + number * QUARTER, net, buying, selling, positions)
        found.append(quarter if positions else Quarter(quarter.start))
    return found


def drawn(quarters: Sequence[Quarter], width: int = 58, height: int = 12, **more: object) -> list[str]:
    """The picture as text."""
    options = {"exceeding": [False] * SHOWN, "cursor": 0, "is_read": True, **more}
    picture = Picture(quarters, **options)  # type: ignore[arg-type]
    return ["".join(text for text, _ in line) for line in picture.lines(Layout.fitting(width, height), BERLIN)]


def test_bars_are_named_and_all_to_one_scale() -> None:
    lines = drawn(of((10, 5, 2.5), (-10, 0, 0.01), (None, 0, 0)))
    assert [line.rstrip()[:14] for line in lines[:6]] == [
        " 22 Nov  14  1",
        " buying  ▄····",
        " long    █·?··",
        " short   ·█?··",
        " selling ▂▁···",
        "         ▲",
    ]
    assert len(lines) == 12
    assert lines[6].startswith(" 23 Nov  02  03")
    assert lines[0][9 + 48 :] == "  23 Nov", "midnight is in this row"
    assert {len(line) for line in lines[1:]} == {9 + 48}


def test_what_is_not_known_and_what_has_no_contract_look_different() -> None:
    lines = drawn(of(listed=2))
    assert lines[1].rstrip() == " buying  ··"
    lines = drawn(of(listed=0), is_read=False)
    assert lines[1] == " buying  " + "?" * 48
    assert not any("·" in line for line in lines)


def test_high_bars_are_drawn_in_eighths_of_their_rows() -> None:
    lines = drawn(of((8, 1, 0), (2, 10, 0)), width=121, height=28)
    assert Layout.fitting(121, 28) == Layout(column_width=2, bar_height=3, across=48)
    cells = [line[9:13] for line in lines[1:7]]
    assert cells == ["  ██", "  ██", "▂▂██", "▃▃  ", "██  ", "██▄▄"]
    assert lines[4].startswith(" " * 9)
    assert lines[6].startswith(" long    ")


@pytest.mark.parametrize(
    ("highest", "full"),
    [(0, "1"), (0.071, "0.08"), (0.1, "0.1"), (1, "1"), (1.1, "2"), (3, "3"), (50, "50"), (50.1, "60"), (930, "1000")],
)
def test_the_scale_moves_in_steps_so_that_one_bar_does_not_redraw_all(highest: float, full: str) -> None:
    picture = Picture(of((-highest, 0, 0)), [False] * SHOWN, 0, is_read=True)
    assert picture.full_bar_mw == Decimal(full)


@pytest.mark.parametrize(("width", "height"), [(77, 12), (121, 28), (30, 8), (1, 1)])
def test_the_mark_is_below_the_cursor_in_every_layout(width: int, height: int) -> None:
    layout = Layout.fitting(width, height)
    for cursor in (0, 5, 47, 48, 95):
        lines = drawn(of(), width, height, cursor=cursor)
        column, row = layout.place(cursor)
        assert lines[row][column] == "▲"
        assert sum("▲" in line for line in lines) == 1
        assert all(len(line) <= max(width, 13) for line in lines)


def test_an_exceeded_limit_has_a_sign() -> None:
    exceeding = [number == 1 for number in range(SHOWN)]
    assert drawn(of(), exceeding=exceeding)[5].rstrip() == " " * 9 + "▲!"


def test_the_hour_that_occurs_twice_is_named_twice() -> None:
    lines = drawn(of(start=datetime(2026, 10, 24, 23, tzinfo=UTC)))
    assert lines[0].startswith(" 25 Oct  01  02A 02B 03  04")
    lines = drawn(of(start=datetime(2026, 3, 29, 0, tzinfo=UTC)))
    assert lines[0].startswith(" 29 Mar  01  03  04")
