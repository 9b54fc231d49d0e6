"""`pbtui export`: what stands, in the format that `pbtui plan` and `pbtui apply` read."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import click

from pbtui.api.client import OrdersClient
from pbtui.api.models import Order
from pbtui.cli.access import ask, chosen_profile
from pbtui.cli.invocation import Invocation
from pbtui.cli.reads.order_filter import OrderFilter, local_filter, valid_filter
from pbtui.desk.plan.csv_text import csv_text
from pbtui.desk.plan.exported import EXPORTED, exported
from pbtui.desk.plan.standing import AnyOrder, OwnOrders, read_own_orders
from pbtui.desk.plan.toml_text import toml_text

_WRITERS = {"csv": csv_text, "toml": toml_text}


@click.command()
@click.argument("filter_text", required=False, metavar="[FILTER]", callback=valid_filter)
@click.option("--format", "kind", type=click.Choice(tuple(_WRITERS)), default="csv", show_default=True)
@click.pass_obj
def export(invocation: Invocation, filter_text: str | None, kind: str) -> None:
    """Write active and deactivated orders to stdout, in the format that pbtui plan and apply read.

    FILTER is that of the desk, as one argument: pbtui export "side:buy area:amp price>50".
    """
    profile = chosen_profile(invocation)
    zone = ZoneInfo(profile.market_timezone)
    chosen = None if filter_text is None else local_filter(filter_text, profile)

    async def read(client: OrdersClient) -> tuple[OwnOrders, OrderFilter | None]:
        own = await read_own_orders(client, profile)
        return own, chosen and await chosen.by(own.exchange_clock).with_reads(client.reads, profile)

    own, wanted = ask(profile, read)
    is_wanted = (lambda order: True) if wanted is None else wanted.test_of_orders()
    orders = [row.order for row in own.standing if is_wanted(row.order)]
    rows = [exported(order, zone) for order in orders if isinstance(order, Order)]
    written = [row for row in rows if row is not None]
    click.echo(_WRITERS[kind](EXPORTED, written).encode(), nl=False)
    _report_what_is_missing(own, orders, len(written))


def _report_what_is_missing(own: OwnOrders, orders: Sequence[AnyOrder], written: int) -> None:
    for gap in filter(None, (own.active_gap, own.inactive_gap)):
        click.echo(gap, err=True)
    if written < len(orders):
        click.echo(f"{len(orders) - written} of {len(orders)} orders could not be read, and are left out", err=True)
    for order in orders:
        for field in order.unreadable if isinstance(order, Order) else ():
            click.echo(f"order {order.order_id}: {field}; it is left empty", err=True)
