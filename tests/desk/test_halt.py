"""The halt: what has not left does not leave, on every desk of the profile, until it is re-armed."""

import asyncio
import json
import threading

import pytest

from pbtui.desk.halt import engage, halt_file, halt_here, read_halt
from pbtui.desk.journal import JournalUnusable, journal_files, journal_folder
from pbtui.desk.kill_view import Phase
from pbtui.desk.tickets import Action, Outcome
from tests.desk.killing import armed_at, live, writes
from tests.desk.test_tickets import TradingDesk, an_add, an_entry, limit_orders, trader, until
from tests.exchange import RunningExchange


def halt_from_another_thread(desk: TradingDesk) -> None:
    thread = threading.Thread(target=desk.desk.halt, args=("F9 was pressed",))
    thread.start()
    thread.join()


async def test_what_waits_for_a_connection_does_not_leave_any_more(exchange: RunningExchange) -> None:
    entry = an_entry(exchange)
    order_id = limit_orders(exchange)[0].order_id or ""
    async with trader(exchange) as desk:
        exchange.faults(latency={"value": 1.0, "methods": ["GET"], "times": 4})
        exchange.forget_requests()
        reads = [asyncio.create_task(desk.desk.history(order_id)) for _ in range(4)]
        await until(lambda: len(exchange.requests()) == 4)
        adding = asyncio.create_task(desk.desk.submit(an_add(entry)))
        await until(lambda: desk.desk.writes_under_way == 1)
        halt_from_another_thread(desk)
        await asyncio.gather(*reads)
        [line] = (await adding).lines
        assert line.outcome is Outcome.NOT_SENT
        assert "halted: F9 was pressed" in line.reason
        assert not writes(exchange)


async def test_while_halted_orders_only_leave_the_market_and_unhalting_puts_it_back(exchange: RunningExchange) -> None:
    first, second = limit_orders(exchange)[:2]
    entry = an_entry(exchange)
    async with trader(exchange) as desk:
        halt_from_another_thread(desk)
        assert desk.desk.view.halted is not None
        exchange.forget_requests()
        [refused] = (await desk.desk.submit(an_add(entry))).lines
        [deactivated] = (await desk.change(first, action=Action.DEACTIVATE)).lines
        assert (refused.outcome, deactivated.outcome) == (Outcome.NOT_SENT, Outcome.ACCEPTED)
        [activated] = (await desk.change(first, action=Action.ACTIVATE)).lines
        assert activated.outcome is Outcome.NOT_SENT
        assert [request["method"] for request in writes(exchange)] == ["PUT"]
        desk.desk.unhalt()
        [deleted] = (await desk.change(second, action=Action.DELETE)).lines
        [added] = (await desk.desk.submit(an_add(entry))).lines
        assert (deleted.outcome, added.outcome) == (Outcome.ACCEPTED, Outcome.ACCEPTED)


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
        assert line.outcome is Outcome.NOT_SENT
        restarted.desk.unhalt()
        assert restarted.desk.view.halted is not None


async def test_re_arming_is_journalled_and_activates_nothing(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        async with armed_at(exchange) as kill:
            await kill.fire()
        exchange.forget_requests()
        desk.desk.rearm("the algorithm is fixed")
        assert desk.desk.view.halted is None
        assert read_halt("test") is None
        assert not writes(exchange)
        assert not live(exchange, "trader")
    lines = [json.loads(line) for file in journal_files("test") for line in file.read_text().splitlines()]
    [rearm] = [line for line in lines if line["kind"] == "re-arm"]
    assert rearm["reason"] == "the algorithm is fixed"


async def test_without_a_journal_it_stays_halted(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        engage("test", halt_here("kill fired", action="deactivate-mine"))
        folder = journal_folder("test")
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        folder.write_text("no folder")
        with pytest.raises(JournalUnusable):
            desk.desk.rearm("because")
    assert halt_file("test").exists()


async def test_what_can_be_brought_back_and_what_better_not(exchange: RunningExchange) -> None:
    kept, filled, moved, back, gone = limit_orders(exchange)[:5]
    async with trader(exchange, poll_seconds=0.5) as desk:
        exchange.fill(filled.order_id or "", float(filled.open_quantity_mw))
        async with armed_at(exchange) as kill:
            view = await kill.fire(known=[kept, filled, moved, back, gone])
        exchange.touch(moved.order_id or "", price=-88.0, action="MODI")
        exchange.touch(back.order_id or "", action="ACTI")
        exchange.touch(gone.order_id or "", action="DELE")
        assert view.phase is Phase.VERIFIED
        wanted = {
            kept.key: "",
            filled.key: "filled by the market (FEXE)",
            moved.key: "changed since: price",
            back.key: "is in the market already",
            gone.key: "deleted by user (UDEL)",
        }

        def obstacles() -> dict[str, str]:
            lines = {line.before.key: line.obstacle for line in desk.desk.restore_list(view.before)}
            return {key: lines[key] for key in wanted}

        await until(lambda: obstacles() == wanted)


async def test_a_paused_feed_leaves_the_server_alone(exchange: RunningExchange) -> None:
    async with trader(exchange, poll_seconds=0.5) as desk:
        desk.desk.pause_feed()
        await asyncio.sleep(0.6)
        exchange.forget_requests()
        await asyncio.sleep(0.7)
        assert exchange.requests() == []
        desk.desk.resume_feed()
        await until(exchange.requests)
