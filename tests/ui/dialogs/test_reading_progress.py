"""The passages that must be read, and what is left of them."""

from hypothesis import given
from hypothesis import strategies as st

from pbtui.ui.dialogs.reading_progress import Block, Passage, Progress, passages_of

BLOCKS = [
    Block("warning", [[], []]),
    Block("gap", [[]]),
    Block("order", [[], [], []], 2),
    Block("order", [[], []], 1),
    Block("order", [[]], 1),
]


def test_the_first_passages_of_a_kind_are_where_their_deciding_lines_are() -> None:
    assert passages_of(BLOCKS, "order", 2, alone="the order") == [
        Passage("order 1", "more of order 1 is", 3, 2),
        Passage("order 2", "more of order 2 is", 6, 1),
    ]


def test_the_only_one_of_a_kind_has_no_number_and_the_first_of_many_has() -> None:
    assert passages_of(BLOCKS, "warning", 5, alone="the warning") == [
        Passage("warning 1", "more of the warning is", 0, 2)
    ]
    (first,) = passages_of(BLOCKS, "order", 1, alone="the order")
    assert first.words == "more of order 1 is"


@given(
    heights=st.lists(st.integers(0, 4), max_size=5),
    looks=st.lists(st.tuples(st.integers(0, 15), st.integers(0, 6)), max_size=12),
)
def test_a_passage_is_read_once_each_of_its_lines_was_on_the_screen(
    heights: list[int], looks: list[tuple[int, int]]
) -> None:
    passages = [Passage(f"order {n}", "", sum(heights[:n]), height) for n, height in enumerate(heights)]
    progress, seen = Progress(), set[int]()
    progress.look(passages, 0, 0)
    for top, height in looks:
        progress.look(passages, top, height)
        seen |= set(range(top, top + height))
    missing = [line for each in passages for line in range(each.first, each.first + each.height) if line not in seen]
    left = progress.unread(passages)
    assert (None if left is None else left.first) == min(missing, default=None)


def test_what_was_read_stays_read_and_the_rest_of_a_passage_that_is_folded_anew_does_not_count() -> None:
    progress = Progress()
    wide = [Passage("order 1", "", 0, 1), Passage("order 2", "", 1, 2)]
    progress.look(wide, 0, 2)
    narrow = [Passage("order 1", "", 0, 3), Passage("order 2", "", 3, 4)]
    assert progress.unread(narrow) == narrow[1]
    progress.look(narrow, 4, 3)
    assert progress.unread(narrow) == Passage("order 2", "", 3, 1)
