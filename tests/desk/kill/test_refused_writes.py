"""Writes that the exchange refused or accepted just before a kill: the kill waits for those that can still land."""

import asyncio
import contextlib
import json
from decimal import Decimal

import pytest

from pbtui.api.codes import StatusAction
from pbtui.api.errors import OrdersApiError
from pbtui.api.requests import UpdateStatus
from pbtui.cli.kill.output import exit_code
from pbtui.desk.journal.open_writes import EVERY_ORDER, OpenWrites, open_writes
from pbtui.desk.kill.certificate.fate import Fate
from pbtui.desk.kill.progress import Phase
from pbtui.desk.storage.places import owner_of
from pbtui.desk.tickets.state import State
from tests.canned import a_wire_order
from tests.desk.kill.armed import armed
from tests.desk.tickets.test_executor import an_add
from tests.desk.tickets.test_odd_servers import BAD_REQUEST, ENTRY, acting, booked, failure
from tests.raw_server import reply

OTHER = ENTRY.model_copy(update={"price": Decimal(46)})
REFUSED = reply(failure("one of the orders was refused"), BAD_REQUEST)


@pytest.mark.parametrize("is_read_back", [False, True])
async def test_an_order_of_a_refused_list_that_is_listed_late_is_killed_before_the_verdict(
    *, is_read_back: bool
) -> None:
    async with acting() as (exchange, desk):
        exchange.answer = REFUSED
        ticket = await desk.desk.submit(an_add(ENTRY, OTHER))
        assert {line.state for line in ticket.lines} == {State.REFUSED}
        if is_read_back:
            ticket = await desk.reconcile(ticket)
            assert {line.state for line in ticket.lines} == {State.REJECTED}
        assert open_writes(owner_of(desk.profile)) == OpenWrites(0, 2)
        exchange.answer = None
        exchange.act = lambda sent: [{**order, "state": "HIBE", "action": "UHIB"} for order in exchange.canned.orders]
        async with armed(exchange.canned.base_url, "a-key") as kill:
            firing = kill.begin()
            await asyncio.sleep(3)
            exchange.canned.orders.append(booked(json.loads(exchange.writes[0].body)[0]))
            view = await firing
    assert (view.phase, view.counts(), exit_code(view)) == (Phase.VERIFIED, {Fate.DEACTIVATED: 1}, 0)
    assert view.verified_s is not None
    assert 17 < view.verified_s < 22
    assert {order["state"] for order in exchange.canned.orders} == {"HIBE"}


@pytest.mark.parametrize("is_by_request", [True, False])
async def test_an_order_that_was_refused_by_itself_delays_no_kill(*, is_by_request: bool) -> None:
    async with acting() as (exchange, desk):
        if is_by_request:
            exchange.answer = REFUSED
        exchange.act = lambda sent: [
            booked(each, f"{number}", state="IACT", action="SERR", error_message="no")
            for number, each in enumerate(sent, 7)
        ]
        entries = [ENTRY] if is_by_request else [ENTRY, OTHER]
        ticket = await desk.desk.submit(an_add(*entries))
        assert {line.state for line in ticket.lines} <= {State.REFUSED, State.REJECTED}
        assert open_writes(owner_of(desk.profile)) == OpenWrites()
        async with armed(exchange.canned.base_url, "a-key") as kill:
            view = await kill.fire()
    assert (view.phase, exit_code(view)) == (Phase.VERIFIED, 0)
    assert view.verified_s is not None
    assert view.verified_s < 1


async def test_an_accepted_activation_of_everything_can_land_late() -> None:
    async with acting(a_wire_order("1", state="HIBE", action="UHIB")) as (exchange, desk):
        exchange.answer = reply(b"", "204 No Content")
        await desk.desk.change_everything(UpdateStatus(order_mod_type=StatusAction.ACTI))
        assert open_writes(owner_of(desk.profile)) == OpenWrites(0, 1, EVERY_ORDER - 1)
        [order] = exchange.canned.orders
        exchange.answer = None
        exchange.act = lambda sent: [{**order, "state": "HIBE", "action": "UHIB"} for order in exchange.canned.orders]
        async with armed(exchange.canned.base_url, "a-key") as kill:
            firing = kill.begin()
            await asyncio.sleep(4)
            order |= {"state": "ACTI", "action": "UADD"}
            view = await firing
    assert (view.phase, view.counts(), exit_code(view)) == (Phase.VERIFIED, {Fate.DEACTIVATED: 1}, 0)
    assert [each["state"] for each in exchange.canned.orders] == ["HIBE"]


@pytest.mark.parametrize("action", [StatusAction.ACTI, StatusAction.DEAC])
async def test_a_refused_activation_and_an_accepted_withdrawal_of_everything_delay_no_kill(
    action: StatusAction,
) -> None:
    async with acting() as (exchange, desk):
        is_activation = action is StatusAction.ACTI
        exchange.answer = reply(failure("no"), "403 Forbidden") if is_activation else reply(b"", "204 No Content")
        with pytest.raises(OrdersApiError) if is_activation else contextlib.nullcontext():
            await desk.desk.change_everything(UpdateStatus(order_mod_type=action))
        assert open_writes(owner_of(desk.profile)) == OpenWrites()
