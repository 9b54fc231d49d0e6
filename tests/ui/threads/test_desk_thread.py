"""The desk on its own thread: who closes the screen while a request is on its way neither repeats nor forgets it."""

import asyncio
import threading
from typing import Any

import pytest
from httpx import AsyncBaseTransport, Request, Response

from pbtui.api.transport.connection import use_transport
from pbtui.cli import desk as cli_desk
from pbtui.cli.desk import desk_opener
from pbtui.desk.journal.audit import audit
from pbtui.desk.journal.chain import read_journal
from pbtui.desk.journal.writer import journal_files
from pbtui.desk.storage.places import Owner, owner_of
from pbtui.desk.tickets.state import State
from pbtui.settings.key_text import Secret
from pbtui.settings.profiles import Environment
from pbtui.ui.threads import desk_thread
from pbtui.ui.threads.desk_thread import DeskThread
from tests.desk.tickets.test_executor import an_add, an_entry, trading, until, writes
from tests.exchange import RunningExchange
from tests.ui.desk_under_test import a_profile

WITHIN_S = 30.0


def journal_of(owner: Owner, token: str) -> list[dict[str, Any]]:
    """What the journals record of a ticket, oldest first."""
    entries = [entry for file in journal_files(owner) for entry in read_journal(file).entries]
    return [{"kind": entry.kind, **entry.facts} for entry in entries if entry.facts.get("ticket") == token]


@pytest.mark.parametrize(("latency_s", "outcome"), [(0.5, "SENT"), (3600, "UNKNOWN")])
async def test_one_request_and_one_outcome_when_the_desk_is_left_meanwhile(
    exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch, latency_s: float, outcome: str
) -> None:
    monkeypatch.setattr(desk_thread, "STOP_WITHIN_S", 2 * WITHIN_S)
    if outcome == "SENT":
        monkeypatch.setattr(cli_desk, "ANSWERS_WITHIN_S", WITHIN_S)
    profile = a_profile(exchange.base_url, read_only=False, environment=Environment.TEST)
    ticket = an_add(an_entry(exchange))
    loop, news = asyncio.get_running_loop(), asyncio.Event()

    def announce() -> None:
        loop.call_soon_threadsafe(news.set)

    thread = DeskThread(desk_opener(profile, lambda: Secret(exchange.keys["trader"])), announce)
    thread.start()
    async with asyncio.timeout(WITHIN_S):
        while (view := thread.take()) is None or view.link.read_s is None:
            await news.wait()
            news.clear()
    exchange.faults(latency={"value": latency_s, "methods": ["POST"], "times": 1})
    waiting = asyncio.create_task(thread.submit(ticket))
    await until(lambda: writes(exchange))
    await asyncio.to_thread(thread.stop)
    await asyncio.gather(waiting, return_exceptions=True)
    assert thread.failure is None

    assert writes(exchange) == ["POST /orders/list"]
    intent, request, answered = journal_of(owner_of(profile), ticket.token)
    assert (intent["kind"], request["kind"], answered["kind"]) == ("intent", "request", "outcome")
    assert [result["state"] for result in answered["results"]] == [outcome]

    was_done = bool(exchange.orders(txt=f"hedge pb#{ticket.lines[0].key}"))
    assert was_done == (outcome == "SENT")
    async with trading(exchange.base_url, exchange.keys["trader"]) as desk:
        (reconciled,) = [await desk.reconcile(again) for again in desk.desk.view.tickets]
        assert reconciled.token == ticket.token
        assert reconciled.lines[0].state is (State.CONFIRMED if was_done else State.NOT_FOUND)
    assert [entry["kind"] for entry in journal_of(owner_of(profile), ticket.token)] == [
        "intent",
        "request",
        "outcome",
        "reconciliation",
    ]
    assert writes(exchange) == ["POST /orders/list"]
    assert not any(audit(owner_of(profile)).problems.values())


class SlowToEnd(AsyncBaseTransport):
    """Answers nothing, and needs a moment to give a request up."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.under_way = 0
        self.left_at_close: int | None = None

    async def handle_async_request(self, request: Request) -> Response:
        self.under_way += 1
        self.asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(5):
                await asyncio.sleep(0)
            self.under_way -= 1
        raise AssertionError("never reached")

    async def aclose(self) -> None:
        self.left_at_close = self.under_way


def test_the_connection_is_closed_after_the_last_request_was_given_up() -> None:
    line = SlowToEnd()
    opener = desk_opener(a_profile("http://127.0.0.1:9/epex/v2/api"), lambda: Secret("a-key"))
    with use_transport(lambda _calls: line):
        thread = DeskThread(opener, lambda: None)
        thread.start()
        assert line.asked.wait(WITHIN_S)
        thread.stop()
    assert line.left_at_close == 0
