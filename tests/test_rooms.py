"""The folders of the house: small, named once, and mirrored by the tests."""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent / "pbtui"
ROOMS = sorted({path.parent for path in HOUSE.rglob("*.py")})
MOST_MODULES = 16
OWN_ROOMS_OF_THE_TESTS = {"benchmarks", "end_to_end", "model", "simulation", "vendor"}
SAME_THING: Mapping[str, str] = {
    "pbtui/api/client": "the calls of a client: on orders, and all others",
    "pbtui/cli/command": "the command that a room is about",
    "pbtui/cli/output": "what the commands of a room print",
    "pbtui/cli/watch": "the own orders while somebody watches, in the plain session and as a command",
    "pbtui/desk/describe": "what a room is about, in words",
    "pbtui/desk/feed": "what keeps a room informed: of orders, of the market, of the team",
    "pbtui/desk/gate": "the check of the halt right before a request leaves, without a team and with one",
    "pbtui/desk/record": "what a room writes into the journal",
    "pbtui/desk/report": "the report that a room makes: of a kill, of a shift",
    "pbtui/simulator/algorithms": "the simulated algorithms, and the call that lists them",
    "pbtui/simulator/contracts": "the simulated contracts, and the calls on them",
    "pbtui/simulator/risk": "the simulated limits, and the calls on them",
    "pbtui/simulator/trades": "the simulated trades, and the calls on them",
    "pbtui/ui/hand_over": "the hand-over on the screen, and its forms",
    "pbtui/ui/palette_commands": "what a room offers in the palette",
    "pbtui/ui/prompt": "the frame of every prompt, and the prompt of the kill",
}
"""Names that stand in several rooms of one room and mean one thing there, and which one."""


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


def _are_neighbours(one: Path, other: Path) -> bool:
    """The houses themselves are none: `cli/kill/` is the command of `desk/kill/`, `settings/limits.py` its settings."""
    return one.parent == other.parent != HOUSE or other.parent == one != HOUSE


def test_a_name_means_one_thing_in_neighbouring_rooms() -> None:
    twins = {
        f"{name_of(other.parent)}/{name}": [name_of(one), name_of(other)]
        for one, other in combinations(ROOMS, 2)
        if _are_neighbours(one, other)
        for name in {*names(one)}.intersection(names(other))
    }
    assert {name: rooms for name, rooms in twins.items() if name not in SAME_THING} == {}
    assert set(SAME_THING) <= set(twins)


def test_the_tests_mirror_the_rooms() -> None:
    tests = Path(__file__).parent
    rooms = {path.parent.relative_to(tests) for path in tests.rglob("test_*.py")}
    strangers = [room for room in rooms if not (HOUSE / room).is_dir()]
    assert {str(room).split("/")[0] for room in strangers} <= OWN_ROOMS_OF_THE_TESTS


def test_every_room_has_tests() -> None:
    tests = Path(__file__).parent
    rooms = [room.relative_to(HOUSE) for room in ROOMS if names(room)]
    assert [room for room in rooms if not any((tests / room).glob("test_*.py"))] == []
