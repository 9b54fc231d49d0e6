"""`pbtui orders --watch`: the events between two reads, and a run from the first order to the end of its reader."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import IO, Any, NamedTuple, TextIO
from zoneinfo import ZoneInfo

import pytest

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.cli.reads.watch import Event, Kind, events_of, lost_orders
from pbtui.desk.blotter.own_orders import Blotter, Change
from tests.canned import a_wire_order, canned_exchange
from tests.cli.reads.conftest import Ran
from tests.end_to_end.host import Host
from tests.end_to_end.terminal import Running
from tests.exchange import RunningExchange
from tests.orders import an_order
from tests.raw_server import reply

Enter = Callable[..., dict[str, Any]]
ZONE = ZoneInfo("Europe/Berlin")
HOSTILE = "\x1b]52;c;ZXZpbA==\x07[/]\u202e01.54"


def events(before: Order | UnreadableOrder | None, after: Order | UnreadableOrder) -> list[tuple[Kind, str]]:
    return [(event.kind, event.words) for event in events_of(Change("1", before, after))]


def test_each_difference_is_the_event_that_made_it() -> None:
    live = an_order(quantity=Decimal(5), price=Decimal(40))
    part = an_order(quantity=Decimal(3), price=Decimal(40), action="PEXE", revision_no=2)
    moved = an_order(quantity=Decimal(3), price=Decimal(41), action="PEXE", revision_no=2)
    filled = an_order(quantity=Decimal(0), price=Decimal(40), action="FEXE", state="IACT", revision_no=2)
    deleted = an_order(quantity=Decimal(5), price=Decimal(40), action="UDEL", state="IACT")
    asleep = an_order(quantity=Decimal(5), price=Decimal(40), action="UHIB", state="HIBE")
    other = an_order(quantity=Decimal(5), price=Decimal(40), action="UMOD", revision_no=2)
    for before, after, wanted in (
        (None, live, [(Kind.NEW, "")]),
        (asleep, live, [(Kind.NEW, "")]),
        (live, part, [(Kind.TRADED, "3.0 MW still open")]),
        (live, moved, [(Kind.TRADED, "3.0 MW still open"), (Kind.CHANGED, "price 40.00 -> 41.00")]),
        (live, filled, [(Kind.TRADED, ""), (Kind.LEFT, "filled by the market (FEXE)")]),
        (live, deleted, [(Kind.LEFT, "deleted by user (UDEL)")]),
        (live, asleep, [(Kind.LEFT, "deactivated by user (UHIB)")]),
        (live, other, [(Kind.CHANGED, "modified by user (UMOD)")]),
        (asleep, deleted, []),
        (live, UnreadableOrder("price: odd", "{}", order_id="1"), [(Kind.CHANGED, "")]),
    ):
        assert events(before, after) == wanted, (before, after)


def test_an_order_that_is_not_found_has_left_once() -> None:
    first = Blotter().apply([an_order()])
    gone = first.apply([])
    lost = gone.resolve_departures([], asked=list(first.active))
    assert [event.words for event in lost_orders(gone, lost)] == ["not found"]
    assert list(lost_orders(first, gone)) == list(lost_orders(lost, lost.apply([]))) == []


def test_a_line_is_safe_and_names_the_order() -> None:
    order = an_order(txt=HOSTILE, portfolio_id="DE1", quantity=Decimal("2.50"))
    event = Event(Kind.TRADED, order, "1.0 MW still open", Decimal("1.5"))
    assert " 1.5 MW " in event.text(ZONE)
    assert event.text(ZONE).endswith(f"DE1: 1.0 MW still open, order {order.order_id}")
    assert event.json().isascii()
    found = json.loads(event.json())
    assert (found["event"], found["traded_mw"], found["order"]["quantity"]) == ("traded", 1.5, 2.5)
    assert found["order"]["order_id"] == order.order_id


class Watch(NamedTuple):
    """A command that runs, and the reader of each of its streams."""

    process: Running
    stdout: TextIO
    stderr: TextIO


@contextmanager
def watching(host: Host, *arguments: str) -> Iterator[Watch]:
    """The command, once it has read the active orders."""
    with piped() as (out, written_out), piped() as (talk, written_talk):
        with written_out, written_talk:
            process = host.start("orders", "--watch", *arguments, stdout=written_out, stderr=written_talk)
        try:
            assert talk.readline() == "watching 1 active orders\n"
            yield Watch(process, out, talk)
        finally:
            process.kill()
            process.wait()


@contextmanager
def piped() -> Iterator[tuple[TextIO, IO[bytes]]]:
    """The two ends of a pipe."""
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as read, os.fdopen(writing, "wb") as written:
        yield read, written


def test_orders_are_watched_until_the_reader_has_read_enough(
    host: Host, exchange: RunningExchange, enter: Enter
) -> None:
    host.adopt(exchange.base_url, exchange.keys["trader"], poll_seconds=0.5)
    enter(price=8000, txt="before")
    with watching(host, "--json", "--portfolio-id", "DE1") as watch:

        def line() -> tuple[str, dict[str, Any]]:
            found = json.loads(watch.stdout.readline())
            assert found["order"]["contract_id"]
            return found["event"], found

        order = enter(txt="leg A")
        enter(portfolio_id="DE2")
        assert (line()[0], order["state"]) == ("new", "ACTI")
        exchange.fill(order["order_id"], 2)
        kind, found = line()
        assert (kind, found["traded_mw"], found["order"]["order_id"]) == ("traded", 2, order["order_id"])
        order = exchange.touch(order["order_id"], price=9100)
        kind, found = line()
        assert (kind, found["order"]["order_id"], found["order"]["price"]) == ("changed", order["order_id"], 9100)
        exchange.faults(errors={"500": 1})
        assert watch.stderr.readline().startswith("reading fails: GET /orders: internal server error")
        exchange.faults()
        assert watch.stderr.readline() == "reading again\n"
        exchange.touch(order["order_id"], action="DELE", by="market_operations")
        kind, found = line()
        assert (kind, found["order"]["action"], found["order"]["txt"]) == ("left", "ADEL", "leg A")
        watch.stdout.close()
        assert watch.process.wait(60) == 0
        assert watch.stderr.read() == ""


def test_ctrl_c_ends_it_without_a_traceback(host: Host, exchange: RunningExchange, enter: Enter) -> None:
    order = enter(txt="leg A")
    with watching(host, "--txt", "leg A") as watch:
        enter(txt="another")
        exchange.fill(order["order_id"], 5)
        lines = [watch.stdout.readline() for _ in range(2)]
        assert ["traded" in lines[0], "left" in lines[1]] == [True, True]
        assert all(line.endswith(f"order {order['order_id']}\n") for line in lines)
        watch.process.send_signal(signal.SIGINT)
        assert watch.process.wait(60) == 130
        assert watch.stderr.read() == "interrupted\n"


THREE_HOURS_AHEAD = """
from datetime import timedelta
from pbtui.api import clock

class Watch(clock.Clock):
    def utc_now(self):
        return super().utc_now() + timedelta(hours=3)

watch = clock.use(Watch())
watch.__enter__()
"""


def test_a_watch_is_filtered_by_the_clock_of_the_exchange(host: Host, exchange: RunningExchange, enter: Enter) -> None:
    host.first = THREE_HOURS_AHEAD
    enter(txt="leg A")
    with watching(host, "--filter", "age<1h") as watch:
        order = enter(txt="leg B")
        assert watch.stdout.readline().endswith(f"order {order['order_id']}\n")


def test_a_watch_that_cannot_begin_or_go_on_says_why(ran: Ran, host: Host, exchange: RunningExchange) -> None:
    for options in (("--no-active-only",), ("--limit", "5"), ("--offset", "1")):
        assert "--watch reads all active orders" in ran("orders", "--watch", *options, code=2)[1]
    exchange.faults(unauthorized=True)
    assert "does not accept the key" in ran("orders", "--watch", code=4)[1]
    exchange.faults(errors={"500": 1})
    assert "500" in ran("orders", "--watch", code=5)[1]


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_a_key_that_is_withdrawn_ends_it(host: Host, status: str) -> None:
    with canned_exchange() as server:
        server.orders = [a_wire_order()]
        host.adopt(server.base_url, "a-key", poll_seconds=0.5)
        with watching(host) as watch:
            server.trouble, server.trouble_at = reply(b"{}", status), "/orders"
            assert watch.process.wait(60) == 4
