"""Poll loop: reads the orders, updates the blotter, and publishes the result of each read."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime

from pbtui.api.client import OrdersClient, OrdersReply
from pbtui.api.clock import steady_s
from pbtui.api.decoding import snapshot
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.errors import OrdersApiError
from pbtui.api.models import Order
from pbtui.api.randomness import uniform
from pbtui.api.structs import replace
from pbtui.desk.blotter.departures import InactiveReader
from pbtui.desk.blotter.link import Failure, Link
from pbtui.desk.blotter.orders_view import OrdersView
from pbtui.settings.profiles import Profile

MAX_BACKOFF_S = 30.0
LONGEST_ASKED_PAUSE_S = 120.0
"""Longest pause that a server can ask for."""


class Feed:
    """Keeps one OrdersView up to date and publishes each new one.

    Only one read runs at a time. The next starts after the profile's poll time, or at once after `nudge`. While reads
    fail, the time between them grows up to half a minute, with jitter; a server can ask for more (Retry-After).
    """

    def __init__(self, client: OrdersClient, profile: Profile, publish: Callable[[OrdersView], None]) -> None:
        self._client = client
        self._profile = profile
        self._publish = publish
        self._view = OrdersView(link=Link(poll_s=profile.poll_seconds))
        self._snapshot = snapshot.EMPTY
        self._nudged = asyncio.Event()
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._failures = 0
        self._inactive = InactiveReader(client, profile)
        self._asked_pause_s = 0.0
        """Delay that the server asked for after the last read (Retry-After). A key or a write still reads at once."""
        self._newest_write_s = float("-inf")
        self._read_done = asyncio.Condition()
        self._last_read_s = float("-inf")

    @property
    def view(self) -> OrdersView:
        """The latest view."""
        return self._view

    def now(self) -> datetime:
        """Return the present time of the exchange's clock, as far as the reads show it."""
        return self._view.link.exchange_clock.now()

    def nudge(self) -> None:
        """Read now, or again at once if a read is under way."""
        self._nudged.set()

    def pause(self) -> None:
        """Stop reading until `resume`, so that the kill has the server to itself."""
        self._may_read.clear()

    def resume(self) -> None:
        """Read again, at once."""
        self._may_read.set()
        self.nudge()

    def write_ended(self) -> float:
        """Note that a write ended now: reads requested earlier show an old state and are not applied.

        Returns the present time on the steady clock, in seconds, for `read_since`.
        """
        self._newest_write_s = steady_s()
        self.nudge()
        return self._newest_write_s

    async def read_since(self, moment_s: float) -> None:
        """Wait until the result of a read that was requested after this time is applied, however long that takes."""
        async with self._read_done:
            await self._read_done.wait_for(lambda: self._last_read_s > moment_s)

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            await self._may_read.wait()
            self._nudged.clear()
            try:
                await self._read()
            except OrdersApiError as error:
                self._note_failure(error)
                self._asked_pause_s = min(error.retry_after_s, LONGEST_ASKED_PAUSE_S)
            else:
                self._failures, self._asked_pause_s = 0, 0.0
            try:
                async with asyncio.timeout(self._pause_s()):
                    await self._nudged.wait()
            except TimeoutError:
                pass

    def _pause_s(self) -> float:
        poll_s = self._profile.poll_seconds
        if not self._failures:
            return poll_s
        longest_s = min(poll_s * 2.0 ** min(self._failures - 1, 10), max(MAX_BACKOFF_S, poll_s))
        return max(longest_s * uniform(0.75, 1), self._asked_pause_s)

    async def _read(self) -> None:
        reply = await self._client.get_own_orders(
            portfolio_id=self._profile.portfolios, active_only=True, previous=self._snapshot
        )
        if reply.answer.requested_s < self._newest_write_s:
            self.nudge()
            return
        self._snapshot = reply.snapshot
        self._apply(reply)
        await self._read_inactive()
        async with self._read_done:
            self._last_read_s = reply.answer.requested_s
            self._read_done.notify_all()

    def _apply(self, reply: OrdersReply) -> None:
        orders = in_areas(self._profile, reply.snapshot.orders)
        blotter = self._view.blotter.apply(orders, complete=reply.is_complete)
        answer = reply.answer
        link = Link(
            poll_s=self._profile.poll_seconds,
            read_s=answer.requested_s,
            read_at=answer.requested_at,
            round_trip_s=answer.received_s - answer.requested_s,
            exchange_clock=self._view.link.exchange_clock.after(answer),
        )
        elsewhere = len(reply.snapshot.orders) - len(orders)
        self._show(replace(self._view, link=link, blotter=blotter, elsewhere=elsewhere, active_gap=reply.gap))

    async def _read_inactive(self) -> None:
        """Read other orders. A failure does not affect the active orders; the open requests are repeated next time."""
        try:
            async for orders, asked in self._inactive.read(self._view.blotter):
                blotter = self._view.blotter.resolve_departures(in_areas(self._profile, orders), asked)
                past_count = self._inactive.past_count
                if blotter is not self._view.blotter or past_count != self._view.past_count:
                    self._show(replace(self._view, blotter=blotter, past_count=past_count))
            gap = self._inactive.gap
        except OrdersApiError as error:
            gap = f"orders that are not active could not be read: {error.reason}"
        past_count = self._inactive.past_count
        if gap != self._view.inactive_gap or past_count != self._view.past_count:
            self._show(replace(self._view, inactive_gap=gap, past_count=past_count))

    def _note_failure(self, error: OrdersApiError) -> None:
        self._failures += 1
        last = self._view.link.failure
        failure = replace(last, error=error) if last else Failure(error, steady_s())
        self._show(replace(self._view, link=replace(self._view.link, failure=failure)))

    def _show(self, view: OrdersView) -> None:
        self._view = view
        self._publish(view)


def in_areas(profile: Profile, orders: Iterable[Order | UnreadableOrder]) -> list[Order | UnreadableOrder]:
    """Return the orders in the profile's delivery areas. Orders without a readable area are kept."""
    areas = profile.delivery_areas
    return [order for order in orders if not areas or not order.delivery_area or order.delivery_area in areas]
