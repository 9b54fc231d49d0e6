"""`pbtui account`: change every order at the exchange with PUT /orders/status."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from zoneinfo import ZoneInfo

import click

from pbtui.api.client import OrdersClient
from pbtui.api.codes import StatusAction
from pbtui.api.errors import NotSent, OrdersApiError
from pbtui.api.requests import UpdateStatus
from pbtui.cli.access import OutcomeUnknown, RefusedByServer, ask, chosen_profile
from pbtui.cli.interrupts import interrupts
from pbtui.cli.invocation import Invocation
from pbtui.cli.listing import whole_names
from pbtui.cli.process import say_result
from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.typed_words import at_terminal, typed
from pbtui.desk.blotter.link import LinkState
from pbtui.desk.formats.time_format import in_zone
from pbtui.desk.journal.writer import Journal
from pbtui.desk.kill.halt import read_halt
from pbtui.desk.kill.plan import products_text
from pbtui.desk.limits import TradingConditions, why_only_withdraw
from pbtui.desk.tickets.sending.account_result import ActiveAfter, failure_words
from pbtui.desk.tickets.sending.account_wide import active_afterwards, change_everything
from pbtui.settings.profiles import Profile
from pbtui.settings.shell_command import shell_command

EXIT_LEFT_ACTIVE = 3

_OPTIONS = [
    click.Option(
        ["--product", "products"],
        multiple=True,
        metavar="NAME",
        callback=whole_names,
        help="Only orders of this product. May be repeated.",
    ),
    click.Option(["--include-pre-arranged"], is_flag=True, help="Include pre-arranged orders."),
    click.Option(
        ["--confirm", "words"],
        metavar="WORDS",
        help="The words to confirm with, such as 'delete everything'; required without a terminal.",
    ),
]


@click.group()
def account() -> None:
    """Change the status of every order at the exchange, of all portfolios and tenants.

    Requires a key with access to all portfolios. Always asks for typed words.

    Exit codes: 0 the server accepted the call; after deactivate and delete, two reads showed no active order that this
    key can see, 2 nothing was sent, 3 the server accepted the call, and orders are still active, 4 the server refused,
    5 the request may have left, and the orders may have changed; or the server accepted the call, and it is not known
    which orders are active.
    """


def _command(action: StatusAction, text: str) -> click.Command:
    def command(
        invocation: Invocation, products: tuple[str, ...], include_pre_arranged: bool, words: str | None
    ) -> None:
        profile = chosen_profile(invocation)
        if action is StatusAction.ACTI:
            _refuse_while_only_withdrawing(profile)
        wanted = UpdateStatus(order_mod_type=action, incl_pre_arranged=include_pre_arranged, prod_name=products or None)
        scope = f" in {products_text(products)}" if products else ""
        _confirm(profile, f"{action.verb} everything", f"{action.verb} EVERYTHING at {profile.exchange}{scope}", words)
        _send(profile, wanted)

    return click.Command(action.verb, params=list(_OPTIONS), callback=click.pass_obj(command), help=text)


account.add_command(_command(StatusAction.ACTI, "Activate every deactivated order at the exchange."))
account.add_command(_command(StatusAction.DEAC, "Deactivate every order at the exchange."))
account.add_command(_command(StatusAction.DELE, "Delete every order at the exchange, deactivated orders too."))


def _refuse_while_only_withdrawing(profile: Profile) -> None:
    halt = read_halt(profile)
    reason = why_only_withdraw(
        TradingConditions(
            link=LinkState.LIVE,
            data_age_s=0,
            trading_is_on=not profile.read_only,
            halted=None if halt is None else halt.words,
        )
    )
    if reason is not None:
        raise LocalRefusal(in_zone(f"nothing was sent: {reason}", ZoneInfo(profile.market_timezone)))


def _confirm(profile: Profile, wanted: str, what: str, words: str | None) -> None:
    click.echo(f"{profile.environment.value.upper()} {profile.name}: {what}", err=True)
    click.echo("  PUT /orders/status changes the orders of all portfolios and tenants", err=True)
    if words is None and not at_terminal():
        raise LocalRefusal(f"nothing was sent: without a terminal --confirm '{wanted}' is required")
    if not (typed(wanted, f"Type {wanted}") if words is None else words.strip() == wanted):
        raise LocalRefusal("not confirmed; nothing was sent")


def _send(profile: Profile, wanted: UpdateStatus) -> None:
    with Journal.open(profile) as journal:
        if journal.moved:
            click.echo(journal.moved, err=True)
        if journal.problem is not None and wanted.order_mod_type is StatusAction.ACTI:
            raise LocalRefusal(f"nothing was sent: the journal can't be written: {journal.problem}")
        try:
            after = ask(profile, partial(_change, journal, wanted, profile), is_one_read=False)
        finally:
            if journal.problem is not None:
                click.echo(f"the journal can't be written: {journal.problem}", err=True)
    if after.count is None:
        raise OutcomeUnknown(f"The server accepted the call. {after.words}. {_to_list(profile)}")
    say_result(f"The server accepted the call. {after.words}.")
    if after.count and wanted.order_mod_type is not StatusAction.ACTI:
        click.echo("Only orders of other products and pre-arranged orders should still be active.", err=True)
        sys.exit(EXIT_LEFT_ACTIVE)


async def _change(journal: Journal, wanted: UpdateStatus, profile: Profile, client: OrdersClient) -> ActiveAfter:
    """Send the change and read what is active. A signal ends it. Raises ClickException if it was not accepted."""
    is_accepted = False

    async def change() -> ActiveAfter:
        nonlocal is_accepted
        await change_everything(client, journal, wanted)
        is_accepted = True
        return await active_afterwards(client)

    sending = asyncio.create_task(change())
    interrupts.pass_to_loop(lambda _number: sending.cancel())
    try:
        return await sending
    except asyncio.CancelledError:
        if is_accepted:
            return ActiveAfter(None, "Interrupted before they were read")
        may_have = "the request may have left, and the orders may have changed"
        raise OutcomeUnknown(f"interrupted; {may_have}. {_to_list(profile)}") from None
    except OrdersApiError as error:
        refused = LocalRefusal if isinstance(error, NotSent) else RefusedByServer
        failed = OutcomeUnknown if error.proves_nothing else refused
        raise failed(in_zone(failure_words(error), ZoneInfo(profile.market_timezone))) from None


def _to_list(profile: Profile) -> str:
    return f"To list them: {shell_command(profile, 'orders')}"
