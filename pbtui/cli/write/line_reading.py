"""Reads the line of a new order. What it names and the settings do not have is read from the server, once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

import click

from pbtui.api.reads.client import ListRead, ReadsClient, ValueRead
from pbtui.cli.invocation import Invocation
from pbtui.cli.process import say
from pbtui.cli.reads.output import ask_reads
from pbtui.cli.refusals import LocalRefusal
from pbtui.desk.blotter.exchange_clock import ExchangeClock
from pbtui.desk.drafts.entry_line import read_line
from pbtui.desk.drafts.line_faults import Fault, faults_of, marks
from pbtui.desk.drafts.line_names import KnownNames, known_names
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile

_MAY_BE_AHEAD = timedelta(hours=1)
"""Contracts are read from so long ago on: before any answer the clock of this host counts."""


def names_for(text: str, invocation: Invocation, profile: Profile, typed_at: datetime, *, is_dry: bool) -> KnownNames:
    """Return what a line can name. A name that is not known is looked for in the session's view, else on the server.

    A dry run says on stderr that it was. Raises LocalRefusal if the server can't be asked, or the session does not know
    the portfolios yet.
    """
    zone = ZoneInfo(profile.market_timezone)
    if invocation.session is not None:
        return _names_in_session(text, invocation.session.view(), profile, zone, typed_at)
    own = known_names(profile, typed_at)
    line = read_line(text, zone, typed_at, own)
    if not line.needs_names:
        return own
    names = "contracts" if profile.portfolios else "portfolios of the key and the contracts"
    try:
        known = ask_reads(profile, lambda reads: _names_read(reads, profile))
    except click.ClickException as failed:
        refuse(text, faults_of(line, {}), [f"the {names} could not be read: {failed.message}"])
    if is_dry:
        say(f"Read for this line: the {names}", err=True)
    return known


def _names_in_session(text: str, view: DeskView, profile: Profile, zone: ZoneInfo, typed_at: datetime) -> KnownNames:
    known, key = names_in(view, profile), view.exchange.key
    line = read_line(text, zone, typed_at, known)
    if line.needs_names and key.value is None and not profile.portfolios:
        refuse(text, faults_of(line, {}), [f"the portfolios of the key are not known: {key.problem or 'not read yet'}"])
    return known


def names_in(view: DeskView, profile: Profile) -> KnownNames:
    """Return what a line can name, as the desk knows it now."""
    exchange, orders = view.exchange, view.blotter.readable
    contracts = exchange.contracts.value or ()
    return known_names(profile, view.now(), key=exchange.key.value, contracts=contracts, orders=orders)


def refuse(text: str, faults: Sequence[Fault], others: Sequence[str] = ()) -> NoReturn:
    """Raise LocalRefusal with the line, a caret below each fault, and the reasons; `others` are not in the line."""
    shown = "".join(each if each.isprintable() else " " for each in text)
    below = marks(len(text), faults)
    places = (shown, below) if below else ()
    reasons = [*(fault.reason for fault in faults), *others]
    raise LocalRefusal("\n  ".join(("the line has problems; nothing was sent:", *places, *reasons)))


async def _names_read(reads: ReadsClient, profile: Profile) -> KnownNames:
    """Return what a line can name, as the server says. A read that it does not offer names nothing."""
    clock = ExchangeClock()
    key = None if profile.portfolios else await reads.get_current_api_key_portfolios()
    if isinstance(key, ValueRead):
        clock = clock.after(key.answer)
    since = clock.now() - _MAY_BE_AHEAD
    contracts = await reads.find_contracts(delivery_areas=profile.delivery_areas, delivery_from=since)
    if isinstance(contracts, ListRead):
        clock = clock.after(contracts.answer)
    return known_names(
        profile,
        clock.now(),
        key=key.value if isinstance(key, ValueRead) else None,
        contracts=contracts.elements.readable if isinstance(contracts, ListRead) else (),
    )
