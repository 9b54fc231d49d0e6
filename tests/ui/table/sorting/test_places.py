"""Moved rows get the places that sorting everything again would give them, however many they are."""

from hypothesis import given
from hypothesis import strategies as st

from pbtui.ui.table.sorting.places import Place, with_moved

VALUES = st.sampled_from((1.5, 2.5, 3.5))
MANY = st.lists(VALUES, min_size=64, max_size=64).map(lambda values: dict(enumerate(values)))
FEW = st.dictionaries(st.integers(0, 99), VALUES, max_size=3)


def place(key: int, value: float) -> Place:
    return (False, value, f"{key:02}", None)


@given(st.one_of(MANY, FEW), FEW, st.booleans())
def test_moved_places_are_where_sorting_would_put_them(
    before: dict[int, float], changed: dict[int, float], is_gone: bool
) -> None:
    places = sorted(place(*item) for item in before.items())
    stale = {f"{key:02}" for key in changed} | {each[2] for each in places[:1] if is_gone}
    moved = [place(*item) for item in changed.items()]
    assert with_moved(places, stale, iter(moved)) == sorted([each for each in places if each[2] not in stale] + moved)
