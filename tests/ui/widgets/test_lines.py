"""How lines are fitted into a width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pbtui.ui.widgets.lines import Line, TextLines, cut, fitting
from tests.ui.terminal.screen_text import screen_lines
from tests.ui.terminal.two_screens import TwoScreens

SECTIONS = st.lists(st.tuples(st.integers(0, 5), st.text("ab", min_size=1, max_size=9)), max_size=6)


@given(SECTIONS, st.integers(0, 40))
def test_the_highest_ranks_are_left_out_until_the_rest_fits(named: list[tuple[int, str]], width: int) -> None:
    sections: list[tuple[int, Line]] = [(rank, [(text, "text")]) for rank, text in named]
    kept = fitting(sections, width)
    assert sum(len(text) for text, _ in kept) <= width
    by_rank = sorted(named, key=lambda section: section[0])
    first_ranks = [text for rank, text in by_rank if rank == by_rank[0][0]]
    if sum(map(len, first_ranks)) <= width:
        assert set(first_ranks) <= {text for text, _ in kept}


def test_the_kept_sections_stay_in_their_sequence() -> None:
    sections: list[tuple[int, Line]] = [(2, [("orders ", "label")]), (1, [("LIVE ", "good")]), (0, [("F9", "key")])]
    assert fitting(sections, 14) == [("orders ", "label"), ("LIVE ", "good"), ("F9", "key")]
    assert fitting(sections, 13) == [("LIVE ", "good"), ("F9", "key")]


@pytest.mark.parametrize(
    ("line", "width", "shown"),
    [
        (("price ", "1234.56"), 13, "price 1234.56"),
        (("price ", "1234.56"), 12, "price 1234.…"),
        (("price ", "1234.56"), 7, "price …"),
        (("price ", "1234.56"), 6, "price…"),
        (("price ", "1234.56", "   "), 13, "price 1234.56"),
        (("price 電力", "1"), 9, "price 電…"),
        (("price",), 0, ""),
    ],
)
def test_a_line_that_is_too_long_is_never_cut_without_a_mark(line: tuple[str, ...], width: int, shown: str) -> None:
    pieces: Line = [(text, "text") for text in line]
    assert "".join(text for text, _ in cut(pieces, width)) == shown


@given(st.lists(st.text("a1電 ", max_size=6), max_size=5), st.integers(0, 20))
def test_what_is_cut_keeps_its_roles_and_fits(texts: list[str], width: int) -> None:
    line: Line = [(text, str(number)) for number, text in enumerate(texts)]
    pieces, whole = cut(line, width), "".join(texts)
    shown = "".join(text for text, _ in pieces)
    assert cell_len(shown) <= width
    assert [role for _, role in pieces] == [role for _, role in line]
    assert shown.endswith("…") == (cell_len(whole.rstrip()) > width > 0)


async def test_a_widget_marks_what_it_cuts() -> None:
    app = TwoScreens()
    async with app.run_test(size=(12, 3)) as pilot:
        shown = TextLines()
        await app.screen.mount(shown)
        shown.show([[("price ", "label"), ("1234.56", "text")]])
        await pilot.pause()
        assert "price 1234…" in "\n".join(screen_lines(app))
