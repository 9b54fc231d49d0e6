"""The folders of the house: small, named once, and mirrored by the tests."""

from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent / "pbtui"
ROOMS = sorted({path.parent for path in HOUSE.rglob("*.py")})
MOST_MODULES = 16
OWN_ROOMS_OF_THE_TESTS = {"benchmarks", "end_to_end", "model", "simulation", "vendor"}


def names(room: Path) -> list[str]:
    return [path.stem for path in room.glob("*.py") if path.stem != "__init__"]


def name_of(room: Path) -> str:
    return str(room.relative_to(HOUSE.parent))


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_a_room_holds_what_a_reader_can_see_together(room: Path) -> None:
    assert len(names(room)) <= MOST_MODULES


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_no_module_repeats_the_name_of_its_room(room: Path) -> None:
    words = {room.name, room.name.removesuffix("s")}
    compound = [name for name in names(room) if "_" in name]
    assert not [name for name in compound if name.split("_")[0] in words]
    assert room.name not in [word for name in names(room) for word in name.split("_")] or room.name == "desk"


def test_the_tests_mirror_the_rooms() -> None:
    tests = Path(__file__).parent
    rooms = {path.parent.relative_to(tests) for path in tests.rglob("test_*.py")}
    strangers = [room for room in rooms if not (HOUSE / room).is_dir()]
    assert {str(room).split("/")[0] for room in strangers} <= OWN_ROOMS_OF_THE_TESTS


def test_every_room_has_tests() -> None:
    tests = Path(__file__).parent
    rooms = [room.relative_to(HOUSE) for room in ROOMS if names(room)]
    assert [room for room in rooms if not any((tests / room).glob("test_*.py"))] == []
