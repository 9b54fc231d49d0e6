"""The world of one run: an exchange, a network, a disk, and the desks of one profile."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from unittest.mock import patch

from pydantic import SecretStr

from pbtui.api import clock, randomness
from pbtui.api.connection import use_transport
from pbtui.cli.desk import desk_opener
from pbtui.cli.kill.opener import kill_opener
from pbtui.desk.desk import Desk
from pbtui.desk.kill.protocol.timing import Timing
from pbtui.desk.kill.switch import KillSwitch
from pbtui.desk.kill.view import KillView, Phase
from pbtui.desk.storage import disk
from pbtui.desk.storage.disk_thread import use_workers
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile
from pbtui.simulator.exchange import Exchange
from pbtui.simulator.http.answers import Answer
from pbtui.simulator.http.api import SEEDED_EXCHANGE, Api, ApiRequest
from pbtui.simulator.http.application import ApiApplication
from pbtui.simulator.http.faults import CallFaults, FaultPlan
from pbtui.simulator.http.request_log import RequestLog
from pbtui.simulator.rights import ADMIN, TRADER, KeyRing
from tests.simulation.faults import CountedFaults, Episode
from tests.simulation.loop import LateWorker, VirtualClock, VirtualLoop
from tests.simulation.memory_disk import MemoryDisk
from tests.simulation.network import STATION, Network
from tests.simulation.observer import Observer
from tests.simulation.story import Story

PROFILE_NAME = "simulation"
LISTED_AHEAD = timedelta(hours=2, minutes=30)
"""The exchange lists fewer contracts than usual: filling their books takes most of a run's time."""
OPEN_SINCE = timedelta(minutes=2)
"""How long the exchange has been open when a run begins: a stale read shows an earlier state, not an empty one."""
FIRST_READ_WITHIN_S = 2.0
_USUAL_DISK_S = (0.0002, 0.004)
_SLOW_DISK_S = (0.3, 4.0)
_ELSEWHERE: dict[str, object] = {
    "pbtui.simulator.book.contracts.LISTED_AHEAD": LISTED_AHEAD,
    # Who and where the desk is: the same on every machine, because the log shows it.
    "os.getpid": lambda: 4711,
    "socket.gethostname": lambda: "desk",
    "pwd.getpwuid": lambda _uid: SimpleNamespace(pw_name="trader"),
    "pbtui.desk.storage.places.user_state_path": lambda program: Path("/state") / program,
}
_REACH = {"trader": TRADER.portfolio_ids, "admin": ADMIN.portfolio_ids}


class _ObservedApi(Api):
    """The simulator's calls, each reported when it was handled."""

    observer: Observer | None = None

    def answer(self, request: ApiRequest, call_faults: CallFaults) -> Answer:
        answer = super().answer(request, call_faults)
        if self.observer is not None:
            self.observer.handled(STATION.get(), request.method, request.raw_path, request.body, answer.status)
        return answer


class Station:
    """One trader's desk and kill switch."""

    def __init__(self, name: str, profile: Profile, desk: Desk, switch: KillSwitch) -> None:
        self.name = name
        self.profile = profile
        self.desk = desk
        self.switch = switch
        self.kills: list[asyncio.Task[KillView]] = []
        """The kills fired here, oldest first."""
        self.kill_began = asyncio.Event()
        """Set when the newest attempt has published its first view."""


class World:
    """Everything of one run. `keys` names the key of each desk, `without` is what does not happen in it."""

    def __init__(self, seed: int, loop: VirtualLoop, keys: dict[str, str], without: Collection[str]) -> None:
        self.seed = seed
        self.without = without
        self.loop = loop
        self.keys = keys
        self.clock = VirtualClock(loop)
        self.lots = Random(f"world {seed}")
        self.story = Story(loop.time)
        self.disk = MemoryDisk(lambda: self.clock.utc_now().timestamp())
        self._disk_lots = Random(f"disk {seed}")
        self._disk_is_slow = False
        self.faults = CountedFaults(seed, self.story.fault)
        orders = self.lots.randint(3, 9)

        def seeded(now: datetime) -> Exchange:
            return Exchange(SEEDED_EXCHANGE, now - OPEN_SINCE, seed=seed, orders=orders)

        with self.in_force():
            self.api = _ObservedApi(seeded, KeyRing(), self.clock.utc_now)
        reach = {name: _REACH[key] for name, key in keys.items()}
        self.observer = Observer(self.story, lambda: self.exchange, self.clock.utc_now, loop.time, PROFILE_NAME, reach)
        self.api.observer = self.observer
        application = ApiApplication(self.api, self.faults, RequestLog())
        self.network = Network(application, Random(f"network {seed}"), self.observer)

    @property
    def exchange(self) -> Exchange:
        """The exchange that all desks trade at."""
        return self.api.exchanges()[0]

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Let the desk meet this world instead of the machine's clock, chance, threads, disk and sockets."""
        with ExitStack() as stack:
            for name, value in _ELSEWHERE.items():
                stack.enter_context(patch(name, value))
            stack.enter_context(clock.use(self.clock))
            stack.enter_context(randomness.use(Random(f"desk {self.seed}")))
            stack.enter_context(disk.use(self.disk))
            stack.enter_context(use_workers(lambda _name: LateWorker(self.loop, self._disk_s)))
            stack.enter_context(use_transport(lambda concurrent_calls: self.network.open(concurrent_calls)))
            yield

    def _disk_s(self) -> float:
        return self._disk_lots.uniform(*(_SLOW_DISK_S if self._disk_is_slow else _USUAL_DISK_S))

    # ------------------------------------------------------------ faults

    async def go_through(self, episodes: list[Episode]) -> None:
        """Let the faults of each episode happen in their time."""
        for episode in episodes:
            await asyncio.sleep(episode.begins_s - self.loop.time())
            self.story.note("faults", f"begin: {', '.join(episode.kinds)}")
            self._set(episode.kinds, episode.plan)
            await asyncio.sleep(episode.ends_s - self.loop.time())
            self.story.note("faults", "end")
            self._set((), FaultPlan())

    def _set(self, kinds: tuple[str, ...], plan: FaultPlan) -> None:
        if self.network.is_away and self.network.refused:
            self.story.fault("server away")
        self.faults.replace(plan)
        self.exchange.returning_bot.stop()
        self.network.is_away, self.network.refused = "server away" in kinds, 0
        self.disk.is_full = "disk full" in kinds
        self._disk_is_slow = "disk slow" in kinds
        for kind in kinds:
            if kind.startswith("disk"):
                self.story.fault(kind)

    # ------------------------------------------------------------ desks

    @asynccontextmanager
    async def station(self, name: str) -> AsyncIterator[Station]:
        """Open a desk and its kill switch, as the terminal does."""
        owner = self.keys[name]
        profile = Profile(
            name=PROFILE_NAME,
            base_url="http://127.0.0.1:1/playground/epex/v2/api",
            read_only=False,
            poll_seconds=self.lots.choice([1.0, 2.0, 5.0]),
        )
        secret = SecretStr(self.api.keys.secrets[owner])
        # Open writes are counted less often than usual: each count reads the whole journal.
        timing = Timing(watch_s=self.lots.choice([0.0, 4.0, 12.0]), count_writes_every_s=0.1)
        has_read = asyncio.Event()
        station: Station | None = None

        def publish(view: DeskView) -> None:
            if view.link.read_s is not None:
                has_read.set()
            self.observer.desk_view(name, view)

        def publish_kill(view: KillView) -> None:
            self.observer.kill_view(f"{name} kill", view)
            if station is not None:
                _follow(station, view)

        STATION.set(name)
        async with desk_opener(profile, lambda: secret)(publish) as desk:
            STATION.set(f"{name} kill")
            open_switch = kill_opener(profile, lambda: secret, timing)
            async with open_switch(publish_kill, lambda: desk.writes_under_way) as switch:
                running = asyncio.create_task(desk.run())
                station = Station(name, profile, desk, switch)
                try:
                    async with asyncio.timeout(FIRST_READ_WITHIN_S):
                        await has_read.wait()
                    yield station
                finally:
                    switch.release()
                    await asyncio.gather(*station.kills, return_exceptions=True)
                    running.cancel()
                    await asyncio.gather(running, return_exceptions=True)


def _follow(station: Station, view: KillView) -> None:
    """Let the feed read again once the server has answered the kill, as the terminal's kill thread does."""
    if view.attempt != len(station.kills):
        return
    if view.phase is not Phase.READY and view.ended_s is None:
        station.kill_began.set()
    if (view.active is not None or view.phase is Phase.REFUSED) and view.phase is not Phase.UNKNOWN:
        station.desk.resume_feed()
