"""A file of orders compared with what the exchange and the journal show now."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from msgspec import Struct

from pbtui.api.client import OrdersClient
from pbtui.api.clock import utc_now
from pbtui.desk.plan.difference import REFUSED, UNCHANGED, Plan, plan
from pbtui.desk.plan.sent_before import sent_before
from pbtui.desk.plan.standing import OwnOrders, Standing, read_own_orders
from pbtui.desk.plan.wanted import Wanted
from pbtui.desk.storage.disk import SharedFile, disk
from pbtui.desk.storage.places import apply_file, owner_of
from pbtui.desk.tickets.ticket import Action
from pbtui.settings.profiles import Profile

_KINDS = (*map(str, Action), UNCHANGED, REFUSED)


class Compared(Struct, frozen=True):
    """The difference, and the orders that were read for it."""

    plan: Plan
    own: OwnOrders

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


async def compare(client: OrdersClient, profile: Profile, wanted: Wanted) -> Compared:
    """Read own orders and the journal, and compare the rows of a file with them.

    Raises OrdersApiError, and JournalUnusable or OSError if the journal can't be read: then it is not known which new
    orders were sent before.
    """
    own = await read_own_orders(client, profile, wanted.order_ids)
    sent = await asyncio.to_thread(sent_before, profile, wanted.marks) if wanted.marks else {}
    standing = Standing(own.all, sent, own.active_gap)
    return Compared(plan(wanted, standing, ZoneInfo(profile.market_timezone), utc_now()), own)


def claim_files(profile: Profile) -> SharedFile:
    """Keep other programs of the profile on this machine from sending a file until the returned one is closed.

    Both would find that its new orders were not sent yet. Raises OSError if one does.
    """
    return disk().open_shared(apply_file(owner_of(profile)), within_s=0.0)
