"""Journal records of tickets. They hold enough to find every order again after a crash."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from pbtui.api.models import Order, OrderEntry, OrderModifyItem
from pbtui.desk.journal.line import JournalEntry
from pbtui.desk.tickets.ticket import Action, Outcome, Ticket, TicketLine, WriteOptions

_BASE_FIELDS = (
    "order_id",
    "initial_order_id",
    "parent_order_id",
    "revision_no",
    "state",
    "action",
    "side",
    "delivery_area",
    "portfolio_id",
    "contract_id",
    "contract_name",
    "price",
    "quantity",
    "hidden_quantity",
    "txt",
    "api_timestamp",
)
_order = TypeAdapter(Order)


def intent_facts(ticket: Ticket, lines: Sequence[TicketLine]) -> dict[str, Any]:
    """Return the facts of a ticket that is about to be sent."""
    return {
        "ticket": ticket.token,
        "action": ticket.action,
        "resends": ticket.resends,
        "options": {name: value for name, value in asdict(ticket.options).items() if value is not None},
        "lines": [
            {"key": line.key, "request": line.request.wire(), "base": None if line.base is None else _known(line.base)}
            for line in lines
        ],
    }


def result_facts(ticket: Ticket, lines: Sequence[TicketLine]) -> dict[str, Any]:
    """Return the facts of the results of these lines."""
    return {
        "ticket": ticket.token,
        "results": [
            {
                "key": line.key,
                "outcome": line.outcome,
                "reconciliation": line.reconciliation,
                "reason": line.reason,
                "order": None if line.order is None else _known(line.order),
            }
            for line in lines
        ],
    }


def ticket_of_intent(intent: JournalEntry, open_keys: Sequence[str]) -> Ticket:
    """Rebuild a ticket from its intent, with these lines open and their outcome unknown, because that run ended."""
    facts = intent.facts
    kind = OrderEntry if facts["action"] == Action.ADD else OrderModifyItem
    lines = [
        TicketLine(
            key=line["key"],
            request=kind.model_validate(line["request"]),
            base=None if line["base"] is None else _order.validate_python(line["base"]),
            outcome=Outcome.UNKNOWN,
            reason="pbtui ended before the result was known",
        )
        for line in facts["lines"]
        if line["key"] in open_keys
    ]
    options = WriteOptions(**facts["options"])
    return Ticket(facts["ticket"], Action(facts["action"]), tuple(lines), intent.at, options, resends=facts["resends"])


def _known(order: Order) -> Mapping[str, Any]:
    values = {name: getattr(order, name) for name in _BASE_FIELDS}
    return {name: value for name, value in values.items() if value is not None}
