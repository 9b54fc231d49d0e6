"""One desk of the benchmark `team`, in a process of its own: it changes its order all the time and says what it sees.

Arguments: store, base URL, API key, order id, and `locked` or `naive`. It writes a JSON line for each halt that it sees
and, when its input is closed, one with how long its registrations took.
"""

import asyncio
import json
import sys
from collections import Counter
from contextlib import suppress
from decimal import Decimal

import psycopg

from pbtui.api.client import OrdersClient
from pbtui.api.clock import steady_s
from pbtui.api.codes import ModifyAction, OrderState
from pbtui.api.errors import OrdersApiError, RefusedHere
from pbtui.api.models import Order
from pbtui.api.requests import OrderModify, OrderModifyItem
from pbtui.desk.kill.gate import halt_gate
from pbtui.desk.team.feed import TeamFeed, TeamView
from pbtui.desk.team.gate import TeamGate
from pbtui.desk.team.halts.known import KnownHalts
from pbtui.desk.team.lone_file import LoneFile
from pbtui.desk.team.opening import participant_of
from pbtui.desk.team.postgres import PostgresStore
from pbtui.desk.team.store import HaltedBy, Participant, Registered
from pbtui.settings.key_text import Secret
from pbtui.settings.profiles import Profile

_NAIVE = """\
with intent as (
    insert into pbtui.send (server, epoch, portfolios, operator, host, profile, desk, call, token, registered_at)
    select %(server)s, 0, '{}', 'tess', 'north', 'bench', %(desk)s, 'PUT', %(token)s, clock_timestamp()
    where not exists (select from pbtui.halt where server = %(server)s and lifted_at is null) returning id
) select coalesce((select id from intent), 0)
"""


class TimedStore(PostgresStore):
    """Notes how long each registration took. With `naive`, one statement looks at the halt and inserts, unlocked."""

    naive: psycopg.AsyncConnection | None = None

    def __init__(self, url: str, participant: Participant) -> None:
        super().__init__(url, participant)
        self._who = participant
        self.took_s: list[float] = []

    async def register(self, call: str, token: str, *, changes_everything: bool = False) -> Registered | HaltedBy:
        """Register a send."""
        began_s, naive = steady_s(), self.naive
        if naive is None:
            answer = await super().register(call, token, changes_everything=changes_everything)
        else:
            answer = await self._insert(naive, token)
        if isinstance(answer, Registered):
            self.took_s.append(steady_s() - began_s)
        return answer

    async def _insert(self, naive: psycopg.AsyncConnection, token: str) -> Registered | HaltedBy:
        who = self._who
        row = await (await naive.execute(_NAIVE, {"server": who.server, "desk": who.desk, "token": token})).fetchone()
        if row and row[0]:
            return Registered(row[0])
        return await super().register(call="PUT", token=token)


async def trade(store: TimedStore, client: OrdersClient, order_id: str, until: asyncio.Event) -> Counter[str]:
    """Change the order again and again; how each request ended."""
    ends: Counter[str] = Counter()
    [order] = (await client.get_own_orders(order_ids=[order_id])).snapshot.readable
    price = order.price or Decimal(1)
    while not until.is_set():
        changes = OrderModify(action=ModifyAction.MODI, price=price + (ends["sent"] + 1) % 2)
        if order.state != OrderState.ACTI:
            changes = OrderModify(action=ModifyAction.ACTI)
        try:
            item = OrderModifyItem(order_id=order.order_id or "", revision_no=order.revision_no, changes=changes)
            reply = await client.modify_orders([item])
        except RefusedHere as refused:
            ends["halted" if "halted" in refused.reason else "store unreachable"] += 1
            await asyncio.sleep(0.005)
        except OrdersApiError as error:
            ends[type(error).__name__] += 1
            order = await _present(client, order)
        else:
            ends["sent"] += 1
            live = [order for order in reply.snapshot.readable if order.state == OrderState.ACTI]
            order = live[0] if live else await _present(client, order)
    return ends


async def _present(client: OrdersClient, order: Order) -> Order:
    """The order as it is now: a kill may have taken it out. The same again if it can't be read, or has traded."""
    with suppress(OrdersApiError, StopIteration):
        orders = (await client.get_own_orders(active_only=False, limit=500)).snapshot.readable
        live = (other for other in orders if other.state in (OrderState.ACTI, OrderState.HIBE))
        return next(other for other in live if other.key == order.key)
    return order


async def main(url: str, base_url: str, key: str, order_id: str, statement: str) -> None:
    """Run until the input is closed."""
    profile = Profile(name="bench", base_url=base_url, read_only=False)
    store = TimedStore(url, participant_of(profile))
    if statement == "naive":
        owner = url.replace("//tess@", "//postgres@")
        store.naive = await psycopg.AsyncConnection.connect(owner, autocommit=True)

    def learn(view: TeamView) -> None:
        if view.halts:
            print(json.dumps({"epoch": view.halts[0].epoch, "seen_s": steady_s()}), flush=True)

    feed = TeamFeed(store, KnownHalts(profile), learn)
    until = asyncio.Event()
    gate = TeamGate(halt_gate(profile), store, LoneFile(profile))
    async with OrdersClient(base_url, Secret(key)) as client:
        client.gate = gate
        following = asyncio.create_task(feed.run())
        trading = asyncio.create_task(trade(store, client, order_id, until))
        print("{}", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        until.set()
        ends = await trading
        following.cancel()
    await gate.close()
    await store.close()
    print(json.dumps({"took_s": store.took_s, "ends": ends}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
