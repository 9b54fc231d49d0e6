"""Makes the reads beyond orders, one call at a time, and keeps the readings that they bring."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pbtui.api.clock import steady_s
from pbtui.api.errors import OrdersApiError
from pbtui.api.reads.account import gap_of
from pbtui.api.reads.client import ListRead, ReadsClient, Unavailable, ValueRead
from pbtui.api.reads.depth import OrderBooks, Orders
from pbtui.api.reads.identity import ApiKeyDetails
from pbtui.api.reads.market import ExchangeDowntime, Notification
from pbtui.api.reads.pages import PAGE_SIZE
from pbtui.api.reads.trades import AnyTrade
from pbtui.api.structs import replace
from pbtui.desk.exposure.positions import AreaPositions, positions_of
from pbtui.desk.exposure.rounds import AreaRounds
from pbtui.desk.formats.time_format import start_of_day
from pbtui.desk.market.exchange import ExchangeView, differs
from pbtui.desk.market.notifications import Notifications, merged, sent_at
from pbtui.desk.market.polling.element_list import ElementList
from pbtui.desk.market.polling.paging import Window
from pbtui.desk.market.polling.schedule import End, Read
from pbtui.desk.market.reading import Reading, reading_of
from pbtui.desk.market.trades import Trades
from pbtui.settings.profiles import Profile

_BEGUN = timedelta(hours=1)
"""Contracts whose delivery began earlier are not read."""
NO_CONTRACTS = "the answer of GET /orderbooks lists no contracts"


class ExchangeReader:
    """Keeps one ExchangeView up to date. `publish` is called when more than the age of a value changed.

    `areas_in_use` returns the delivery areas with active orders, `now` the time of the exchange's clock.
    """

    def __init__(
        self,
        reads: ReadsClient,
        profile: Profile,
        publish: Callable[[], None],
        areas_in_use: Callable[[], Collection[str]],
        now: Callable[[], datetime],
    ) -> None:
        self.view = ExchangeView()
        self._areas_in_use = areas_in_use
        self._now = now
        self._rounds = AreaRounds()
        self._area = ""
        self._reads = reads
        self._profile = profile
        self._publish = publish
        midnight = start_of_day(now(), ZoneInfo(profile.market_timezone))
        self._trades: Mapping[Read, ElementList[AnyTrade]] = {
            Read.TRADES: ElementList(midnight, self._page_of_trades, _executed_at),
            Read.INTERNAL_TRADES: ElementList(midnight, self._page_of_internal_trades, _executed_at),
        }
        self._contracts: Mapping[bytes, Any] = {}
        self._found: Notifications = ()
        self._notifications: ElementList[Notification] = ElementList(midnight, self._page_of_notifications, sent_at)

    async def make(self, read: Read) -> End:
        """Make one call, take in its answer, and return how it ended. Raises OrdersApiError."""
        if read in self._trades:
            return await self._read_trades(read)
        if read is Read.NOTIFICATIONS:
            return await self._read_notifications()
        if read is Read.KEY:
            key = await self._reads.get_current_api_key_portfolios()
            return self._not_offered(read, key) or self._taken(key=reading_of(key))
        if read is Read.STATUS:
            status = await self._reads.get_status()
            return self._not_offered(read, status) or self._taken(status=reading_of(status))
        if read is Read.CONTRACTS:
            return await self._read_contracts()
        if read is Read.POSITIONS:
            return await self._read_positions()
        if read is Read.ALGORITHMS:
            algorithms = await self._reads.get_algorithms()
            if isinstance(algorithms, Unavailable):
                return self._refused(read, algorithms)
            return self._taken(algorithms=replace(reading_of(algorithms), problem=gap_of(algorithms)))
        if read is Read.DOWNTIMES:
            return await self._read_downtimes()
        areas = await self._reads.get_delivery_areas()
        return self._not_offered(read, areas) or self._taken(areas=reading_of(areas))

    def note_problem(self, read: Read, problem: str, *, is_offered: bool = True) -> None:
        """Note why a call brought nothing."""
        if read in self._trades:
            self._trades[read].failed(problem, is_offered=is_offered)
            self._show_trades(self.view.trades.value)
            return
        if read is Read.NOTIFICATIONS:
            self._notifications.failed(problem, is_offered=is_offered)
        if read is Read.POSITIONS:
            self._show_positions(replace(self.view.positions.get(self._area, Reading()), problem=problem))
            return
        name = read.name.lower()
        self._taken(**{name: replace(getattr(self.view, name), problem=problem)})

    def abandon(self, read: Read) -> None:
        """Forget the pages of a list of which a call was cancelled; read positions from the first area again."""
        if read is Read.POSITIONS:
            self.read_all_positions()
        part = self._notifications if read is Read.NOTIFICATIONS else self._trades.get(read)
        if part is not None:
            part.abandon()

    def take_key(self, key: Reading[ApiKeyDetails]) -> None:
        """Take in the rights of the key that were read elsewhere."""
        self._taken(key=key)

    # ------------------------------------------------------------ lists

    async def _read_trades(self, read: Read) -> End:
        part = self._trades[read]
        found = await part.next_page()
        if isinstance(found, Unavailable):
            return self._refused(read, found)
        in_scope = [trade for trade in found if self._is_in_scope(trade)]
        self._show_trades((self.view.trades.value or Trades()).with_read(in_scope, self._gap()))
        return _end_of(part)

    async def _read_notifications(self) -> End:
        part = self._notifications
        found = await part.next_page()
        if isinstance(found, Unavailable):
            return self._refused(Read.NOTIFICATIONS, found)
        self._found = merged(self._found, found)
        if part.course.present is not None:
            return End.MORE
        return self._taken(notifications=_reading_in(part.course.finished, self._found))

    async def _read_contracts(self) -> End:
        found = await self._reads.find_contracts(
            delivery_areas=self._profile.delivery_areas, delivery_from=self._now() - _BEGUN, known=self._contracts
        )
        if isinstance(found, Unavailable):
            return self._refused(Read.CONTRACTS, found)
        self._contracts = dict(found.elements.slices)
        return self._taken(contracts=reading_of(found))

    async def _read_downtimes(self) -> End:
        found = await self._reads.get_downtimes(exchange=(self._profile.exchange,), from_=self._now())
        if isinstance(found, Unavailable):
            return self._refused(Read.DOWNTIMES, found)
        reading = reading_of(found)
        own = tuple(each for each in reading.value or () if self._concerns(each))
        return self._taken(downtimes=replace(reading, value=own))

    def _concerns(self, downtime: ExchangeDowntime) -> bool:
        """Return whether a downtime is of the profile's exchange and areas, or does not name them."""
        is_here = downtime.exchange in (None, self._profile.exchange)
        here = self._profile.delivery_areas
        return is_here and (not downtime.areas or not here or not set(downtime.areas).isdisjoint(here))

    # ------------------------------------------------------------ positions

    def read_positions_next(self, delivery_area: str) -> None:
        """Read the positions in this area before those in other areas."""
        self._rounds.put_first(delivery_area)

    def read_all_positions(self) -> None:
        """Read the positions in every area again."""
        self._rounds.begin_anew()

    async def _read_positions(self) -> End:
        """Read the positions in the next area that is due."""
        now_s = steady_s()
        area = self._rounds.next_area(self._areas(), self._busy_areas(), now_s)
        if area is None:
            return End.DONE
        self._area = area
        with_limits = self._rounds.needs_limits(area, now_s)
        found = await self._reads.get_order_books(
            portfolio_id=self._profile.portfolios,
            delivery_area=area,
            delivery_from=self._now() - _BEGUN,
            active_only=False,
            with_portfolio_information=True,
            with_risk_settings=with_limits,
            with_products=False,
            with_signals=False,
        )
        if isinstance(found, Unavailable):
            self._rounds.refused(area)
            self._refused(Read.POSITIONS, found)
        else:
            self._rounds.answered(area)
            if found.value.portfolio_risk_settings is not None:
                self._rounds.took_limits(area, now_s)
            self._take_positions(found)
        if not self._rounds.is_over:
            return End.MORE
        return End.NOT_OFFERED if self._rounds.is_refused_everywhere else End.DONE

    def _areas(self) -> Iterable[str]:
        """Return the areas of the profile; without them, those of the orders, and those that were asked for."""
        return self._profile.delivery_areas or dict.fromkeys([*self._areas_in_use(), *self.view.positions])

    def _busy_areas(self) -> Collection[str]:
        """Return the areas with an order or a position, and those of which an answer could not be read."""
        values = ((area, reading.value) for area, reading in self.view.positions.items())
        return {*self._areas_in_use(), *(area for area, value in values if value is None or not value.is_empty)}

    def _take_positions(self, found: ValueRead[OrderBooks]) -> None:
        known = self.view.positions.get(self._area, Reading())
        limits = {} if known.value is None else known.value.limits
        value = positions_of(found.value, self._area, self._profile.exchange, limits)
        if value is None:
            self._show_positions(replace(known, problem=NO_CONTRACTS))
        else:
            self._show_positions(Reading(value, found.answer.requested_at, found.answer.requested_s))

    def _show_positions(self, reading: Reading[AreaPositions]) -> None:
        self._taken(positions={**self.view.positions, self._area: reading})

    # ------------------------------------------------------------ on demand

    async def depth(self, contract_id: str, delivery_area: str) -> Reading[Orders]:
        """Read the order book of a contract in a delivery area. It is not part of the view."""
        try:
            return reading_of(await self._reads.get_orders(contract_id, delivery_area))
        except OrdersApiError as error:
            return Reading(problem=str(error))

    async def _page_of_trades(self, window: Window) -> ListRead[Any] | Unavailable:
        return await self._reads.get_trades(
            portfolio_id=self._profile.portfolios,
            offset=window.received,
            limit=PAGE_SIZE,
            active_only=False,
            from_execution_time=window.start,
            known=self._trades[Read.TRADES].known,
        )

    async def _page_of_internal_trades(self, window: Window) -> ListRead[Any] | Unavailable:
        return await self._reads.get_internal_trades(
            portfolio_id=self._profile.portfolios,
            offset=window.received,
            limit=PAGE_SIZE,
            from_execution_time=window.start,
            known=self._trades[Read.INTERNAL_TRADES].known,
        )

    async def _page_of_notifications(self, window: Window) -> ListRead[Any] | Unavailable:
        return await self._reads.get_notifications(
            offset=window.received, limit=PAGE_SIZE, from_api_timestamp=window.start
        )

    def _is_in_scope(self, trade: AnyTrade) -> bool:
        """Return whether an own side is in the profile's delivery areas, or its area is not known."""
        areas, sides = self._profile.delivery_areas, trade.legs
        return not areas or not sides or any(not side.delivery_area or side.delivery_area in areas for side in sides)

    def _gap(self) -> str:
        gaps = ((read, part.course.gap) for read, part in self._trades.items())
        return "; ".join(f"{read}: {gap}" for read, gap in gaps if gap)

    # ------------------------------------------------------------ the view

    def _show_trades(self, value: Trades | None) -> None:
        parts = self._trades.values()
        problem = "; ".join(part.problem for part in parts if part.problem)
        # Without those at the exchange the trades are not known; a server can do without internal ones.
        needed = [part for read, part in self._trades.items() if read is Read.TRADES or part.is_needed]
        window = _oldest([part.course.finished for part in needed])
        self._taken(trades=_reading_in(window, value, problem))

    def _not_offered(self, read: Read, found: object) -> End | None:
        return self._refused(read, found) if isinstance(found, Unavailable) else None

    def _refused(self, read: Read, found: Unavailable) -> End:
        self.note_problem(read, str(found), is_offered=False)
        return End.NOT_OFFERED

    def _taken(self, **readings: Any) -> End:
        """Take in readings, by their names in the view."""
        before, self.view = self.view, replace(self.view, **readings)
        if differs(before, self.view):
            self._publish()
        return End.DONE


def _executed_at(trade: AnyTrade) -> datetime | None:
    return trade.exec_time


def _end_of(part: ElementList[Any]) -> End:
    return End.DONE if part.course.present is None else End.MORE


def _reading_in(window: Window | None, value: Any, problem: str = "") -> Reading[Any]:
    """Return the reading of a list; its time is the request of the first page of this window."""
    if window is None:
        return Reading(value, problem=problem)
    return Reading(value, window.read_at, window.requested_s, problem)


def _oldest(windows: Iterable[Window | None]) -> Window | None:
    """Return the window that was requested first; None if there is none, or one of them is not finished."""
    known = list(windows)
    finished = [window for window in known if window is not None]
    return min(finished, key=lambda window: window.requested_s) if finished and len(finished) == len(known) else None
