"""What reaches a server where httpcore reports a request under other names than the check of the halt hangs on."""

import ast
import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpcore
import httpcore._async.http11
import httpx
import pytest
from httpcore._trace import Trace

from pbtui.api.client import OrdersClient
from pbtui.api.codes import ModifyAction, OrderSide, StatusAction
from pbtui.api.errors import NotSent, OrdersApiError, RefusedHere, UnknownOutcome
from pbtui.api.requests import OrderEntry, OrderModify, OrderModifyItem, UpdateStatus
from pbtui.api.transport.connection import Timeouts
from pbtui.api.transport.send_check import LEAVES, STEPS_BEFORE
from pbtui.settings.key_text import Secret
from tests.raw_server import drop, raw_server

ENTRY = OrderEntry(portfolio_id="P1", quantity=Decimal(5), price=Decimal(45), side=OrderSide.BUY)


def _item(action: ModifyAction) -> OrderModifyItem:
    return OrderModifyItem(order_id="7", revision_no=3, changes=OrderModify(action=action))


ENTERS: list[Callable[[OrdersClient], Any]] = [
    lambda client: client.add_orders([ENTRY]),
    lambda client: client.modify_orders([_item(ModifyAction.MODI)]),
    lambda client: client.modify_orders([_item(ModifyAction.ACTI)]),
    lambda client: client.modify_order("7", 3, OrderModify(action=ModifyAction.ACTI)),
    lambda client: client.update_status(UpdateStatus(order_mod_type=StatusAction.ACTI)),
]
DOES_NOT_ENTER: list[Callable[[OrdersClient], Any]] = [
    lambda client: client.get_own_orders(),
    lambda client: client.modify_orders([_item(ModifyAction.DEAC)]),
    lambda client: client.modify_orders([_item(ModifyAction.DELE)]),
    lambda client: client.delete_orders(["P1"]),
    lambda client: client.update_status(UpdateStatus(order_mod_type=StatusAction.DEAC)),
]


class OtherNames(Trace):
    """The steps of a release that calls sending something else."""

    def __init__(self, name: str, *arguments: Any) -> None:
        super().__init__(name.replace("send_request_headers", "write_head"), *arguments)


class OtherPrefix(Trace):
    """The steps of a release that calls the connection something else."""

    def __init__(self, name: str, logger: logging.Logger, *arguments: Any) -> None:
        super().__init__(name, logger, *arguments)
        self.prefix = "http1"


class NoReports(Trace):
    """The steps of a release that reports none."""

    def __init__(self, name: str, logger: logging.Logger, *_arguments: Any) -> None:
        super().__init__(name, logger)


@asynccontextmanager
async def _open_gate(call: str, *, enters: bool) -> AsyncIterator[None]:
    yield


@pytest.mark.parametrize("send", ENTERS)
@pytest.mark.parametrize("trace", [OtherNames, OtherPrefix, NoReports])
async def test_a_new_order_is_refused_if_the_moment_of_sending_is_not_reported(
    monkeypatch: pytest.MonkeyPatch, trace: type, send: Callable[[OrdersClient], Any]
) -> None:
    monkeypatch.setattr(httpcore._async.http11, "Trace", trace)
    async with raw_server() as server, OrdersClient(server.base_url, Secret("key"), concurrent_calls=1) as client:
        client.gate = _open_gate
        for _ in range(2):  # the only connection is free again after the first
            with pytest.raises(RefusedHere, match="the halt could not be checked right before sending"):
                await send(client)
        assert server.requests == []
        assert server.received == b"" or trace is NoReports
        await client.get_own_orders()


@pytest.mark.parametrize("send", DOES_NOT_ENTER)
@pytest.mark.parametrize("trace", [OtherNames, OtherPrefix, NoReports])
async def test_a_withdrawal_is_sent_even_if_the_moment_of_sending_is_not_reported(
    monkeypatch: pytest.MonkeyPatch, trace: type, send: Callable[[OrdersClient], Any]
) -> None:
    monkeypatch.setattr(httpcore._async.http11, "Trace", trace)
    async with raw_server() as server, OrdersClient(server.base_url, Secret("key")) as client:
        client.gate = _open_gate
        await send(client)
    assert len(server.requests) == 1


@pytest.mark.parametrize("send", ENTERS)
async def test_a_new_order_is_sent_once_and_whole_after_the_gate_has_passed_it(
    send: Callable[[OrdersClient], Any],
) -> None:
    async with raw_server() as server, OrdersClient(server.base_url, Secret("key")) as client:
        await send(client)
        client.gate = _open_gate
        await send(client)
    without_gate, with_gate = server.requests
    assert with_gate == without_gate


async def test_a_refusal_of_the_gate_keeps_its_own_words_and_frees_the_connection() -> None:
    @asynccontextmanager
    async def closed_gate(call: str, *, enters: bool) -> AsyncIterator[None]:
        if enters:
            raise RefusedHere(call, "halted")
        yield

    async with raw_server() as server, OrdersClient(server.base_url, Secret("key"), concurrent_calls=1) as client:
        client.gate = closed_gate
        for send in ENTERS:
            with pytest.raises(RefusedHere, match="halted"):
                await send(client)
        assert server.received == b""
        await client.get_own_orders()


class WaitingGate:
    """A gate that waits until `opens` is set, and keeps what had reached the server at each passage's two ends."""

    def __init__(self) -> None:
        self.opens = asyncio.Event()
        self.is_asked = asyncio.Event()
        self.entered: list[bytes] = []
        self.ends: list[OrdersApiError | None] = []
        self.received = bytearray()

    @asynccontextmanager
    async def __call__(self, call: str, *, enters: bool) -> AsyncIterator[None]:
        self.is_asked.set()
        await self.opens.wait()
        self.entered.append(bytes(self.received))
        try:
            yield
        except OrdersApiError as error:
            self.ends.append(error)
            raise
        self.ends.append(None)


async def test_nothing_is_sent_while_the_gate_waits_and_the_gate_learns_the_end() -> None:
    gate = WaitingGate()
    async with raw_server() as server, OrdersClient(server.base_url, Secret("key")) as client:
        gate.received, client.gate = server.received, gate
        sending = asyncio.create_task(client.add_orders([ENTRY]))
        await gate.is_asked.wait()
        assert not gate.entered
        gate.opens.set()
        await sending
    assert (gate.entered, gate.ends, len(server.requests)) == ([b""], [None], 1)


async def test_the_gate_learns_that_an_answer_was_lost() -> None:
    gate = WaitingGate()
    gate.opens.set()
    async with raw_server(drop) as server, OrdersClient(server.base_url, Secret("key")) as client:
        client.gate = gate
        with pytest.raises(UnknownOutcome) as lost:
            await client.add_orders([ENTRY])
    assert gate.ends == [lost.value]


async def test_a_request_that_the_gate_holds_back_until_its_deadline_was_not_sent() -> None:
    short = Timeouts(connect_s=0.2, next_bytes_s=0.2, deadline_s=0.2)
    gate = WaitingGate()
    async with raw_server() as server, OrdersClient(server.base_url, Secret("key"), write=short) as client:
        client.gate = gate
        with pytest.raises(NotSent, match=r"the check before sending did not end within 0\.2 s"):
            await client.add_orders([ENTRY])
        assert not server.received
        assert not gate.ends
        client.gate = None
        await client.get_own_orders()


async def test_the_installed_httpcore_reports_the_steps_that_the_check_needs() -> None:
    reported: list[str] = []

    async def trace(event: str, _info: object) -> None:
        reported.append(event)

    async with raw_server() as server, httpx.AsyncClient(trust_env=False) as client:
        for _ in range(2):
            await client.post(server.base_url, content=b"{}", extensions={"trace": trace})
    opens = ["connection.connect_tcp.started", "connection.connect_tcp.complete"]
    sends = [LEAVES, "http11.send_request_headers.complete", "http11.send_request_body.started"]
    assert reported[:5] == [*opens, *sends]
    assert reported[5:].count(LEAVES) == 1, "the second request, on the same connection"
    assert not set(opens) & set(reported[5:])


def test_every_step_that_httpcore_takes_before_sending_is_known() -> None:
    steps = set()
    folder = Path(httpcore.__file__).parent / "_async"
    for module, prefix in (("connection", "connection"), ("http_proxy", "proxy"), ("socks_proxy", "socks")):
        source = (folder / f"{module}.py").read_text()
        assert f'logging.getLogger("httpcore.{prefix}")' in source
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Trace":
                name = node.args[0]
                assert isinstance(name, ast.Constant)
                assert isinstance(name.value, str)
                steps.add(f"{prefix}.{name.value}")
    # A socket of the file system is not used here, and no request goes with the closing of a connection.
    assert steps - {"connection.connect_unix_socket", "connection.close"} == STEPS_BEFORE
