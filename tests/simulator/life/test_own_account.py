"""The seeded day: the same for the same seed, and as lively as `churn` says."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from pbtui.api.codes import OrderState
from pbtui.api.requests import UpdateStatus
from pbtui.simulator.book.ledger import OrderQuery
from pbtui.simulator.book.own_order import OrderRevision
from pbtui.simulator.exchange import LONGEST_CATCH_UP, TICK
from pbtui.simulator.rights import ADMIN, TRADER
from tests.simulator.day import NOON, Day, item

EVERYTHING = OrderQuery(portfolio_ids=ADMIN.portfolio_ids, active_only=False)


def all_revisions(day: Day) -> list[bytes]:
    return [revision.encoded() for order in day.exchange.own_orders(EVERYTHING) for revision in order.revisions]


def after_a_minute(seed: int) -> list[bytes]:
    day = Day(orders=60, churn=0.1, seed=seed)
    for second in range(60):
        day.exchange.step(NOON + timedelta(seconds=second))
    return all_revisions(day)


def test_same_seed_gives_the_same_day() -> None:
    assert after_a_minute(seed=7) == after_a_minute(seed=7)


def test_other_seed_gives_another_day() -> None:
    assert after_a_minute(seed=7) != after_a_minute(seed=8)


def test_ticks_do_not_depend_on_how_often_the_clock_is_asked() -> None:
    seldom, often = Day(orders=60, churn=0.1), Day(orders=60, churn=0.1)
    seldom.pass_by(seconds=4)
    for _ in range(400):
        often.pass_by(milliseconds=10)
    assert all_revisions(seldom) == all_revisions(often)


def test_day_begins_with_that_many_live_orders_of_every_kind() -> None:
    day = Day(orders=60)
    live = day.live()
    assert len(live) == 60
    assert {order.portfolio_id for order in live} == ADMIN.portfolio_ids
    assert {order.type for order in live} == {"O", "I"}
    assert [order.pre_arranged for order in live].count(True) == 1
    assert len({order.delivery_area for order in live}) == 8
    assert {order.strategy_id for order in live} > {None, "spread-7"}
    codes = {order.user_code for order in live if order.portfolio_id in TRADER.portfolio_ids}
    assert codes >= {"TRD001", "ALG001"}
    states = Counter(order.state for order in day.exchange.own_orders(EVERYTHING))
    assert states[OrderState.HIBE] == 5


def test_no_orders_means_none() -> None:
    assert all_revisions(Day(orders=0)) == []


def test_market_without_churn_stands_still_until_contracts_close() -> None:
    day = Day(orders=60)
    before = all_revisions(day)
    day.pass_by(minutes=30)
    assert all_revisions(day) == before


def test_churn_changes_about_that_part_of_the_orders_in_a_second() -> None:
    day = Day(orders=400, churn=0.05)
    first = {order.order_id for order in day.exchange.own_orders(EVERYTHING)}
    before = len(all_revisions(day))
    for _ in range(20):
        day.pass_by(seconds=1)
    changes = len(all_revisions(day)) - before
    assert 200 < changes < 1000
    actions = Counter(order.latest.action for order in day.exchange.own_orders(EVERYTHING))
    assert {"UADD", "UDEL", "PEXE", "FEXE"} <= actions.keys()
    assert len({order.order_id for order in day.exchange.own_orders(EVERYTHING)} - first) > 20
    assert 300 < len(day.live()) < 500


def test_churn_leaves_orders_from_outside_alone() -> None:
    day = Day(orders=60, churn=1)
    mine = day.enter("BUY", "-9000.00")
    for _ in range(60):
        day.pass_by(seconds=1)
    assert day.now(mine).revision_no == 1


def test_order_taken_over_by_the_trader_is_no_longer_moved() -> None:
    day = Day(orders=60, churn=0.5)
    seeded = next(order for order in day.live() if order.portfolio_id == "DE1" and order.side == "BUY")
    mine = day.modify(item(seeded, "MODI", price=seeded.price - 3000)).orders[0]  # type: ignore[operator]
    for _ in range(30):
        day.pass_by(seconds=1)
    assert day.now(mine).revision_no == 1


def test_long_pause_is_not_caught_up() -> None:
    paused, awake = Day(orders=60, churn=0.5), Day(orders=60, churn=0.5)
    paused.pass_by(minutes=20)
    for _ in range(int(LONGEST_CATCH_UP / TICK)):
        awake.pass_by(seconds=TICK.total_seconds())
    assert len(all_revisions(paused)) < 2 * len(all_revisions(awake))


def test_day_goes_on_through_the_night() -> None:
    day = Day(orders=60, churn=0.2)
    for _ in range(24 * 4):
        day.pass_by(minutes=15)
    live = day.live()
    assert len(live) > 20
    assert all(order.valid_until and order.valid_until > day.exchange.market.now for order in live)
    assert all(order.quantity and order.quantity > 0 for order in live)


def test_a_read_of_the_past_shows_the_past() -> None:
    day = Day()
    order = day.enter(txt="first")
    day.pass_by(seconds=10)
    changed = day.change(order, price=Decimal("44.00"))
    live = OrderQuery(portfolio_ids=ADMIN.portfolio_ids)

    def orders_at(seconds: float) -> list[OrderRevision]:
        return day.exchange.own_orders_as_of(live, NOON + timedelta(seconds=seconds))

    assert orders_at(-1) == []
    assert orders_at(0) == orders_at(9.9) == [order]
    assert orders_at(10) == [changed]


def test_bots_of_the_account_heed_a_kill_until_somebody_trades_again() -> None:
    day = Day(orders=60, churn=1)
    removal = [item(order, "DEAC") for order in day.live() if order.portfolio_id == "DE1"]
    day.modify(*removal, key=ADMIN)
    asleep = [day.exchange.market.ledger.get(removed.order_id) for removed in removal]
    for _ in range(30):
        day.pass_by(seconds=1)
    portfolios = {order.portfolio_id for order in day.live()}
    assert portfolios >= {"DE2", "HYDRO"}
    assert "DE1" not in portfolios
    assert {order.state for order in asleep if order} == {OrderState.HIBE}
    day.enter("BUY", "-9000.00")
    for _ in range(30):
        day.pass_by(seconds=1)
    assert len([order for order in day.live() if order.portfolio_id == "DE1"]) > 1


def test_account_wide_kill_is_heeded_though_a_pre_arranged_order_stays() -> None:
    day = Day(orders=60, churn=1)
    day.exchange.update_status(ADMIN, UpdateStatus.model_validate({"orderModType": "DEAC"}))
    for _ in range(30):
        day.pass_by(seconds=1)
    assert [order for order in day.live() if not order.pre_arranged] == []


def test_a_moving_account_lists_the_algorithms_whose_orders_it_has() -> None:
    day = Day(orders=200, churn=1)
    users = {(order.user_name, order.strategy_id) for order in day.live()}
    assert {(each.name, each.algo_id) for each in day.exchange.algorithms} <= users
    assert Day(orders=60).exchange.algorithms == []
