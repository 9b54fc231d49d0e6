"""Everything at once: `DELETE /orders` and `PUT /orders/status`, with and without the faults that spare orders."""

import msgspec
import pytest

from pbtui.api.reads.algorithms import AlgoStatus
from pbtui.api.requests import UpdateStatus
from pbtui.simulator.book.contracts import AREAS, QUARTER_HOURLY
from pbtui.simulator.calls.outcomes import ListOptions
from pbtui.simulator.exchange import KillFaults
from pbtui.simulator.life.algorithms import Algorithm
from pbtui.simulator.life.returning_bot import STRATEGY_ID
from pbtui.simulator.rejections import CallRefused
from pbtui.simulator.rights import ADMIN, READER, TRADER
from tests.simulator.day import Day, item

NOWHERE: frozenset[str] = frozenset()


def status(action: str, **options: object) -> UpdateStatus:
    return UpdateStatus.model_validate({"orderModType": action, **options})


def test_delete_takes_every_order_of_the_portfolios() -> None:
    day = Day(orders=60)
    asleep = day.enter(state="HIBE")
    elsewhere = [order for order in day.live() if order.portfolio_id != "DE1"]
    deleted = day.exchange.delete_orders(TRADER, frozenset({"DE1"}), NOWHERE)
    assert {(order.terms.portfolio_id, order.latest.action) for order in deleted} == {("DE1", "UDEL")}
    assert asleep.order_id in {order.order_id for order in deleted}
    assert day.live() == elsewhere


def test_delete_can_be_narrowed_to_areas() -> None:
    day = Day(orders=60)
    area = AREAS[1].eic
    before = {order.order_id for order in day.live()}
    deleted = day.exchange.delete_orders(TRADER, frozenset({"DE1", "DE2"}), frozenset({area}))
    assert {order.terms.delivery_area for order in deleted} == {area}
    assert {order.order_id for order in day.live()} == before - {order.order_id for order in deleted}


@pytest.mark.parametrize("key", [TRADER, READER])
def test_account_wide_change_needs_a_key_that_reaches_everything(key: object) -> None:
    day = Day(orders=10)
    with pytest.raises(CallRefused) as refused:
        day.exchange.update_status(key, status("DEAC"))  # type: ignore[arg-type]
    assert refused.value.status == 403
    assert len(day.live()) == 10


def test_account_wide_deactivation_leaves_pre_arranged_orders_unless_requested() -> None:
    day = Day(orders=60)
    day.exchange.update_status(ADMIN, status("DEAC"))
    assert [order.pre_arranged for order in day.live()] == [True]
    day.exchange.update_status(ADMIN, status("DEAC", inclPreArranged=True))
    assert day.live() == []


def test_account_wide_change_can_be_narrowed_to_a_product() -> None:
    day = Day(orders=60)
    day.exchange.update_status(ADMIN, status("DELE", inclPreArranged=True, prodName=["XBID_Hour_Power"]))
    lengths = {order.delivery_end - order.delivery_start for order in day.live()}  # type: ignore[operator]
    assert lengths == {QUARTER_HOURLY.length}


def test_account_wide_activation_gives_deactivated_orders_new_ids() -> None:
    day = Day(orders=60)
    day.exchange.update_status(ADMIN, status("DEAC", inclPreArranged=True))
    day.exchange.update_status(ADMIN, status("ACTI", inclPreArranged=True))
    assert len(day.live()) > 60
    assert {order.parent_order_id is not None for order in day.live()} == {True}


def test_kill_spares_a_fraction_and_a_second_one_removes_the_rest() -> None:
    day = Day(orders=60)
    day.exchange.update_status(ADMIN, status("DEAC", inclPreArranged=True), KillFaults(spared_fraction=0.1))
    assert len(day.live()) == 6
    day.exchange.update_status(ADMIN, status("DEAC", inclPreArranged=True))
    assert day.live() == []


def test_list_and_delete_can_spare_orders_too() -> None:
    day = Day()
    orders = [day.enter(price=f"{price}.00") for price in range(10)]
    half = KillFaults(spared_fraction=0.5)
    outcome = day.exchange.modify_orders(TRADER, [item(order, "DEAC") for order in orders], ListOptions(), half)
    assert sorted(order.state for order in outcome.orders) == ["ACTI"] * 5 + ["HIBE"] * 5
    deleted = day.exchange.delete_orders(TRADER, frozenset({"DE1"}), NOWHERE, half)
    assert len(deleted) == 5
    assert len(day.exchange.delete_orders(TRADER, frozenset({"DE1"}), NOWHERE)) == 5


def test_removed_orders_come_back_one_by_one_until_the_bot_is_stopped() -> None:
    day = Day()
    for price in range(3):
        day.enter(price=f"{price}.00")
    day.exchange.delete_orders(TRADER, frozenset({"DE1"}), NOWHERE, KillFaults(returns_every_s=2))
    day.pass_by(seconds=1)
    assert day.live() == []
    day.pass_by(seconds=1)
    (returned,) = day.live()
    assert (returned.strategy_id, returned.user_code, returned.parent_order_id) == (STRATEGY_ID, "ALG666", None)
    assert returned.txt != ""
    day.exchange.returning_bot.stop()
    day.pass_by(seconds=10)
    assert len(day.live()) == 1


def test_an_algorithm_re_enters_the_removed_orders_of_its_portfolios_as_long_as_it_runs() -> None:
    day = Day()
    for portfolio in ("DE1", "DE2", "DE1"):
        day.enter(portfolio_id=portfolio)
    now = day.exchange.market.now
    spread = Algorithm(algo_id="a7", name="Spread", portfolio_ids=("DE1",), started_at=now, returns_every_s=2)
    day.exchange.algorithms = [spread]
    day.exchange.delete_orders(TRADER, frozenset({"DE1", "DE2"}), NOWHERE)
    day.pass_by(seconds=2)
    (returned,) = day.live()
    named = (returned.portfolio_id, returned.strategy_id, returned.user_name)
    assert named == ("DE1", "a7", "Spread")
    day.exchange.algorithms = [msgspec.structs.replace(spread, status=AlgoStatus.IDLE)]
    day.pass_by(seconds=10)
    assert len(day.live()) == 1


def test_the_bot_re_enters_all_removed_orders_unless_it_is_stopped() -> None:
    day = Day()
    for price in range(3):
        day.enter(price=f"{price}.00")
    day.exchange.delete_orders(TRADER, frozenset({"DE1"}), NOWHERE, KillFaults(returns_every_s=2))
    day.pass_by(seconds=60)
    assert sorted(str(order.price) for order in day.live()) == ["0.00", "1.00", "2.00"]
