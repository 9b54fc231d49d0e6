"""Own trades that the desk has read since its start, and those from the start of the local trading day before it."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pbtui.api.reads.trades import AnyTrade
from pbtui.api.structs import replace
from pbtui.desk.market.fills import OwnSides
from pbtui.desk.market.reading import Reading

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Trades:
    """All trades of both kinds, each once, in its newest state: a recalled trade stays, and is then not active.

    `sides` are the own sides of all these trades. `gap` says in words what is missing; empty if nothing is.
    """

    by_key: Mapping[Hashable, AnyTrade] = field(default_factory=dict)
    newest_first: tuple[AnyTrade, ...] = ()
    sides: OwnSides = field(default_factory=OwnSides)
    gap: str = ""

    def with_read(self, found: Iterable[AnyTrade], gap: str) -> "Trades":
        """Return the trades after a read found these. It is the same object if nothing changed."""
        new: dict[Hashable, AnyTrade] = {}
        for trade in found:
            key = key_of(trade)
            known = new.get(key, self.by_key.get(key))
            if known is None or (trade is not known and trade != known and not _is_older(trade, known)):
                new[key] = trade
        if not new:
            return self if gap == self.gap else replace(self, gap=gap)
        replaced = [self.by_key[key] for key in new if key in self.by_key]
        by_key = {**self.by_key, **new}
        newest_first = tuple(sorted(by_key.values(), key=executed_at, reverse=True))
        return Trades(by_key, newest_first, self.sides.following(replaced, new.values()), gap)


def key_of(trade: AnyTrade) -> Hashable:
    """Return the identity of a trade: its kind and id. One without a readable id is identified by all it says."""
    return (trade.is_internal, trade.id) if trade.id else trade


def recalled_since(before: Reading[Trades], after: Reading[Trades]) -> tuple[AnyTrade, ...]:
    """Return the trades that counted in an earlier reading and no longer do, the oldest first."""
    if before.value is None or after.value is None or before.value is after.value:
        return ()
    known = before.value.by_key
    pairs = ((known.get(key_of(trade)), trade) for trade in reversed(after.value.newest_first))
    return tuple(
        trade for was, trade in pairs if was is not None and was is not trade and was.is_active and not trade.is_active
    )


def executed_at(trade: AnyTrade) -> datetime:
    """Return the time of execution, to sort by; a trade whose time is not known is the oldest."""
    return trade.exec_time or _LONG_AGO


def _is_older(trade: AnyTrade, known: AnyTrade) -> bool:
    """Return whether the server reported this state of the trade before the known one."""
    at, known_at = trade.api_timestamp, known.api_timestamp
    return at is not None and known_at is not None and at < known_at
