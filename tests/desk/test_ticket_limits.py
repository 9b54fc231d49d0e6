"""Pre-trade limits that need the state of the desk: a new order in a contract that does not trade."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.codes import ModifyAction, OrderSide, ValidityRestriction
from pbtui.api.reads.contracts import ContractItem, DeliveryAreaState
from pbtui.api.requests import OrderEntry, OrderModify, OrderModifyItem
from pbtui.desk.blotter.link import Link
from pbtui.desk.market.exchange import ExchangeView
from pbtui.desk.market.reading import Reading
from pbtui.desk.ticket_limits import check_line
from pbtui.desk.tickets.ticket import TicketLine
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile
from tests.orders import an_order

NOW = datetime(2026, 11, 27, 11, 50, tzinfo=UTC)
AMP, TTG = "10YDE-RWENET---I", "10YDE-EON------1"
PROFILE = Profile(name="desk", base_url="https://exchange.test/epex/v2/api")
START = NOW + timedelta(minutes=70)  # 14:00 in Berlin
END = START + timedelta(minutes=15)
BY_DELIVERY = {"dlvry_start": START, "dlvry_end": END}


def contract(state: str = "ACTIVE", closes_in_min: int = 60) -> ContractItem:
    there = DeliveryAreaState(delivery_area=AMP, state=state, trading_end=NOW + timedelta(minutes=closes_in_min))
    return ContractItem(contract_id="1", delivery_start=START, delivery_end=END, delivery_area_states=(there,))


def warnings(contracts: tuple[ContractItem, ...] | None, **fields: Any) -> tuple[str, ...]:
    entry = OrderEntry(
        portfolio_id="DE1", side=OrderSide.BUY, quantity=Decimal(1), price=Decimal(60), delivery_area=AMP
    ).model_copy(update=fields)
    view = DeskView(Link(1.0), exchange=ExchangeView(contracts=Reading(contracts)))
    return check_line(TicketLine("", entry), view, PROFILE, 0.0, NOW).warnings


@pytest.mark.parametrize(
    ("contracts", "fields", "what"),
    [
        (None, BY_DELIVERY, ""),  # contracts are not known
        ((contract(),), BY_DELIVERY, ""),
        ((contract(),), {"contract_id": "1"}, ""),
        ((contract(),), {"contract_id": "2"}, ""),  # the list may not be whole
        ((ContractItem(delivery_start=START, delivery_end=END),), BY_DELIVERY, ""),  # areas are not stated
        (
            (contract(),),
            {**BY_DELIVERY, "delivery_area": TTG},
            "no contract for 27 Nov 14:00-14:15 is known to trade in TTG",
        ),
        (
            (contract(),),
            {**BY_DELIVERY, "dlvry_end": END + timedelta(minutes=15)},
            "14:00-14:30 is known to trade in AMP",
        ),
        ((contract("INACTIVE"),), BY_DELIVERY, "14:00-14:15 is known to trade in AMP"),
        ((contract(closes_in_min=0),), {"contract_id": "1"}, "contract 1 does not trade in AMP"),
    ],
)
def test_a_new_order_in_a_contract_that_does_not_trade_is_warned_of(
    contracts: tuple[ContractItem, ...] | None, fields: dict[str, Any], what: str
) -> None:
    found = warnings(contracts, **fields)
    assert len(found) == bool(what)
    assert all(what in each for each in found)


GATE = contract(closes_in_min=60)
NO_GATE = ContractItem(contract_id="1", delivery_start=START, delivery_end=END)
AFTER_GATE = "is after the gate in AMP, 2026-11-27 13:50"
AFTER_START = "is after the last moment before delivery, which starts at 2026-11-27 14:00"


@pytest.mark.parametrize(
    ("known", "until_min", "what"),
    [
        (GATE, 60, ""),
        (GATE, 61, AFTER_GATE),
        (GATE, 600, AFTER_GATE),
        (contract(closes_in_min=75), 72, ""),  # a market that trades on after the delivery began
        (NO_GATE, 69, ""),
        (NO_GATE, 70, AFTER_START),
    ],
)
@pytest.mark.parametrize("way", ["delivery", "id", "change"])
def test_an_end_after_the_trading_is_warned_of(known: ContractItem, until_min: int, what: str, way: str) -> None:
    until = NOW + timedelta(minutes=until_min)
    if way == "change":
        order = an_order(contract_id="1", delivery_area=AMP, delivery_start=START, delivery_end=END)
        changes = OrderModify(action=ModifyAction.MODI, validity_res=ValidityRestriction.GTD, validity_date=until)
        line = TicketLine("", OrderModifyItem(order_id="1", revision_no=1, changes=changes), order)
        view = DeskView(Link(1.0), exchange=ExchangeView(contracts=Reading((known,))))
        found = check_line(line, view, PROFILE, 0.0, NOW).warnings
    else:
        named = BY_DELIVERY if way == "delivery" else {"contract_id": "1"}
        found = warnings((known,), **named, validity_res=ValidityRestriction.GTD, validity_date=until)
    assert len(found) == bool(what), found
    assert all(what in each for each in found)
