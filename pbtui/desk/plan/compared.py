"""A file of orders compared with what the exchange and the journal show now."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct

from pbtui.api.client import OrdersClient
from pbtui.api.models import Order
from pbtui.desk.drafts.line_names import known_names
from pbtui.desk.event_loop import end_tasks
from pbtui.desk.market.exchange import ExchangeView
from pbtui.desk.market.polling.schedule import Read
from pbtui.desk.plan.difference import ENDED, REFUSED, UNCHANGED, Plan, plan
from pbtui.desk.plan.other_words import Contracts, in_other_words
from pbtui.desk.plan.sent_before import sent_before
from pbtui.desk.plan.standing import OwnOrders, Standing, read_own_orders
from pbtui.desk.plan.wanted import Wanted
from pbtui.desk.storage.disk import SharedFile, disk
from pbtui.desk.storage.places import apply_file, owner_of
from pbtui.desk.tickets.ticket import Action
from pbtui.settings.profiles import Profile

_NOT_AWAITED = f"{Read.CONTRACTS} not read in time: a file that withdraws orders does not wait for them"
_KINDS = (*map(str, Action), UNCHANGED, ENDED, REFUSED)


class Compared(Struct, frozen=True):
    """The difference, and the orders that were read for it. `market_gaps` say what of the market could not be read."""

    plan: Plan
    own: OwnOrders
    market_gaps: Sequence[str] = ()

    @property
    def summary(self) -> str:
        """The number of rows of each kind: `2 add, 1 modify, 5 unchanged`."""
        counts = Counter(row.what for row in self.plan.rows)
        return ", ".join(f"{counts[what]} {what}" for what in _KINDS if counts[what]) or "no rows"

    def notes(self) -> Iterator[str]:
        """Yield what else is to be known: the orders in no row, and what could not be read."""
        if count := self.plan.not_named:
            verb = "order that stands is" if count == 1 else "orders that stand are"
            yield f"{count} {verb} in no row, and stay as they are"
        if self.own.inactive_gap:
            yield f"{self.own.inactive_gap}. What another computer entered and has ended may be missing"
        for gap in self.market_gaps:
            yield f"{gap}. A new order that was entered in other words, as by its contract's id, may not be recognised"


class MarketReads(Protocol):
    """Reads the market on demand."""

    @property
    def market(self) -> ExchangeView:
        """The readings so far."""

    async def read_market(self, wanted: Collection[Read], /) -> Sequence[str]:
        """Make these reads, and return why some of them failed."""


async def compare(client: OrdersClient, profile: Profile, wanted: Wanted, reads: MarketReads) -> Compared:
    """Read own orders and the journal, and compare the rows of a file with them.

    Raises OrdersApiError, and JournalUnusable or OSError if the journal can't be read: then it is not known which new
    orders were sent before.
    """
    reading = asyncio.create_task(reads.read_market(_reads_for(wanted, profile)))
    try:
        own = await read_own_orders(client, profile, wanted.order_ids)
        gaps = [_NOT_AWAITED] if wanted.withdraws and not reading.done() else await reading
    finally:
        await end_tasks(reading)
    found = await asyncio.to_thread(_planned, profile, wanted, own, reads.market)
    return Compared(found, own, gaps)


def _reads_for(wanted: Wanted, profile: Profile) -> Sequence[Read]:
    """Return the reads that show which words mean the same new order."""
    if not wanted.entries:
        return ()
    return (Read.CONTRACTS,) if profile.portfolios else (Read.CONTRACTS, Read.KEY)


def _planned(profile: Profile, wanted: Wanted, own: OwnOrders, market: ExchangeView) -> Plan:
    now, orders = own.exchange_clock.now(), [order for order in own.all if isinstance(order, Order)]
    names = known_names(profile, now, key=market.key.value, orders=orders)
    wanted = in_other_words(wanted, names, Contracts([*(market.contracts.value or ()), *orders]))
    sent = sent_before(profile, wanted.marks) if wanted.marks else {}
    standing = Standing(own.all, sent, own.active_gap, own.inactive_gap)
    return plan(wanted, standing, ZoneInfo(profile.market_timezone), now)


def claim_files(profile: Profile) -> SharedFile:
    """Keep other programs of the profile on this machine from sending a file until the returned one is closed.

    Both would find that its new orders were not sent yet. Raises OSError if one does.
    """
    return disk().open_shared(apply_file(owner_of(profile)), within_s=0.0)
