"""The watch after a verified kill, with the timing of the real program: ten minutes, in virtual time."""

import asyncio
from itertools import pairwise

import pytest

from pbtui.desk.kill.progress import Phase
from pbtui.desk.kill.protocol.timing import Timing
from tests.desk.kill.armed import armed_at, live
from tests.simulation.virtual_exchange import VirtualExchange

TEN_MINUTES_S = 600.0
FIVE_MINUTES_S = 300.0
AMP = "10YDE-RWENET---I"


async def test_it_reads_for_ten_minutes_and_then_ends(exchange: VirtualExchange) -> None:
    loop = asyncio.get_running_loop()
    async with armed_at(exchange, timing=Timing()) as kill:
        firing = kill.begin()
        await kill.until_phase(Phase.VERIFIED)
        verified_s = loop.time()
        view = await firing
    assert view.phase is Phase.VERIFIED
    assert loop.time() - verified_s == pytest.approx(TEN_MINUTES_S, abs=5)
    reads = [left.at_s for left in exchange.left if left.method == "GET" and left.at_s > verified_s]
    gaps = [later - earlier for earlier, later in pairwise(reads)]
    assert max(gaps) < 2 * Timing().watch_every_s
    assert reads[-1] - verified_s > TEN_MINUTES_S - 2 * Timing().watch_every_s


@pytest.mark.parametrize("after_s", [30.0, 590.0])
async def test_an_order_that_returns_within_the_ten_minutes_is_reported(
    exchange: VirtualExchange, after_s: float
) -> None:
    loop = asyncio.get_running_loop()
    order = exchange.orders()[0]["order_id"]
    async with armed_at(exchange, timing=Timing()) as kill:
        kill.begin()
        await kill.until_phase(Phase.VERIFIED)
        await asyncio.sleep(after_s)
        exchange.touch(order, action="ACTI")
        returned_s = loop.time()
        view = await kill.until_phase(Phase.REAPPEARED)
        assert loop.time() - returned_s < 2 * Timing().watch_every_s
        assert view.headline.startswith("ORDERS RE-APPEARED: 1 ACTIVE")
    assert live(exchange, "trader")


async def test_numbers_of_a_bounded_kill_have_their_bounds(exchange: VirtualExchange) -> None:
    orders = exchange.orders()
    amp = [order["order_id"] for order in orders if order["delivery_area"] == AMP]
    others = len(orders) - len(amp)
    exchange.faults(spare_on_kill=1.0)
    async with armed_at(exchange, timing=Timing()) as kill:
        kill.begin(delivery_areas=(AMP,))
        view = await kill.until_phase(Phase.INCOMPLETE)
        assert view.headline == f"KILL INCOMPLETE: {len(amp)} STILL ACTIVE in AMP, {others} outside"
        exchange.faults()
        view = await kill.until_phase(Phase.VERIFIED)
        assert view.headline.startswith(f"KILL VERIFIED 0 ACTIVE in AMP, {others} outside ")
        exchange.touch(amp[0], action="ACTI")
        view = await kill.until_phase(Phase.REAPPEARED)
        assert view.headline.startswith(f"ORDERS RE-APPEARED: 1 ACTIVE in AMP, {others} outside (0 AT ")


async def test_a_kill_that_is_spared_is_fired_again_all_the_time(exchange: VirtualExchange) -> None:
    timing = Timing()
    exchange.faults(spare_on_kill=1.0)
    async with armed_at(exchange, timing=timing) as kill:
        kill.begin()
        began_s = asyncio.get_running_loop().time()
        await asyncio.sleep(FIVE_MINUTES_S)
        fired = [left.at_s - began_s for left in exchange.left if left.method != "GET"]
        assert kill.views[-1].phase is Phase.INCOMPLETE
    first = [at_s for at_s in fired if at_s < 10]
    assert len(first) == 1 + len(timing.fire_again_after_s)
    assert first[1:] == pytest.approx(timing.fire_again_after_s, abs=1)
    later = [at_s for at_s in fired if at_s >= 10]
    assert [b - a for a, b in pairwise(later)] == pytest.approx([15.0] * (len(later) - 1), abs=1)
    assert len(later) == pytest.approx((FIVE_MINUTES_S - 8) / timing.then_every_s, abs=1)
