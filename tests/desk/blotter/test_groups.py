"""Groups of orders and their sums, compared with sums by hand."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import ContractReference
from pbtui.desk.blotter.groups import GroupBy, GroupSum, RunningSum, SideSum, key_of, title_of
from pbtui.desk.blotter.own_orders import Row, Tab
from tests.orders import DELIVERY_END, DELIVERY_START, an_order

BERLIN = ZoneInfo("Europe/Berlin")
QUARTER = timedelta(minutes=15)
UNREADABLE = Row("u", UnreadableOrder("price", "{}", order_id="u"), Tab.ACTIVE)


def a_row(key: str = "1", tab: Tab = Tab.ACTIVE, traded_mw: Decimal | None = None, **fields: Any) -> Row:
    return Row(key, an_order(key, **fields), tab, traded_mw=traded_mw)


def sum_of(rows: Iterable[Row]) -> GroupSum:
    """The sums of these rows."""
    running = RunningSum()
    for row in rows:
        running.add(row)
    return running.total


def test_sums_are_by_side_and_the_average_price_is_weighted_by_energy() -> None:
    rows = [
        a_row(quantity=Decimal(4), price=Decimal(10)),
        a_row(quantity=Decimal(4), price=Decimal(60), delivery_end=DELIVERY_START + QUARTER),
        a_row(side="SELL", quantity=Decimal("0.5"), hidden_quantity=Decimal("1.5"), price=Decimal(-3)),
    ]
    assert sum_of(rows) == GroupSum(
        3, SideSum(Decimal(8), Decimal(5), Decimal("20.00")), SideSum(Decimal("2.0"), Decimal(2), Decimal("-3.00"))
    )
    assert sum_of([]) == GroupSum(0, SideSum(), SideSum())


def test_what_is_not_known_is_counted_and_what_is_known_is_added() -> None:
    hour = ContractReference(delivery_start=DELIVERY_START, delivery_end=DELIVERY_END)
    nowhere: dict[str, Any] = {"delivery_start": None, "delivery_end": None}
    rows = [
        UNREADABLE,
        a_row(side="ODD"),
        a_row(quantity=None),
        a_row(price=None, quantity=Decimal(1)),
        a_row(**nowhere, quantity=Decimal(2)),
        a_row(**nowhere, contracts=(hour, ContractReference()), quantity=Decimal(3)),
        a_row(**nowhere, contracts=(hour, hour), quantity=Decimal(4), price=Decimal(7)),
    ]
    assert sum_of(rows) == GroupSum(7, SideSum(Decimal(10), Decimal(9), Decimal("7.00")), SideSum(), unknown=6)


def test_of_recent_orders_it_is_what_traded_without_a_price() -> None:
    rows = [
        a_row(tab=Tab.RECENT, quantity=Decimal(0), traded_mw=Decimal(5)),
        a_row(tab=Tab.RECENT, quantity=Decimal(9), price=None),
    ]
    assert sum_of(rows) == GroupSum(2, SideSum(Decimal(5), Decimal(5), None), SideSum())


def test_keys_sort_groups_and_titles_name_them() -> None:
    later = DELIVERY_START + QUARTER
    nowhere: dict[str, Any] = {"delivery_start": None, "delivery_end": None, "contract_id": None}
    rows = [
        a_row("q", delivery_end=later),
        a_row("h"),
        a_row("a", delivery_area="10YFR-RTE------C", portfolio_id="P2"),
        a_row("n", **nowhere, contract_name="odd one"),
        a_row("x", **nowhere, contract_name=None, contracts=(ContractReference("c1"), ContractReference("c2"))),
        UNREADABLE,
    ]

    def titles(by: GroupBy) -> list[str]:
        first = {key_of(by)(row): row for row in reversed(rows)}
        return [title_of(by, first[key], BERLIN) for key in sorted(first)]

    assert titles(GroupBy.CONTRACT) == [
        "22 Nov 15:00-15:15",
        "22 Nov 15:00-16:00",
        "c1, c2",
        "odd one",
        "unreadable",
    ]
    assert titles(GroupBy.AREA) == ["AMP", "FR", "unreadable"]
    assert titles(GroupBy.PORTFOLIO) == ["P1", "P2", "unreadable"]


AMOUNTS = st.decimals(0, 1000, places=1)


@given(st.lists(st.tuples(AMOUNTS, st.decimals(-500, 500, places=2), st.sampled_from([15, 30, 60])), min_size=1))
def test_an_average_lies_between_the_prices_and_the_energy_is_the_sum(
    orders: list[tuple[Decimal, Decimal, int]],
) -> None:
    rows = [
        a_row(quantity=mw, price=price, delivery_end=DELIVERY_START + timedelta(minutes=minutes))
        for mw, price, minutes in orders
    ]
    buy = sum_of(rows).buy
    assert buy.energy_mwh == sum(mw * minutes / 60 for mw, _, minutes in orders)
    assert buy.quantity_mw == sum(mw for mw, _, _ in orders)
    if buy.energy_mwh:
        assert buy.average_price is not None
        prices = [price for mw, price, _ in orders if mw]
        assert min(prices) <= buy.average_price <= max(prices)
    else:
        assert buy.average_price is None
