"""The seven calls of the OrdersApi: from request to exchange, and back to a wire-format answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from pbtui.api.codes import ModifyAction
from pbtui.api.requests import OrderModifyItem
from pbtui.simulator.calls.outcomes import ListOutcome, encoded_violations
from pbtui.simulator.exchange import Exchange, KillFaults
from pbtui.simulator.http.answers import Answer
from pbtui.simulator.http.faults import CallFaults
from pbtui.simulator.http.wire import (
    DEFAULT_PAGE,
    LARGEST_PAGE,
    Query,
    invalid,
    list_options,
    order_entries,
    order_modify,
    order_modify_items,
    order_query,
    update_status,
)
from pbtui.simulator.rights import ApiKey


@dataclass(frozen=True)
class Call:
    """One request to an exchange. `path` holds the path parts after the base URL."""

    exchange: Exchange
    method: str
    path: tuple[str, ...]
    query: Query
    body: bytes
    key: ApiKey
    call_faults: CallFaults

    @property
    def kill_faults(self) -> KillFaults:
        """The faults that apply if the call removes orders."""
        return KillFaults(self.call_faults.spared_fraction, self.call_faults.returns_every_s)


def answer_orders_call(call: Call) -> Answer | None:
    """Answer one of the seven calls; return None for any other."""
    match call.method, call.path:
        case "GET", ("orders",):
            return _get_own_orders(call)
        case "GET", ("orders", order_id, "history"):
            history = [revision.encoded() for revision in call.exchange.history(call.key, order_id)]
            return Answer.of_orders(history).counted(len(history))
        case "POST", ("orders", "list"):
            options = list_options(call.query)
            return _list_answer(call.exchange.add_orders(call.key, order_entries(call.body), options))
        case "PUT", ("orders", "list"):
            items, options = order_modify_items(call.body), list_options(call.query)
            return _list_answer(call.exchange.modify_orders(call.key, items, options, call.kill_faults))
        case "PUT", ("order", order_id, revision_no):
            return _modify_order(call, order_id, revision_no)
        case "DELETE", ("orders",):
            return _delete_orders(call)
        case "PUT", ("orders", "status"):
            call.exchange.update_status(call.key, update_status(call.body), call.kill_faults)
            return Answer(204)
    return None


def removes_orders(method: str, path: Iterable[str], body: bytes) -> bool:
    """Return whether the request asks to take orders out of the market."""
    match method, tuple(path):
        case "DELETE", ("orders",):
            return True
        case "PUT", ("orders", "status" | "list"):
            return any(f'"{action}"'.encode() in body for action in (ModifyAction.DEAC, ModifyAction.DELE))
    return False


def _get_own_orders(call: Call) -> Answer:
    """Return all active orders at once, regardless of offset and limit; with `active_only=false`, return one page."""
    query = order_query(call.query, call.key)
    offset = call.query.number("offset", default=0, least=0)
    limit = call.query.number("limit", default=DEFAULT_PAGE, least=1, most=LARGEST_PAGE)
    if call.call_faults.stale_s is None:
        encoded = [order.encoded for order in call.exchange.own_orders(query)]
    else:
        moment = call.exchange.market.now - timedelta(seconds=call.call_faults.stale_s)
        encoded = [revision.encoded() for revision in call.exchange.own_orders_as_of(query, moment)]
    page = encoded if query.active_only else encoded[offset : offset + limit]
    return Answer.of_orders(page).counted(len(encoded))


def _modify_order(call: Call, order_id: str, revision_no: str) -> Answer:
    if not (revision_no.isascii() and revision_no.isdigit()):
        raise invalid(f"revision_no must be a number, not {revision_no!r}")
    item = OrderModifyItem(order_id=order_id, revision_no=int(revision_no), changes=order_modify(call.body))
    return _list_answer(call.exchange.modify_orders(call.key, [item], list_options(call.query), call.kill_faults))


def _delete_orders(call: Call) -> Answer:
    portfolio_ids = call.query.texts("portfolio_id")
    if not portfolio_ids:
        raise invalid("portfolio_id is missing: name the portfolios whose orders shall be deleted")
    deleted = call.exchange.delete_orders(call.key, portfolio_ids, call.query.texts("delivery_areas"), call.kill_faults)
    return Answer.of_orders([order.encoded for order in deleted])


def _list_answer(outcome: ListOutcome) -> Answer:
    answer = Answer.of_orders([order.encoded() for order in outcome.orders])
    answer.headers["X-Total-Internal-Trades"] = str(outcome.internal_trades)
    if outcome.violations:
        answer.headers["X-Limit-Violations"] = encoded_violations(outcome.violations)
    return answer
