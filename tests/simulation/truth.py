"""The truth about orders: what is and was inside the exchange, whatever its answers say; and what requests ask for."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from pbtui.api.codes import ExecutionRestriction, ModifyAction, OrderState
from pbtui.api.reads.trades import AnyTrade
from pbtui.api.requests import OrderEntry, OrderModifyItem
from pbtui.desk.formats.order_token import TOKEN_MARK
from pbtui.desk.kill.plan import KillPlan
from pbtui.desk.tickets.ticket import TicketLine
from pbtui.simulator.book.own_order import OrderRevision, OwnOrder
from pbtui.simulator.book.trades import Trade, TradeSide
from pbtui.simulator.exchange import Exchange
from pbtui.simulator.rights import ADMIN

_JSON = msgspec.json.Encoder(decimal_format="number")
_ENDS_AT_ONCE = (ExecutionRestriction.FOK, ExecutionRestriction.IOC)
_WITHDRAWALS = (ModifyAction.DEAC, ModifyAction.DELE)
_MARK = TOKEN_MARK.strip()


@dataclass
class Executed:
    """MW of some trades. `external_mw` includes the recalled ones."""

    external_mw: Decimal = Decimal(0)
    internal_mw: Decimal = Decimal(0)
    recalled_mw: Decimal = Decimal(0)

    def add(self, trade: Trade) -> None:
        """Add a trade."""
        if trade.is_internal:
            self.internal_mw += trade.quantity_mw
            return
        self.external_mw += trade.quantity_mw
        self.recalled_mw += Decimal(0) if trade.state.is_active else trade.quantity_mw


class Truth:
    """What is inside the exchange."""

    def __init__(self, exchange: Callable[[], Exchange]) -> None:
        self._exchange = exchange

    def live(self) -> list[OwnOrder]:
        """The orders that are, or may be, in the market."""
        return list(self._exchange().market.ledger.live())

    def live_tokens(self) -> Counter[str]:
        """How many live orders have each token."""
        return Counter(token for order in self.live() if (token := token_of(order.terms.txt)))

    def executed(self, order_id: str, after: datetime, until: datetime) -> Executed:
        """The trades of an order's chain after a revision, up to another one."""
        key, found = self.first_id(order_id), Executed()
        for trade, side in self._sides():
            if side.order_id and self.first_id(side.order_id) == key and after < trade.executed_at <= until:
                found.add(trade)
        return found

    def users(self, order_id: str) -> frozenset[str]:
        """The names of all users who entered or changed an order, under any of its ids up to this one."""
        ledger = self._exchange().market.ledger
        order = ledger.get(order_id)
        revisions = [] if order is None else ledger.history(order)
        return frozenset(revision.user_name for revision in revisions if revision.user_name)

    def traded_mw(self, line: TicketLine) -> Decimal:
        """The MW that the order of a line traded, recalled trades included."""
        request, found = line.request, Executed()
        if isinstance(request, OrderEntry):
            token = token_of(request.txt)
            keys = {each.initial_order_id for each in self._revisions() if token_of(each.txt) == token}
        else:
            token, keys = "", {self.first_id(request.order_id)}
        for trade, side in self._sides():
            is_by_id = bool(side.order_id) and self.first_id(side.order_id or "") in keys
            if is_by_id or (token and token_of(side.terms.txt) == token) or not side.order_id:
                found.add(trade)
        return found.external_mw + found.internal_mw

    def _sides(self) -> Iterator[tuple[Trade, TradeSide]]:
        own, portfolios = self._exchange().market.trades, ADMIN.portfolio_ids
        for trade in (*own.external(portfolios), *own.internal(portfolios)):
            for side in trade.sides:
                yield trade, side

    def trades_unlike(self, trades: Iterable[AnyTrade]) -> list[AnyTrade]:
        """The trades that did not happen in this way: other ids, another price or another quantity."""
        own, portfolios = self._exchange().market.trades, ADMIN.portfolio_ids
        happened = {
            (trade.is_internal, trade.trade_id): (trade.price, trade.quantity_mw)
            for trade in (*own.external(portfolios), *own.internal(portfolios))
        }
        return [trade for trade in trades if not _is_like(trade, happened.get((trade.is_internal, trade.id)))]

    def first_id(self, order_id: str) -> str:
        """The id that names the order's whole chain."""
        order = self._exchange().market.ledger.get(order_id)
        return order_id if order is None else order.initial_order_id

    def has_just_changed(self, items: Sequence[Mapping[str, Any]], now: datetime) -> bool:
        """Whether an order that these items name is live and got a revision at this moment.

        Other orders get some at the same moment: the exchange lives on to it when a request comes.
        """
        tokens = {token_of(str(item.get("txt"))) for item in items} - {""}
        chains = {self.first_id(item["order_id"]) for item in items if "order_id" in item}
        names_all = any("order_id" not in item and "portfolio_id" not in item for item in items)
        return any(
            names_all or order.initial_order_id in chains or token_of(order.terms.txt) in tokens
            for order in self.live()
            if order.latest.api_timestamp >= now
        )

    def came_at(self, order: OwnOrder) -> datetime:
        """When the first order of its chain came."""
        first = self._exchange().market.ledger.get(order.initial_order_id) or order
        return first.revisions[0].api_timestamp

    def identity(self, item: Mapping[str, Any]) -> bytes:
        """What makes a write this one: the token of an entry; the chain of an order, and the change.

        A change waits for an earlier one, which may give the order another id.
        """
        if "changes" not in item:
            return token_of(str(item.get("txt"))).encode()
        return _JSON.encode([self.first_id(item["order_id"]), item["changes"]])

    def is_true(self, line: TicketLine, since: datetime) -> bool:
        """Whether the order was as wanted, by this line, at a moment from then on."""
        request = line.request
        revisions = [revision for revision in self._revisions() if revision.api_timestamp >= since]
        if isinstance(request, OrderEntry):
            token = token_of(request.txt)
            return any(token_of(revision.txt) == token and _shows_entry(revision, request) for revision in revisions)
        key = self.first_id(request.order_id)
        if request.changes.action is not ModifyAction.MODI:
            activates = request.changes.action is ModifyAction.ACTI
            return self._was(key, since, lambda active: any(active.values()) is activates)
        chain = [revision for revision in revisions if revision.initial_order_id == key]
        if request.changes.txt is None:  # whoever made it, it is as wanted while it lasts
            before = [revision for revision in self._revisions() if revision.initial_order_id == key]
            before.sort(key=lambda revision: revision.api_timestamp)
            chain += [revision for revision in before if revision.api_timestamp < since][-1:]
        return any(_shows_change(revision, request) for revision in chain)

    def is_hidden(self, line: TicketLine, shown: Collection[str]) -> bool:
        """Whether a read that shows these ids, and is not true, shows that a withdrawn order is out of the market."""
        request = line.request
        if isinstance(request, OrderEntry) or request.changes.action not in _WITHDRAWALS:
            return False
        key = self.first_id(request.order_id)
        return not any(order.order_id in shown for order in self.live() if order.initial_order_id == key)

    def _revisions(self) -> Iterator[OrderRevision]:
        for order in self._exchange().market.ledger._orders.values():
            yield from order.revisions

    def _was(self, key: str, after: datetime, holds: Callable[[Mapping[str | None, bool]], bool]) -> bool:
        """Whether this held at some moment from then on of the orders of a chain, each active or not."""
        chain = [revision for revision in self._revisions() if revision.initial_order_id == key]
        chain.sort(key=lambda revision: revision.api_timestamp)
        active: dict[str | None, bool] = {}
        for number, revision in enumerate(chain):
            active[revision.order_id] = revision.state in (OrderState.ACTI, OrderState.UNKW)
            is_last = number + 1 == len(chain)
            next_at = None if is_last else chain[number + 1].api_timestamp
            lasts = next_at is None or (next_at > after and next_at > revision.api_timestamp)
            if lasts and holds(active):
                return True
        return False


def token_of(txt: str | None) -> str:
    """The token in a text; empty if there is none."""
    return (txt or "").rpartition(_MARK)[2] if _MARK in (txt or "") else ""


def _is_like(trade: AnyTrade, happened: tuple[Decimal, Decimal] | None) -> bool:
    """Whether all figures that could be read are those of the trade that happened."""
    figures = (trade.price, trade.quantity)
    return happened is not None and all(mine in (None, its) for mine, its in zip(figures, happened, strict=True))


_OF_ENTRY = {
    **{name: name for name in ("side", "price", "type", "portfolio_id", "delivery_area", "location")},
    **{name: name for name in ("contract_id", "contract_name", "account_id", "strategy_id", "unit_id")},
    **{name: name for name in ("pre_arranged", "pre_arranged_acct")},
    "quantity": "initial_quantity",
    "display_qty": "display_quantity",
    "ppd": "peak_price_delta",
    "dlvry_start": "delivery_start",
    "dlvry_end": "delivery_end",
}
"""What a revision calls the fields of an entry."""


def _shows_entry(revision: OrderRevision, entry: OrderEntry) -> bool:
    has_traded = revision.action.endswith("EXE")
    rests = entry.ordr_exe_restriction not in _ENDS_AT_ONCE
    was_there = has_traded or (rests and revision.state == (entry.state or OrderState.ACTI))
    wanted = [(getattr(entry, name), getattr(revision, shown)) for name, shown in _OF_ENTRY.items()]
    return was_there and all(value in (None, shown) for value, shown in wanted)


def _shows_change(revision: OrderRevision, item: OrderModifyItem) -> bool:
    changes = item.changes
    wanted = [
        (changes.txt, revision.txt),
        (changes.price, revision.price),
        (changes.quantity, revision.initial_quantity),
    ]
    return all(value in (None, shown) for value, shown in wanted)


# ---------------------------------------------------------------- what a request asks for


def items_of(path: str, body: bytes) -> list[dict[str, Any]]:
    """The orders or changes that a request names."""
    content: Any = msgspec.json.decode(body) if body else []
    if isinstance(content, list):
        return content
    if path.endswith("/status"):
        return [content]
    return [{"order_id": path.split("/")[-2], "changes": content}]


def enters_more(method: str, items: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a request can bring more into the market."""
    return method == "POST" or any(item["changes"]["action"] in ("MODI", "ACTI") for item in items)


def beyond(
    plan: KillPlan, method: str, path: str, query: Mapping[str, list[str]], items: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """What a kill request asks for beyond its plan."""
    is_status = path.endswith("/orders/status")
    deletes = method == "DELETE" or any("DELE" in (item.get("orderModType"), _action(item)) for item in items)
    if deletes and not plan.action.deletes:
        yield "it deletes"
    if plan.action.is_account_wide:
        return
    if is_status:
        yield "the whole account"
    if path.endswith("/orders"):
        for name, bounds in (("portfolio_id", plan.portfolios), ("delivery_areas", plan.delivery_areas)):
            named = {part for value in query.get(name, []) for part in value.split(",")}
            if bounds and not (named and named <= set(bounds)):
                yield f"{name} {sorted(named)}"


def _action(item: Mapping[str, Any]) -> object:
    return item["changes"]["action"] if "changes" in item else None


def is_covered(order: OwnOrder, plan: KillPlan) -> bool:
    """Whether an order is within the bounds of a plan for own orders."""
    terms = order.terms
    in_portfolios = not plan.portfolios or terms.portfolio_id in plan.portfolios
    return in_portfolios and (not plan.delivery_areas or terms.delivery_area in plan.delivery_areas)
