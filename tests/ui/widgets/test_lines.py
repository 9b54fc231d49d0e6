"""How lines are fitted into a width."""

from hypothesis import given
from hypothesis import strategies as st

from pbtui.ui.widgets.lines import Line, fitting

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
