"""Algorithms that run at the server. They send heartbeats and trade nothing; the other modules have bots that trade."""

from datetime import datetime, timedelta

import msgspec

from pbtui.api.reads.algorithms import AlgoStatus, HeartbeatStatus, OnMissingHeartbeat


class Algorithm(msgspec.Struct, frozen=True, kw_only=True):
    """An algorithm with one instance. It sends no heartbeat after `silent_since`."""

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

    def last_heartbeat_at(self, now: datetime) -> datetime:
        """Return when the newest heartbeat was sent."""
        every = timedelta(seconds=self.heartbeat_every_s)
        running = max(min(now, self.silent_since or now) - self.started_at, timedelta())
        return self.started_at + running // every * every
