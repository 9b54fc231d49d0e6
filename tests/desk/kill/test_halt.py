"""The halt: unsent requests are not sent, on every desk of the profile, until it is re-armed."""

import asyncio
import threading

import pytest

from pbtui.api.codes import StatusAction
from pbtui.api.errors import RefusedHere
from pbtui.api.requests import UpdateStatus
from pbtui.desk.kill.halt import engage, halt_here
from pbtui.desk.storage.places import halt_file
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import Action
from tests.desk.kill.armed import armed_at, owner_at, profile_at, writes
from tests.desk.tickets.test_executor import TradingDesk, an_add, an_entry, limit_orders, trader, until
from tests.exchange import RunningExchange


def halt_from_another_thread(desk: TradingDesk) -> None:
    thread = threading.Thread(target=desk.desk.halt, args=("F9 was pressed",))
    thread.start()
    thread.join()


async def test_a_request_waiting_for_a_connection_is_not_sent_after_the_halt(exchange: RunningExchange) -> None:
    entry = an_entry(exchange)
    order_id = limit_orders(exchange)[0].order_id or ""
    async with trader(exchange) as desk:
        exchange.faults(hold={"value": True, "methods": ["GET"]})
        exchange.forget_requests()
        reads = [asyncio.create_task(desk.desk.lookups.history(order_id)) for _ in range(4)]
        await until(lambda: len(exchange.requests()) == 4)
        adding = asyncio.create_task(desk.desk.submit(an_add(entry)))
        await until(lambda: desk.desk.writes_under_way == 1)
        halt_from_another_thread(desk)
        exchange.faults()
        await asyncio.gather(*reads)
        [line] = (await adding).lines
        assert line.state is State.NOT_SENT
        assert "halted: F9 was pressed" in line.reason
        assert not writes(exchange)


async def test_while_halted_orders_can_only_be_withdrawn_until_the_halt_is_lifted(exchange: RunningExchange) -> None:
    first, second = limit_orders(exchange)[:2]
    entry = an_entry(exchange)
    async with trader(exchange) as desk:
        halt_from_another_thread(desk)
        assert desk.desk.view.halted is not None
        exchange.forget_requests()
        [refused] = (await desk.desk.submit(an_add(entry))).lines
        [deactivated] = (await desk.change(first, action=Action.DEACTIVATE)).lines
        assert (refused.state, deactivated.state) == (State.NOT_SENT, State.SENT)
        [activated] = (await desk.change(first, action=Action.ACTIVATE)).lines
        assert activated.state is State.NOT_SENT
        assert [request["method"] for request in writes(exchange)] == ["PUT"]
        desk.desk.unhalt()
        [deleted] = (await desk.change(second, action=Action.DELETE)).lines
        [added] = (await desk.desk.submit(an_add(entry))).lines
        assert (deleted.state, added.state) == (State.SENT, State.SENT)


async def test_a_second_desk_of_the_profile_is_halted_within_one_poll_and_stays_so_after_a_restart(
    exchange: RunningExchange,
) -> None:
    entry = an_entry(exchange)
    async with trader(exchange, poll_seconds=0.5) as second:
        async with armed_at(exchange) as kill:
            await kill.fire()
        polls = second.desk.view.blotter.read_no
        await until(lambda: second.desk.view.halted)
        assert second.desk.view.blotter.read_no <= polls + 1
        reason = second.desk.view.why_only_withdraw(0.0)
        assert reason is not None
        assert reason.startswith("halted: kill deactivate-mine fired, ")
    async with trader(exchange) as restarted:
        [line] = (await restarted.desk.submit(an_add(entry))).lines
        assert line.state is State.NOT_SENT
        restarted.desk.unhalt()
        assert restarted.desk.view.halted is not None


async def test_a_halt_of_another_process_stops_unsent_requests_before_any_read_shows_it(
    exchange: RunningExchange,
) -> None:
    first, second, third = limit_orders(exchange)[:3]
    async with trader(exchange, single_order_endpoint=True) as desk:
        exchange.faults(hold={"value": True, "methods": ["PUT"], "times": 1})
        exchange.forget_requests()
        changing = asyncio.create_task(desk.change(first, second, third, txt="later"))
        await until(lambda: writes(exchange))
        engage(profile_at(exchange.base_url), halt_here("kill fired", action="deactivate-mine"))
        exchange.faults()
        outcomes = [line.state for line in (await changing).lines]
        assert outcomes == [State.SENT, State.NOT_SENT, State.NOT_SENT]
        exchange.forget_requests()
        with pytest.raises(RefusedHere, match="halted: kill fired"):
            await desk.desk.change_everything(UpdateStatus(order_mod_type=StatusAction.ACTI))
        halt_file(owner_at(exchange.base_url)).write_bytes(b'{"reason": "\xff')
        with pytest.raises(RefusedHere, match="the halt file is damaged"):
            await desk.desk.change_everything(UpdateStatus(order_mod_type=StatusAction.ACTI))
        assert not writes(exchange)
        assert desk.desk.view.halted is not None


async def test_a_paused_feed_sends_no_requests(exchange: RunningExchange) -> None:
    async with trader(exchange, poll_seconds=0.5) as desk:
        desk.desk.pause_feed()
        await asyncio.sleep(0.6)
        exchange.forget_requests()
        await asyncio.sleep(0.7)
        assert exchange.requests() == []
        desk.desk.resume_feed()
        await until(exchange.requests)
