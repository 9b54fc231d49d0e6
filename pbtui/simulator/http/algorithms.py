"""`GET /algorithms`: the algorithms that trade at the server, as a key sees them.

A key sees an algorithm if it reaches at least one portfolio of an instance.
"""

from pbtui.simulator.exchange import Exchange
from pbtui.simulator.http.answers import Answer
from pbtui.simulator.http.orders_api import Call
from pbtui.simulator.life.algorithms import Algorithm
from pbtui.simulator.rights import PORTFOLIOS


def answer_algorithms_call(call: Call) -> Answer | None:
    """Answer the call; return None for any other."""
    if (call.method, call.path) != ("GET", ("algorithms",)):
        return None
    seen = [each for each in call.exchange.algorithms if call.key.portfolio_ids.intersection(each.portfolio_ids)]
    return Answer.of_json([wire_algorithm(each, call.exchange) for each in seen])


def wire_algorithm(algorithm: Algorithm, exchange: Exchange) -> dict[str, object]:
    """Return an algorithm with its one instance as the API shows it."""
    now = exchange.market.now
    instance: dict[str, object] = {
        "instance_id": f"{algorithm.algo_id}-1",
        "exchange": exchange.name,
        "tenant_id": PORTFOLIOS[algorithm.portfolio_ids[0]].tenant,
        "portfolio_ids": algorithm.portfolio_ids,
        "status": algorithm.status,
        "started_at": algorithm.started_at,
        "last_heartbeat_at": algorithm.last_heartbeat_at(now),
        "heartbeat": {"status": algorithm.heartbeat, "status_text": algorithm.heartbeat_text},
    }
    return {
        "algo_id": algorithm.algo_id,
        "algo_name": algorithm.name,
        "require_heartbeat_every_seconds": algorithm.heartbeat_every_s,
        "on_missing_heartbeat": algorithm.on_missing_heartbeat,
        "instances": [instance],
    }
