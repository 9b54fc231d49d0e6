"""`pbtui market`: status, mode, quota and messages of the market, and the notifications of market operations."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

from pbtui.api.reads.client import ListRead, ReadsClient, ValueRead
from pbtui.api.reads.market import MarketStatus, Notification, Severity
from pbtui.cli.access import chosen_profile
from pbtui.cli.invocation import Invocation
from pbtui.cli.listing import print_table
from pbtui.cli.reads.output import Read, ask_reads, end_if_refused, print_json, print_lines, read_each, report_gaps
from pbtui.desk.blotter.exchange_clock import ExchangeClock
from pbtui.desk.formats.market_words import (
    NOT_STATED,
    heartbeat_words,
    mode_words,
    quota_words,
    status_words,
    zoned_text,
)

_RECIPIENTS = {"PUBLIC": "everybody", "PRIVATE": "this user"}
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@click.command()
@click.option("--offset", type=click.IntRange(0), help="Number of notifications to skip.")
@click.option("--limit", type=click.IntRange(1, 500), help="Maximum number of notifications.")
@click.option(
    "--severity-at-least", type=click.Choice(list(Severity)), help="Least severity of notifications; LOW is the lowest."
)
@click.option("--json", "as_json", is_flag=True, help="Print the server's own JSON: market and notifications.")
@click.pass_obj
def market(
    invocation: Invocation, offset: int | None, limit: int | None, severity_at_least: str | None, as_json: bool
) -> None:
    """Show status, mode, quota and messages of the market.

    The notifications of market operations follow, the newest first.
    """
    profile = chosen_profile(invocation)
    zone = ZoneInfo(profile.market_timezone)

    async def read(client: ReadsClient) -> dict[str, Read]:
        least = None if severity_at_least is None else Severity(severity_at_least)
        return await read_each(
            {
                "market": client.get_status,
                "notifications": lambda: client.get_notifications(offset=offset, limit=limit, severity_at_least=least),
            }
        )

    found = ask_reads(profile, read)
    if as_json:
        print_json(found)
    else:
        status, notifications = found["market"], found["notifications"]
        if isinstance(status, ValueRead):
            now = ExchangeClock().after(status.answer).now()
            print_lines(status_lines(status.value, zone, now))
        if isinstance(notifications, ListRead) and notifications.elements.readable:
            click.echo("\nNotifications of market operations, the newest first:")
            print_table(notification_table(notifications.elements.readable, zone))
    report_gaps(found)
    end_if_refused(found)


def status_lines(status: MarketStatus, zone: ZoneInfo, now: datetime) -> list[tuple[str, str]]:
    """Return the status as labelled lines."""
    mode = f" ({status.exchange_mode})" if status.exchange_mode else ""
    lines = [
        ("Exchange", f"{status.exchange or NOT_STATED}{mode}"),
        ("Status", status_words(status)),
        ("Mode", mode_words(status, zone)),
        ("Quota", quota_words(status)),
        ("Heartbeat", heartbeat_words(status, zone, now)),
        ("Logged in since", zoned_text(status.logged_in_since, zone) or NOT_STATED),
    ]
    return [*lines, *(("Message", message) for message in status.messages or ())]


def notification_table(notifications: tuple[Notification, ...], zone: ZoneInfo) -> list[list[str]]:
    """Return the table of notifications, headings first, the newest first."""
    newest_first = sorted(notifications, key=lambda each: each.api_timestamp or _LONG_AGO, reverse=True)
    return [
        ["TIME", "SEVERITY", "FOR", "TEXT"],
        *(
            [
                zoned_text(each.exchange_timestamp or each.api_timestamp, zone),
                each.severity or "",
                _RECIPIENTS.get(each.type or "", each.type or ""),
                each.text or "",
            ]
            for each in newest_first
        ),
    ]
