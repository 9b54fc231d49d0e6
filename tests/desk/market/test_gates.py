"""Gate closures of orders, from what the exchange states of its contracts."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pbtui.api.reads.contracts import ContractItem, DeliveryAreaState
from pbtui.desk.market.gates import Gates, gate_text, gate_words
from tests.orders import an_order

NOW = datetime(2026, 11, 22, 13, 0, 5, tzinfo=UTC)
AMP, FR = "10YDE-RWENET---I", "10YFR-RTE------C"
BERLIN = ZoneInfo("Europe/Berlin")


def a_contract(contract_id: str, minutes: int | None, area: str = AMP) -> ContractItem:
    """A contract whose gate closes in so many minutes; None if the exchange does not state it."""
    closes_at = None if minutes is None else NOW + timedelta(minutes=minutes)
    states = (DeliveryAreaState(delivery_area=area, trading_end=closes_at),)
    return ContractItem(contract_id=contract_id, delivery_area_states=states)


@pytest.mark.parametrize(
    ("order", "minutes"),
    [
        ({"contract_id": "c14"}, 14),
        ({"contract_id": "c14", "delivery_area": FR}, None),
        ({"contract_id": "elsewhere"}, None),
        ({"contract_id": "unstated"}, None),
        ({"contract_id": None}, None),
        ({"contract_id": None, "contracts": [{"contract_id": "c14"}, {"contract_id": "c5"}]}, 5),
        ({"contract_id": None, "contracts": [{"contract_id": "c14"}, {"contract_id": "unstated"}]}, None),
    ],
)
def test_a_gate_is_known_where_the_exchange_states_it(order: dict[str, Any], minutes: int | None) -> None:
    gates = Gates.of([a_contract("c14", 14), a_contract("c5", 5), a_contract("unstated", None), ContractItem()])
    expected = None if minutes is None else NOW + timedelta(minutes=minutes)
    assert gates.closes_at(an_order(**order)) == expected


@pytest.mark.parametrize(
    ("left", "text", "words"),
    [
        (None, "", ""),
        (timedelta(minutes=14, seconds=59), "14m", "14 min (22 Nov 14:15:04, Europe/Berlin)"),
        (timedelta(seconds=59), "<1m", "less than 1 min (22 Nov 14:01:04, Europe/Berlin)"),
        (timedelta(hours=3, minutes=20), "3h", "3 h 20 min (22 Nov 17:20:05, Europe/Berlin)"),
        (timedelta(days=3), "3d", "72 h 0 min (25 Nov 14:00:05, Europe/Berlin)"),
        (timedelta(0), "past", "past: trading ended at 22 Nov 14:00:05, Europe/Berlin"),
    ],
)
def test_the_time_to_gate_closure_in_short_and_in_words(left: timedelta | None, text: str, words: str) -> None:
    closes_at = None if left is None else NOW + left
    assert gate_text(closes_at, NOW) == text
    assert gate_words(closes_at, NOW, BERLIN) == words
