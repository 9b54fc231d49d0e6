"""Journal records of tickets. They hold enough to find every order again after a crash."""

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from pbtui.api.clock import steady_s, utc_now
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModify, OrderModifyItem
from pbtui.api.structs import replace
from pbtui.desk.journal.line import JournalEntry
from pbtui.desk.journal.open_writes import age_of, leaving_now
from pbtui.desk.journal.unfinished import OpenIntent, ResultElsewhere
from pbtui.desk.tickets.evidence import Answer, AnyOrder, End, Evidence, NothingLeft, Refusal, Silence, StoodBefore
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import Action, Ticket, TicketLine, WriteOptions
from pbtui.desk.tickets.verdict import NOT_FOUND_AFTER_S, judged, refusal_of

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
_refusal: TypeAdapter[Refusal] = TypeAdapter(Refusal)
_NO_OUTCOMES: Mapping[str, Mapping[str, Any]] = {}
_NONE_BEFORE: Mapping[str, Collection[str]] = {}


def intent_facts(
    ticket: Ticket, lines: Sequence[TicketLine], before: Mapping[str, Collection[str]] = _NONE_BEFORE
) -> dict[str, Any]:
    """Return the facts of a ticket that is about to be sent.

    `before` are the ids of the orders beside each line's, by its key: what is sent shows in none of them.
    """
    return {
        "ticket": ticket.token,
        "action": ticket.action,
        "resends": ticket.resends,
        "options": {name: value for name, value in asdict(ticket.options).items() if value is not None},
        "lines": [
            {
                "key": line.key,
                "request": line.request.wire(),
                "base": None if line.base is None else _known(line.base),
                **({"before": sorted(ids)} if (ids := before.get(line.key)) else {}),
            }
            for line in lines
        ],
        **leaving_now(),
    }


def result_facts(ticket: Ticket, lines: Sequence[TicketLine]) -> dict[str, Any]:
    """Return the facts of the verdicts on these lines, and what the headers of the answers reported.

    `is_open` is set while a verdict can be read again.
    """
    headers = {"internal_trades": ticket.internal_trades, "limit_violations": ticket.limit_violations}
    return {
        "ticket": ticket.token,
        **{name: value for name, value in headers.items() if value},
        "results": [
            {
                "key": line.key,
                "state": line.state,
                "is_open": line.is_open,
                "reason": line.reason,
                "order": None if line.order is None else _known(line.order),
                "order_ids": line.verdict.order_ids,
                "answered_ids": _answered_ids(line),
                "refusal": _refusal_facts(line),
                "traded_mw": line.verdict.traded_mw,
                "is_done": line.is_done,
            }
            for line in lines
        ],
    }


def _refusal_facts(line: TicketLine) -> dict[str, Any] | None:
    """The refusal of this line, with what it is about. After a crash its verdict rests on it."""
    refusal = refusal_of(line)
    return None if refusal is None else {name: value for name, value in asdict(refusal).items() if name != "at_s"}


def _answered_ids(line: TicketLine) -> list[str]:
    answered = (order for item in line.evidence if isinstance(item, Answer) for order in item.orders)
    return list(dict.fromkeys(order.order_id for order in answered if order.order_id))


def tickets_left_open(intents: Iterable[OpenIntent]) -> tuple[list[Ticket], tuple[str, ...]]:
    """Rebuild the tickets of these intents. Also return a sentence for each that this version can't read completely."""
    tickets: list[Ticket] = []
    notes: list[str] = []
    for found in intents:
        try:
            tickets.append(_left(found))
        except ValueError as error:
            keys = ", ".join(found.open_keys)
            if keys:
                notes.append(
                    f"{found.place} can't be read by this version; check its orders yourself ({keys}): {error}"
                )
            continue
        if found.open_keys and (names := _unknown_names(found)):
            notes.append(f"{found.place} is of a newer version; its orders are read back without {', '.join(names)}")
    return _each_once(tickets), tuple(notes)


def _each_once(tickets: Iterable[Ticket]) -> list[Ticket]:
    """The tickets by token: one whose lines were sent at several times has an intent for each time."""
    merged: dict[str, Ticket] = {}
    for ticket in tickets:
        known = merged.get(ticket.token)
        merged[ticket.token] = ticket if known is None else known.with_lines((*known.lines, *ticket.lines))
    return list(merged.values())


def _left(found: OpenIntent) -> Ticket:
    """Rebuild a ticket: its open lines, and those that were not shown. Raises ValueError if it can't be read."""
    ticket = ticket_of_intent(found.intent, (*found.open_keys, *found.not_shown), found.outcomes)
    ended_s = steady_s() - max((utc_now() - found.intent.at).total_seconds(), NOT_FOUND_AFTER_S)
    return ticket.with_lines([_line_left(line, found, ended_s) for line in ticket.lines])


def _line_left(line: TicketLine, found: OpenIntent, ended_s: float) -> TicketLine:
    if line.key in found.not_shown:
        return _closed(line, verdict_in(found.not_shown[line.key]), ended_s)
    if line.key in found.unsent_keys:
        return judged(replace(line, evidence=(NothingLeft(steady_s(), "pbtui ended before it was sent"),)))
    return line


def _closed(line: TicketLine, verdict: Verdict, ended_s: float) -> TicketLine:
    """The line as the ended run left it, so that a read can still correct its verdict."""
    evidence: list[Evidence] = [item for item in line.evidence if isinstance(item, StoodBefore)]
    evidence += [replace(item, at_s=ended_s) for item in line.evidence if isinstance(item, End)]
    if verdict.state is not State.NOT_FOUND and not any(isinstance(item, Refusal) for item in evidence):
        evidence.append(Refusal(ended_s, verdict.reason, is_of_position=verdict.state is State.CONFLICT))
    return replace(line, evidence=tuple(evidence), verdict=verdict)


def tickets_ended_elsewhere(found: Iterable[ResultElsewhere]) -> tuple[Ticket, ...]:
    """Rebuild the tickets that an earlier run sent and another one has read the results of, with those results.

    A ticket that this version can't read is left out: it is in the journal.
    """
    tickets: list[Ticket] = []
    for each in found:
        try:
            ticket = ticket_of_intent(each.intent, list(each.results))
            lines = [replace(line, verdict=_recorded(each, line.key)) for line in ticket.lines]
        except ValueError:
            continue
        tickets.append(ticket.with_lines(lines))
    return tuple(_each_once(tickets))


def _recorded(found: ResultElsewhere, key: str) -> Verdict:
    """The verdict that another run recorded. Raises ValueError if it can't be read."""
    verdict = verdict_in(found.results[key])
    how = f"of an earlier run; another program read it at {found.read_at:%Y-%m-%d %H:%M:%S}Z"
    return replace(verdict, reason=f"{verdict.reason}; {how}" if verdict.reason else how)


def verdict_in(result: Mapping[str, Any]) -> Verdict:
    """The verdict in a result, without its order. Raises ValueError if it can't be read."""
    try:
        state, traded = State(result["state"]), result.get("traded_mw")
        return Verdict(
            state,
            str(result.get("reason") or ""),
            order_ids=tuple(map(str, result.get("order_ids") or ())),
            traded_mw=None if traded is None else Decimal(str(traded)),
            is_done=bool(result.get("is_done", state is State.CONFIRMED)),
        )
    except (KeyError, TypeError, ArithmeticError) as error:
        raise ValueError(f"{type(error).__name__} {error}") from error


def _unknown_names(found: OpenIntent) -> list[str]:
    """The options and fields of an intent that this version does not know."""
    facts = found.intent.facts
    is_entry = facts["action"] == Action.ADD
    requests = [line["request"] for line in facts["lines"] if line["key"] in found.open_keys]
    if not is_entry:
        requests = [request["changes"] for request in requests]
    options = set(facts.get("options") or {}) - set(WriteOptions.__slots__)
    fields = {name for request in requests for name in request} - _names(OrderEntry if is_entry else OrderModify)
    return sorted(options | fields)


def ticket_of_intent(
    intent: JournalEntry, open_keys: Sequence[str], outcomes: Mapping[str, Mapping[str, Any]] = _NO_OUTCOMES
) -> Ticket:
    """Rebuild a ticket from its intent, with these lines open, because that run ended.

    `outcomes` are the results of its request, by key: the exchange may have named the orders before that run ended.
    Options and fields that this version does not know are left out: they were sent, and reading needs none of them.
    Raises ValueError if the intent can't be read.
    """
    facts = intent.facts
    try:
        action = Action(facts["action"])
        lines = [
            _line_of(line, action, outcomes.get(line["key"], {})) for line in facts["lines"] if line["key"] in open_keys
        ]
        options = WriteOptions(**_only(facts.get("options") or {}, WriteOptions.__slots__))
        made_s = steady_s() - age_of(intent).total_seconds()
        return Ticket(
            facts["ticket"], action, tuple(lines), intent.at, options, resends=facts.get("resends"), made_s=made_s
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{type(error).__name__} {error}") from error


def _line_of(line: Mapping[str, Any], action: Action, outcome: Mapping[str, Any]) -> TicketLine:
    request, base = line["request"], line.get("base")
    wanted: OrderEntry | OrderModifyItem
    if action is Action.ADD:
        wanted = OrderEntry.model_validate(_only(request, _names(OrderEntry)))
    else:
        changes = OrderModify.model_validate(_only(request["changes"], _names(OrderModify)))
        wanted = OrderModifyItem(order_id=request["order_id"], revision_no=request.get("revision_no"), changes=changes)
    seen = None if base is None else _order.validate_python(base)
    return judged(TicketLine(line["key"], wanted, seen), *_stood_before(line), *_evidence_left(outcome))


def _stood_before(line: Mapping[str, Any]) -> Iterator[Evidence]:
    ids = line.get("before")
    if isinstance(ids, list) and ids:
        yield StoodBefore(frozenset(map(str, ids)))


def _evidence_left(outcome: Mapping[str, Any]) -> Iterator[Evidence]:
    """The evidence that an ended run has recorded. What the server answered comes last, unless it proves nothing."""
    why = outcome.get("reason") if outcome.get("state") == State.UNKNOWN else None
    silence = Silence(steady_s(), str(why or "pbtui ended before the result was known"), is_left_over=True)
    named, is_accepted = _named(outcome), outcome.get("state") == State.SENT
    answers = [Answer(silence.at_s, named)] if named or is_accepted else []
    refusal = _recorded_refusal(outcome, silence.at_s)
    if refusal is not None:
        yield silence
        yield from answers
        yield refusal
    elif is_accepted:
        yield silence
        yield from answers
    else:
        yield from answers
        yield silence


def _recorded_refusal(outcome: Mapping[str, Any], at_s: float) -> Refusal | None:
    facts = outcome.get("refusal")
    with contextlib.suppress(ValueError):  # of a later version
        return _refusal.validate_python({**facts, "at_s": at_s}) if isinstance(facts, dict) else None
    return None


def _named(outcome: Mapping[str, Any]) -> tuple[AnyOrder, ...]:
    """The orders that an answer named: one is recorded with its terms, of the others the ids."""
    orders: list[AnyOrder] = []
    with contextlib.suppress(ValueError):  # its id is recorded beside it
        orders += [_order.validate_python(outcome["order"])] if outcome.get("order") is not None else []
    ids, known = outcome.get("answered_ids"), {order.order_id for order in orders}
    others = [order_id for order_id in map(str, ids) if order_id not in known] if isinstance(ids, list) else []
    return (*orders, *(UnreadableOrder("only its id is in the journal", "", order_id) for order_id in others))


def _names(kind: type[OrderEntry | OrderModify]) -> set[str]:
    return {name for field, info in kind.model_fields.items() for name in (field, info.alias) if name}


def _only(facts: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name in names}


def _known(order: Order) -> Mapping[str, Any]:
    values = {name: getattr(order, name) for name in _BASE_FIELDS}
    return {name: value for name, value in values.items() if value is not None}
