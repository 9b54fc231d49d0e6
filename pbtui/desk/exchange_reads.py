"""The reads beyond orders, as the desk uses them. A desk without a client for them reads nothing besides orders."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from pbtui.api.models import Order
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.blotter.traded_quantity import has_traded
from pbtui.desk.event_loop import end_tasks
from pbtui.desk.market.exchange import ExchangeView
from pbtui.desk.market.notifications import Notifications, announced
from pbtui.desk.market.polling.schedule import Read
from pbtui.desk.market.reading import Reading
from pbtui.settings.profiles import Profile

if TYPE_CHECKING:
    from pbtui.api.reads.client import ReadsClient
    from pbtui.api.reads.depth import Orders
    from pbtui.api.reads.identity import ApiKeyDetails
    from pbtui.desk.market.polling.single_reads import SingleReads

T = TypeVar("T")
_NOTHING_READ = ExchangeView()


class ExchangeReads:
    """Starts, asks and stops the feed of the market, if there is one.

    `publish` is called when more than the age of a value changed, `announce` before it for new messages. `now` returns
    the time of the exchange's clock.
    """

    def __init__(
        self,
        reads: ReadsClient | None,
        profile: Profile,
        publish: Callable[[], None],
        announce: Callable[[Notifications], None],
        is_writing: Callable[[], bool],
        now: Callable[[], datetime],
    ) -> None:
        self._publish = publish
        self._announce = announce
        self._announced: Reading[Notifications] = Reading()
        self._profile = profile
        self._now = now
        self._single: SingleReads | None = None
        self._feed = None
        if reads is not None:
            from pbtui.desk.market.feed import MarketFeed  # commands do without it

            self._feed = MarketFeed(reads, profile, self._show, is_writing, self._areas_in_use, now)
        self._followed: Blotter | None = None

    @property
    def view(self) -> ExchangeView:
        """The newest readings."""
        if self._feed is not None:
            return self._feed.view
        return _NOTHING_READ if self._single is None else self._single.market

    @property
    def key_may_not_trade(self) -> bool:
        """Return whether the server says that the key has no right to trade."""
        key = self.view.key.value
        return key is not None and key.can_trade is False

    def _show(self) -> None:
        """Announce the new messages of market operations, and publish."""
        before, self._announced = self._announced, self.view.notifications
        if new := announced(before, self._announced):
            self._announce(new)
        self._publish()

    async def beside(self, orders: Coroutine[Any, Any, None]) -> None:
        """Read until the reading of orders ends."""
        market = None if self._feed is None else asyncio.create_task(self._feed.run())
        try:
            await orders
        finally:
            if market is not None:
                await end_tasks(market)

    def follow(self, blotter: Blotter) -> None:
        """Begin after the first read of orders, and read trades and positions at once after each that shows a fill."""
        if self._feed is None:
            return
        changed = () if blotter is self._followed else [change.after for change in blotter.changes]
        self._followed = blotter
        areas = {order.delivery_area for order in changed if isinstance(order, Order) and has_traded(order)}
        if areas:
            self._feed.ask(Read.TRADES, Read.INTERNAL_TRADES)
            self._feed.read_positions(areas)
        self._feed.begin()

    def read_now(self) -> None:
        """Read market status and rights of the key now."""
        if self._feed is not None:
            self._feed.ask(Read.STATUS, Read.KEY)

    async def read_once(self, reads: ReadsClient, wanted: Collection[Read]) -> Sequence[str]:
        """Make these reads for the view, if no feed does. Return why some of them failed.

        Contracts and rights of the key are not read twice: they last longer than a command.
        """
        if self._feed is not None or not wanted:
            return ()
        if self._single is None:
            from pbtui.desk.market.polling.single_reads import SingleReads  # a withdrawal does without it

            self._single = SingleReads(reads, self._profile, self._now)
        problems = await self._single.read_market(wanted)
        self._publish()
        return problems

    def read_positions(self, delivery_area: str) -> None:
        """Read the positions in a delivery area now."""
        if self._feed is not None:
            self._feed.read_positions([delivery_area])

    def _areas_in_use(self) -> Collection[str]:
        active = {} if self._followed is None else self._followed.active
        return {row.order.delivery_area for row in active.values() if isinstance(row.order, Order)}

    async def depth(self, contract_id: str, delivery_area: str) -> Reading[Orders]:
        """Read the order book of a contract in a delivery area."""
        if self._feed is None:
            return Reading(problem="this desk reads orders only")
        return await self._feed.depth(contract_id, delivery_area)

    async def on_demand(self, read: Callable[[], Coroutine[Any, Any, Reading[T]]]) -> Reading[T]:
        """Make one read now. Beside a feed, it is not made while it would hold up a kill, a write or the orders."""
        return await (read() if self._feed is None else self._feed.on_demand(read))

    def pause(self) -> None:
        """Stop reading until `resume`, so that reads do not delay a kill."""
        if self._feed is not None:
            self._feed.pause()

    def resume(self) -> None:
        """Read again, at once."""
        if self._feed is not None:
            self._feed.resume()

    def key_changed(self) -> None:
        """Forget the rights of the earlier key, and make every read with the new one."""
        if self._feed is not None:
            self._feed.key_changed()

    def take_key(self, details: ApiKeyDetails) -> None:
        """Take in the rights of the key, which the desk has just read itself."""
        if self._feed is not None:
            self._feed.take_key(details)
