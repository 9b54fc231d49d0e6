"""`pbtui account`: change every order at the exchange with PUT /orders/status."""

from __future__ import annotations

import asyncio
import sys

import click

from pbtui.api.client import OrdersClient
from pbtui.api.codes import StatusAction
from pbtui.api.errors import Rejected
from pbtui.api.requests import UpdateStatus
from pbtui.cli.access import OutcomeUnknown, ask, chosen_profile
from pbtui.cli.interrupts import interrupts
from pbtui.cli.invocation import Invocation
from pbtui.cli.listing import whole_names
from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.typed_words import at_terminal, typed
from pbtui.desk.blotter.link import LinkState
from pbtui.desk.journal.writer import Journal
from pbtui.desk.kill.halt import read_halt
from pbtui.desk.kill.plan import products_text
from pbtui.desk.limits import TradingConditions, why_only_withdraw
from pbtui.desk.tickets.sending.account_wide import change_everything
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

    Exit codes: 0 the server accepted the call; after deactivate and delete, no order that this key can see is active,
    2 nothing was sent, 3 the server accepted the call, and orders are still active, 4 the server refused, 5 the request
    may have left, and the orders may have changed.
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
        raise LocalRefusal(f"nothing was sent: {reason}")


def _confirm(profile: Profile, wanted: str, what: str, words: str | None) -> None:
    click.echo(f"{profile.environment.value.upper()} {profile.name}: {what}", err=True)
    click.echo("  PUT /orders/status changes the orders of all portfolios and tenants", err=True)
    if words is None and not at_terminal():
        raise LocalRefusal(f"nothing was sent: without a terminal --confirm '{wanted}' is required")
    if not (typed(wanted, f"Type {wanted}") if words is None else words.strip() == wanted):
        raise LocalRefusal("not confirmed; nothing was sent")


def _send(profile: Profile, wanted: UpdateStatus) -> None:
    async def change(client: OrdersClient) -> int:
        sending = asyncio.create_task(change_everything(client, journal, wanted))
        interrupts.pass_to_loop(lambda _number: sending.cancel())
        try:
            return await sending
        except Rejected as error:
            if error.proves_nothing:
                raise OutcomeUnknown(str(error)) from None
            raise

    with Journal.open(profile) as journal:
        if journal.moved:
            click.echo(journal.moved, err=True)
        if journal.problem is not None and wanted.order_mod_type is StatusAction.ACTI:
            raise LocalRefusal(f"nothing was sent: the journal can't be written: {journal.problem}")
        try:
            active = ask(profile, change, is_one_read=False)
        except asyncio.CancelledError:
            orders = shell_command(profile, "orders")
            raise OutcomeUnknown(
                f"interrupted; the request may have left, and the orders may have changed. To list them: {orders}"
            ) from None
        finally:
            if journal.problem is not None:
                click.echo(f"the journal can't be written: {journal.problem}", err=True)
    click.echo(f"The server accepted the call. {active} orders that this key can see are active.")
    if active and wanted.order_mod_type is not StatusAction.ACTI:
        click.echo("Only orders of other products and pre-arranged orders should still be active.", err=True)
        sys.exit(EXIT_LEFT_ACTIVE)
