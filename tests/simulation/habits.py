"""Habits of a server that hold for a whole run, and reads that show only a part: what the simulator itself never does.

Exchanges and gateways change texts, leave out ids, take short lists only, and answer reads in part.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

import msgspec

from pbtui.simulator.http.answers import Answer
from pbtui.simulator.http.api import ApiRequest
from pbtui.simulator.http.faults import CallFaults
from pbtui.simulator.rejections import CallRefused

TEXT_CHANGED = "text changed"
NO_PARENTS = "ids without parents"
SHORT_LISTS = "short lists"
OTHER_DELIVERY = "other delivery"
"""What a trader names by its delivery is entered for the delivery after that."""
HABITS = (TEXT_CHANGED, NO_PARENTS, SHORT_LISTS, OTHER_DELIVERY)
CUT_LIST = "cut list"
EMPTY_LIST = "empty list"
EMPTY_BODY = "empty body"
PARTIAL_READS = (CUT_LIST, EMPTY_LIST, EMPTY_BODY)

_SHARE = 0.12
_PARTIAL_RATE = 0.5
_JSON = msgspec.json.Encoder(decimal_format="number")
_ORDERS = msgspec.json.Decoder(list[dict[str, Any]], float_hook=Decimal)
_Order = dict[str, Any]


@dataclass(frozen=True)
class Lie:
    """A read that is not true, although no client can see it: the ids it shows, and whether of an earlier state."""

    shown: frozenset[str]
    is_old: bool


class Habits:
    """The habits of one server. `partial` are the kinds of partial reads that happen at present."""

    def __init__(self, lots: Random, without: Collection[str], happened: Callable[[str], None]) -> None:
        self._lots = lots
        self._happened = happened
        self.partial: Collection[str] = ()
        self._changes: dict[str, Callable[[_Order], None]] = {}
        drawn = {habit for habit in HABITS if lots.random() < _SHARE}
        self._longest_list = lots.randint(1, 3) if SHORT_LISTS in drawn - set(without) else None
        if TEXT_CHANGED in drawn - set(without):
            self._changes[TEXT_CHANGED] = _cut(lots.randint(2, 12)) if lots.random() < 0.5 else _shout
        if NO_PARENTS in drawn - set(without):
            self._changes[NO_PARENTS] = _without(lots.choice(["parent_order_id", "initial_order_id"]))

        # With its text cut as well, nothing would be left to find such an order by.
        self._delivers_later = OTHER_DELIVERY in drawn - set(without) and TEXT_CHANGED not in self._changes

    def understood(self, request: ApiRequest) -> ApiRequest:
        """The request as this server understands it."""
        if not self._delivers_later or request.method != "POST" or b"dlvryStart" not in request.body:
            return request
        entries = _ORDERS.decode(request.body)
        for entry in (entry for entry in entries if "dlvryStart" in entry):
            start, end = (datetime.fromisoformat(entry[name]) for name in ("dlvryStart", "dlvryEnd"))
            entry |= {"dlvryStart": end.isoformat(), "dlvryEnd": (end + (end - start)).isoformat()}
        self._happened(OTHER_DELIVERY)
        return replace(request, body=_JSON.encode(entries))

    def refused(self, request: ApiRequest) -> Answer | None:
        """The refusal of a list that is too long for this server."""
        if self._longest_list is None or not request.body.startswith(b"["):
            return None
        if len(_ORDERS.decode(request.body)) <= self._longest_list:
            return None
        self._happened(SHORT_LISTS)
        return Answer.of_refusal(CallRefused(400, f"at most {self._longest_list} orders in a list"))

    def distort(self, request: ApiRequest, answer: Answer, call_faults: CallFaults) -> Lie | None:
        """Change the answer as this server does; return the lie, if it is now one."""
        if answer.status >= 300 or not answer.pieces or answer.pieces[0] != b"[":
            return None
        if self._changes:
            self._change(answer)
        is_list = request.method == "GET" and request.raw_path.endswith("/orders")
        is_active_list = is_list and request.query.flag("active_only", default=True)
        is_old, is_empty = is_list and call_faults.stale_s is not None, False
        if is_active_list and self.partial and self._lots.random() < _PARTIAL_RATE:
            is_empty = self._leave_out(answer)
        if not (is_old or is_empty):
            return None
        return Lie(frozenset(str(order.get("order_id")) for order in _ORDERS.decode(answer.body or b"[]")), is_old)

    def _change(self, answer: Answer) -> None:
        orders = _ORDERS.decode(answer.body)
        for habit, change in self._changes.items():
            before = [dict(order) for order in orders]
            for order in orders:
                change(order)
            if orders != before:
                self._happened(habit)
        answer.pieces = Answer.of_orders([_JSON.encode(order) for order in orders]).pieces

    def _leave_out(self, answer: Answer) -> bool:
        """Leave out orders; return whether the answer says nothing of it."""
        kind = self._lots.choice(sorted(self.partial))
        pieces = [piece for piece in answer.pieces[1:-1] if piece != b","]
        if not pieces:
            return False
        self._happened(kind)
        if kind == CUT_LIST:
            kept = [piece for piece in pieces if self._lots.random() < 0.5]
            answer.pieces = Answer.of_orders(kept).pieces
        elif kind == EMPTY_LIST:
            answer.pieces = [b"[]"]
            answer.counted(0)
        else:
            answer.pieces = []
        return kind == EMPTY_LIST


def _cut(length: int) -> Callable[[_Order], None]:
    def cut(order: _Order) -> None:
        if "txt" in order:
            order["txt"] = order["txt"][:length]

    return cut


def _shout(order: _Order) -> None:
    if "txt" in order:
        order["txt"] = order["txt"].upper()


def _without(*names: str) -> Callable[[_Order], None]:
    def leave_out(order: _Order) -> None:
        for name in names:
            if order.get("order_id") != order.get(name):
                order.pop(name, None)

    return leave_out
