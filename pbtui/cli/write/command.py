"""`pbtui add`, `modify`, `activate`, `deactivate`, `delete`: write with the rules and the journal of the desk."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from pbtui.api.clock import steady_s, utc_now
from pbtui.api.codes import ModifyAction
from pbtui.api.models import Order
from pbtui.api.requests import OrderModify, OrderModifyItem
from pbtui.api.structs import replace
from pbtui.cli.access import chosen_profile
from pbtui.cli.invocation import Invocation
from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.write.consent import Consent
from pbtui.cli.write.json_file import bodies
from pbtui.cli.write.named_orders import ORDER_IDS, ORDER_IDS_FROM, named_orders
from pbtui.cli.write.options import (
    consent_params,
    field_params,
    given_options,
    given_texts,
    request_params,
    whole_number,
)
from pbtui.cli.write.ticket_run import Found, run_ticket
from pbtui.cli.write.typed_orders import TypedEntries, changes_of, described, refuse_both
from pbtui.desk.blotter.exchange_clock import ExchangeClock
from pbtui.desk.drafts.draft import change_texts
from pbtui.desk.drafts.position import GUARD, asks_position
from pbtui.desk.drafts.rules import NOTHING_HAS_PASSED
from pbtui.desk.formats.order_fields import GUARDS
from pbtui.desk.formats.request_fields import CHANGE_FIELDS, ENTRY_FIELDS
from pbtui.desk.tickets.describe import subject
from pbtui.desk.tickets.ticket import (
    ACTION_CODES,
    Action,
    Ticket,
    TicketLine,
    change_line,
    entry_line,
    new_token,
    withdrawal_line,
)
from pbtui.settings.profiles import Profile

_LINE = click.Argument(["line"], required=False)
_FROM = click.Option(["--from", "source"], type=click.File("rb"), help="File with the API's JSON; - is standard input.")
_REVISION = click.Option(
    ["--revision-no"],
    multiple=True,
    callback=whole_number,
    metavar="N",
    help="Send only if the order is still at this revision.",
)
_STATE_PARAMS = [ORDER_IDS, ORDER_IDS_FROM, _REVISION, *request_params(has_instruction=False), *consent_params()]


@click.command(
    params=[_LINE, *field_params(ENTRY_FIELDS), _FROM, *request_params(has_instruction=True), *consent_params()]
)
@click.pass_obj
def add(invocation: Invocation, /, **given: Any) -> None:
    """Place new orders: one from a line and the options, or a list from a file.

    A line is one argument: pbtui add "buy 5 @ 62.5 14:15 amp de1". Its words stand in any sequence: side, MW, price
    after @, delivery (14:15 for the quarter-hour, 17-18, h18, h18q2; today, tomorrow or 2026-11-22), area, portfolio,
    contract by its name, ioc, fok, aon, gtd 13:50, iceberg 2, active, deactivated, and last #text.

    In a production profile a new order is deactivated (HIBE) unless its state is given.
    """
    typed_s, profile = steady_s(), chosen_profile(invocation)
    typed_at = _known_clock(invocation).time_at(typed_s)
    wanted = TypedEntries.of(given, invocation, profile, typed_at)
    wanted.read(typed_at, NOTHING_HAS_PASSED)  # what is wrong at any time is refused before anything is read

    def entered(found: Found, clock: ExchangeClock) -> Ticket:
        typed_at = clock.time_at(typed_s)
        lines = [entry_line(entry, new_token()) for entry in wanted.read(typed_at, typed_at)]
        return _ticket(Action.ADD, lines, given, ZoneInfo(profile.market_timezone))

    run_ticket(profile, [], entered, Consent.of(given), guards_position=_guards_position(given, profile))


@click.command(
    params=[
        ORDER_IDS,
        ORDER_IDS_FROM,
        _REVISION,
        *field_params(CHANGE_FIELDS, is_change=True),
        _FROM,
        *request_params(has_instruction=False),
        *consent_params(),
    ]
)
@click.pass_obj
def modify(invocation: Invocation, /, **given: Any) -> None:
    """Change orders.

    The options change all orders in the same way. A file with the API's OrderModifyItem changes each in its own way.
    """
    typed_s, profile = steady_s(), chosen_profile(invocation)
    zone = ZoneInfo(profile.market_timezone)
    texts = given_texts(given, CHANGE_FIELDS)
    if given["source"] is not None:
        refuse_both(given, texts)
        items = bodies(given["source"], OrderModifyItem)
        action = _only_action(items)

        def listed(found: Found, clock: ExchangeClock) -> Ticket:
            lines = [_of_item(found.get(item.order_id), item, zone, clock.time_at(typed_s)) for item in items]
            return _ticket(action, lines, given, zone)

        run_ticket(
            profile,
            [item.order_id for item in items],
            listed,
            Consent.of(given),
            withdraws=not action.increases_risk,
            guards_position=action is Action.MODIFY and _guards_position(given, profile),
        )
        return
    order_ids = named_orders(given)

    def changed(found: Found, clock: ExchangeClock) -> Ticket:
        orders = [found[order_id] for order_id in order_ids]
        lines = [change_line(order, changes_of(order, texts, zone, clock.time_at(typed_s))) for order in orders]
        return _ticket(Action.MODIFY, lines, given, zone)

    run_ticket(profile, order_ids, changed, Consent.of(given), guards_position=_guards_position(given, profile))


def _state_command(action: Action, text: str) -> click.Command:
    def command(invocation: Invocation, /, **given: Any) -> None:
        order_ids = named_orders(given)
        profile = chosen_profile(invocation)
        zone = ZoneInfo(profile.market_timezone)

        def changed(found: Found, clock: ExchangeClock) -> Ticket:
            return _ticket(action, [_state_line(order_id, found, action, given) for order_id in order_ids], given, zone)

        run_ticket(profile, order_ids, changed, Consent.of(given), withdraws=not action.increases_risk)

    return click.Command(action.value, params=list(_STATE_PARAMS), callback=click.pass_obj(command), help=text)


activate = _state_command(Action.ACTIVATE, "Bring deactivated orders back into the market.")
deactivate = _state_command(Action.DEACTIVATE, "Take orders out of the market; they can be activated again.")
delete = _state_command(Action.DELETE, "Delete orders.")


def _known_clock(invocation: Invocation) -> ExchangeClock:
    """Return what is known of the exchange's clock before a command reads: a session knows it."""
    return ExchangeClock() if invocation.session is None else invocation.session.view().link.exchange_clock


def _state_line(order_id: str, found: Found, action: Action, given: Mapping[str, Any]) -> TicketLine:
    """The line of an order, or of its id alone where it could not be read and is only to be withdrawn."""
    if order_id not in found:
        return withdrawal_line(order_id, action)
    change = OrderModify(action=ACTION_CODES[action])
    return change_line(found[order_id], change, revision_no=given["revision_no"])


def _ticket(action: Action, lines: Iterable[TicketLine], given: Mapping[str, Any], zone: ZoneInfo) -> Ticket:
    revision_no = given.get("revision_no")
    lines = tuple(lines)
    for line in lines:
        if revision_no is not None and line.base is not None and line.base.revision_no != revision_no:
            raise LocalRefusal(
                f"{subject(line, zone)} is at revision {line.base.revision_no}, not at {revision_no}; nothing was sent"
            )
    return Ticket(new_token(), action, lines, utc_now(), given_options(given))


def _guards_position(given: Mapping[str, Any], profile: Profile) -> bool:
    """Return whether the orders expect the net position that is read: as the option says, else as the profile does."""
    return profile.position_guard if given[GUARD] is None else asks_position({GUARD: given[GUARD]})


def _only_action(items: Sequence[OrderModifyItem]) -> Action:
    """Return the action of a file's changes.

    Raises LocalRefusal if the list is empty, has several actions, or names an order twice.
    """
    if not items:
        raise LocalRefusal("the list is empty")
    twice = [order_id for order_id, count in Counter(item.order_id for item in items).items() if count > 1]
    if twice:
        raise LocalRefusal(f"the list names an order more than once: {', '.join(twice)}")
    actions = {item.changes.action for item in items}
    action = next((action for action, code in ACTION_CODES.items() if {code} == actions), None)
    if action is None:
        raise LocalRefusal("the file has several actions; use one file for each of MODI, ACTI, DEAC and DELE")
    return action


def _of_item(order: Order | None, item: OrderModifyItem, zone: ZoneInfo, typed_at: datetime) -> TicketLine:
    """Return the line of a change from a file, checked like typed changes.

    Without a revision in the file, the revision just read is used.
    """
    changes = item.changes
    if order is None:
        return TicketLine(item.order_id, item)
    if changes.action is ModifyAction.MODI:
        changes = changes_of(order, change_texts(changes, zone), zone, typed_at)
    elif ignored := sorted(changes.model_fields_set - {"action", *GUARDS}):
        raise LocalRefusal(
            f"{described(order, zone)}: {changes.action} does not accept {', '.join(ignored)}; nothing was sent"
        )
    line = change_line(order, changes)
    if item.revision_no is None:
        return line
    return replace(line, request=item.model_copy(update={"changes": changes}))
