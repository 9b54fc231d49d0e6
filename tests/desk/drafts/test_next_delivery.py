"""The delivery beside that of an order: by the contracts that trade, or by the times that were typed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pbtui.desk.drafts.line_names import KnownNames, LineContract
from pbtui.desk.drafts.next_delivery import NoDelivery, beside

BERLIN = ZoneInfo("Europe/Berlin")
AREA, OTHER_AREA = "10YDE-RWENET---I", "10YDE-ENBW-----N"
NIGHT = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # the clocks go back at 01:00
QUARTER_HOUR = timedelta(minutes=15)


def contract(name: str, place: int, areas: tuple[str, ...] = (AREA,), length: timedelta = QUARTER_HOUR) -> LineContract:
    return LineContract(name, f"name {name}", NIGHT + place * length, NIGHT + (place + 1) * length, areas)


KNOWN = KnownNames(
    contracts=[
        contract("q1", 0),
        contract("q2", 1),
        contract("q3", 2),
        contract("q3 of another area", 2, (OTHER_AREA,)),
        contract("h2", 1, length=timedelta(hours=1)),
        contract("q4", 3),
        contract("q4 of another product", 3),
    ]
)


@pytest.mark.parametrize(
    ("of", "count", "found"), [("q1", 1, "q2"), ("q2", 1, "q3"), ("q2", -1, "q1"), ("q1", 2, "q3")]
)
def test_the_contract_of_the_same_length_and_area_that_many_places_on(of: str, count: int, found: str) -> None:
    for named in ({"contract_id": of}, {"contract_name": f"name {of}"}):
        assert beside({**named, "delivery_area": AREA}, KNOWN, count, BERLIN) == {
            "contract_id": found,
            "contract_name": "",
        }


def test_typed_times_move_by_their_length_also_where_the_clocks_go_back() -> None:
    typed = {"dlvry_start": NIGHT, "dlvry_end": NIGHT + timedelta(minutes=30)}
    found = beside(typed, KNOWN, 1, BERLIN)
    assert found == {"dlvry_start": "2026-10-25 02:00B", "dlvry_end": "2026-10-25 02:30B"}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "not known"),
        ({"dlvry_start": NIGHT}, "not known"),
        ({"contract_id": "4711", "delivery_area": AREA}, "not known"),
        ({"contract_id": "q1"}, "delivery area is missing"),
        (
            {"contract_id": "h2", "delivery_area": AREA},
            "No contract is known that trades for 25 Oct 03:30-04:30 in AMP",
        ),
        ({"contract_id": "q3", "delivery_area": AREA}, "type the id of one, q4 or q4 of another product"),
    ],
)
def test_nothing_is_guessed(values: dict[str, object], words: str) -> None:
    with pytest.raises(NoDelivery, match=words):
        beside(values, KNOWN, 1, BERLIN)
