"""What is at exposure: megawatts, energy and money, by the length of the delivery, and nothing made up."""

from datetime import UTC, datetime
from decimal import Decimal

from pbtui.api.codes import ModifyAction, OrderSide
from pbtui.api.reads.contracts import ContractItem
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.desk.tickets.exposure import Exposure, SideTotal, exposure_of, totals, with_delivery
from pbtui.desk.tickets.ticket import change_line, entry_line
from tests.orders import DELIVERY_START, an_order

QUARTER_END = datetime(2026, 11, 22, 14, 15, tzinfo=UTC)


def test_a_new_order_by_its_delivery_times() -> None:
    entry = OrderEntry(
        portfolio_id="P1",
        side=OrderSide.BUY,
        quantity=Decimal("0.1"),
        price=Decimal("-45.10"),
        dlvry_start=DELIVERY_START,
        dlvry_end=QUARTER_END,
    )
    exposure = exposure_of(entry_line(entry, "7K3QX2"))
    assert exposure == Exposure("BUY", Decimal("0.1"), Decimal("-45.10"), Decimal("0.025"))
    # -1.1275 to the cent
    assert exposure.notional == Decimal("-1.13")
    unnamed = entry.model_copy(update={"dlvry_start": None, "dlvry_end": None, "contract_id": "c14"})
    assert exposure_of(entry_line(unnamed, "7K3QX2")).notional is None


def test_a_named_contract_gets_its_delivery_from_an_order_or_from_the_exchange() -> None:
    entry = OrderEntry(portfolio_id="P1", side=OrderSide.BUY, quantity=Decimal(4), price=Decimal(50), contract_id="c14")
    named = entry.model_copy(update={"contract_id": None, "contract_name": "14:00"})
    hour = an_order(contract_id="c14")
    quarter, other = (
        ContractItem(contract_id=contract_id, name="14:00", delivery_start=DELIVERY_START, delivery_end=end)
        for contract_id, end in (("c14", QUARTER_END), ("c15", hour.delivery_end))
    )
    for wanted, orders, contracts, notional in (
        (entry, [], [quarter, other], 50),
        (named, [], [quarter], 50),
        (named, [], [quarter, other], None),
        (entry, [hour], [], 200),
        (entry, [], [other, ContractItem(contract_id="c14")], None),
    ):
        line = with_delivery(entry_line(wanted, "7K3QX2"), orders, contracts)
        assert exposure_of(line).notional == notional


def test_the_exposure_of_a_change_is_that_of_the_changed_order() -> None:
    iceberg = an_order(price=Decimal(50), quantity=Decimal(2), hidden_quantity=Decimal(8))
    repriced = change_line(iceberg, OrderModify(action=ModifyAction.MODI, price=Decimal(60)))
    assert exposure_of(repriced) == Exposure("BUY", Decimal(10), Decimal(60), Decimal(10))
    resized = change_line(iceberg, OrderModify(action=ModifyAction.MODI, quantity=Decimal(4)))
    assert exposure_of(resized).notional == 200
    deleted = change_line(an_order(quantity=None), OrderModify(action=ModifyAction.DELE))
    assert exposure_of(deleted) == Exposure("BUY", None, Decimal("45.10"), None)


def test_totals_by_side_count_the_unknown_orders() -> None:
    exposures = [
        Exposure("BUY", Decimal(5), Decimal(40), Decimal("1.25")),
        Exposure("BUY", Decimal(1), Decimal(-8), Decimal("0.25")),
        Exposure("BUY", Decimal(2), Decimal(10), None),
        Exposure("SELL", None, None, None),
    ]
    assert totals(exposures) == {
        "BUY": SideTotal(3, Decimal(8), Decimal("1.50"), Decimal(48), without_notional=1),
        "SELL": SideTotal(1, Decimal(0), Decimal(0), Decimal(0), without_notional=1),
    }
