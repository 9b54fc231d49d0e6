"""`pbtui plan` and `pbtui apply`: files of wanted orders, compared with what stands, and sent."""

import sys
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import click

from pbtui.api.clock import utc_now
from pbtui.cli.access import ask, chosen_profile
from pbtui.cli.invocation import Invocation
from pbtui.cli.listing import print_table
from pbtui.cli.plan.apply_run import journal_readable, run_plan
from pbtui.cli.plan.orders_file import refuse_passed, wanted_in
from pbtui.cli.plan.table import table
from pbtui.cli.write.consent import Consent
from pbtui.cli.write.exit_code import CONFLICT
from pbtui.cli.write.options import consent_params, given_options, request_params
from pbtui.desk.market.polling.single_reads import SingleReads
from pbtui.desk.plan.compared import compare

_FILE = click.Argument(["source"], type=click.File("rb"), metavar="FILE.csv|FILE.toml")


@click.command("plan", params=[_FILE])
@click.pass_obj
def show_plan(invocation: Invocation, source: BinaryIO) -> None:
    """Show the difference between a file of orders and what stands; send nothing.

    A row with an order_id is an order that stands, a row without one a new order. The exit code is 6 if a row can't be
    sent as things stand.
    """
    profile = chosen_profile(invocation)
    wanted = wanted_in(source, profile)
    with journal_readable():
        found = ask(
            profile, lambda client: compare(client, profile, wanted, SingleReads(client.reads, profile, utc_now))
        )
    refuse_passed(wanted, found.own.exchange_clock.now())
    rows = table(found.plan, ZoneInfo(profile.market_timezone))
    if len(rows) > 1:
        print_table(rows)
    click.echo(found.summary)
    for note in found.notes():
        click.echo(note, err=True)
    sys.exit(CONFLICT if found.plan.refused else 0)


@click.command(params=[_FILE, *request_params(has_instruction=True), *consent_params()])
@click.pass_obj
def apply(invocation: Invocation, /, source: BinaryIO, **given: Any) -> None:
    """Send the difference between a file of orders and what stands.

    What leaves the market is sent first, new orders last; each step only after the one before is done as wanted. Rows
    that can't be sent as things stand are left out, after a warning. A new order is entered once, however often the
    file is applied.
    """
    profile = chosen_profile(invocation)
    run_plan(profile, wanted_in(source, profile), given_options(given), Consent.of({**given, "source": source}))
