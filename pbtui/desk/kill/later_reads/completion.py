"""Completes the certificate of a kill after its verdict: reads the trades until they have caught up with the fills."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from pbtui.api.client import OrdersClient
from pbtui.api.clock import steady_s, utc_now
from pbtui.api.errors import OrdersApiError
from pbtui.api.sanitize import safe_text
from pbtui.api.structs import replace
from pbtui.desk.kill.certificate.balance import Certificate, TradesSeen, certificate_of
from pbtui.desk.kill.certificate.fate import OrderFate
from pbtui.desk.kill.later_reads.after_verdict import AfterVerdict

READ_EVERY_S = 2.0
_PAUSE_FACTOR = 20.0
"""The kill goes on beside it: adding up takes at most a twentieth of the time."""
MARGIN = timedelta(minutes=5)
"""Trades are read from so long before the kill: the exchange's clock may be off, and orders were read before it."""
LONGEST = timedelta(hours=48)
"""Trades are read from no longer than this before the kill. If an order keeps showing a fill that no trade shows, they
are read from its first known revision on: the link may have been lost for longer than the margin."""
_READS_BEFORE_WIDER = 3
"""A report that is a few seconds late needs no older trades."""


class Completion(AfterVerdict):
    """The certificate of one kill so far, and the task that completes it.

    `started_at` is the wall clock at its start. `fates` gives the present fates; `changed` is called after each read.
    `has_all_orders` says whether the orders active before the kill were read.
    """

    def __init__(
        self,
        client: OrdersClient,
        started_at: datetime,
        fates: Callable[[], Mapping[str, OrderFate]],
        changed: Callable[[], None],
        has_all_orders: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__(changed)
        self._client = client
        self._since = started_at - MARGIN
        self._earliest = started_at - LONGEST
        self._short_reads = 0
        self._fates = fates
        self._has_all_orders = has_all_orders
        self._seen = TradesSeen()
        self._certified: Mapping[str, OrderFate] | None = None
        self._certificate = certificate_of({}, self._seen)

    @property
    def certificate(self) -> Certificate | None:
        """The certificate of the present fates; None while it is not added up, because that must not delay a view."""
        return self._certificate if self._is_certified(self._fates()) else None

    def add_up(self) -> Certificate:
        """Return the certificate of the present fates. It takes half a second for 10 000 orders."""
        fates = self._fates()
        if not self._is_certified(fates):
            self._certified, self._certificate = fates, self._added_up(fates)
        return self._certificate

    def _is_certified(self, fates: Mapping[str, OrderFate]) -> bool:
        return self._certified == fates and self._certificate.has_all_orders is self._has_all_orders()

    def _added_up(self, fates: Mapping[str, OrderFate]) -> Certificate:
        try:
            return certificate_of(fates, self._seen, has_all_orders=self._has_all_orders())
        except Exception as error:  # noqa: BLE001 - no error here may keep the kill from being shown
            problem = f"the orders can't be added up: {type(error).__name__}: {safe_text(str(error))}"
            return certificate_of({}, TradesSeen(problem=problem), has_all_orders=self._has_all_orders())

    async def read_on(self) -> None:
        """Read the trades until the certificate is complete, and again if fates change."""
        while True:
            began_s, was_shown = steady_s(), self.certificate is not None
            certificate = self.add_up()
            took_s = steady_s() - began_s
            if not was_shown:
                self._changed()
            read_s = 0.0
            if not certificate.is_complete:
                began_s = steady_s()
                await self.read()
                read_s = steady_s() - began_s
                self._widen(self.add_up())
                self._changed()
            self.stepped()
            await asyncio.sleep(max(READ_EVERY_S, _PAUSE_FACTOR * took_s, read_s))

    def _widen(self, certificate: Certificate) -> None:
        """Read from an earlier time on, if an order still shows a fill that no trade of the usual time shows."""
        self._short_reads += 1
        wanted = certificate.wanted_since
        if self._short_reads >= _READS_BEFORE_WIDER and wanted is not None and wanted < self._since:
            self._since = max(wanted, self._earliest)

    @property
    def is_complete(self) -> bool:
        """Return whether later reports of trades can't change the certificate."""
        return self.certificate is not None and self.certificate.is_complete

    async def read(self) -> None:
        """Read all trades since the kill. A failure is in the certificate; what was read before stays."""
        read_at = utc_now()
        try:
            self._seen = await self._read(read_at)
        except OrdersApiError as error:
            self._seen = replace(self._seen, problem=error.reason)
        except Exception as error:  # noqa: BLE001 - no error here may end the kill
            self._seen = replace(self._seen, problem=f"{type(error).__name__}: {safe_text(str(error))}")
        self._certified = None

    async def _read(self, read_at: datetime) -> TradesSeen:
        from pbtui.api.reads.calls import Unavailable  # a kill does without these until its verdict
        from pbtui.api.reads.pages import read_pages
        from pbtui.desk.market.trades import Trades

        reads, since = self._client.reads, self._since
        trades = await read_pages(
            lambda offset, limit: reads.get_trades(
                active_only=False, from_execution_time=since, offset=offset, limit=limit
            )
        )
        if isinstance(trades, Unavailable):
            return TradesSeen(problem=str(trades), is_offered=False)
        internal = await read_pages(
            lambda offset, limit: reads.get_internal_trades(from_execution_time=since, offset=offset, limit=limit)
        )
        if isinstance(internal, Unavailable):
            once = Trades().with_read(trades.elements.readable, "")
            return TradesSeen(sides=once.sides, since=since, read_at=read_at, problem=str(internal), has_internal=False)
        unreadable = len(trades.elements.unreadable) + len(internal.elements.unreadable)
        gap = trades.gap or internal.gap or (f"{unreadable} trades could not be read" if unreadable else "")
        # A trade that moved to the next page while they were read, in another state, is in the answers twice.
        once = Trades().with_read([*trades.elements.readable, *internal.elements.readable], gap)
        return TradesSeen(sides=once.sides, since=since, read_at=read_at, problem=once.gap)
