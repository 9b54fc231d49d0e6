"""Net position and orders of a portfolio by quarter-hour. Longer contracts count in each of their quarter-hours. Pure.

Quarter-hours are real time: a day on which the clock changes has 92 or 100 of them. A figure that is not known is None,
never 0.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct

from pbtui.api.reads.limits import PositionLimit
from pbtui.api.reads.positions import PortfolioInformation
from pbtui.desk.exposure.positions import AreaPositions, Position, is_empty
from pbtui.desk.formats.time_format import local_time

QUARTER = timedelta(minutes=15)
SHOWN = 96
"""Quarter-hours of 24 hours."""


class Quarter(Struct, frozen=True):
    """Figures of one quarter-hour in MW, over all `positions` that cover it, the shortest delivery first.

    `is_stated` is set if they are the server's own sums for this quarter-hour, which count every block. Else they are
    added up from the contracts that the server lists.
    """

    start: datetime
    net_mw: Decimal | None = None
    buy_mw: Decimal | None = None
    sell_mw: Decimal | None = None
    positions: tuple[Position, ...] = ()
    is_stated: bool = False

    @property
    def end(self) -> datetime:
        """End of the quarter-hour."""
        return self.start + QUARTER

    @property
    def highest_mw(self) -> Decimal | None:
        """Net position if all buy orders trade."""
        return None if self.net_mw is None or self.buy_mw is None else self.net_mw + self.buy_mw

    @property
    def lowest_mw(self) -> Decimal | None:
        """Net position if all sell orders trade."""
        return None if self.net_mw is None or self.sell_mw is None else self.net_mw - self.sell_mw

    def exceeds(self, limit: PositionLimit | None) -> bool:
        """Return whether a limit is known to be exceeded, now or if all orders of one side trade.

        Limits of the net position hold for each contract, those of the exposure for all that covers the quarter-hour.
        """
        if limit is None:
            return False
        contracts = [each.figures for each in self.positions]
        highest, lowest = limit.max_net_pos_exposure_limit, limit.min_net_pos_exposure_limit
        return _is_outside(lowest, highest, self.lowest_mw, self.net_mw, self.highest_mw) or any(
            _is_outside(
                limit.min_netpos_limit,
                limit.max_netpos_limit,
                each.min_net_pos_sell_with_orders,
                each.net_pos,
                each.max_net_pos_buy_with_orders,
            )
            for each in contracts
        )


def _is_outside(lowest: Decimal | None, highest: Decimal | None, *positions_mw: Decimal | None) -> bool:
    """Return whether one of the positions that are known is outside the limits that there are."""
    known = [mw for mw in positions_mw if mw is not None]
    return any((highest is not None and mw > highest) or (lowest is not None and mw < lowest) for mw in known)


def first_quarter(now: datetime, zone: ZoneInfo) -> datetime:
    """Return the start of the present hour in the zone, in UTC."""
    return local_time(now, zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def quarters_of(
    area: AreaPositions | None, portfolio_id: str, first: datetime, count: int = SHOWN
) -> tuple[Quarter, ...]:
    """Return that many quarter-hours from `first` on. Without an answer of the server, nothing of them is known."""
    covering: list[list[Position]] = [[] for _ in range(count)]
    for position in _of_portfolio(area, portfolio_id):
        if position.delivery is not None:
            start, end = position.delivery
            begin = max((start - first) // QUARTER, 0)
            after = -((first - end) // QUARTER)  # rounded up
            for each in covering[begin : max(after, 0)]:
                each.append(position)
    return tuple(_quarter(first + number * QUARTER, found) for number, found in enumerate(covering))


def not_placed(area: AreaPositions | None, portfolio_id: str) -> int:
    """Return how many positions and orders are in no quarter-hour, because their delivery could not be read."""
    found = _of_portfolio(area, portfolio_id)
    return sum(each.delivery is None and not is_empty(each.figures) for each in found)


def _of_portfolio(area: AreaPositions | None, portfolio_id: str) -> Iterable[Position]:
    return () if area is None else (each for each in area.positions if each.portfolio_id == portfolio_id)


def _quarter(start: datetime, found: Sequence[Position]) -> Quarter:
    positions = tuple(sorted(found, key=_delivery))
    stated = {_stated(each.figures) for each in positions if _delivery(each) == (QUARTER, start)}
    if len(stated) == 1 and (sums := stated.pop()) is not None:
        return Quarter(start, *sums, positions, is_stated=True)
    return Quarter(
        start,
        _sum(positions, lambda figures: figures.net_pos),
        _sum(positions, lambda figures: figures.open_buy_mw),
        _sum(positions, lambda figures: figures.open_sell_mw),
        positions,
    )


def _delivery(position: Position) -> tuple[timedelta, datetime]:
    assert position.delivery is not None  # noqa: S101 - only such positions are placed
    start, end = position.delivery
    return end - start, start


def _stated(figures: PortfolioInformation) -> tuple[Decimal, Decimal, Decimal] | None:
    """Return the server's own sums of all that covers the quarter-hour: net position, buying, selling; None without."""
    net, highest, lowest = figures.net_pos_aggregate, figures.max_net_pos_exposure, figures.min_net_pos_exposure
    if net is None or highest is None or lowest is None or not lowest <= net <= highest:
        return None
    return net, highest - net, net - lowest


def _sum(positions: Sequence[Position], figure_of: Callable[[PortfolioInformation], Decimal | None]) -> Decimal | None:
    """Add up a figure over the deliveries that cover a quarter-hour; None if there is none, or one is not known.

    Contracts of the same delivery have the same figure, which counts once: the server states it by delivery. If they
    differ, it is not known.
    """
    by_delivery: dict[object, set[Decimal | None]] = {}
    for position in positions:
        by_delivery.setdefault(_delivery(position), set()).add(figure_of(position.figures))
    total = Decimal(0)
    for figures in by_delivery.values():
        figure = figures.pop() if len(figures) == 1 else None
        if figure is None:
            return None
        total += figure
    return total if positions else None
