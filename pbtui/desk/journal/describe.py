"""Journal entries as text: time, kind, order and facts."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from pbtui.api.sanitize import safe_text
from pbtui.desk.formats.order_fields import ORDER_FIELDS, OrderField
from pbtui.desk.formats.request_fields import wire_name
from pbtui.desk.journal.line import JournalEntry
from pbtui.desk.journal.sentences import sentence, ticket_words, value_words
from pbtui.desk.journal.writer import Kind

_BY_WIRE_NAME = {wire_name(field): field for field in ORDER_FIELDS}
_SHOWN_ELSEWHERE = ("ticket", "results", "lines", "known")


def moment_words(entry: JournalEntry) -> str:
    """The time of an entry in UTC, such as `2026-11-22 13:00:05.123Z`."""
    return f"{entry.at:%Y-%m-%d %H:%M:%S}.{entry.at.microsecond // 1000:03d}Z"


def entry_lines(entry: JournalEntry, who: str = "") -> list[str]:
    """One line for each order of an entry: time, who wrote it if that is given, kind, order, facts."""
    writer = f"  {who:<16}" if who else ""
    return [
        f"{moment_words(entry)}{writer}  {safe_text(entry.kind):<12}  {order or '-':<12}  {words}".rstrip()
        for order, words in entry_words(entry)
    ]


def entry_words(entry: JournalEntry) -> list[tuple[str, str]]:
    """Pairs of order id and text, one for each order of an entry, safe to show. The id is empty if it has no order."""
    texts = [(safe_text(order), safe_text(words)) for order, words in _order_texts(entry)]
    return texts or [("", safe_text(sentence(entry)))]


def _order_texts(entry: JournalEntry) -> Iterator[tuple[str, str]]:
    ticket = ticket_words(entry.facts)
    if entry.kind == Kind.INTENT:
        action = entry.facts.get("action")
        for line in _tables(entry.facts.get("lines")):
            yield _order(line), f"{ticket}{action} {_request_words(line)}".rstrip()
    elif entry.kind == Kind.ORDER_EVENT:
        for event in _tables(entry.facts.get("events")):
            yield str(event.get("order_id")), _event_words(event)
    elif entry.kind in (Kind.OUTCOME, Kind.RECONCILIATION):
        for result in _tables(entry.facts.get("results")):
            state = result.get("state") or result.get("reconciliation") or result.get("outcome")
            reason = result.get("reason")
            yield _order(result), f"{ticket}{state}" + (f" ({reason})" if reason else "")
        if entry.kind == Kind.OUTCOME and (headers := _headers(entry.facts)):
            yield "", f"{ticket}{headers}"


def _event_words(event: Mapping[str, Any]) -> str:
    """An event of an order, with its MW and price."""
    traded = event.get("traded_mw")
    mw = event.get("quantity_mw") if traded is None else traded
    price = event.get("traded_price")
    price_words = f"{value_words(event.get('price'))}" if price is None else f"{value_words(price)} by the trades"
    figures = f"{event.get('side')} {value_words(mw)} MW at {price_words}"
    return f"{event.get('what')}: {figures}, contract {value_words(event.get('contract'))}"


def _headers(facts: Mapping[str, Any]) -> str:
    """Events that the headers of an answer reported."""
    names = {"internal_trades": "internal trades", "limit_violations": "limit violations"}
    return "; ".join(f"{words}: {facts[name]}" for name, words in names.items() if facts.get(name))


def _request_words(line: Mapping[str, Any]) -> str:
    """The fields of a new order, or the changed fields with old and new value."""
    request, base = _table(line.get("request")), _table(line.get("base"))
    changes = _table(request.get("changes"))
    if not changes:
        return ", ".join(_step(name, value, {}) for name, value in request.items() if name not in _SHOWN_ELSEWHERE)
    texts = [_step(name, value, base) for name, value in changes.items() if name != "action"]
    revision_no = request.get("revision_no")
    return ", ".join(texts) + ("" if revision_no is None else f" at revision {revision_no}")


def _step(key: str, value: object, base: Mapping[str, Any]) -> str:
    field = _BY_WIRE_NAME.get(key)
    if field is None:
        return f"{key} {value_words(value)}"
    old = _old_value(field, base)
    return field.labelled(("" if old is None else f"{value_words(old)} -> ") + value_words(value))


def _old_value(field: OrderField, base: Mapping[str, Any]) -> object:
    """The value that the order had; its quantity is all that was open, as in the request."""
    parts = [base[name] for name in field.parts if base.get(name) is not None]
    if len(parts) < 2:
        return parts[0] if parts else None
    try:
        return sum((Decimal(str(part)) for part in parts), Decimal(0))
    except ArithmeticError:
        return parts


def _order(line: Mapping[str, Any]) -> str:
    """The order's id, or its token if it has no id yet."""
    for place in ("request", "order"):
        if order_id := _table(line.get(place)).get("order_id"):
            return str(order_id)
    return str(line.get("key"))


def _tables(facts: object) -> list[Mapping[str, Any]]:
    return [fact for fact in facts if isinstance(fact, Mapping)] if isinstance(facts, list) else []


def _table(fact: object) -> Mapping[str, Any]:
    return fact if isinstance(fact, Mapping) else {}
