"""The certificate of a kill in words, for the screen, the command line and the report; and as facts for JSON."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from pbtui.api.models import Order
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.vocabulary import side_word
from pbtui.desk.kill.certificate.balance import PARTS, Balance, Certificate, Standing, totals_of

_ALWAYS_SHOWN = "unknown_mw"
MOST_REASONS = 3


def summary(certificate: Certificate) -> str:
    """The sum of before: `certificate SEALED: 2 orders, 12.0 MW before = 10.0 deactivated + 2.0 traded + …`."""
    return f"certificate {certificate.standing}: {_sum(certificate.balances, 'before')}"


def _sum(balances: Sequence[Balance], at_first: str) -> str:
    counted = [each for each in balances if each.before_mw is not None]
    totals = totals_of(balances)
    named = [name for name in PARTS if totals[name] or name == _ALWAYS_SHOWN]
    shown = " + ".join(f"{quantity_text(totals[name])} {PARTS[name]}" for name in named)
    noun = "order" if len(counted) == 1 else "orders"
    uncounted = len(balances) - len(counted)
    more = f", and {uncounted} of unknown MW" if uncounted else ""
    return f"{len(counted)} {noun}, {quantity_text(totals['before_mw'])} MW {at_first} = {shown}{more}"


def certificate_lines(certificate: Certificate) -> Iterator[str]:
    """The sum, why it is not sealed, and each order that traded while it was being killed."""
    yield summary(certificate)
    if certificate.arrivals:
        yield f"appeared after the kill, not in this sum: {_sum(certificate.arrivals, 'when first read')}"
    if not certificate.has_all_orders:
        among = ", or be among those that appeared after it" if certificate.arrivals else ""
        yield f"the orders active before the kill were not all read: orders may be missing from the certificate{among}"
    if certificate.standing is Standing.ORDERS_ALONE:
        yield f"traded MW are by the orders' own figures, without prices: {certificate.trades_problem}"
    else:
        yield from _why_not_sealed(certificate)
    for balance in certificate.traded:
        yield f"traded while it was being killed: {traded_text(balance)}"


def _why_not_sealed(certificate: Certificate) -> Iterator[str]:
    if certificate.trades_problem:
        yield f"not all trades are known: {certificate.trades_problem}"
    elif certificate.read_at is None:
        yield "trades were not read yet"
    reasons = Counter(balance.why_open for balance in certificate.open)
    for reason, count in reasons.most_common(MOST_REASONS):
        yield f"{count} {'order is' if count == 1 else 'orders are'} not sealed: {reason}"
    if len(reasons) > MOST_REASONS:
        yield f"{sum(reasons.values())} orders are not sealed in all: see the report"


def traded_text(balance: Balance) -> str:
    """Return what traded of one order, with its terms: `BUY 2.0 MW at 45.10, 20261122 15:00-16:00, AMP, order 7`."""
    order = balance.fate.order
    traded = [_traded(balance.traded_mw, balance.traded_price, "")]
    traded.append(_traded(balance.internal_mw, balance.internal_price, " internally"))
    if balance.recalled_mw:
        traded.append(f"{quantity_text(balance.recalled_mw)} MW recalled")
    words = ", ".join(filter(None, traded))
    parts = [words, f"order {order.order_id or order.key}"]
    if isinstance(order, Order):
        contract = order.contract_name or order.contract_id or ""
        parts = [f"{side_word(order.side)} {words}", contract, area_name(order.delivery_area or ""), parts[1]]
    return ", ".join(part for part in parts if part)


def _traded(quantity_mw: Decimal, price: Decimal | None, how: str) -> str:
    if not quantity_mw:
        return ""
    at_price = f" at {price_text(price)}" if price is not None else ""
    return f"{quantity_text(quantity_mw)} MW{how}{at_price}"


def certificate_facts(certificate: Certificate | None) -> dict[str, Any] | None:
    """The certificate for JSON: the sums in MW, and each order with its fills."""
    if certificate is None:
        return None
    return {
        "standing": certificate.standing,
        "trades_read_at": certificate.read_at,
        "trades_problem": certificate.trades_problem,
        "has_all_orders": certificate.has_all_orders,
        **certificate.totals,
        "orders": [_facts(balance) for balance in certificate.balances],
        "arrivals": [_facts(balance) for balance in certificate.arrivals],
    }


def _facts(balance: Balance) -> dict[str, Any]:
    return {
        "key": balance.key,
        "order_id": balance.fate.order.order_id,
        "before_mw": balance.before_mw,
        **{name: getattr(balance, name) for name in PARTS},
        "traded_price": balance.traded_price,
        "internal_price": balance.internal_price,
        "is_sealed": not balance.why_open,
        "why_open": balance.why_open,
        "fills": balance.fills.each,
    }
