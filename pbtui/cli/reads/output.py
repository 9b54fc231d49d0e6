"""Output that the reading commands share: labelled lines, JSON of several reads, refused reads."""

import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from pbtui.api.clock import utc_now
from pbtui.api.errors import OrdersApiError
from pbtui.api.reads.client import ListRead, ReadsClient, Unavailable, ValueRead
from pbtui.cli.access import RefusedByServer, ask, call_failed, wire_json
from pbtui.desk.formats.time_input import MomentRefused, parse_moment
from pbtui.settings.profiles import Profile

Found = TypeVar("Found")
Read = ListRead[Any] | ValueRead[Any] | Unavailable | OrdersApiError
"""Result of one of several reads. It is an error if the read failed and an earlier one did not."""
_MFA_SECRET = re.compile(rb'("mfa_secret"\s*:\s*)"(?:[^"\\]|\\.)*"')
"""In the answer of `GET /market`, when a second factor was just set up."""


def ask_reads(profile: Profile, question: Callable[[ReadsClient], Coroutine[Any, Any, Found]]) -> Found:
    """Run reads at the profile's exchange, over one connection. Raises as `ask`."""
    return ask(profile, lambda client: question(client.reads))


async def read_each(calls: Mapping[str, Callable[[], Awaitable[Read]]]) -> dict[str, Read]:
    """Make several reads. Raises OrdersApiError if the first one fails; a later one does not hide those before it."""
    found: dict[str, Read] = {}
    for name, call in calls.items():
        try:
            found[name] = await call()
        except OrdersApiError as error:
            if not found:
                raise
            found[name] = error
    return found


def print_lines(lines: Sequence[tuple[str, str]]) -> None:
    """Print labelled lines, with the labels in a column."""
    width = max(len(label) for label, _ in lines)
    for label, text in lines:
        click.echo(f"{label:<{width}}  {text}".rstrip())


def print_json(reads: Mapping[str, Read]) -> None:
    """Print the server's own JSON of these reads as one object; null for one that is not available or failed."""
    parts = [b'"%s":%s' % (name.encode(), _json_of(read)) for name, read in reads.items()]
    click.echo(wire_json(b"{" + b",".join(parts) + b"}"))


def _json_of(read: Read) -> bytes:
    if isinstance(read, Unavailable | OrdersApiError):
        return b"null"
    if isinstance(read, ListRead):
        return read.elements.body
    return _MFA_SECRET.sub(rb'\1"[secret]"', read.answer.body)


def report_gaps(reads: Mapping[str, Read]) -> None:
    """Say on stderr which answers are old, which lists are not whole, and which fields and elements can't be read."""
    for what, read in reads.items():
        if isinstance(read, ListRead | ValueRead) and read.answer.old_words:
            click.echo(f"{what}: {read.answer.old_words}", err=True)
        if isinstance(read, ListRead):
            _report_list(what, read)
        elif isinstance(read, ValueRead):
            for field in read.value.unreadable:
                click.echo(f"{what}: {field}", err=True)


def _report_list(what: str, read: ListRead[Any]) -> None:
    for element in read.elements.unreadable:
        click.echo(f"one of the {what} could not be read: {element.reason}: {element.raw}", err=True)
    for value in read.elements.readable:
        for field in value.unreadable:
            click.echo(f"one of the {what} has a field that could not be read: {field}", err=True)
    if read.gap:
        click.echo(f"{what}: {read.gap}; for more use --offset and --limit", err=True)


def end_if_refused(reads: Mapping[str, Read]) -> None:
    """Raise the exception that ends the command if a read has no result. It names the reasons of all these reads.

    It is RefusedByServer if the server refused them all, because it does not offer them or not to this key.
    """
    refused = [str(read) for read in reads.values() if isinstance(read, Unavailable | OrdersApiError)]
    failed = [call_failed(read) for read in reads.values() if isinstance(read, OrdersApiError)]
    if failed:
        worst = max(failed, key=lambda error: error.exit_code)
        raise type(worst)("; ".join(refused))
    if refused:
        raise RefusedByServer("; ".join(refused))


def past_moment(text: str | None, option: str, zone: ZoneInfo) -> datetime | None:
    """Return a typed time. One without a date is the last one before now. Raises BadParameter."""
    yesterday = utc_now().astimezone(zone) - timedelta(days=1)  # at the same time of day, also where the clock changes
    return _moment_after(yesterday.astimezone(UTC), text, option, zone)


def next_moment(text: str | None, option: str, zone: ZoneInfo) -> datetime | None:
    """Return a typed time. One without a date is the next one. Raises BadParameter."""
    return _moment_after(utc_now(), text, option, zone)


def _moment_after(after: datetime, text: str | None, option: str, zone: ZoneInfo) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_moment(text, zone, after)
    except MomentRefused as error:
        raise click.BadParameter(str(error), param_hint=f"'{option}'") from None
