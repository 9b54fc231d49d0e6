"""`pbtui depth`: the order book of a contract, with the own orders marked and the MW ahead of each order."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import click

from pbtui.api.client import OrdersClient
from pbtui.api.codes import OrderSide
from pbtui.api.errors import OrdersApiError
from pbtui.api.models import Order
from pbtui.api.reads.client import ListRead, ReadsClient, Unavailable, ValueRead
from pbtui.api.reads.depth import Orders
from pbtui.api.sanitize import shown_id
from pbtui.cli import completion
from pbtui.cli.access import RefusedByServer, ask, call_failed, chosen_profile, wire_json
from pbtui.cli.invocation import Invocation
from pbtui.cli.listing import not_empty, one_area, print_table
from pbtui.cli.reads.output import end_if_refused, report_gaps
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.vocabulary import UNREADABLE, side_word
from pbtui.desk.market.queue import Place, queue_of
from pbtui.settings.profiles import Profile

HEADINGS = ["SIDE", "PRICE", "MW", "MW AHEAD", "OWN", "PORTFOLIO", "ORDER", "TEXT"]
Depth = ValueRead[Orders] | Unavailable
OwnOrders = Sequence[Order] | OrdersApiError


@click.command()
@click.argument("contract", callback=not_empty)
@click.argument("area", callback=one_area, shell_complete=completion.areas())
@click.option("--portfolio-id", metavar="ID", callback=not_empty, help="A portfolio of shadow trading.")
@click.option("--json", "as_json", is_flag=True, help="Print the server's own JSON.")
@click.pass_obj
def depth(invocation: Invocation, contract: str, area: str, portfolio_id: str | None, as_json: bool) -> None:
    """Show the order book of a contract in a delivery area.

    CONTRACT is its id or its name, AREA a name such as AMP or an EIC. The sell orders are above the buy orders, the
    best prices in the middle. Own orders are marked.
    """
    profile = chosen_profile(invocation)

    async def read(client: OrdersClient) -> tuple[Depth, OwnOrders]:
        found = await _read_depth(client.reads, shown_id(contract), area, portfolio_id)
        if as_json or isinstance(found, Unavailable):
            return found, ()
        return found, await _own_orders(client, profile, found.value.contract_id or shown_id(contract), area)

    found, own = ask(profile, read)
    if isinstance(found, Unavailable):
        if found.status == HTTPStatus.NOT_FOUND:
            raise RefusedByServer(f"no order book of the contract {contract} in {area_name(area)}: {found}")
        end_if_refused({"depth": found})
        return
    if as_json:
        click.echo(wire_json(found.answer.body))
    else:
        known = {} if isinstance(own, OrdersApiError) else {order.order_id or "": order for order in own}
        print_table(depth_table(found.value, known))
        _report_orders_outside(found.value, known)
        if found.value.bid is None and found.value.ask is None:
            click.echo("the book is not known: the answer has neither bids nor asks", err=True)
    report_gaps({"depth": found})
    if isinstance(own, OrdersApiError):
        click.echo("the own orders could not be read; only the server's marks are shown", err=True)
        raise call_failed(own)


async def _read_depth(reads: ReadsClient, contract: str, area: str, portfolio_id: str | None) -> Depth:
    """Read the book of the contract with that id, or else with that name."""
    found = await reads.get_orders(contract, area, portfolio_id=portfolio_id)
    if not isinstance(found, Unavailable) or found.status != HTTPStatus.NOT_FOUND:
        return found
    contracts = await reads.find_contracts(delivery_areas=[area])
    listed = contracts.elements.readable if isinstance(contracts, ListRead) else ()
    ids = {each.contract_id for each in listed if each.name == contract and each.contract_id}
    if len(ids) != 1:
        return found
    return await reads.get_orders(ids.pop(), area, portfolio_id=portfolio_id)


async def _own_orders(client: OrdersClient, profile: Profile, contract_id: str, area: str) -> OwnOrders:
    try:
        reply = await client.get_own_orders(
            portfolio_id=profile.portfolios, contract_ids=[contract_id], delivery_area=area
        )
    except OrdersApiError as error:
        return error
    return reply.snapshot.readable


def depth_table(book: Orders, own: Mapping[str, Order]) -> list[list[str]]:
    """Return the table of the book, headings first: sell orders down to the best, then buy orders from the best."""
    sells = queue_of(book.ask or (), OrderSide.SELL, own)
    buys = queue_of(book.bid or (), OrderSide.BUY, own)
    return [HEADINGS, *(_line(place, own) for place in [*reversed(sells), *buys])]


def _line(place: Place, own: Mapping[str, Order]) -> list[str]:
    entry = place.entry
    order = own.get(entry.order_id or "")
    unreadable = {field.name for field in entry.unreadable}
    return [
        side_word(place.side),
        UNREADABLE if "price" in unreadable else price_text(entry.price),
        UNREADABLE if "quantity" in unreadable else quantity_text(entry.quantity),
        "unknown" if place.ahead_mw is None else quantity_text(place.ahead_mw),
        "own" if place.is_own else "",
        (order and order.portfolio_id) or "",
        entry.order_id or "-",
        (order and order.txt) or "",
    ]


def _report_orders_outside(book: Orders, own: Mapping[str, Order]) -> None:
    """Say which active own orders of the contract the book does not have."""
    listed = {entry.order_id for entry in (*(book.bid or ()), *(book.ask or ()))}
    missing = sorted(order_id for order_id in own if order_id not in listed)
    if missing:
        click.echo(f"active own orders that this book does not list: {', '.join(missing)}", err=True)
