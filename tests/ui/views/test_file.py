"""The file with the saved views: what is read is what was kept, and a foreign one is set aside."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbtui.api.structs import replace
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import Owner, views_file
from pbtui.ui.views.file import keep_views, read_views
from pbtui.ui.views.layout import LONGEST_NAME, ColumnChoice, Layout, SavedViews, Sorting, completed

OWNER = Owner("test@simulator")
TITLES = st.sampled_from(["Side", "Price", "MW", "Area", "Gate"])
NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=LONGEST_NAME)
CHOICES = st.lists(
    st.builds(ColumnChoice, TITLES, st.booleans(), st.none() | st.integers(4, 80)), unique_by=lambda each: each.title
).map(tuple)
LAYOUTS = st.builds(
    Layout,
    tab=st.sampled_from(["Active", "Trades"]),
    filter=st.sampled_from(["", "side:buy or mw>5", 'txt:"ä b"', "x" * 2000]),
    sortings=st.dictionaries(NAMES, st.builds(Sorting, TITLES, st.booleans()), max_size=2),
    columns=st.dictionaries(NAMES, CHOICES, max_size=2),
)


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@given(st.builds(SavedViews, st.none() | LAYOUTS, st.dictionaries(NAMES, LAYOUTS, max_size=3)))
@settings(max_examples=30)
def test_views_are_read_as_they_were_kept(views: SavedViews) -> None:
    keep_views(OWNER, lambda before: views)
    assert read_views(OWNER) == (views, "")


def test_two_desks_keep_each_others_views() -> None:
    assert read_views(OWNER) == (SavedViews(), "")
    keep_views(OWNER, lambda saved: replace(saved, named={"one": Layout()}))
    both = keep_views(OWNER, lambda saved: replace(saved, named={**saved.named, "two": Layout()}))
    assert list(both.named) == ["one", "two"]
    assert read_views(OWNER)[0] == both


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[]",
        b'{"named": []}',
        b'{"last": {"filter": 5}}',
        b'{"last": {"columns": {"Orders": [{"title": "Side", "width": 0}]}}}',
        b'{"named": {"a\\u001b]52;c": {}}}',
        b'{"last": {"filter": "%s"}}' % (b"x" * 2001),
        b"[" * 100_000,
        pytest.param(b"{}" + b" " * 2**20, id="too large"),
    ],
)
def test_a_file_that_is_none_is_set_aside_with_a_word(content: bytes) -> None:
    disk().write_whole(views_file(OWNER), content)
    views, problem = read_views(OWNER)
    assert views == SavedViews()
    (aside,) = disk().files(views_file(OWNER).parent)
    assert str(aside) in problem
    assert disk().read(aside) == content
    assert read_views(OWNER) == (SavedViews(), "")


def test_desks_that_write_at_once_lose_none_of_their_views() -> None:
    def saves(desk: str) -> None:
        for number in range(30):
            view = {f"{desk}{number}": Layout()}
            keep_views(OWNER, lambda saved, view=view: replace(saved, named={**saved.named, **view}))  # type: ignore[misc]

    with ThreadPoolExecutor() as pool:
        list(pool.map(saves, ("a", "b", "c")))
    assert len(read_views(OWNER)[0].named) == 90


def test_more_views_than_are_read_again_are_not_written() -> None:
    keep_views(OWNER, lambda saved: SavedViews(named={"one": Layout()}))
    many = {f"v{number}": Layout(filter="x" * 2000) for number in range(600)}
    with pytest.raises(OSError, match="more than 1048576 bytes"):
        keep_views(OWNER, lambda saved: SavedViews(named=many))
    assert list(read_views(OWNER)[0].named) == ["one"]


def test_a_file_that_can_not_be_read_is_not_written_over() -> None:
    disk().make_private(views_file(OWNER))
    with pytest.raises(OSError, match="directory"):
        keep_views(OWNER, lambda saved: SavedViews(Layout()))


def test_columns_that_are_new_come_after_their_usual_neighbour_and_old_ones_go() -> None:
    chosen = (ColumnChoice("C"), ColumnChoice("gone"), ColumnChoice("A", is_shown=False, width=9))
    assert [choice.title for choice in completed(chosen, ["new", "A", "B", "C", "D"])] == ["new", "C", "D", "A", "B"]
    assert completed(chosen, ["A", "C"]) == (chosen[0], chosen[2])
    assert completed((), ["A", "B"]) == (ColumnChoice("A"), ColumnChoice("B"))
