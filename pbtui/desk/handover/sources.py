"""Reads what a report needs: the journal files of this host, and orders, trades and contracts at the exchange."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pbtui.api.client import OrdersClient
from pbtui.api.clock import utc_now
from pbtui.api.errors import OrdersApiError
from pbtui.api.reads.client import ListRead, ReadsClient, Unavailable
from pbtui.api.reads.pages import read_pages
from pbtui.api.structs import replace
from pbtui.desk.blotter.exchange_clock import ExchangeClock
from pbtui.desk.handover.report import Answers, Journals
from pbtui.desk.handover.shift import Recorded, Shift
from pbtui.desk.journal.chain import JournalReading, read_journal
from pbtui.desk.journal.chronicle import in_order_with_files
from pbtui.desk.journal.line import JournalEntry
from pbtui.desk.journal.recent import LOOK_BACK
from pbtui.desk.journal.unfinished import head_of
from pbtui.desk.journal.writer import JournalUnusable, journal_files
from pbtui.desk.plan.standing import read_own_orders
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import Owner, owner_of
from pbtui.desk.storage.problem import problem_of
from pbtui.settings.profiles import Profile

T = TypeVar("T")


async def read_journals(profile: Profile, now: datetime, since: datetime | None = None) -> Journals:
    """The journals of the profile on this host, and those of its team if it has a store. Raises as `journals_here`."""
    here = await asyncio.to_thread(journals_here, profile, since)
    if not profile.team.store:
        return here
    try:
        from pbtui.desk.handover.of_team import with_team  # a desk without a team does without the driver
    except ImportError as error:
        return replace(here, missing=(*here.missing, f"journals of other hosts: the driver is damaged: {error}"))
    return await with_team(profile, here, now, since)


def journals_here(profile: Profile, since: datetime | None = None) -> Journals:
    """The journals of the profile on this host, two weeks back, or further if `since` is earlier.

    Raises nothing: what can't be read is in `missing`.
    """
    oldest = min(utc_now() - LOOK_BACK, since or utc_now())
    readings: dict[Path, JournalReading] = {}
    missing: list[str] = []
    try:
        owner = owner_of(profile)
        for path in _files(owner, oldest):
            try:
                readings[path] = reading = read_journal(path)
            except JournalUnusable as error:
                missing.append(f"journal: {error}")
                continue
            if unread := len(reading.hashes) - len(reading.entries):
                missing.append(f"journal: {unread} line{'s' if unread != 1 else ''} of {path}")
        entries = in_order_with_files(readings, head_of(owner))
    except (JournalUnusable, OSError) as error:
        return Journals((), (*missing, f"journal: {problem_of(error)}"))
    return Journals([_recorded(readings[path], entry) for path, entry in entries], tuple(missing))


def _files(owner: Owner, oldest: datetime) -> list[Path]:
    return [path for path in journal_files(owner) if disk().changed_at_s(path) >= oldest.timestamp()]


def _recorded(reading: JournalReading, entry: JournalEntry) -> Recorded:
    opening = reading.opening
    return Recorded(entry, str(opening.get("operator")), str(opening.get("host")), reading.hashes[0])


async def read_exchange(client: OrdersClient, profile: Profile, shift: Shift) -> Answers:
    """Read orders, trades of the shift, and contracts, one after the other: the desk keeps its places for writes.

    The begin of a shift is a time of this host, unless the user typed it.
    """
    reads = client.reads
    orders = await _or_error(partial(read_own_orders, client, profile))
    clock = ExchangeClock() if isinstance(orders, OrdersApiError) else orders.exchange_clock
    since = shift.since if shift.is_chosen else clock.time_of(shift.since)

    def of_trades(offset: int, limit: int) -> Awaitable[Any]:
        return reads.get_trades(
            portfolio_id=profile.portfolios, offset=offset, limit=limit, active_only=False, from_execution_time=since
        )

    def of_internal_trades(offset: int, limit: int) -> Awaitable[Any]:
        return reads.get_internal_trades(
            portfolio_id=profile.portfolios, offset=offset, limit=limit, from_execution_time=since
        )

    return Answers(
        orders=orders,
        trades=await _or_error(lambda: read_pages(of_trades)),
        internal_trades=await _or_error(lambda: read_pages(of_internal_trades)),
        contracts=await _or_error(partial(_contracts, reads, profile, clock.now())),
        exchange_clock=clock,
    )


async def _contracts(reads: ReadsClient, profile: Profile, now: datetime) -> ListRead[Any] | Unavailable:
    return await reads.find_contracts(delivery_areas=profile.delivery_areas, delivery_from=now)


async def _or_error(read: Callable[[], Awaitable[T]]) -> T | OrdersApiError:
    try:
        return await read()
    except OrdersApiError as error:
        return error
