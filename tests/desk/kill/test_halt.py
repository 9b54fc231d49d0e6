"""The halt: unsent requests are not sent, on every desk of the profile, until it is re-armed."""

import asyncio
import json
import threading

import pytest

from pbtui.api.codes import StatusAction
from pbtui.api.errors import RefusedHere
from pbtui.api.requests import UpdateStatus
from pbtui.desk.journal.writer import Journal, JournalUnusable, journal_files
from pbtui.desk.kill.halt import Halt, HaltNotOnDisk, engage, halt_here, read_halt, rearm
from pbtui.desk.kill.progress import Phase
from pbtui.desk.storage.places import halt_file, journal_folder
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import Action
from tests.desk.kill.armed import NOWHERE, armed_at, live, owner_at, profile_at, writes
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


def shown_by(desk: TradingDesk) -> Halt:
    """The halt that the desk shows, or the one of its own kill before it has read the disk."""
    return desk.desk.view.halted or halt_here("the kill switch was fired")


async def test_re_arming_is_journalled_and_activates_nothing(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        async with armed_at(exchange) as kill:
            await kill.fire()
        exchange.forget_requests()
        desk.desk.rearm("the algorithm is fixed", shown_by(desk))
        assert desk.desk.view.halted is None
        assert read_halt(profile_at(exchange.base_url)) is None
        assert not writes(exchange)
        assert not live(exchange, "trader")
    files = journal_files(owner_at(exchange.base_url))
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    [rearm] = [line for line in lines if line["kind"] == "re-arm"]
    assert rearm["reason"] == "the algorithm is fixed"


def test_only_the_halt_that_was_shown_is_lifted() -> None:
    engage(profile_at(NOWHERE), halt_here("kill fired", action="deactivate-mine"))
    shown = read_halt(profile_at(NOWHERE))
    engage(profile_at(NOWHERE), halt_here("kill fired again", action="delete-all"))
    with Journal(profile_at(NOWHERE)) as journal:
        with pytest.raises(HaltNotOnDisk, match=r"another kill was fired in the meantime: kill fired again, "):
            rearm(profile_at(NOWHERE), journal, "the first one is over", shown)
        assert halt_file(owner_at(NOWHERE)).exists()
        rearm(profile_at(NOWHERE), journal, "so is the second", read_halt(profile_at(NOWHERE)))
    assert not halt_file(owner_at(NOWHERE)).exists()


async def test_a_desk_that_knew_of_an_earlier_halt_shows_the_new_one_before_it_re_arms(
    exchange: RunningExchange,
) -> None:
    engage(profile_at(exchange.base_url), halt_here("kill fired", action="deactivate-mine"))
    async with trader(exchange, poll_seconds=60) as desk:
        await until(lambda: desk.desk.view.blotter.read_no)
        engage(profile_at(exchange.base_url), halt_here("kill fired again", action="delete-all"))
        with pytest.raises(HaltNotOnDisk):
            desk.desk.rearm("the first one is over", shown_by(desk))
        halted = desk.desk.view.halted
        assert halted is not None
        assert halted.reason == "kill fired again"
        desk.desk.rearm("so is the second", shown_by(desk))
    assert read_halt(profile_at(exchange.base_url)) is None


async def test_a_profile_stays_halted_without_a_journal(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        engage(profile_at(exchange.base_url), halt_here("kill fired", action="deactivate-mine"))
        folder = journal_folder(owner_at(exchange.base_url))
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        folder.write_text("no folder")
        with pytest.raises(JournalUnusable):
            desk.desk.rearm("because", halt_here("kill fired"))
    assert halt_file(owner_at(exchange.base_url)).exists()


async def test_the_restore_list_says_which_orders_can_be_activated(exchange: RunningExchange) -> None:
    kept, filled, moved, back, gone = limit_orders(exchange)[:5]
    async with trader(exchange, poll_seconds=0.5) as desk:
        exchange.fill(filled.order_id or "", float(filled.open_quantity_mw or 0))
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
            back.key: "active already",
            gone.key: "deleted by user (UDEL)",
        }

        def obstacles() -> dict[str, str]:
            lines = {line.before.key: line.obstacle for line in desk.desk.restore_list(view.before)}
            return {key: lines[key] for key in wanted}

        await until(lambda: obstacles() == wanted)


async def test_a_paused_feed_sends_no_requests(exchange: RunningExchange) -> None:
    async with trader(exchange, poll_seconds=0.5) as desk:
        desk.desk.pause_feed()
        await asyncio.sleep(0.6)
        exchange.forget_requests()
        await asyncio.sleep(0.7)
        assert exchange.requests() == []
        desk.desk.resume_feed()
        await until(exchange.requests)
