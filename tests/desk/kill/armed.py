"""A kill switch on a simulator for tests: its own connection, short timing, all views kept."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pbtui.api.client import OrdersClient
from pbtui.api.structs import replace
from pbtui.cli.kill.opener import kill_opener
from pbtui.desk.kill.plan import AnyOrder, plan_for
from pbtui.desk.kill.progress import KillView, Phase
from pbtui.desk.kill.protocol.timing import Timing
from pbtui.desk.kill.switch import KillSwitch
from pbtui.desk.storage.places import Owner, owner_of
from pbtui.settings.key_text import Secret
from pbtui.settings.kill import KillAction
from pbtui.settings.profiles import Profile
from tests.exchange import RunningExchange

WITHIN_S = 30.0
NOWHERE = "http://127.0.0.1:1/acme/epex/v2/api"
QUICK = Timing(
    read_every_s=0.1,
    fire_again_after_s=(0.2, 0.4, 0.6, 0.8),
    then_every_s=0.3,
    news_every_s=0.1,
    retry_after_s=(0.1, 0.3),
    unknown_after_s=0.3,
    refused_after_s=1.0,
    first_batch_within_s=0.5,
    verify_within_s=10.0,
    watch_s=0.0,
    watch_every_s=0.1,
    disk_within_s=30.0,
)
ON_STALLED_DISK = replace(QUICK, disk_within_s=0.5)
"""For a disk that does not respond. Any other disk has the time that it takes on a busy machine."""


class Kill:
    """A kill switch, and the views it published."""

    def __init__(self, switch: KillSwitch, profile: Profile, views: list[KillView], changed: asyncio.Event) -> None:
        self.switch = switch
        self.profile = profile
        self.views = views
        self._changed = changed
        self._firing: asyncio.Task[KillView] | None = None

    def begin(
        self, action: KillAction = KillAction.DEACTIVATE_MINE, known: Sequence[AnyOrder] = (), **plan: Any
    ) -> asyncio.Task[KillView]:
        """Fire, and go on."""
        task = asyncio.create_task(self.switch.fire(replace(plan_for(self.profile, action), **plan), known))
        self._firing = task
        return task

    async def fire(
        self, action: KillAction = KillAction.DEACTIVATE_MINE, known: Sequence[AnyOrder] = (), **plan: Any
    ) -> KillView:
        """Fire, and give the last view of the kill."""
        async with asyncio.timeout(WITHIN_S):
            return await self.begin(action, known, **plan)

    async def until(self, holds: Callable[[KillView], object]) -> KillView:
        """The first view from now on of which this holds."""
        async with asyncio.timeout(WITHIN_S):
            while not self.views or not holds(self.views[-1]):
                self._changed.clear()
                await self._changed.wait()
        return self.views[-1]

    async def until_phase(self, phase: Phase) -> KillView:
        """The first view of that phase."""
        return await self.until(lambda view: view.phase is phase)

    async def release(self) -> KillView:
        """End it."""
        self.switch.release()
        assert self._firing is not None
        async with asyncio.timeout(WITHIN_S):
            return await self._firing


@asynccontextmanager
async def armed(
    base_url: str,
    key: str,
    *,
    timing: Timing = QUICK,
    writes_under_way: Callable[[], int] = lambda: 0,
    **fields: Any,
) -> AsyncIterator[Kill]:
    """A kill switch of the profile `test` with these fields."""
    profile = Profile(name="test", base_url=base_url, **fields)
    views: list[KillView] = []
    changed = asyncio.Event()

    def publish(view: KillView) -> None:
        views.append(view)
        changed.set()

    async with kill_opener(profile, lambda: Secret(key), timing)(publish, writes_under_way) as switch:
        kill = Kill(switch, profile, views, changed)
        try:
            yield kill
        finally:
            if kill._firing is not None and not kill._firing.done():
                await kill.release()


@asynccontextmanager
async def armed_at(exchange: RunningExchange, key: str = "trader", **fields: Any) -> AsyncIterator[Kill]:
    """A kill switch at a simulator, with the key of that owner."""
    async with armed(exchange.base_url, exchange.keys[key], **fields) as kill:
        yield kill


def profile_at(base_url: str) -> Profile:
    """The profile of these kill switches, without the fields of a test."""
    return Profile(name="test", base_url=base_url)


def owner_at(base_url: str) -> Owner:
    """The owner of its state."""
    return owner_of(profile_at(base_url))


async def seen(exchange: RunningExchange, key: str = "trader") -> tuple[AnyOrder, ...]:
    """The live orders as a desk with that key has last read them."""
    async with OrdersClient(exchange.base_url, Secret(exchange.keys[key])) as client:
        return (await client.get_own_orders(active_only=True)).snapshot.orders


def writes(exchange: RunningExchange) -> list[dict[str, Any]]:
    """The requests that reached the exchange and were no reads."""
    return [request for request in exchange.requests() if request["method"] != "GET"]


def live(exchange: RunningExchange, key: str = "admin") -> set[str]:
    """The ids of the orders that are live, as that key sees them."""
    return {order["order_id"] for order in exchange.orders(key=key)}
