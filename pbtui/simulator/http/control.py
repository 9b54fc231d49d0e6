"""Control paths of a running simulator, for tests and demonstrations. They need no key.

    GET, PUT, DELETE /_simulator/faults        show, replace, clear the fault plan (see `faults`)
    GET, DELETE      /_simulator/requests      show, clear the log of received requests (see `request_log`)
    POST /_simulator/orders/{order_id}/fill    {"quantity": 1.5}: another participant takes 1.5 MW of a resting order
    POST /_simulator/orders/{order_id}/touch   another user changes an order, see `Touch`
    POST /_simulator/trades/{trade_id}         {"state": "RGRA"}: market operations recall a trade, or set another state
    PUT  /_simulator/market                    condition of the market, see `MarketChange`; {} restores the usual one
    POST /_simulator/notifications             {"text": "…"}: a notification of market operations, see `Announcement`
    PUT  /_simulator/limits                    limits of a portfolio, see `account_control.LimitChange`
    POST /_simulator/algorithms                add an algorithm, see `account_control.AlgorithmChange`
    POST /_simulator/downtimes                 announce a downtime, see `all_exchanges.Downtime`
    POST /_simulator/reset                     reset: seeded orders as at start, no faults, empty request log

`fill` and `touch` answer with the order in its new state, under its new id if it got one; `trades` with the trade.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Literal, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pbtui.api.codes import ModifyAction
from pbtui.api.reads.market import MarketMode, MarketState, Severity
from pbtui.api.reads.trades import TradeState
from pbtui.api.requests import OrderModify, OrderModifyItem
from pbtui.simulator.book.conditions import Notification
from pbtui.simulator.book.contracts import AREA_BY_EIC
from pbtui.simulator.book.own_order import OrderAction, OrderRevision, OwnOrder
from pbtui.simulator.book.quota import DEFAULT_SHORT_LIMIT
from pbtui.simulator.book.rules import terms_of_change
from pbtui.simulator.calls.outcomes import ListOptions
from pbtui.simulator.exchange import Exchange
from pbtui.simulator.http.account_control import AccountControl, answer_change, response_of
from pbtui.simulator.http.answers import Answer
from pbtui.simulator.http.api import Api
from pbtui.simulator.http.faults import FaultPlan, Faults, read_plan
from pbtui.simulator.http.request_log import RequestLog
from pbtui.simulator.http.trades import wire_trade
from pbtui.simulator.rejections import CallRefused
from pbtui.simulator.rights import PORTFOLIOS, ApiKey, ExchangeUser

COLLEAGUE = ApiKey("colleague", ExchangeUser("TRD002", "Cole Colleague"), frozenset(PORTFOLIOS), can_trade=True)
TEXT_FIELDS = frozenset(
    field.encode_name for field in msgspec.structs.fields(OrderRevision) if field.type in (str, str | None)
)


_Body = TypeVar("_Body")


class Fill(msgspec.Struct, forbid_unknown_fields=True):
    """Quantity that another participant takes, in MW."""

    quantity: Decimal


class Touch(msgspec.Struct, forbid_unknown_fields=True):
    """Change that another user makes to an order.

    A colleague's change is a normal modification and may lead to a new id. Market operations keep the id (AMOD, AHIB,
    ADEL). LOSE makes the state unknown (UNKW). `show` replaces text fields in every later answer; the order's real
    values stay.
    """

    action: Literal["MODI", "ACTI", "DEAC", "DELE", "LOSE"] = "MODI"
    by: Literal["colleague", "market_operations"] = "colleague"
    price: Decimal | None = None
    quantity: Decimal | None = None
    txt: str | None = None
    show: dict[str, str] = {}


class TradeChange(msgspec.Struct, forbid_unknown_fields=True):
    """State that market operations give a trade at the exchange. RGRA is a granted recall."""

    state: TradeState = TradeState.RGRA


class MarketChange(msgspec.Struct, forbid_unknown_fields=True):
    """Condition of the market; what is not given is as usual.

    `order_actions_per_minute` is the limit on which the quota is based.
    """

    status: MarketState = MarketState.OK
    mode: MarketMode = MarketMode.NORMAL
    messages: tuple[str, ...] = ()
    suspended_areas: frozenset[str] = frozenset()
    order_actions_per_minute: Annotated[int, msgspec.Meta(ge=1)] = DEFAULT_SHORT_LIMIT


class Announcement(msgspec.Struct, forbid_unknown_fields=True):
    """Notification of market operations."""

    text: str
    severity: Severity = Severity.HIG
    type: Literal["PUBLIC", "PRIVATE"] = "PUBLIC"
    code: int = 0


class ControlRoom:
    """Handles the control paths."""

    def __init__(self, api: Api, faults: Faults, log: RequestLog) -> None:
        self._api = api
        self._faults = faults
        self._log = log

    def routes(self) -> list[Route]:
        """The control paths."""
        return [
            Route("/_simulator/faults", self._show_faults, methods=["GET"]),
            Route("/_simulator/faults", self._set_faults, methods=["PUT"]),
            Route("/_simulator/faults", self._clear_faults, methods=["DELETE"]),
            Route("/_simulator/requests", self._show_requests, methods=["GET"]),
            Route("/_simulator/requests", self._clear_requests, methods=["DELETE"]),
            Route("/_simulator/reset", self._reset, methods=["POST"]),
            Route("/_simulator/orders/{order_id}/fill", self._fill, methods=["POST"]),
            Route("/_simulator/orders/{order_id}/touch", self._touch, methods=["POST"]),
            Route("/_simulator/trades/{trade_id}", self._change_trade, methods=["POST"]),
            Route("/_simulator/market", self._change_market, methods=["PUT"]),
            Route("/_simulator/notifications", self._notify, methods=["POST"]),
            *AccountControl(self._api).routes(),
        ]

    async def _show_faults(self, _request: Request) -> Response:
        return response_of(Answer.of_json(self._faults.plan))

    async def _set_faults(self, request: Request) -> Response:
        try:
            plan = read_plan(msgspec.json.decode(await request.body()))
        except (ValueError, msgspec.DecodeError) as error:
            return response_of(Answer.of_refusal(CallRefused(400, str(error))))
        return self._replace_plan(plan)

    async def _clear_faults(self, _request: Request) -> Response:
        return self._replace_plan(FaultPlan())

    def _replace_plan(self, plan: FaultPlan) -> Response:
        self._faults.replace(plan)
        for exchange in self._api.exchanges():
            exchange.returning_bot.stop()
        return response_of(Answer.of_json(plan))

    async def _show_requests(self, _request: Request) -> Response:
        return response_of(Answer.of_json(list(self._log)))

    async def _clear_requests(self, _request: Request) -> Response:
        self._log.clear()
        return response_of(Answer(204))

    async def _reset(self, _request: Request) -> Response:
        self._faults.replace(FaultPlan())
        self._api.reset()
        self._log.clear()
        return response_of(Answer(204))

    async def _fill(self, request: Request) -> Response:
        return await self._act(request, Fill, _fill)

    async def _touch(self, request: Request) -> Response:
        return await self._act(request, Touch, _touch)

    async def _change_trade(self, request: Request) -> Response:
        trade_id = request.path_params["trade_id"]
        return await answer_change(request, TradeChange, lambda change: self._trade_in_state(trade_id, change.state))

    async def _change_market(self, request: Request) -> Response:
        return await answer_change(request, MarketChange, self._market_in_condition)

    async def _notify(self, request: Request) -> Response:
        return await answer_change(request, Announcement, self._announced)

    def _market_in_condition(self, change: MarketChange) -> MarketChange:
        unknown = sorted(change.suspended_areas - AREA_BY_EIC.keys())
        if unknown:
            raise CallRefused(400, f"suspended_areas has areas that are not known: {', '.join(unknown)}")
        self._api.step()
        for exchange in self._api.exchanges():
            conditions = exchange.market.conditions
            conditions.suspended_areas = change.suspended_areas
            conditions.change(change.status, change.mode, change.messages, exchange.market.now)
            conditions.quota.short_limit = change.order_actions_per_minute
        return change

    def _announced(self, note: Announcement) -> Notification:
        """Notify the account at every exchange; return the seeded exchange's notification."""
        self._api.step()
        sent = [
            exchange.market.conditions.notify(
                note.text, exchange.market.now, severity=note.severity, kind=note.type, code=note.code
            )
            for exchange in self._api.exchanges()
        ]
        return sent[0]

    def _trade_in_state(self, trade_id: str, state: TradeState) -> dict[str, object]:
        self._api.step()
        for exchange in self._api.exchanges():
            trade = exchange.market.trades.get(trade_id)
            if trade is not None:
                exchange.market.set_trade_state(trade, state)
                return wire_trade(trade, exchange.market.now, exchange.name)
        raise CallRefused(404, f"trade {trade_id} is not known")

    async def _act(
        self, request: Request, body_type: type[_Body], act: Callable[[Exchange, OwnOrder, _Body], OwnOrder]
    ) -> Response:
        order_id = request.path_params["order_id"]
        return await answer_change(request, body_type, lambda body: act(*self._find(order_id), body).latest)

    def _find(self, order_id: str) -> tuple[Exchange, OwnOrder]:
        self._api.step()
        for exchange in self._api.exchanges():
            order = exchange.market.ledger.get(order_id)
            if order is not None:
                if order.is_gone:
                    raise CallRefused(400, f"order {order_id} is no longer active: {order.latest.action}")
                return exchange, order
        raise CallRefused(404, f"order {order_id} is not known")


def _fill(exchange: Exchange, order: OwnOrder, fill: Fill) -> OwnOrder:
    if order not in exchange.market.book(order.terms):
        raise CallRefused(400, f"order {order.order_id} is not in the book: {order.latest.action}")
    if not 0 < fill.quantity <= order.open_mw:
        raise CallRefused(
            400, f"order {order.order_id} has {order.open_mw} MW open, so {fill.quantity} MW cannot be taken"
        )
    exchange.market.fill(order, fill.quantity)
    return order


def _touch(exchange: Exchange, order: OwnOrder, touch: Touch) -> OwnOrder:
    if not touch.show.keys() <= TEXT_FIELDS:
        raise CallRefused(400, f"show accepts only the text fields {', '.join(sorted(TEXT_FIELDS))}")
    order.shown = {**order.shown, **touch.show}
    if touch.action == "LOSE":
        exchange.market.make_state_unknown(order)
        return order
    changes = OrderModify(action=ModifyAction(touch.action), price=touch.price, quantity=touch.quantity, txt=touch.txt)
    if touch.by == "market_operations":
        _operate(exchange, order, changes)
        return order
    item = OrderModifyItem(order_id=order.order_id, changes=changes)
    outcome = exchange.modify_orders(COLLEAGUE, [item], ListOptions(infer_order_revisions=True))
    changed = exchange.market.ledger.get(outcome.orders[0].order_id or "")
    return changed or order


def _operate(exchange: Exchange, order: OwnOrder, changes: OrderModify) -> None:
    market = exchange.market
    match changes.action:
        case ModifyAction.MODI:
            market.amend(order, terms_of_change(order, changes, market.now), order.user, OrderAction.AMOD)
        case ModifyAction.DEAC:
            market.hibernate(order, order.user, OrderAction.AHIB)
        case ModifyAction.DELE:
            market.end(order, OrderAction.ADEL)
        case ModifyAction.ACTI:
            raise CallRefused(400, "market operations cannot activate an order")
