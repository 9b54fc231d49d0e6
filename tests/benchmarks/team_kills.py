"""Kills of the benchmark `team`: pbtui's kill switch on a host of its own, which reads until the kill is verified."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack

from pbtui.api.clock import steady_s
from pbtui.cli.kill.opener import kill_opener
from pbtui.desk.journal.writer import Journal
from pbtui.desk.kill.halt import read_halt
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.kill.progress import KillView
from pbtui.desk.kill.protocol.timing import Timing
from pbtui.desk.kill.recovery.rearming import rearm
from pbtui.desk.kill.switch import KillSwitch
from pbtui.desk.team.opening import open_store
from pbtui.desk.team.store import HaltRecord
from pbtui.settings.key_text import Secret
from pbtui.settings.profiles import Profile
from pbtui.settings.team import TeamSettings
from tests.exchange import RunningExchange


class Kills:
    """Fires kills of all orders of the key, and counts those that are active after a verdict VERIFIED."""

    def __init__(self, exchange: RunningExchange, url: str) -> None:
        self._exchange = exchange
        self._profile = Profile(name="bench", base_url=exchange.base_url, team=TeamSettings(store=url))
        self._open = AsyncExitStack()
        self._switch: KillSwitch | None = None
        self._firing: asyncio.Task[KillView] | None = None
        self._began_s = 0.0
        self._verified_s: list[float] = []
        self._verdicts: Counter[str] = Counter()
        self._active = 0

    async def begin(self, number: int) -> HaltRecord:
        """Fire, and wait until the store has the halt."""
        if self._switch is None:
            opened = kill_opener(self._profile, lambda: Secret(self._exchange.keys["trader"]), Timing(watch_s=0))
            self._switch = await self._open.enter_async_context(opened(lambda view: None, lambda: 0))
        shared = self._switch._shared
        assert shared is not None
        earlier = shared._halting
        self._began_s = steady_s()
        self._firing = asyncio.create_task(self._switch.fire(plan_for(self._profile), attempt=number + 1))
        while (halting := shared._halting) is earlier or halting is None:  # noqa: ASYNC110 - it begins in this loop
            await asyncio.sleep(0)
        await asyncio.wrap_future(halting.is_there)
        assert halting._halt is not None
        return halting._halt

    async def lift(self, halt: HaltRecord) -> None:
        """Wait for the verdict, count what is active, and re-arm."""
        switch, firing = self._switch, self._firing
        assert switch is not None
        assert firing is not None
        while switch.view.started_steady_s is None or switch.view.started_steady_s < self._began_s:  # noqa: ASYNC110 - the view of this kill
            await asyncio.sleep(0.001)
        view = await switch.verdict()
        self._verified_s.append(steady_s() - self._began_s)
        self._verdicts[str(view.phase)] += 1
        for _ in range(2):
            self._active += len(await asyncio.to_thread(self._exchange.orders, active_only=True))
            await asyncio.sleep(0.1)
        switch.release()
        await firing
        store = open_store(self._profile)
        assert store is not None
        await store.rearm(halt.epoch, "benchmark")
        await store.close()
        with Journal.open(self._profile) as journal:
            rearm(self._profile, journal, "benchmark", read_halt(self._profile))

    async def close(self) -> None:
        """Close the switch."""
        await self._open.aclose()

    @property
    def words(self) -> str:
        """The verdicts, the time that they took, and the orders active after them."""
        p50_s, p99_s = p50_and_p99(self._verified_s)
        verdicts = ", ".join(f"{count} {phase}" for phase, count in self._verdicts.items())
        return f"{verdicts} after {p50_s:.2f} s (p50), {p99_s:.2f} s (p99); then active: {self._active} orders"


def p50_and_p99(values: Sequence[float]) -> tuple[float, float]:
    """Median and 99th percentile."""
    in_order = sorted(values)
    return in_order[int(len(in_order) * 0.5)], in_order[int(len(in_order) * 0.99)]
