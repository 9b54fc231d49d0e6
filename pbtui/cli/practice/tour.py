"""The scripted tour of `pbtui demo` without a terminal: list, history, modify and conflict, each step printed."""

from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

import click

from pbtui.api.client import OrdersClient
from pbtui.api.codes import ModifyAction, OrderSide, OrderState, OrderType
from pbtui.api.errors import OrdersApiError, RevisionConflict
from pbtui.api.models import Order
from pbtui.api.requests import OrderModify, OrderModifyItem
from pbtui.cli.access import call_failed, client_for
from pbtui.cli.listing import print_table
from pbtui.cli.orders import history_table, order_table
from pbtui.cli.refusals import LocalRefusal
from pbtui.desk.event_loop import run
from pbtui.desk.formats.number_format import price_text
from pbtui.settings.key_text import Secret
from pbtui.settings.profiles import Profile

_SHOWN = 8
_STEP = Decimal("0.50")


def play_tour(profile: Profile, api_key: Secret) -> None:
    """Play the tour on this exchange. Raises ClickException if the exchange does not behave as expected."""
    try:
        run(_play(profile, api_key))
    except OrdersApiError as error:
        raise call_failed(error) from None


async def _play(profile: Profile, api_key: Secret) -> None:
    async with client_for(profile, api_key) as client:
        orders = (await client.get_own_orders()).snapshot.readable
        _say(f"1. List own orders: {len(orders)} active, the first {_SHOWN} of them")
        print_table(order_table(orders[:_SHOWN], ZoneInfo(profile.market_timezone)))
        order = _resting_order(orders)

        _say(f"2. History of order {order.order_id}")
        await _print_history(client, order)

        price = _repriced(order)
        _say(f"3. Modify it: price {price_text(order.price)} -> {price_text(price)}")
        await _modify(client, order, OrderModify(action=ModifyAction.MODI, price=price))
        seen = await _read_again(client, order)
        _say(f"   read back: order {seen.order_id}, revision {seen.revision_no}, price {price_text(seen.price)}")

        _say("4. Conflict: another desk changes the text; then a price is sent with the old revision")
        await _modify(client, seen, OrderModify(action=ModifyAction.MODI, txt="changed by another desk"))
        try:
            await _modify(client, seen, OrderModify(action=ModifyAction.MODI, price=_repriced(seen)))
        except RevisionConflict as conflict:
            _say(f"   refused, nothing changed: {conflict.reason}")
        else:
            raise click.ClickException("the exchange accepted a change with an outdated revision")
        current = await _read_again(client, order)
        _say(f"   read back: revision {current.revision_no}, price {price_text(current.price)}, text {current.txt!r}")
        await _print_history(client, current)


def _resting_order(orders: Sequence[Order]) -> Order:
    """A plain limit order, neither iceberg nor pre-arranged; a slightly worse price leaves it in the market."""
    for order in orders:
        if order.state == OrderState.ACTI and order.type == OrderType.O and not order.pre_arranged:
            return order
    raise LocalRefusal("the simulator has no limit order for the tour; try --orders 60")


def _repriced(order: Order) -> Decimal:
    return (order.price or Decimal(0)) + (_STEP if order.side == OrderSide.SELL else -_STEP)


async def _modify(client: OrdersClient, order: Order, changes: OrderModify) -> None:
    item = OrderModifyItem(order_id=order.order_id or "", revision_no=order.revision_no, changes=changes)
    await client.modify_orders([item])


async def _read_again(client: OrdersClient, order: Order) -> Order:
    """Read the order again, by its key because its id may have changed. Raises ClickException if it is not active."""
    for current in (await client.get_own_orders()).snapshot.readable:
        if current.key == order.key:
            return current
    raise click.ClickException(f"order {order.order_id} is no longer active")


async def _print_history(client: OrdersClient, order: Order) -> None:
    order_id = order.order_id or ""
    print_table(history_table(order_id, await client.get_own_order_history(order_id)))


def _say(text: str) -> None:
    click.echo(f"\n{text}" if text[0] != " " else text)
