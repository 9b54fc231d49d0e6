"""The world of one run: an exchange, a network, a disk, and the desks of one profile."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, TypeVar
from unittest.mock import patch

from pbtui.api import clock, randomness
from pbtui.api.structs import replace
from pbtui.api.transport.connection import use_transport
from pbtui.cli.desk import desk_opener
from pbtui.cli.kill.opener import kill_opener
from pbtui.desk.desk import Desk
from pbtui.desk.journal.line import read_line
from pbtui.desk.kill.progress import KillView, Phase
from pbtui.desk.kill.protocol.timing import Timing
from pbtui.desk.kill.switch import KillSwitch
from pbtui.desk.storage import disk
from pbtui.desk.storage.disk_thread import use_workers
from pbtui.desk.view import DeskView
from pbtui.settings.key_text import Secret
from pbtui.settings.profiles import Profile
from pbtui.settings.team import TeamSettings
from pbtui.simulator.book.contracts import AREAS
from pbtui.simulator.exchange import Exchange
from pbtui.simulator.http.answers import Answer
from pbtui.simulator.http.api import SEEDED_EXCHANGE, Api, ApiRequest
from pbtui.simulator.http.application import ApiApplication
from pbtui.simulator.http.faults import CallFaults, FaultPlan
from pbtui.simulator.http.request_log import RequestLog
from pbtui.simulator.life.algorithms import Algorithm
from pbtui.simulator.rights import ADMIN, TRADER, KeyRing
from tests.simulation.faults import CLOCK_STEPS_S, CountedFaults, Episode
from tests.simulation.habits import PARTIAL_READS, Habits
from tests.simulation.loop import LateWorker, VirtualClock, VirtualLoop, registers_of_tasks
from tests.simulation.memory_disk import MemoryDisk
from tests.simulation.network import STATION, Network
from tests.simulation.observer import Observer
from tests.simulation.process import HOST, PROCESS, Process, on_host
from tests.simulation.story import Chronicler
from tests.simulation.team.world import TeamWorld
from tests.simulation.truth import Truth

_Result = TypeVar("_Result")

PROFILE = Profile(name="simulation", base_url="http://127.0.0.1:1/playground/epex/v2/api", read_only=False)
LISTED_AHEAD = timedelta(hours=1, minutes=35)
"""The exchange lists fewer contracts than usual: filling their books takes most of a run's time."""
OPEN_SINCE = timedelta(minutes=2)
"""How long the exchange has been open when a run begins: a stale read shows an earlier state, not an empty one."""
FIRST_READ_WITHIN_S = 2.0
READS_MARKET_EVERY = 8
"""In one of so many seeds the desks also read trades and the market, which takes twice the time, and an algorithm
re-enters the orders that were removed."""
_POLLS_S, _POLL_WEIGHTS = (1.5, 3.0, 6.0), (1, 3, 4)
"""A read that nothing asks for mostly shows nothing new: what happens to an order makes the desk read anyway."""
LATE_TRADES = "late trades"
_LATE_TRADES_S = (None, None, None, 2.0, 8.0, 3600.0)
"""How much later than its fill a trade is reported in a run; the last one is in no report."""
_USUAL_DISK_S = (0.0002, 0.004)
_DISKS_S = {"disk slow": (0.3, 4.0), "disk stalled": (5.0, 30.0)}
"""How long the disk's threads take for one job."""
TEAM_EVERY, TEAM_FIRST = 16, 4
"""In one of so many seeds two hosts with a disk of their own share the store of a team."""
TEAM_HOSTS = {"A": "north", "B": "north", "C": "south", "D": "south"}
"""The host of each desk there."""
_STORE = TeamSettings(store="postgresql://store.example/trading")
_HOSTS = ("desk", "north", "south")
_STATE, _SHARED = ({host: Path("/", host, name, "pbtui") for host in _HOSTS} for name in ("state", "shared"))
"""The folders of each host: it sees no files of the others."""
_read_line = lru_cache(maxsize=4096)(read_line)
_ELSEWHERE: dict[str, object] = {
    "pbtui.simulator.book.contracts.LISTED_AHEAD": LISTED_AHEAD,
    # Who and where the desk is: the same on every machine, because the log shows it.
    "os.getpid": lambda: 4711,
    "socket.gethostname": HOST.get,
    "pwd.getpwuid": lambda _uid: SimpleNamespace(pw_name="trader"),
    "pbtui.desk.storage.places.user_state_path": lambda _program: _STATE[HOST.get()],
    "pbtui.desk.storage.halt_files.shared_folders": lambda: (_SHARED[HOST.get()],),
    # Desks, kills, observer and audit read the same lines of the journal.
    "pbtui.desk.journal.chain.read_line": _read_line,
    "pbtui.desk.journal.recent.read_line": _read_line,
    # httpx looks for cookies, which the exchange never sends.
    "httpx._models.Cookies.extract_cookies": lambda _cookies, _response: None,
    # asyncio's set of all tasks, which the desk never asks for.
    **dict.fromkeys(registers_of_tasks(), lambda _task: None),
}
_REACH = {"trader": TRADER.portfolio_ids, "admin": ADMIN.portfolio_ids}


class _ObservedApi(Api):
    """The simulator's calls as this server answers them, each reported when it was handled."""

    observer: Observer | None = None
    habits: Habits | None = None
    late_trades_s: float | None = None

    def answer(self, request: ApiRequest, call_faults: CallFaults) -> Answer:
        if self.observer is None or self.habits is None:
            return super().answer(request, call_faults)
        if self.late_trades_s is not None:
            call_faults = replace(call_faults, late_trades_s=self.late_trades_s)
        answer = self.habits.refused(request) or super().answer(self.habits.understood(request), call_faults)
        lie = self.habits.distort(request, answer, call_faults)
        self.observer.handled(STATION.get(), request.method, request.raw_path, request.body, answer.status, lie)
        return answer


def is_of_team(seed: int) -> bool:
    """Whether the desks of this seed are on two hosts, and share the store of a team."""
    return seed % TEAM_EVERY == TEAM_FIRST


def _algorithm(lots: Random, now: datetime) -> Algorithm:
    """An algorithm that re-enters removed orders of two portfolios."""
    portfolios, every_s = ("DE1", "FLEX"), lots.uniform(1, 20)
    return Algorithm(algo_id="spread", name="Spread", portfolio_ids=portfolios, started_at=now, returns_every_s=every_s)


class Station:
    """One run of the program: a trader's desk and its kill switch, in a process that can be killed.

    `desk` and `switch` are there once it is `opened`. It runs until `quits` is set.
    """

    desk: Desk
    switch: KillSwitch
    running: asyncio.Task[None]

    def __init__(
        self, name: str, host: str, profile: Profile, loop: VirtualLoop, killed: Callable[[Process], None]
    ) -> None:
        self.name = name
        self.host = host
        self.profile = profile
        self._loop = loop
        self.process = Process(name, loop, killed)
        self._context = copy_context()
        self._context.run(PROCESS.set, self.process)
        self._context.run(HOST.set, host)
        self.opened = asyncio.Event()
        self.quits = asyncio.Event()
        self.kills: list[asyncio.Task[KillView]] = []
        """The kills fired here, oldest first."""
        self.kill_began = asyncio.Event()
        """Set when the newest attempt has published its first view."""
        self._feed_is_paused = False

    def begin(self, act: Coroutine[Any, Any, _Result]) -> asyncio.Task[_Result]:
        """Let the program do this."""
        return self._loop.create_task(act, context=self._context)

    def do(self, act: Callable[[], _Result]) -> _Result:
        """Let the program do this at once. Raises ProcessEnded if it is killed in the middle of it."""
        return self._context.run(act)

    def pause_feed(self) -> None:
        """Let the desk stop reading, as the terminal's kill thread does when a kill is fired."""
        self._feed_is_paused = True
        self.desk.pause_feed()

    def resume_feed(self) -> None:
        """Let the desk read again."""
        self._feed_is_paused = False
        self.desk.resume_feed()

    def follow(self, view: KillView) -> None:
        """Let the desk read again once the server has answered the kill, as the terminal's kill thread does."""
        if view.attempt != len(self.kills):
            return
        if view.phase is not Phase.READY and view.ended_s is None:
            self.kill_began.set()
        has_server_answered = view.active is not None or view.phase is Phase.REFUSED
        if self._feed_is_paused and has_server_answered and view.phase is not Phase.UNKNOWN:
            self.resume_feed()

    async def lives_until(self, done: asyncio.Future[Any], within_s: float | None = None) -> bool:
        """Wait until something is done or the program has ended; return whether it lives."""
        await asyncio.wait({done, self.process.ended}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        return not self.process.is_ended


class World:
    """Everything of one run. `keys` names the key of each desk, `without` is what does not happen in it."""

    def __init__(self, seed: int, loop: VirtualLoop, keys: dict[str, str], without: Collection[str]) -> None:
        self.seed = seed
        self.without = without
        self.loop = loop
        self.keys = keys
        self.clock = VirtualClock(loop)
        self.lots = Random(f"world {seed}")
        self.story = Chronicler(loop.time)
        disk_lots = Random(f"disk {seed}")
        self.disk = MemoryDisk(lambda: self.clock.utc_now().timestamp(), disk_lots, self.story.fault)
        self._disk_lots = disk_lots
        self._disk_s = _USUAL_DISK_S
        self.faults = CountedFaults(seed, self.story.fault)
        self.habits = Habits(Random(f"habits {seed}"), without, self.story.fault)
        at_exchange = VirtualClock(loop)
        self.team = (
            TeamWorld(seed, self.story, at_exchange.utc_now, without, PROFILE.server) if is_of_team(seed) else None
        )
        orders = self.lots.randint(3, 9)

        def seeded(now: datetime) -> Exchange:
            return Exchange(SEEDED_EXCHANGE, now - OPEN_SINCE, seed=seed, orders=orders)

        with self.in_force():
            self.api = _ObservedApi(seeded, KeyRing(), at_exchange.utc_now)
        if seed % READS_MARKET_EVERY == 0:
            self.exchange.algorithms = [_algorithm(Random(f"algorithm {seed}"), at_exchange.utc_now())]
        reach = {name: _REACH[key] for name, key in keys.items()}
        team = None if self.team is None else self.team.observer
        self.observer = Observer(
            self.story, Truth(lambda: self.exchange), at_exchange.utc_now, loop.time, PROFILE, reach, team
        )
        self.api.observer, self.api.habits = self.observer, self.habits
        if LATE_TRADES not in without:
            self.api.late_trades_s = Random(f"reports {seed}").choice(_LATE_TRADES_S)
        if self.api.late_trades_s is not None:
            self.story.fault(LATE_TRADES)
        application = ApiApplication(self.api, self.faults, RequestLog())
        self.network = Network(application, Random(f"network {seed}"), self.observer)
        self.profile = replace(
            PROFILE,
            portfolios=self.lots.choices([(), ("DE1", "DE2"), ("FLEX",)], [7, 2, 1])[0],
            delivery_areas=self.lots.choices([(), tuple(area.eic for area in AREAS[:2])], [8, 1])[0],
            poll_seconds=self.lots.choices(_POLLS_S, _POLL_WEIGHTS)[0],
            team=TeamSettings() if self.team is None else _STORE,
        )

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
            stack.enter_context(use_workers(lambda _name: LateWorker(self.loop, self._disk_takes_s)))
            stack.enter_context(use_transport(lambda concurrent_calls: self.network.open(concurrent_calls)))
            if self.team is not None:
                stack.enter_context(self.team.in_force())
            yield

    def _disk_takes_s(self) -> float:
        return self._disk_lots.uniform(*self._disk_s)

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
        self.habits.partial = [kind for kind in kinds if kind in PARTIAL_READS]
        self.disk.is_full, self.disk.tears = "disk full" in kinds, "disk torn" in kinds
        self._disk_s = next((_DISKS_S[kind] for kind in kinds if kind in _DISKS_S), _USUAL_DISK_S)
        if "clock step" in kinds:
            self.clock.is_off_by += timedelta(seconds=self.lots.choice(CLOCK_STEPS_S))
        for kind in kinds:
            if kind in _DISKS_S or kind == "clock step":
                self.story.fault(kind)

    # ------------------------------------------------------------ desks

    async def open(self, name: str) -> Station:
        """Open a desk and its kill switch, as the terminal does; return once it has read, or a moment later."""
        station = Station(name, self.host_of(name), self.profile, self.loop, self._killed)
        running = station.begin(self._run(station))
        opened = station.begin(station.opened.wait())
        await station.lives_until(opened, FIRST_READ_WITHIN_S)
        if running.done():
            running.result()
        station.running = running
        return station

    def host_of(self, name: str) -> str:
        """The host of a desk."""
        return "desk" if self.team is None else TEAM_HOSTS[name]

    def beside(self, name: str) -> list[str]:
        """The desks on the host of this one, and itself."""
        return [other for other in self.keys if self.host_of(other) == self.host_of(name)]

    def _killed(self, process: Process) -> None:
        self.story.fault("crash")
        self.disk.unlock(process)
        with on_host(self.host_of(process.name)):
            self.observer.leaves_desk(process.name, "is killed")

    async def _run(self, station: Station) -> None:
        name, secret = station.name, Secret(self.api.keys.secrets[self.keys[station.name]])
        timing = Timing(watch_s=self.lots.choice([0.0, 4.0, 12.0]), count_writes_every_s=0.4)

        def publish(view: DeskView) -> None:
            if view.link.read_s is not None:
                station.opened.set()
            self.observer.desk_view(name, view)

        def publish_kill(view: KillView) -> None:
            self.observer.kills.view(name, view)
            station.follow(view)

        STATION.set(name)
        open_desk = desk_opener(station.profile, lambda: secret, reads_market=self.seed % READS_MARKET_EVERY == 0)
        async with open_desk(publish) as desk:
            STATION.set(f"{name} kill")
            open_switch = kill_opener(station.profile, lambda: secret, timing)
            async with open_switch(publish_kill, lambda: desk.writes_under_way) as switch:
                station.desk, station.switch = desk, switch
                running = asyncio.create_task(desk.run())
                await station.quits.wait()
                switch.release()
                await asyncio.gather(*station.kills, return_exceptions=True)
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
        self.disk.unlock(station.process)  # a slow disk may hold on to a file until the process ends
        self.observer.leaves_desk(name, "closes the desk")
        station.process.exit()
