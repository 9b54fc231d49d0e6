"""The report as JSON, for other programs."""

from collections.abc import Callable
from typing import Any

import msgspec

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.desk.formats.ascii_json import ascii_json
from pbtui.desk.handover.expiries import Expiry
from pbtui.desk.handover.report import Part, Report
from pbtui.desk.market.totals import ContractTotal, SideTotal
from pbtui.desk.plan.standing import AnyOrder


def json_of(report: Report) -> str:
    """The report as one JSON object: times in UTC, MW and prices as texts, what is not known null.

    `not_read` has, for each part that was not read whole, the reasons.
    """
    parts: dict[str, tuple[Part[Any], Callable[[Any], Any]]] = {
        "notes": (report.notes, msgspec.to_builtins),
        "halts": (report.halts, str),
        "unfinished": (report.unfinished, msgspec.to_builtins),
        "ends": (report.expiries, _expiry),
        "orders": (report.orders, _order),
        "trades": (report.trades, _total),
        "changes": (report.changes, msgspec.to_builtins),
    }
    last = report.shift.last
    fields = {
        "profile": report.profile,
        "exchange": report.exchange,
        "server": report.server,
        "journals": report.journals,
        "since": report.shift.since,
        "until": report.shift.until,
        "on_shift": None if last is None else last.name,
        "ends_until": report.ends_until,
        "trade_count": report.trade_count,
        "recalled_count": report.recalled_count,
        **{name: [as_value(item) for item in part.items] for name, (part, as_value) in parts.items()},
        "not_read": {name: part.missing for name, (part, _) in parts.items() if part.missing},
    }
    return ascii_json(msgspec.json.encode(fields).decode())


def _order(order: AnyOrder) -> dict[str, Any]:
    if isinstance(order, UnreadableOrder):
        return {"order_id": order.order_id, "unreadable": order.reason}
    names = (
        *("order_id", "revision_no", "state", "side", "delivery_area", "portfolio_id", "contract_id"),
        *("delivery_start", "delivery_end", "price", "quantity", "hidden_quantity", "valid_until", "txt"),
    )
    return {name: getattr(order, name) for name in names}


def _expiry(expiry: Expiry) -> dict[str, Any]:
    return {"at": expiry.at, "why": expiry.why, "order_id": expiry.order.order_id}


def _total(total: ContractTotal) -> dict[str, Any]:
    names = ("contract", "delivery_area", "delivery_start", "delivery_end", "net_mw", "not_counted")
    sides = {"bought": total.bought, "sold": total.sold}
    return {**{name: getattr(total, name) for name in names}, **{name: _side(side) for name, side in sides.items()}}


def _side(side: SideTotal) -> dict[str, Any]:
    return {"quantity_mw": side.quantity_mw, "average_price": side.average_price}
