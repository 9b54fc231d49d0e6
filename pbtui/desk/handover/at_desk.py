"""The hand-over as an open desk makes it: the report, with the journal of the desk to record in."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from pbtui.api.client import OrdersClient
from pbtui.api.clock import utc_now
from pbtui.desk.handover.record import record_note, record_take_over
from pbtui.desk.handover.report import Part, Report, report_of
from pbtui.desk.handover.shift import shift_of
from pbtui.desk.handover.sources import read_exchange, read_journals
from pbtui.desk.journal.writer import Journal
from pbtui.settings.profiles import Profile

AHEAD = timedelta(hours=8)
"""Orders that end in this time are in the report."""


class HandOver:
    """Makes reports and records of one desk. `halts` returns the halts that hold, as last read."""

    def __init__(
        self, client: OrdersClient, profile: Profile, journal: Journal, halts: Callable[[], Part[str]]
    ) -> None:
        self._client = client
        self._profile = profile
        self._journal = journal
        self._halts = halts

    async def report(self) -> Report:
        """Read all that the report of the present shift needs. A read that fails is a part of the report."""
        now = utc_now()
        journals = await read_journals(self._profile, now)
        shift = shift_of(journals.lines, now)
        answers = await read_exchange(self._client, self._profile, shift)
        until = answers.exchange_clock.now() + AHEAD
        # Two weeks of a busy desk take a second, in which the desk's own loop has to go on.
        return await asyncio.to_thread(report_of, self._profile, shift, journals, answers, self._halts(), until)

    async def leave_note(self, text: str) -> None:
        """Record a note. Raises JournalUnusable and Refused."""
        await asyncio.to_thread(record_note, self._journal, text)

    async def take_over(self, report: Report, name: str) -> str:
        """Record who takes over after this report. Returns the SHA-256 of its text, with times of the market's zone.

        Raises JournalUnusable and Refused.
        """
        zone = ZoneInfo(self._profile.market_timezone)
        now = utc_now()
        present = shift_of((await read_journals(self._profile, now)).lines, now)
        return await asyncio.to_thread(record_take_over, self._journal, report, zone, name, present)
