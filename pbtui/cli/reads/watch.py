"""`pbtui orders --watch`: one line for each event of own orders, until the command is ended."""

import asyncio
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

import click
import msgspec

from pbtui.api.client import OrdersClient
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.errors import Forbidden, OrdersApiError, Unauthorized
from pbtui.api.models import Order
from pbtui.api.structs import replace
from pbtui.cli.access import ascii_json, ask
from pbtui.cli.process import discard_lost_output
from pbtui.desk.blotter.events import order_news
from pbtui.desk.blotter.exchange_clock import ExchangeClock
from pbtui.desk.blotter.feed import Feed
from pbtui.desk.blotter.history import changes_between
from pbtui.desk.blotter.order_json import wire_order
from pbtui.desk.blotter.orders_view import OrdersView
from pbtui.desk.blotter.own_orders import Blotter, Change, FinalState
from pbtui.desk.event_loop import end_tasks
from pbtui.desk.formats.market_words import zoned_text
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.formats.order_fields import SHOWN
from pbtui.desk.formats.vocabulary import order_event
from pbtui.desk.tickets.describe import order_figures_text
from pbtui.settings.profiles import Profile

_LOOK_EVERY_S = 1.0
"""Time between two looks at stdout: a pipe whose reader has ended shows only when it is written to, or looked at."""
_CHANGED_BY_A_TRADE = ("open_quantity_mw", "slice_mw", "hidden_quantity", "state")
_encode = msgspec.json.Encoder(decimal_format="number").encode

AnyOrder = Order | UnreadableOrder
Wanted = Callable[[AnyOrder, ExchangeClock], bool]
"""Says whether events of an order are printed, by the exchange's clock."""


class Kind(StrEnum):
    """Kind of an event."""

    NEW = "new"
    CHANGED = "changed"
    TRADED = "traded"
    LEFT = "left"


class Event(msgspec.Struct, frozen=True):
    """An event. `order` is the order after it, `words` what changed, `traded_mw` what traded, if that is known."""

    kind: Kind
    order: AnyOrder
    words: str = ""
    traded_mw: Decimal | None = None

    def text(self, zone: ZoneInfo) -> str:
        """Return the event as a line: time, kind, and what `about` says."""
        order, at = self.order, ""
        if isinstance(order, Order):
            at = zoned_text(order.last_change_timestamp or order.api_timestamp, zone)
        return f"{at:<19}  {self.kind:<7}  {self.about(zone)}"

    def about(self, zone: ZoneInfo) -> str:
        """Return figures of the order, what changed, and its id."""
        order = self.order
        if isinstance(order, UnreadableOrder):
            return f"order {order.order_id or '-'}: unreadable: {order.reason}"
        shown = order if self.traded_mw is None else replace(order, quantity=self.traded_mw, hidden_quantity=None)
        figures = ", ".join(part for part in (order_figures_text(shown, zone), order.portfolio_id) if part)
        words = ": ".join(part for part in (figures, self.words) if part)
        return f"{words}, order {order.order_id or '-'}"

    def json(self) -> str:
        """Return the event as one line of JSON, the order under the API's names."""
        order = {"raw": self.order.raw} if isinstance(self.order, UnreadableOrder) else wire_order(self.order)
        traded = {} if self.traded_mw is None else {"traded_mw": self.traded_mw}
        return ascii_json(_encode({"event": self.kind, **traded, "order": order}))


def events_of(change: Change) -> Iterator[Event]:
    """Yield the events of one order between two reads: a trade first, what else changed next, its end last."""
    before, after = change.before, change.after
    was_live = before is not None and before.is_live
    if not was_live and after.is_live:
        yield Event(Kind.NEW, after)
    trades = [news for news in order_news([change]) if news.is_trade]
    for news in trades:
        left_mw = news.order.open_quantity_mw
        words = f"{quantity_text(left_mw)} MW still open" if left_mw else ""
        yield Event(Kind.TRADED, after, words, news.traded_mw)
    if was_live and after.is_live:
        words = _changes(before, after, without=_CHANGED_BY_A_TRADE if trades else ())
        if words or not trades:
            yield Event(Kind.CHANGED, after, words or _action(after))
    elif was_live:
        yield Event(Kind.LEFT, after, _action(after))


def lost_orders(before: Blotter, after: Blotter) -> Iterator[Event]:
    """Yield the orders that left the market and that the server does not find any more."""
    for key, row in after.recent.items():
        known = before.recent.get(key)
        if row.final_state is FinalState.NOT_FOUND and (known is None or known.final_state != row.final_state):
            yield Event(Kind.LEFT, row.order, FinalState.NOT_FOUND.removeprefix("left the market, "))


def _changes(before: AnyOrder | None, after: AnyOrder, without: tuple[str, ...]) -> str:
    if not isinstance(before, Order) or not isinstance(after, Order):
        return ""
    changes = [each.name for each in changes_between(before, after) if each.name not in without and each.name in SHOWN]
    return "; ".join(f"{SHOWN[name].label} {SHOWN[name].text(before)} -> {SHOWN[name].text(after)}" for name in changes)


def _action(order: AnyOrder) -> str:
    return str(order_event(order.action)) if isinstance(order, Order) else ""


def watch_orders(profile: Profile, is_wanted: Wanted, *, as_json: bool) -> None:
    """Print the events of the profile's orders that are wanted. Returns when the reader of stdout has ended.

    Raises the exceptions of `ask`: if the first read fails, and if the key is no longer accepted.
    """
    zone = ZoneInfo(profile.market_timezone)

    def say(event: Event) -> None:
        click.echo(event.json() if as_json else event.text(zone))

    async def watch(client: OrdersClient) -> None:
        watcher = _Watcher(is_wanted, say)
        reading = asyncio.create_task(Feed(client, profile, watcher.see).run())
        try:
            while not reading.done() and not _is_reader_gone():
                await asyncio.wait([reading], timeout=_LOOK_EVERY_S)
            if reading.done():
                reading.result()
        finally:
            await end_tasks(reading)

    with suppress(BrokenPipeError):
        ask(profile, watch, is_one_read=False)
    discard_lost_output()


class _Watcher:
    """Compares each view of a feed with the one before, and says its events."""

    def __init__(self, is_wanted: Wanted, say: Callable[[Event], None]) -> None:
        self._wanted = is_wanted
        self._say = say
        self._blotter = Blotter()
        self._clock = ExchangeClock()
        self._problem = ""

    def see(self, view: OrdersView) -> None:
        """Take in a view. Raises OrdersApiError if nothing was read yet, or if the key is not accepted."""
        failure = view.link.failure
        if failure is not None and (not self._blotter.read_no or isinstance(failure.error, Unauthorized | Forbidden)):
            raise failure.error
        before, self._blotter, self._clock = self._blotter, view.blotter, view.link.exchange_clock
        if before is not view.blotter:
            if not before.read_no and view.blotter.read_no:
                count = sum(map(self._is_wanted, (row.order for row in view.blotter.active.values())))
                click.echo(f"watching {count} active orders", err=True)
            self._say_events(before, view.blotter)
        self._say_problem(failure.error if failure else None, view.active_gap)

    def _is_wanted(self, order: AnyOrder) -> bool:
        return self._wanted(order, self._clock)

    def _say_events(self, before: Blotter, after: Blotter) -> None:
        for change in after.changes:
            if self._is_wanted(change.after) or (change.before is not None and self._is_wanted(change.before)):
                for event in events_of(change):
                    self._say(event)
        for event in lost_orders(before, after):
            if self._is_wanted(event.order):
                self._say(event)

    def _say_problem(self, error: OrdersApiError | None, gap: str) -> None:
        problem = f"reading fails: {error}" if error else gap
        if problem != self._problem:
            click.echo(problem or "reading again", err=True)
        self._problem = problem


def _is_reader_gone() -> bool:
    """Return whether stdout is a pipe that nobody reads any more."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
