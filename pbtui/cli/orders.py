"""`pbtui orders` and `pbtui history`: orders and histories for scripts and plain terminals."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
from msgspec import Struct
from msgspec.structs import replace

from pbtui.api.client import OrdersClient, OrdersReply
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.api.sanitize import shown_id
from pbtui.cli.access import ask, chosen_profile, wire_json
from pbtui.cli.invocation import Invocation
from pbtui.cli.listing import area_option, list_option, not_empty, print_table
from pbtui.desk.blotter.history import history_of
from pbtui.desk.formats.order_fields import SHOWN
from pbtui.desk.formats.time_format import UTC_ZONE, delivery_text, moment_text
from pbtui.desk.formats.vocabulary import UNREADABLE
from pbtui.settings.profiles import Profile

if TYPE_CHECKING:
    from pbtui.cli.reads.order_filter import OrderFilter
    from pbtui.desk.blotter.exchange_clock import ExchangeClock


def _valid_filter(ctx: click.Context, param: click.Parameter, text: str | None) -> str | None:
    if text is None:
        return None
    from pbtui.cli.reads.order_filter import valid_filter  # 70 ms that a list without a filter does without

    return valid_filter(ctx, param, text)


def _local_filter(text: str | None, profile: Profile) -> "OrderFilter | None":
    if text is None:
        return None
    from pbtui.cli.reads.order_filter import local_filter  # see above

    return local_filter(text, profile)


@click.command()
@list_option("--portfolio-id", "Portfolios; default: those of the profile.")
@click.option("--offset", type=click.IntRange(0), help="Number of orders to skip.")
@click.option(
    "--limit", type=click.IntRange(1, 500), help="Maximum number of orders; the server ignores it for active orders."
)
@list_option("--contract-ids", "Contracts.")
@list_option("--order-ids", "Orders.")
@click.option(
    "--active-only/--no-active-only", default=None, help="List only active orders (the server's default) or all."
)
@area_option
@click.option("--user-code", callback=not_empty, help="The exchange user who placed the order.")
@click.option("--cl-ordr-id", callback=not_empty, help="The client order id.")
@click.option("--txt", callback=not_empty, help="The order's text.")
@list_option("--contract-id", "Contracts, for servers that do not know --contract-ids.")
@click.option(
    "--filter",
    "filter_text",
    metavar="FILTER",
    callback=_valid_filter,
    help="Only orders that match, in the language of the desk's filter: 'side:buy area:amp,tng price>50 or mine'.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the server's own JSON; with --watch, one line an event.")
@click.option("--watch", is_flag=True, help="Print a line for each event of active orders: new, changed, traded, left.")
@click.pass_obj
def orders(
    invocation: Invocation,
    portfolio_id: list[str],
    offset: int | None,
    limit: int | None,
    contract_ids: list[str],
    order_ids: list[str],
    active_only: bool | None,
    delivery_area: str | None,
    user_code: str | None,
    cl_ordr_id: str | None,
    txt: str | None,
    contract_id: list[str],
    filter_text: str | None,
    as_json: bool,
    watch: bool,
) -> None:
    """List own orders.

    With --watch, nothing is printed for the orders that are active at the start. It ends with Ctrl+C, or when the
    reader of its output ends.
    """
    profile = chosen_profile(invocation)
    chosen = _local_filter(filter_text, profile)
    if watch:
        if offset is not None or limit is not None or active_only is False:
            raise click.UsageError("--watch reads all active orders: it takes no --offset, --limit or --no-active-only")
        wanted = _Filter(
            contract_ids=frozenset([*contract_ids, *contract_id]),
            order_ids=frozenset(order_ids),
            user_code=user_code,
            cl_ordr_id=cl_ordr_id,
            txt=txt,
            chosen=chosen,
        )
        if chosen is not None and chosen.needs_reads:
            raise click.UsageError("--watch reads orders alone: its --filter takes no gate and no algo")
        _watch(profile, portfolio_id, delivery_area, wanted, as_json=as_json)
        return
    if as_json and chosen is not None:
        raise click.UsageError("--json prints the answer of the server as it came: it takes no --filter")

    async def read(client: OrdersClient) -> tuple[OrdersReply, "OrderFilter | None"]:
        reply = await client.get_own_orders(
            portfolio_id=portfolio_id or profile.portfolios,
            offset=offset,
            limit=limit,
            contract_ids=contract_ids,
            order_ids=order_ids,
            active_only=active_only,
            delivery_area=delivery_area,
            user_code=user_code,
            cl_ordr_id=cl_ordr_id,
            txt=txt,
            contract_id=contract_id,
        )
        return reply, chosen and await chosen.after(reply.answer).with_reads(client.reads, profile)

    reply, wanted_by = ask(profile, read)
    if as_json:
        click.echo(wire_json(reply.answer.body))
    else:
        holds = (lambda order: True) if wanted_by is None else wanted_by.test_of_orders()
        listed = [order for order in reply.snapshot.orders if holds(order)]
        print_table(order_table(listed, ZoneInfo(profile.market_timezone)))
    _report_what_is_missing(reply, "orders")


@click.command()
@click.argument("order_id")
@click.option("--json", "as_json", is_flag=True, help="Print the server's own JSON.")
@click.pass_obj
def history(invocation: Invocation, order_id: str, as_json: bool) -> None:
    """Show every revision of an order and what it changed, oldest first; times are UTC."""
    profile = chosen_profile(invocation)
    order_id = shown_id(order_id)
    reply = ask(profile, lambda client: client.get_own_order_history(order_id))
    if as_json:
        click.echo(wire_json(reply.answer.body))
    else:
        print_table(history_table(order_id, reply))
    _report_what_is_missing(reply, "revisions")


class _Filter(Struct, frozen=True):
    """The filters of the list, for orders that were read. One that could not be read passes."""

    contract_ids: frozenset[str]
    order_ids: frozenset[str]
    user_code: str | None
    cl_ordr_id: str | None
    txt: str | None
    chosen: "OrderFilter | None" = None

    def __call__(self, order: Order | UnreadableOrder, clock: "ExchangeClock") -> bool:
        if isinstance(order, UnreadableOrder):
            return True
        return (
            (self.chosen is None or self.chosen.by(clock).test_of_orders()(order))
            and (not self.contract_ids or order.contract_id in self.contract_ids)
            and (not self.order_ids or not self.order_ids.isdisjoint((order.order_id, order.initial_order_id)))
            and self.user_code in (None, order.user_code)
            and self.cl_ordr_id in (None, order.cl_ordr_id)
            and self.txt in (None, order.txt)
        )


def _watch(
    profile: Profile, portfolio_id: list[str], delivery_area: str | None, wanted: _Filter, *, as_json: bool
) -> None:
    from pbtui.cli.reads.watch import watch_orders  # a list does without it

    narrowed = replace(
        profile,
        portfolios=tuple(portfolio_id) or profile.portfolios,
        delivery_areas=(delivery_area,) if delivery_area else profile.delivery_areas,
    )
    watch_orders(narrowed, wanted, as_json=as_json)


def order_table(orders: Sequence[Order | UnreadableOrder], market_zone: ZoneInfo) -> list[list[str]]:
    """Return the table of orders, headings first."""
    lines = [["ORDER", "REV", "STATE", "SIDE", "DELIVERY", "AREA", "PORTFOLIO", "PRICE", "MW", "TYPE", "SHOWN", "TEXT"]]
    for order in orders:
        if isinstance(order, UnreadableOrder):
            lines.append([order.order_id or "-", "", "unreadable", *[""] * 8, order.reason])
            continue
        lines.append(
            [
                order.order_id or "-",
                SHOWN["revision_no"].text(order),
                SHOWN["state"].text(order),
                SHOWN["side"].text(order),
                _delivery(order, market_zone),
                *(SHOWN[name].text(order) for name in ("delivery_area", "portfolio_id", "price", "open_quantity_mw")),
                SHOWN["type"].text(order),
                SHOWN["slice_mw"].text(order),
                SHOWN["txt"].text(order),
            ]
        )
    return lines


def _delivery(order: Order, market_zone: ZoneInfo) -> str:
    if order.why_unreadable("delivery_start", "delivery_end"):
        return UNREADABLE
    return delivery_text(order.delivery_start, order.delivery_end, market_zone)


def history_table(order_id: str, reply: OrdersReply) -> list[list[str]]:
    """Return the table of revisions, headings first."""
    lines = [["ORDER", "REV", "AT", "WHAT", "CHANGES"]]
    for revision in history_of(order_id, reply.snapshot.orders).revisions:
        order = revision.order
        changes = "; ".join(f"{SHOWN[c.name].label} {c.before} -> {c.after}" for c in revision.changes)
        lines.append(
            [
                order.order_id or "-",
                "" if order.revision_no is None else str(order.revision_no),
                moment_text(order.api_timestamp or order.last_change_timestamp, UTC_ZONE, fraction=True),
                f"replaced by order {revision.replaced_by}" if revision.replaced_by else str(revision.event),
                changes,
            ]
        )
    return lines


def _report_what_is_missing(reply: OrdersReply, what: str) -> None:
    orders = reply.snapshot.orders
    unreadable = sum(isinstance(order, UnreadableOrder) or bool(order.unreadable) for order in orders)
    if unreadable:
        click.echo(f"{unreadable} of {reply.snapshot.received} {what} could not be read completely", err=True)
    for order in reply.snapshot.readable:
        for field in order.unreadable:
            click.echo(f"order {order.order_id}: {field}", err=True)
    if reply.answer.old_words:
        click.echo(f"{what}: {reply.answer.old_words}", err=True)
    if not reply.is_complete:
        count = f"{reply.snapshot.received} of {reply.answer.total_count} {what}"
        click.echo(f"{count} are listed; for more use --offset and --limit", err=True)
