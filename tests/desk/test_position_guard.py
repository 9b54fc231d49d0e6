"""The position that an order expects: which one it is, what the order books say of it, and then and now in words."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.codes import ModifyAction, OrderSide
from pbtui.api.reads.depth import Contract, OrderBooks
from pbtui.api.reads.positions import PortfolioInformation
from pbtui.api.requests import OrderEntry, OrderModify, OrderModifyItem
from pbtui.desk.market.reading import Reading
from pbtui.desk.position_guard import (
    PositionChange,
    PositionRef,
    expected_mw,
    is_unguarded,
    net_position_in,
    position_of_request,
    position_of_values,
    takes_guard,
    with_expected,
)
from tests.orders import DELIVERY_END, DELIVERY_START, an_order

AREA = "10YDE-RWENET---I"
QUARTER = timedelta(minutes=15)


def an_entry(**fields: Any) -> OrderEntry:
    terms = {"portfolio_id": "P1", "side": OrderSide.BUY, "quantity": Decimal(5), "price": Decimal(45)}
    return OrderEntry.model_validate({**terms, **fields})


def a_change(**fields: Any) -> OrderModifyItem:
    return OrderModifyItem(order_id="1", changes=OrderModify(action=ModifyAction.MODI, **fields))


@pytest.mark.parametrize(
    ("values", "ref"),
    [
        ({"contract_id": "c14"}, PositionRef("P1", contract_id="c14")),
        ({"contract_name": "H14", "delivery_area": AREA}, PositionRef("P1", AREA, contract_name="H14")),
        (
            {"dlvry_start": DELIVERY_START, "dlvry_end": DELIVERY_END, "prod": "XBID"},
            PositionRef("P1", None, None, None, DELIVERY_START, DELIVERY_END, "XBID"),
        ),
        ({"dlvry_start": DELIVERY_START}, None),
        ({"contract_id": "c14", "portfolio_id": ""}, None),
        ({}, None),
    ],
)
def test_an_entry_names_a_position_by_portfolio_and_contract(values: dict[str, Any], ref: PositionRef | None) -> None:
    assert position_of_values({"portfolio_id": "P1", **values}) == ref


def test_the_request_says_which_position_it_expects() -> None:
    order = an_order("1", type="O")
    assert position_of_request(a_change(), order) == PositionRef("P1", AREA, "c14")
    assert position_of_request(a_change(), an_order("1", contract_id=None)) == PositionRef(
        "P1", AREA, None, "20261122 15:00-20261122 16:00"
    )
    assert position_of_request(a_change(), None) is None
    assert position_of_request(a_change(), an_order("1", portfolio_id=None)) is None
    for request in (an_entry(contract_id="c14"), a_change(price=Decimal(46))):
        guarded = with_expected(request, Decimal("-2.5"))
        assert (expected_mw(request), expected_mw(guarded)) == (None, Decimal("-2.5"))
        assert with_expected(guarded, Decimal(0)) == with_expected(request, Decimal(0)) != request


def test_blocks_have_no_guard() -> None:
    assert is_unguarded(an_entry(), None)
    assert not is_unguarded(an_entry(expected_net_pos=Decimal(0)), None)
    assert not is_unguarded(an_entry(type="B"), None)
    assert is_unguarded(a_change(), an_order("1"))
    assert not is_unguarded(OrderModifyItem(order_id="1", changes=OrderModify(action=ModifyAction.ACTI)), an_order())
    assert takes_guard(an_entry(), None)
    assert not takes_guard(an_entry(type="B"), None)
    assert takes_guard(a_change(), an_order("1"))
    assert not takes_guard(a_change(), an_order("1", type="B"))
    assert not takes_guard(a_change(type="B"), an_order("1"))


def a_contract(contract_id: str = "c14", net_pos: object = Decimal(3), **fields: Any) -> Contract:
    figures = PortfolioInformation(portfolio_id="P1", net_pos=net_pos)  # type: ignore[arg-type]
    other = PortfolioInformation(portfolio_id="P2", net_pos=Decimal(9))
    return Contract(
        contract_id=contract_id,
        **{"name": "H14", "portfolio_information": (other, figures), "delivery_start": DELIVERY_START, **fields},
    )


NO_LIST, SEVERAL = "the server does not list the contract", "the server lists several such contracts"
NOT_SHOWN = "the server does not show the net position of portfolio P1"
BY_ID, BY_NAME = PositionRef("P1", contract_id="c14"), PositionRef("P1", contract_name="H14")


@pytest.mark.parametrize(
    ("contracts", "ref", "shown"),
    [
        ([a_contract("c13", Decimal(1)), a_contract()], BY_ID, Decimal(3)),
        ([a_contract(name="other")], BY_ID, Decimal(3)),
        ([a_contract()], BY_NAME, Decimal(3)),
        ([a_contract(), a_contract("c15")], BY_NAME, SEVERAL),
        ([a_contract(name="other")], BY_NAME, NO_LIST),
        ([], BY_ID, NO_LIST),
        (None, BY_ID, NO_LIST),
        ([a_contract(portfolio_information=None)], BY_ID, NOT_SHOWN),
        ([a_contract(net_pos=None)], BY_ID, NOT_SHOWN),
        (
            [
                a_contract(delivery_end=DELIVERY_END),
                a_contract("q1", delivery_end=DELIVERY_END - timedelta(minutes=45)),
            ],
            PositionRef("P1", dlvry_start=DELIVERY_START, dlvry_end=DELIVERY_END),
            Decimal(3),
        ),
    ],
)
def test_the_position_is_that_of_the_one_contract_that_is_meant(
    contracts: list[Contract] | None, ref: PositionRef, shown: Decimal | str
) -> None:
    books = OrderBooks(contracts=None if contracts is None else tuple(contracts))
    assert net_position_in(books, ref) == shown


@pytest.mark.parametrize(
    ("now", "words", "has_changed"),
    [
        (Reading(Decimal(5)), "net position 3.0 MW expected, 5.0 MW now (+2.0 MW)", True),
        (Reading(Decimal("-0.5")), "net position 3.0 MW expected, -0.5 MW now (-3.5 MW)", True),
        (Reading(Decimal("3.00")), "net position 3.0 MW expected, 3.0 MW now (0.0 MW)", False),
        (Reading(problem="no answer"), "net position 3.0 MW expected; now not known: no answer", False),
    ],
)
def test_then_and_now_in_words(now: Reading[Decimal], words: str, has_changed: bool) -> None:
    change = PositionChange(Decimal(3), now)
    assert (str(change), change.has_changed) == (words, has_changed)
