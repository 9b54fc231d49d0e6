"""Algorithms that run at the server. They send heartbeats; one can re-enter the orders that a caller removed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from pbtui.api.reads.algorithms import AlgoStatus, HeartbeatStatus, OnMissingHeartbeat
from pbtui.simulator.book.market import Market
from pbtui.simulator.book.own_order import OwnOrder
from pbtui.simulator.life.returning_bot import ReturningBot
from pbtui.simulator.rights import ExchangeUser


class Algorithm(msgspec.Struct, frozen=True, kw_only=True):
    """An algorithm with one instance. It sends no heartbeat after `silent_since`.

    With `returns_every_s` it re-enters the orders of its portfolios that a caller removed, one every so many seconds,
    as long as it runs. Its orders name it as their user, and its id as their strategy.
    """

    algo_id: str
    name: str
    portfolio_ids: tuple[str, ...]
    started_at: datetime
    status: AlgoStatus = AlgoStatus.RUNNING
    heartbeat: HeartbeatStatus = HeartbeatStatus.OK
    heartbeat_text: str = ""
    heartbeat_every_s: int = 30
    on_missing_heartbeat: OnMissingHeartbeat = OnMissingHeartbeat.DO_NOTHING
    silent_since: datetime | None = None
    returns_every_s: float | None = None

    @property
    def comes_back(self) -> bool:
        """Return whether it re-enters orders now."""
        return self.returns_every_s is not None and self.status is AlgoStatus.RUNNING

    def last_heartbeat_at(self, now: datetime) -> datetime:
        """Return when the newest heartbeat was sent."""
        every = timedelta(seconds=self.heartbeat_every_s)
        running = max(min(now, self.silent_since or now) - self.started_at, timedelta())
        return self.started_at + running // every * every


def algorithms_of_account(now: datetime) -> list[Algorithm]:
    """Return the algorithms whose orders the account has at its start. They respect a kill, and go on to run."""
    started_at = now - timedelta(hours=3)
    spread = Algorithm(
        algo_id="spread-7", name="Spread algo", portfolio_ids=("DE1", "DE2", "FLEX"), started_at=started_at
    )
    battery = Algorithm(algo_id="battery-2", name="Battery algo", portfolio_ids=("DE1", "DE2"), started_at=started_at)
    alpine = Algorithm(algo_id="alpine-1", name="Alpine algo", portfolio_ids=("HYDRO", "SOLAR"), started_at=started_at)
    return [spread, battery, alpine]


class AlgorithmBots:
    """Re-enters removed orders for the algorithms that do so. One that stops forgets what it has not re-entered yet."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._bots: dict[str, ReturningBot] = {}

    def start(self, algorithms: Sequence[Algorithm], removed: Sequence[OwnOrder]) -> None:
        """Start to re-enter these orders, as far as they are in portfolios of algorithms that do so."""
        for each in algorithms:
            if each.comes_back and each.returns_every_s is not None:
                user = ExchangeUser(each.algo_id, each.name)
                bot = self._bots.setdefault(each.algo_id, ReturningBot(self._market, user, each.algo_id))
                own = [order for order in removed if order.terms.portfolio_id in each.portfolio_ids]
                bot.start(own, each.returns_every_s)

    def step(self, algorithms: Sequence[Algorithm]) -> None:
        """Re-enter the orders that are due at the market's present time."""
        coming_back = {each.algo_id for each in algorithms if each.comes_back}
        self._bots = {algo_id: bot for algo_id, bot in self._bots.items() if algo_id in coming_back}
        for bot in self._bots.values():
            bot.step()
