"""One new order in several words: each way to write it has the tokens of the others."""

from datetime import UTC, datetime

import pytest

from pbtui.api.models import Order
from pbtui.api.reads.contracts import ContractItem
from pbtui.desk.drafts.line_names import KnownNames
from pbtui.desk.plan.difference import Plan, plan
from pbtui.desk.plan.other_words import Contracts, in_other_words
from pbtui.desk.plan.standing import Standing
from pbtui.desk.plan.wanted import Wanted
from tests.desk.plan.reading import BERLIN, NOW, wanted
from tests.orders import an_order

START, END = datetime(2026, 11, 22, 16, tzinfo=UTC), datetime(2026, 11, 22, 17, tzinfo=UTC)
AMP, FR = "10YDE-RWENET---I", "10YFR-RTE------C"
HEADER = "side,quantity,price,delivery_area,portfolio_id,contract_id,contract_name,delivery,prod"
BY_ID, BY_NAME, BY_DELIVERY = (
    "buy,5,62.5,AMP,P1,{},,,",
    "buy,5,62.5,AMP,P1,,{},,",
    "buy,5,62.5,AMP,P1,,,2026-11-22 h18,{}",
)


def contract(contract_id: str, name: str = "H18", area: str = AMP, product: str = "Hour") -> ContractItem:
    """A contract of that hour."""
    return ContractItem(
        contract_id=contract_id,
        name=name,
        delivery_start=START,
        delivery_end=END,
        delivery_areas=(area,),
        product=product,
    )


def read(*rows: str, known: tuple[ContractItem | Order, ...] = (), portfolios: tuple[str, ...] = ("P1",)) -> Wanted:
    return in_other_words(wanted("\n".join([HEADER, *rows, ""])), KnownNames(portfolios), Contracts(known))


def planned(*rows: str, known: tuple[ContractItem | Order, ...] = (), orders: tuple[Order, ...] = ()) -> Plan:
    return plan(read(*rows, known=(*known, *orders)), Standing(orders), BERLIN, NOW)


WAYS = (BY_ID.format("c1"), BY_NAME.format("H18"), BY_DELIVERY.format(""), BY_DELIVERY.format("Hour"))


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_name_a_contract_has_the_tokens_of_all(way: str) -> None:
    known = (contract("c1"), contract("c2", area=FR))
    (row,) = read(way, known=known).entries
    assert {mark for each in WAYS for mark in wanted(f"{HEADER}\n{each}\n").marks} <= {row.mark, *row.other_marks}
    assert {row.mark} == wanted(f"{HEADER}\n{way}\n").marks
    (alone,) = read(way).entries
    assert alone.mark == row.mark


def test_a_portfolio_is_meant_in_upper_or_lower_case_if_only_one_is_alike() -> None:
    (typed,) = read(BY_ID.format("c1").replace("P1", "p1")).entries
    (exact,) = read(BY_ID.format("c1")).entries
    assert (typed.entry.portfolio_id, typed.mark) == ("P1", exact.mark)
    (unknown,) = read(BY_ID.format("c1").replace("P1", "p1"), portfolios=("P2",)).entries
    (unclear,) = read(BY_ID.format("c1").replace("P1", "pX"), portfolios=("px", "PX")).entries
    assert (unknown.entry.portfolio_id, unclear.entry.portfolio_id) == ("p1", "pX")
    assert exact.mark in unknown.other_marks


def test_other_contracts_of_the_same_delivery_are_other_orders() -> None:
    known = (contract("c1"), contract("c2", "L18", product="Local"))
    rows = planned(BY_ID.format("c1"), BY_ID.format("c2"), known=known).rows
    assert [row.what for row in rows] == ["add", "add"]
    (by_delivery,) = wanted(f"{HEADER}\n{BY_DELIVERY.format('')}\n").marks
    entered = an_order("9", contract_id="c1", delivery_start=START, delivery_end=END, txt=f"pb#{by_delivery}")
    for contract_id, what in (("c1", "refused"), ("c2", "add")):
        (row,) = planned(BY_ID.format(contract_id), known=known, orders=(entered,)).rows
        assert row.what == what, row.reason


def test_rows_of_one_order_in_several_words_are_refused() -> None:
    rows = planned(*WAYS[:2], BY_ID.format("c9"), known=(contract("c1"),)).rows
    assert [row.what for row in rows] == ["refused", "refused", "add"]
    assert [row.what for row in planned(*WAYS[:2]).rows] == ["add", "add"]
