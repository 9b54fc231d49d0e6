"""Requests of a client that shares its halt: registered before they leave, ended with their call, refused in time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from pbtui.api.client import OrdersClient
from pbtui.api.clock import Clock, use
from pbtui.api.codes import ModifyAction, StatusAction
from pbtui.api.errors import NotSent, RefusedHere, Rejected, UnknownOutcome
from pbtui.api.requests import OrderModify, OrderModifyItem, UpdateStatus
from pbtui.desk.kill.gate import halt_gate
from pbtui.desk.kill.halt import Halt, halt_here
from pbtui.desk.team.gate import ANSWERED, NOT_SENT, TeamGate
from pbtui.desk.team.lone_file import LoneFile
from pbtui.desk.team.postgres import PostgresStore
from pbtui.desk.team.store import LOST, Participant, WantedHalt
from pbtui.settings.key_text import Secret
from pbtui.settings.profiles import Profile
from tests.desk.team.conftest import DESK, OWNER, Postgres
from tests.exchange import RunningExchange, eventually

pytestmark = pytest.mark.real_time
PATIENT_S = 30.0


class Trading:
    """A client with the gate of a team, and what the store has of its sends."""

    def __init__(
        self, postgres: Postgres, database: str, exchange: RunningExchange, timeout_s: float, *portfolios: str
    ) -> None:
        profile = Profile(name="prod", base_url=exchange.base_url, read_only=False, portfolios=portfolios)
        who = Participant(
            server=profile.server, portfolios=portfolios, operator="tess", host="north", profile="prod", desk="d1"
        )
        self.store = PostgresStore(postgres.url(database, DESK), who, timeout_s)
        self.halted_here: Halt | None = None
        self.lone = LoneFile(profile)
        self.gate = TeamGate(halt_gate(profile, lambda: self.halted_here), self.store, self.lone)
        self.client = OrdersClient(exchange.base_url, Secret(exchange.keys["trader"]))
        self.client.gate = self.gate
        self._order = exchange.orders()[0]
        self._owner = postgres.url(database, OWNER)

    async def reprice(self) -> None:
        """Send a request that enters."""
        changes = OrderModify(action=ModifyAction.MODI, price=Decimal(str(self._order["price"])) + 1)
        await self.client.modify_orders([self._item(changes)])

    async def withdraw(self) -> None:
        """Send one that does not."""
        await self.client.modify_orders([self._item(OrderModify(action=ModifyAction.DEAC))])

    async def activate_everything(self) -> None:
        """Send the request that activates every order at the exchange."""
        await self.client.update_status(UpdateStatus(order_mod_type=StatusAction.ACTI, incl_pre_arranged=False))

    def _item(self, changes: OrderModify) -> OrderModifyItem:
        order = self._order
        return OrderModifyItem(order_id=order["order_id"], revision_no=order["revision_no"], changes=changes)

    def sends(self) -> list[tuple[str, str]]:
        """Call and ending of each send, the oldest first; the ending of one that is under way is empty."""
        with psycopg.connect(self._owner) as owner:
            return owner.execute("select call, ending from pbtui.send order by id").fetchall()

    async def ended(self) -> list[str]:
        """The endings of all sends, once each of them has one."""
        await asyncio.to_thread(eventually, lambda: all(ending for _, ending in self.sends()))
        return [ending for _, ending in self.sends()]


Open = Callable[..., Trading]


@pytest.fixture
async def trading(postgres: Postgres, database: str, exchange: RunningExchange) -> AsyncIterator[Open]:
    """Opens clients that share the store; the deadline of a call is by default one that a busy machine keeps."""
    async with AsyncExitStack() as opened:

        def open_one(*portfolios: str, timeout_s: float = PATIENT_S) -> Trading:
            one = Trading(postgres, database, exchange, timeout_s, *portfolios)
            opened.push_async_callback(one.store.close)
            opened.push_async_callback(one.gate.close)
            opened.push_async_callback(one.client.__aexit__)
            return one

        yield open_one


async def test_a_request_is_registered_while_it_is_away_and_ended_with_its_answer(
    trading: Open, exchange: RunningExchange
) -> None:
    one = trading()
    exchange.faults(hold={"value": True, "methods": ["PUT"], "times": 1})
    away = asyncio.create_task(one.reprice())
    await asyncio.to_thread(eventually, one.sends)
    assert one.sends() == [("PUT /orders/list", "")]
    exchange.faults()
    await away
    assert await one.ended() == [ANSWERED]


@pytest.mark.parametrize(
    ("fault", "error", "ending"),
    [
        ({"errors": {"value": {"409": 1.0}, "methods": ["PUT"]}}, Rejected, ANSWERED),
        ({"errors": {"value": {"500": 1.0}, "methods": ["PUT"]}}, UnknownOutcome, LOST),
        ({"drop_after_commit": {"value": 1.0, "methods": ["PUT"]}}, UnknownOutcome, LOST),
    ],
)
async def test_a_send_ends_as_its_call_does(
    trading: Open, exchange: RunningExchange, fault: dict[str, Any], error: type[Exception], ending: str
) -> None:
    one = trading()
    exchange.faults(**fault)
    with pytest.raises(error):
        await one.reprice()
    assert await one.ended() == [ending]


@pytest.mark.parametrize(("is_own", "ending"), [(True, ANSWERED), (False, LOST)])
async def test_the_page_of_a_gateway_ends_no_send(trading: Open, ending: str, *, is_own: bool) -> None:
    one = trading()
    with pytest.raises(Rejected):
        async with one.gate("PUT /orders/list", enters=True):
            raise Rejected("PUT /orders/list", "no", status=404, is_own=is_own)
    assert await one.ended() == [ending]


async def test_a_request_that_is_cancelled_can_still_land(trading: Open, exchange: RunningExchange) -> None:
    one = trading()
    exchange.faults(hold={"value": True, "methods": ["PUT"], "times": 1})
    away = asyncio.create_task(one.reprice())
    await asyncio.to_thread(eventually, one.sends)
    await one.store.halts()  # calls follow each other: the client has the answer of its registration
    away.cancel()
    await asyncio.gather(away, return_exceptions=True)
    exchange.faults()
    assert await one.ended() == [LOST]


async def test_a_halt_of_another_desk_refuses_what_enters_and_nothing_else(
    trading: Open, exchange: RunningExchange
) -> None:
    one, other = trading(), trading()
    await other.store.halt(WantedHalt("k1", "price spike"))
    with pytest.raises(RefusedHere, match=r"halted: price spike by profile prod, .* by tess on north"):
        await one.reprice()
    assert exchange.writes() == []
    await one.withdraw()
    assert len(exchange.writes()) == 1
    assert set(await one.ended()) <= {NOT_SENT}


async def test_a_halt_that_begins_here_while_the_store_is_asked_refuses(
    trading: Open, exchange: RunningExchange, postgres: Postgres
) -> None:
    one = trading()
    await one.store.halts()
    with postgres.frozen():
        away = asyncio.create_task(one.reprice())
        await asyncio.sleep(0.2)  # the request is at the store, or on its way: it is refused in any case
        one.halted_here = halt_here("price spike")
    with pytest.raises(RefusedHere, match="halted: price spike"):
        await away
    assert exchange.writes() == []
    assert set(await one.ended()) <= {NOT_SENT}


async def test_without_the_store_orders_can_only_be_withdrawn(
    trading: Open, exchange: RunningExchange, postgres: Postgres
) -> None:
    one = trading(timeout_s=0.3)
    with postgres.frozen():
        with pytest.raises(
            RefusedHere, match=r"no connection within 1 s\. Until it .*: pbtui --profile prod team cut-loose$"
        ):
            await one.reprice()
        assert exchange.writes() == []
        await one.withdraw()
        assert len(exchange.writes()) == 1
    assert set(await one.ended()) <= {NOT_SENT}, "a registration that came about behind the deadline is ended later"


async def test_a_send_on_the_wire_while_the_store_fails_counts_once_and_is_ended_when_it_is_back(
    trading: Open, exchange: RunningExchange, postgres: Postgres
) -> None:
    one = trading()
    exchange.faults(hold={"value": True, "methods": ["PUT"], "times": 1})
    away = asyncio.create_task(one.reprice())
    await asyncio.to_thread(eventually, exchange.writes)
    with postgres.refusing_desks():
        exchange.faults()
        await away
        for why in (
            "terminating connection due to administrator command",
            r'role "tess" is not permitted to log in \(',
        ):
            with pytest.raises(RefusedHere, match=f"unreachable since .*: {why}.* orders can only be withdrawn"):
                await one.reprice()
        assert len(exchange.writes()) == 1
        assert one.sends() == [("PUT /orders/list", "")]
    assert await one.ended() == [ANSWERED]


async def test_a_request_without_a_connection_is_not_registered(trading: Open, exchange: RunningExchange) -> None:
    one = trading()
    one.client = OrdersClient("http://127.0.0.1:1/acme/epex/v2/api", Secret("k"))
    one.client.gate = one.gate
    with pytest.raises(NotSent):
        await one.reprice()
    assert one.sends() == []


async def test_a_halt_of_any_portfolios_refuses_to_activate_everything(
    trading: Open, exchange: RunningExchange
) -> None:
    one = trading("A")
    await one.store.halt(WantedHalt("k1", "price spike", portfolios=("B",)))
    with pytest.raises(RefusedHere, match="halted: price spike"):
        await one.activate_everything()
    assert exchange.writes() == []


class Sleeping(Clock):
    """The clock of a machine that sleeps for a minute again and again."""

    def __init__(self) -> None:
        self._slept_s = 0

    def steady_s(self) -> float:
        self._slept_s += 60
        return super().steady_s() + self._slept_s


async def test_a_registration_from_before_a_sleep_of_the_machine_sends_nothing(
    trading: Open, exchange: RunningExchange
) -> None:
    one = trading()
    with use(Sleeping()), pytest.raises(RefusedHere, match="this program was stopped meanwhile"):
        await one.reprice()
    assert exchange.writes() == []
    assert await one.ended() == [NOT_SENT]
