"""Output that the reading commands share: labelled lines, JSON of several reads, refused reads."""

import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from pbtui.api.clock import utc_now
from pbtui.api.reads.client import ListRead, ReadsClient, Unavailable, ValueRead
from pbtui.cli.access import RefusedByServer, ask, wire_json
from pbtui.desk.formats.time_input import MomentRefused, parse_moment
from pbtui.settings.profiles import Profile

Found = TypeVar("Found")
Read = ListRead[Any] | ValueRead[Any] | Unavailable
_MFA_SECRET = re.compile(rb'("mfa_secret"\s*:\s*)"(?:[^"\\]|\\.)*"')
"""In the answer of `GET /market`, when a second factor was just set up."""


def ask_reads(profile: Profile, question: Callable[[ReadsClient], Coroutine[Any, Any, Found]]) -> Found:
    """Run reads at the profile's exchange, over one connection. Raises as `ask`."""
    return ask(profile, lambda client: question(client.reads))


def print_lines(lines: Sequence[tuple[str, str]]) -> None:
    """Print labelled lines, with the labels in a column."""
    width = max(len(label) for label, _ in lines)
    for label, text in lines:
        click.echo(f"{label:<{width}}  {text}".rstrip())


def print_json(reads: Mapping[str, Read]) -> None:
    """Print the server's own JSON of these reads as one object; null for one that is not available."""
    parts = [b'"%s":%s' % (name.encode(), _json_of(read)) for name, read in reads.items()]
    click.echo(wire_json(b"{" + b",".join(parts) + b"}"))


def _json_of(read: Read) -> bytes:
    if isinstance(read, Unavailable):
        return b"null"
    if isinstance(read, ListRead):
        return read.elements.body
    return _MFA_SECRET.sub(rb'\1"[secret]"', read.answer.body)


def report_gaps(reads: Mapping[str, Read]) -> None:
    """Say on stderr which lists are not whole, and which fields and elements could not be read."""
    for what, read in reads.items():
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
    """Raise RefusedByServer, which names every read that the server does not offer or not to this key."""
    refused = [str(read) for read in reads.values() if isinstance(read, Unavailable)]
    if refused:
        raise RefusedByServer("; ".join(refused))


def past_moment(text: str | None, option: str, zone: ZoneInfo) -> datetime | None:
    """Return a typed time. One without a date is the last one before now. Raises BadParameter."""
    if text is None:
        return None
    yesterday = utc_now().astimezone(zone) - timedelta(days=1)  # at the same time of day, also where the clock changes
    try:
        return parse_moment(text, zone, yesterday.astimezone(UTC))
    except MomentRefused as error:
        raise click.BadParameter(str(error), param_hint=f"'{option}'") from None
